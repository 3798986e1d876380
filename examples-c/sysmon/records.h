/* sysmon/records.h: what goes through the logs, and how a reader checks that it arrived whole.
 *
 * There are two kinds of record. A `reading` has a fixed size, and several readings are one period. An event is an
 * `event_head` and a line of text behind it, of any length. Both kinds have their own sequence and a checksum.
 */
#ifndef SYSMON_RECORDS_H
#define SYSMON_RECORDS_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "atomic_log.h"

enum {
  PERIOD_NS = 1000000, /* a period is one millisecond */
  MAX_CORES = 16,      /* more cores count in the total, but have no reading of their own */
  MAX_PARTS = MAX_CORES + 4,
  MAX_TEXT = 200, /* longer event lines are cut */
};

/* What a reading is about, and what its values are. */
typedef enum subject {
  ALL_CORES, /* busy, system and iowait, in percent of the last 100 ms */
  ONE_CORE,  /* the same */
  MEMORY,    /* total, available and cached, in kB */
  LOAD,      /* means of 1, 5 and 15 minutes */
  SELF,      /* this process: resident kB, minor and major page faults */
} subject;

/* One reading of one subject. A period is `parts` of them, published together as one group. */
typedef struct reading {
  uint64_t sequence; /* its own place in the log */
  uint64_t period;   /* 0, 1, 2, ... */
  uint64_t due_ns;   /* when the period should begin, by CLOCK_MONOTONIC */
  uint64_t made_ns;  /* when this reading was made and appended */
  uint32_t part;     /* 0 .. parts - 1 */
  uint32_t parts;
  uint32_t subject;
  uint32_t core; /* of ONE_CORE */
  double values[3];
  uint64_t checksum; /* of all that stands before it */
} reading;

_Static_assert(sizeof(reading) == 80, "a reading has no padding, so its bytes can be summed");

/* A checksum of 64-bit words, good enough to detect a torn or stale record. */
static uint64_t fold(uint64_t sum, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
    uint64_t word = 0;
    memcpy(&word, bytes + at, size - at < sizeof word ? size - at : sizeof word);
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    sum ^= sum >> 29;
  }
  return sum;
}

static uint64_t reading_checksum(const reading *r) {
  return fold(UINT64_C(0x5359534d4f4e), r, offsetof(reading, checksum));
}

typedef struct event_head {
  uint64_t sequence;
  uint64_t made_ns;
  uint64_t checksum; /* of the sequence, the time and the text */
} event_head;

static uint64_t event_checksum(const event_head *head, const char *text, size_t length) {
  return fold(fold(0, head, offsetof(event_head, checksum)), text, length);
}

/* Formats a line in place: reserves room for the longest line, and commits what was used. */
static alog_status say(alog_writer *writer, uint64_t made_ns, const char *format, ...) {
  alog_reservation room;
  alog_status status = alog_writer_reserve(writer, sizeof(event_head) + MAX_TEXT, &room);
  if (status != ALOG_OK) return status;

  event_head *head = room.data; /* byte records begin at multiples of 8 */
  char *text = (char *)room.data + sizeof *head;
  va_list arguments;
  va_start(arguments, format);
  int wanted = vsnprintf(text, MAX_TEXT, format, arguments);
  va_end(arguments);
  size_t length = wanted < 0 ? 0 : (size_t)wanted < MAX_TEXT ? (size_t)wanted : MAX_TEXT - 1;

  *head = (event_head){.sequence = alog_writer_next_sequence(writer), .made_ns = made_ns};
  head->checksum = event_checksum(head, text, length);
  return alog_writer_commit(writer, sizeof *head + length);
}

/* An event as a reader finds it: pointers into the log. False: it is not what was written. */
static bool event_parse(alog_slice record, uint64_t sequence, const event_head **head, const char **text,
                        size_t *length) {
  if (record.size < sizeof **head) return false;
  *head = record.data;
  *text = (const char *)record.data + sizeof **head;
  *length = record.size - sizeof **head;
  return (*head)->sequence == sequence && (*head)->checksum == event_checksum(*head, *text, *length);
}

#endif
