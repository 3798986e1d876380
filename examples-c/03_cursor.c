/* 03_cursor: follow everything. What a slow reader loses is counted exactly.
 *
 * Shows: a cursor that continues where it stopped, chunk by chunk; a writer that waits for no reader; a reader that
 * sleeps too long, and learns which records it lost.
 * Introduces: alog_cursor_open, alog_cursor_refresh, alog_cursor_next, alog_cursor_position.
 *
 * Build: cc -Iinclude examples-c/03_cursor.c -Ltarget/lib -latomic_log -lpthread -o 03_cursor
 * Run:   LD_LIBRARY_PATH=target/lib ./03_cursor
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "atomic_log.h"
#include "system.h"

enum { RECORDS = 40000, PER_MILLISECOND = 100 };

struct producer {
  alog_writer *writer;
  atomic_bool finished; /* set when the writer stops, for whatever reason */
  bool ok;              /* main reads it after the join */
};

static bool failed(alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "%s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  return true;
}

static void sleep_ms(uint64_t milliseconds) { sleep_ns(milliseconds * 1000000); }

static void *produce(void *argument) {
  struct producer *self = argument;
  self->ok = true;
  for (uint64_t value = 0; value < RECORDS && self->ok; value++) {
    self->ok = !failed(alog_writer_append(self->writer, &value, sizeof value), "append");
    if (value % PER_MILLISECOND == PER_MILLISECOND - 1) sleep_ms(1);
  }
  atomic_store(&self->finished, true);
  return NULL;
}

/* Reads until the writer has finished and nothing is left. Every record holds its own sequence. */
static bool follow(alog_cursor *cursor, atomic_bool *finished, uint64_t *read, uint64_t *lost) {
  for (int turn = 1;; turn++) {
    bool last_turn = atomic_load(finished); /* read first: then the refresh below sees the end */
    alog_delta delta;
    if (failed(alog_cursor_refresh(cursor, &delta), "refresh")) return false;
    if (delta.lost > 0) {
      printf("  lost %5" PRIu64 " records, #%" PRIu64 " to #%" PRIu64 "\n", delta.lost,
             delta.first_sequence - delta.lost, delta.first_sequence - 1);
      *lost += delta.lost;
    }

    alog_chunk chunk;
    alog_status status;
    while ((status = alog_cursor_next(cursor, &chunk)) == ALOG_OK) {
      const uint64_t *values = chunk.data;
      for (size_t i = 0; i < chunk.count; i++) {
        if (values[i] != chunk.first_sequence + i) return false;
      }
      *read += chunk.count;
    }
    if (failed(status, "next")) return false; /* otherwise it is ALOG_END */
    if (last_turn) return true;
    sleep_ms(turn % 50 == 0 ? 60 : 1); /* it looks every millisecond, and sometimes sleeps for longer */
  }
}

int main(void) {
  bool ok = false, started = false;
  uint64_t read = 0, lost = 0;
  alog_log *log = NULL;
  alog_cursor *cursor = NULL;
  struct producer producer = {.writer = NULL};
  thread producing;

  /* 2048 records: twenty milliseconds of this writer's work. */
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(uint64_t);
  options.retained_capacity = 2048;
  options.segment_capacity = 512;
  if (failed(alog_log_create_fixed(&options, &log), "create")) goto done;
  if (failed(alog_writer_claim(log, &producer.writer), "claim")) goto done;
  if (failed(alog_cursor_open(log, ALOG_START_OLDEST, &cursor), "open")) goto done;
  if (!thread_start(&producing, produce, &producer)) goto done;
  started = true;
  ok = follow(cursor, &producer.finished, &read, &lost);
  ok = ok && alog_cursor_position(cursor) == RECORDS && read + lost == RECORDS;

done:
  if (started) ok = thread_join(&producing) && producer.ok && ok;
  printf("%" PRIu64 " read + %" PRIu64 " lost, of %d written: %s\n", read, lost, RECORDS, ok ? "exact" : "WRONG");
  alog_cursor_destroy(cursor);
  alog_writer_release(producer.writer);
  alog_log_release(log);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
