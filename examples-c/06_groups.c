/* 06_groups: readers see a tick of many entities whole, or not at all.
 *
 * Shows: what is appended between begin and publish becomes visible at one instant, however many segments it spans;
 * abandon drops it; a reader asks for the newest publication.
 * Introduces: alog_writer_begin, alog_writer_publish, alog_writer_abandon, alog_snapshot_latest.
 *
 * Build: cc -Iinclude examples-c/06_groups.c -Ltarget/lib -latomic_log -lpthread -o 06_groups
 * Run:   LD_LIBRARY_PATH=target/lib ./06_groups
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "atomic_log.h"
#include "system.h"

enum { ENTITIES = 100, PER_SEGMENT = 32, TICKS = 20000, ABANDONED_TICK = 10000 };
typedef struct state {
  uint32_t tick, entity;
} state;

struct ticker {
  alog_writer *writer;
  atomic_bool finished;
  bool ok; /* main reads it after the join */
};

static bool failed(alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "%s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  return true;
}

static bool write_tick(alog_writer *writer, uint32_t tick) {
  if (failed(alog_writer_begin(writer), "begin")) return false;
  for (uint32_t entity = 0; entity < ENTITIES; entity++) {
    if (failed(alog_writer_append(writer, &(state){tick, entity}, sizeof(state)), "append")) return false;
    if (tick == ABANDONED_TICK && entity == ENTITIES / 2) { /* something went wrong in the middle */
      printf("tick %" PRIu32 ": abandoned at #%" PRIu64, tick, alog_writer_next_sequence(writer));
      if (failed(alog_writer_abandon(writer), "abandon")) return false;
      printf(", the next tick begins at #%" PRIu64 "\n", alog_writer_next_sequence(writer));
      return true;
    }
  }
  return !failed(alog_writer_publish(writer), "publish");
}

static void *run(void *argument) {
  struct ticker *self = argument;
  uint32_t tick = 0;
  while (tick < TICKS && write_tick(self->writer, tick)) tick++;
  self->ok = tick == TICKS;
  atomic_store(&self->finished, true);
  return NULL;
}

/* The newest publication must be one whole tick: every entity once, in order. */
static bool whole_tick(const alog_snapshot *view, alog_range latest, uint32_t *tick) {
  if (latest.end - latest.begin != ENTITIES) return false;
  for (uint64_t sequence = latest.begin; sequence < latest.end; sequence++) {
    alog_slice record;
    if (failed(alog_snapshot_record(view, sequence, &record), "record")) return false;
    const state *seen = record.data;
    if (sequence == latest.begin) *tick = seen->tick;
    if (seen->tick != *tick || seen->entity != sequence - latest.begin) return false;
  }
  return *tick != ABANDONED_TICK;
}

/* Looks as often as it can until the writer has finished. */
static bool watch(const struct ticker *ticker, alog_snapshot *view, uint64_t *seen, uint32_t *tick) {
  for (bool last_look = false; !last_look;) {
    last_look = atomic_load(&ticker->finished); /* read first: then the refresh sees the end */
    const alog_status status = alog_snapshot_refresh(view, NULL);
    alog_range latest;
    if (failed(status, "refresh")) return false;
    if (status == ALOG_UNCHANGED) continue;
    if (failed(alog_snapshot_latest(view, &latest), "latest") || !whole_tick(view, latest, tick)) return false;
    ++*seen;
  }
  return true;
}

int main(void) {
  bool ok = false;
  uint64_t seen = 0;
  uint32_t last_tick = 0;
  alog_log *log = NULL;
  alog_snapshot *view = NULL;
  struct ticker ticker = {.writer = NULL};
  thread ticking;
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(state);
  options.retained_capacity = 2 * ENTITIES;
  options.segment_capacity = PER_SEGMENT; /* a tick always spans several */
  if (failed(alog_log_create_fixed(&options, &log), "create") ||
      failed(alog_writer_claim(log, &ticker.writer), "claim"))
    goto done;
  if (failed(alog_snapshot_create(log, &view), "snapshot")) goto done;
  if (!thread_start(&ticking, run, &ticker)) goto done;
  ok = watch(&ticker, view, &seen, &last_tick);
  ok = thread_join(&ticking) && ticker.ok && ok && last_tick == TICKS - 1;
  printf("%d ticks published, %" PRIu64 " of them seen, %s whole\n", TICKS - 1, seen, ok ? "each one" : "NOT each one");

done:
  alog_snapshot_destroy(view);
  alog_writer_release(ticker.writer);
  alog_log_release(log);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
