/* game_loop/app.h: what the threads share. Everything else travels through the logs. */
#ifndef GAME_LOOP_APP_H
#define GAME_LOOP_APP_H

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

#include "../system.h"
#include "world.h"

typedef struct settings {
  double seconds;  /* 0: until the window is closed */
  double stall_at; /* negative: only when the key is pressed */
  double stall_for;
  bool headless;
  const char *screenshot; /* a path, or NULL */
  const char *record;     /* a path, or NULL for the usual one */
} settings;

typedef struct app {
  settings settings;
  uint64_t started_ns;

  alog_log *transforms; /* fixed records, a group of ENTITIES for each tick */
  alog_log *times;      /* fixed records, one for each tick */
  alog_log *events;     /* byte records */

  _Atomic uint64_t heard, lost; /* events, counted by the listener; shown while they grow */
  atomic_bool stalled;          /* the renderer stalls; tells which hiccups come from that */
  atomic_bool stop;             /* a request: the simulation finishes */
  atomic_bool finished;         /* the simulation has published its last: the listener reads it and finishes */
  atomic_bool broken;           /* a call failed that should not have */
} app;

/* An error status ends the run, in any thread. */
static bool failed(app *app, alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "game_loop: %s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  atomic_store(&app->broken, true);
  atomic_store(&app->stop, true);
  return true;
}

static bool failed_outside(app *app, const char *what, const char *why) {
  fprintf(stderr, "game_loop: %s: %s\n", what, why);
  atomic_store(&app->broken, true);
  atomic_store(&app->stop, true);
  return false;
}

static void sleep_until_ns(uint64_t deadline) {
  const uint64_t now = now_ns();
  if (now < deadline) sleep_ns(deadline - now);
}

static double seconds_since_start(const app *app, uint64_t ns) { return (double)(ns - app->started_ns) / 1e9; }

#endif
