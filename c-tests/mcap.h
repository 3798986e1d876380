/*
 * A reader of MCAP that knows no more than the format's page (https://mcap.dev/spec), for files in memory; and a sink
 * that keeps a file there. What is not as the page says ends the test.
 */
#ifndef MCAP_H
#define MCAP_H

#include "test.h"

/* ---------------------------------------------------------------------------------------- a sink */

typedef struct mcap_file {
  unsigned char *data;
  size_t size;
  size_t room;
  size_t pieces;
  size_t refuse_at; /* the piece that is refused, or SIZE_MAX */
  alog_status refusal;
} mcap_file;

static inline mcap_file mcap_empty(void) {
  mcap_file file;
  memset(&file, 0, sizeof file);
  file.refuse_at = SIZE_MAX;
  return file;
}

static inline alog_status mcap_write(void *context, const void *data, size_t size) {
  mcap_file *file = (mcap_file *)context;
  CHECK(size > 0);
  if (file->pieces++ == file->refuse_at) {
    return file->refusal;
  }
  while (file->room - file->size < size) {
    file->room = file->room * 2 + 4096;
    file->data = (unsigned char *)realloc(file->data, file->room);
    CHECK(file->data != NULL);
  }
  memcpy(file->data + file->size, data, size);
  file->size += size;
  return ALOG_OK;
}

static inline alog_sink mcap_sink(mcap_file *file) {
  alog_sink sink;
  sink.context = file;
  sink.write = mcap_write;
  return sink;
}

static inline void mcap_clear(mcap_file *file) {
  free(file->data);
  *file = mcap_empty();
}

/* -------------------------------------------------------------------------------------- a reader */

enum { MCAP_CHANNELS = ALOG_RECORDER_LOGS + 1, MCAP_TEXT = 512 };

typedef struct mcap_text {
  const char *data;
  size_t size;
} mcap_text;

typedef struct mcap_channel {
  bool known;
  uint16_t schema; /* 0: none */
  mcap_text topic;
  mcap_text message_encoding;
  mcap_text schema_name;
  mcap_text schema_encoding;
  mcap_text schema_text;
} mcap_channel;

typedef struct mcap_message {
  uint16_t channel;
  uint32_t sequence;
  uint64_t log_time;
  uint64_t publish_time;
  const unsigned char *data;
  size_t size;
} mcap_message;

typedef struct mcap_reader {
  const unsigned char *at;
  const unsigned char *end;
  mcap_text profile;
  mcap_text library;
  mcap_channel channels[MCAP_CHANNELS]; /* by id */
  mcap_channel schemas[MCAP_CHANNELS];
} mcap_reader;

static inline uint64_t mcap_number(mcap_reader *reader, size_t size) {
  CHECK((size_t)(reader->end - reader->at) >= size);
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) {
    value = value << 8 | reader->at[i];
  }
  reader->at += size;
  return value;
}

static inline mcap_text mcap_string(mcap_reader *reader) {
  mcap_text text;
  text.size = (size_t)mcap_number(reader, 4);
  text.data = (const char *)reader->at;
  CHECK((size_t)(reader->end - reader->at) >= text.size);
  reader->at += text.size;
  return text;
}

static inline bool mcap_is(mcap_text text, const char *expected) {
  return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static inline void mcap_magic(mcap_reader *reader) {
  CHECK((size_t)(reader->end - reader->at) >= 8);
  CHECK_MEMORY("\x89MCAP0\r\n", reader->at, 8);
  reader->at += 8;
}

static inline uint8_t mcap_kind(mcap_reader *reader, const unsigned char **behind) {
  const uint8_t kind = (uint8_t)mcap_number(reader, 1);
  const uint64_t size = mcap_number(reader, 8);
  CHECK((uint64_t)(reader->end - reader->at) >= size);
  *behind = reader->at + size;
  return kind;
}

/* Begins to read a file, which must be whole. */
static inline mcap_reader mcap_read(const mcap_file *file) {
  mcap_reader reader;
  const unsigned char *behind;
  memset(&reader, 0, sizeof reader);
  reader.at = file->data;
  reader.end = file->data + file->size;
  mcap_magic(&reader);
  CHECK_U64(0x01, mcap_kind(&reader, &behind));
  reader.profile = mcap_string(&reader);
  reader.library = mcap_string(&reader);
  CHECK_POINTER(behind, reader.at);
  return reader;
}

/* The next message; false at the end of the file, which is looked at. Schemas come before channels, and these before
 * messages. */
static inline bool mcap_next(mcap_reader *reader, mcap_message *message) {
  for (;;) {
    const unsigned char *behind;
    const uint8_t kind = mcap_kind(reader, &behind);
    if (kind == 0x05) {
      message->channel = (uint16_t)mcap_number(reader, 2);
      CHECK(message->channel < MCAP_CHANNELS && reader->channels[message->channel].known);
      message->sequence = (uint32_t)mcap_number(reader, 4);
      message->log_time = mcap_number(reader, 8);
      message->publish_time = mcap_number(reader, 8);
      CHECK(reader->at <= behind);
      message->data = reader->at;
      message->size = (size_t)(behind - reader->at);
      reader->at = behind;
      return true;
    }
    if (kind == 0x03 || kind == 0x04) {
      const uint16_t id = (uint16_t)mcap_number(reader, 2);
      CHECK(id > 0 && id < MCAP_CHANNELS);
      mcap_channel *channel = kind == 0x03 ? &reader->schemas[id] : &reader->channels[id];
      CHECK(!channel->known);
      channel->known = true;
      if (kind == 0x03) {
        channel->schema_name = mcap_string(reader);
        channel->schema_encoding = mcap_string(reader);
        channel->schema_text = mcap_string(reader);
      } else {
        channel->schema = (uint16_t)mcap_number(reader, 2);
        CHECK(channel->schema < MCAP_CHANNELS);
        if (channel->schema != 0) {
          const mcap_channel *schema = &reader->schemas[channel->schema];
          CHECK(schema->known);
          channel->schema_name = schema->schema_name;
          channel->schema_encoding = schema->schema_encoding;
          channel->schema_text = schema->schema_text;
        }
        channel->topic = mcap_string(reader);
        channel->message_encoding = mcap_string(reader);
        CHECK_U64(0, mcap_number(reader, 4)); /* metadata */
      }
    } else if (kind == 0x0f) {
      CHECK_U64(0, mcap_number(reader, 4)); /* no checksum */
      CHECK_POINTER(behind, reader->at);
      CHECK_U64(0x02, mcap_kind(reader, &behind));
      CHECK_U64(0, mcap_number(reader, 8)); /* no summary, and so nothing of it */
      CHECK_U64(0, mcap_number(reader, 8));
      CHECK_U64(0, mcap_number(reader, 4));
      CHECK_POINTER(behind, reader->at);
      mcap_magic(reader);
      CHECK_POINTER(reader->end, reader->at);
      return false;
    } else {
      fprintf(stderr, "a record of kind %u", kind);
      test_fail(__FILE__, __LINE__);
    }
    CHECK_POINTER(behind, reader->at);
  }
}

#endif
