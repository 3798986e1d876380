/* sysmon/app.h: what the threads share. Everything else travels through the logs. */
#ifndef SYSMON_APP_H
#define SYSMON_APP_H

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "../system.h"
#include "histogram.h"
#include "machine.h"
#include "records.h"

typedef struct settings {
  double seconds;
  bool plain;
  uint64_t retain_ms;
  uint64_t stall_alarm_ms; /* 0: never */
  const char *lines;       /* a path, "-" for stdin, or NULL */
  const char *csv;         /* a path, or NULL for a temporary file */
  const char *record;      /* a path, or NULL for the usual one */
} settings;

/* What one reader of the readings did. The dashboard shows the counts while they grow. The rest belongs to the reader's
 * thread alone until that thread has been joined. */
typedef struct reader {
  _Atomic uint64_t refreshes, seen, lost;
  uint64_t expected; /* the next sequence, reported losses included */
  uint64_t verified, wrong, gaps, halves;
} reader;

/* Lets the owner count while other threads look: each counter has one writer. */
static void count(_Atomic uint64_t *counter, uint64_t more) {
  /* Relaxed: it is a number to look at, and hands nothing over. */
  atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static uint64_t counted(const _Atomic uint64_t *counter) { return atomic_load_explicit(counter, memory_order_relaxed); }

typedef struct app {
  settings settings;
  uint64_t started_ns;

  alog_log *readings; /* fixed records */
  alog_log *events;   /* byte records: the sampler's messages */
  alog_log *alarms;   /* byte records: the alarm's messages */

  atomic_bool stop;     /* a request: the sampler finishes */
  atomic_bool finished; /* the sampler has published its last: readers read it and finish */
  atomic_bool over;     /* the alarm and the recorder are done as well: one last look */
  atomic_bool broken;   /* a call failed that should not have */
} app;

/* An error status ends the run, in any thread. */
static bool failed(app *app, alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "sysmon: %s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  atomic_store(&app->broken, true);
  atomic_store(&app->stop, true);
  return true;
}

static bool failed_outside(app *app, const char *what) {
  fprintf(stderr, "sysmon: %s: %s\n", what, strerror(errno));
  atomic_store(&app->broken, true);
  atomic_store(&app->stop, true);
  return false;
}

static void sleep_until_ns(uint64_t deadline) {
  struct timespec until = {.tv_sec = (time_t)(deadline / NS_PER_SECOND), .tv_nsec = (long)(deadline % NS_PER_SECOND)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
}

/* Sleeps for that long, in short steps, unless it is told to wake. */
static void sleep_unless(const atomic_bool *wake, uint64_t ns) {
  uint64_t until = now_ns() + ns, nap = 10 * PERIOD_NS;
  for (uint64_t now = now_ns(); now < until && !atomic_load(wake); now = now_ns()) {
    sleep_until_ns(until - now < nap ? until : now + nap);
  }
}

static double seconds_since_start(const app *app, uint64_t ns) { return (double)(ns - app->started_ns) / 1e9; }

/* What every reader of readings does after a refresh, and with each chunk. */
static void reader_refreshed(reader *self, const alog_delta *delta) {
  self->expected += delta->lost;
  if (delta->first_sequence != self->expected) self->gaps++;
  count(&self->refreshes, 1);
  count(&self->lost, delta->lost);
}

static void reader_follow(reader *self, const alog_chunk *chunk) {
  if (chunk->first_sequence != self->expected) self->gaps++;
  self->expected = chunk->first_sequence + chunk->count;
  count(&self->seen, chunk->count);
}

static void reader_verify(reader *self, const alog_chunk *chunk) {
  const reading *readings = chunk->data;
  for (size_t i = 0; i < chunk->count; i++) {
    bool right =
        readings[i].sequence == chunk->first_sequence + i && readings[i].checksum == reading_checksum(&readings[i]);
    if (right) {
      self->verified++;
    } else {
      self->wrong++;
    }
  }
}

#endif
