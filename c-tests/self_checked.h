/*
 * Records that can be checked alone: each holds its own sequence and size, and the first sequence and the length of its
 * publication, under a checksum. The rest follows from the sequence.
 */
#ifndef SELF_CHECKED_H
#define SELF_CHECKED_H

#include "fixture.h"

/* Each record begins with this. */
typedef struct record_head {
  uint64_t sequence;
  uint64_t first;  /* of its publication */
  uint32_t length; /* records in its publication; 0 for one that is to be abandoned */
  uint32_t size;   /* of the record, this included */
  uint64_t check;  /* of the rest of this */
} record_head;

static uint64_t head_check(const record_head *head) {
  return mix(head->sequence + mix(head->first + mix(((uint64_t)head->length << 32) | head->size)));
}

static unsigned char filling(uint64_t sequence, size_t place) {
  return (unsigned char)((sequence * 31 + place * 7) & 0xff);
}

/* Writes the record at `sequence`, of `size` bytes, and returns its size. */
static size_t write_record_of(unsigned char *out, uint64_t sequence, uint64_t first, uint32_t length, size_t size) {
  record_head head = {sequence, first, length, (uint32_t)size, 0};
  head.check = head_check(&head);
  memcpy(out, &head, sizeof head);
  for (size_t i = sizeof head; i < size; i++) {
    out[i] = filling(sequence, i);
  }
  return size;
}

/* Checks the record at `sequence`, which is whole. */
static record_head check_record(uint64_t sequence, alog_slice record) {
  record_head head;
  CHECK(record.size >= sizeof head);
  memcpy(&head, record.data, sizeof head);
  CHECK_U64(head_check(&head), head.check);
  CHECK_U64(sequence, head.sequence);
  CHECK_U64(record.size, head.size);
  CHECK(head.length > 0);
  CHECK(head.first <= sequence && sequence - head.first < head.length);
  for (size_t i = sizeof head; i < head.size; i++) {
    CHECK(((const unsigned char *)record.data)[i] == filling(sequence, i));
  }
  return head;
}

#endif
