/*
 * Records with a member of each type, for recordings. Their sequences tell what they are.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "random.h"
#include "test.h"

/* Each type, with room between members where alignment leaves it. */
typedef struct sample {
  uint64_t time;
  uint32_t id;
  uint8_t kind; /* the 3 bytes after it are padding */
  double position[3];
  char name[7]; /* 1 byte behind it */
  int16_t levels[2];
  float speed;
  bool on;
  int8_t small;
  uint16_t port;
  int32_t debt;
  int64_t offset;
  /* 4 bytes, and the struct's end */
  uint32_t last;
} sample;

static const alog_field sample_fields[] = {
    ALOG_FIELD(sample, time, ALOG_TYPE_U64),  ALOG_FIELD(sample, id, ALOG_TYPE_U32),
    ALOG_FIELD(sample, kind, ALOG_TYPE_U8),   ALOG_FIELD(sample, position, ALOG_TYPE_F64),
    ALOG_FIELD(sample, name, ALOG_TYPE_CHAR), ALOG_FIELD(sample, levels, ALOG_TYPE_I16),
    ALOG_FIELD(sample, speed, ALOG_TYPE_F32), ALOG_FIELD(sample, on, ALOG_TYPE_BOOL),
    ALOG_FIELD(sample, small, ALOG_TYPE_I8),  ALOG_FIELD(sample, port, ALOG_TYPE_U16),
    ALOG_FIELD(sample, debt, ALOG_TYPE_I32),  ALOG_FIELD(sample, offset, ALOG_TYPE_I64),
    ALOG_FIELD(sample, last, ALOG_TYPE_U32),
};
enum { SAMPLE_FIELDS = sizeof sample_fields / sizeof sample_fields[0] };

static const char sample_schema[] =
    "uint64 time\nuint32 id\nuint8 kind\nfloat64[3] position\nchar[7] name\nint16[2] levels\nfloat32 speed\nbool on\n"
    "int8 small\nuint16 port\nint32 debt\nint64 offset\nuint32 last\n";

/* The bytes between members are `gap`. */
static inline sample sample_of(uint64_t sequence, int gap) {
  sample s;
  memset((void *)&s, gap, sizeof s);
  s.time = 1000 + 10 * sequence;
  s.id = (uint32_t)mix(sequence);
  s.kind = (uint8_t)sequence;
  for (int i = 0; i < 3; i++) {
    s.position[i] = (double)sequence / (i + 1);
  }
  memcpy(s.name, "sample", sizeof s.name);
  s.levels[0] = (int16_t)sequence;
  s.levels[1] = -7;
  s.speed = 0.5F;
  s.on = sequence % 2 == 1;
  s.small = -1;
  s.port = 65535;
  s.debt = -1000000;
  s.offset = INT64_MIN;
  s.last = (uint32_t)sequence;
  return s;
}

static inline alog_channel channel_of_samples(void) {
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/samples";
  channel.schema_name = "test/msg/Sample";
  channel.fields = sample_fields;
  channel.field_count = SAMPLE_FIELDS;
  channel.time_offset = offsetof(sample, time);
  return channel;
}

#endif
