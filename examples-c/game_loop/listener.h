/* game_loop/listener.h: a reader that follows every event, like a player of sounds.
 *
 * It sleeps in alog_cursor_wait until the simulation notifies, and reads what is new. A player would play it: this one
 * counts how often it heard each note. It gets exactly how many events it could not read in time.
 */
#ifndef GAME_LOOP_LISTENER_H
#define GAME_LOOP_LISTENER_H

#include "app.h"

enum {
  LISTENER_WAIT_NS = 50000000, /* it sleeps until the simulation notifies, or until it must look whether all is over */
  NOTES = 128,
};

typedef struct listener {
  app *app;
  alog_cursor *cursor;

  /* The report, for main after the join. */
  uint64_t expected, wrong;
  uint64_t played[NOTES];
} listener;

static bool listen_once(listener *self) {
  app *app = self->app;
  alog_delta delta;
  if (failed(app, alog_cursor_refresh(self->cursor, &delta), "listener: refresh")) return false;
  atomic_fetch_add(&app->lost, delta.lost);
  self->expected += delta.lost;

  alog_chunk chunk;
  alog_status status;
  while ((status = alog_cursor_next(self->cursor, &chunk)) == ALOG_OK) {
    for (size_t i = 0; i < chunk.count; i++) {
      const char *record = (const char *)chunk.data + chunk.spans[i].offset, *text;
      const event_head *head = event_parse(record, chunk.spans[i].size, self->expected++, &text);
      if (head == NULL || head->pitch >= NOTES) {
        self->wrong++;
      } else {
        self->played[head->pitch]++;
      }
    }
    atomic_fetch_add(&app->heard, chunk.count);
  }
  return !failed(app, status, "listener: next");
}

static void *listener_run(void *argument) {
  listener *self = argument;
  for (;;) {
    const bool last_turn = atomic_load(&self->app->finished); /* read first: then the refresh sees the end */
    if (!listen_once(self) || last_turn) break;
    if (failed(self->app, alog_cursor_wait(self->cursor, LISTENER_WAIT_NS), "listener: wait")) break;
  }
  return NULL;
}

#endif
