/* game_loop/renderer.h: a reader that draws the newest whole tick at a rate of its own.
 *
 * It holds one snapshot, and refreshes it before each frame. Until the next refresh nothing in the snapshot changes,
 * whatever the simulation does. So a frame is drawn from a world that stands still, in place, without a copy and
 * without a lock.
 *
 * alog_snapshot_latest returns the newest publication: this is the newest tick. The tick before it ends where this one
 * begins. A frame shows a moment between the two, so both must be whole in view, and the log retains two ticks. The log
 * promises that half a tick is never seen: a view ends where a publication ended, never inside one. The renderer checks
 * this: every transform that is drawn has its tick and its entity, and a frame with any other value is counted as torn.
 */
#ifndef GAME_LOOP_RENDERER_H
#define GAME_LOOP_RENDERER_H

#include <math.h>

#include "canvas.h"

enum {
  FRAME_NS = 1000000000 / 60,
  MAX_CHUNKS = 16,
  REMEMBERED = 2048,     /* ticks for which it is known whether they were drawn */
  STALL_TICKS = 2,       /* at least this many must pass */
  STALL_PATIENCE_S = 60, /* a stall may last this much longer than it should */
};

/* The last stall, to show it. */
typedef struct stall {
  uint64_t began_ns, ended_ns; /* 0: there was none */
  uint64_t ticks, segments_held;
} stall;

typedef struct renderer {
  app *app;
  alog_snapshot *transforms, *times, *events;
  pixels trails; /* light that remains from earlier frames */
  pixels frame;

  /* What is in view. */
  alog_chunk chunks[MAX_CHUNKS];
  size_t chunk_count;
  alog_range newest;
  uint32_t tick;

  uint32_t tick_before;       /* that was drawn */
  uint32_t drawn[REMEMBERED]; /* by tick modulo REMEMBERED: the last such tick that was drawn, plus 1 */
  double frames_a_second;
  uint64_t frames_counted, counted_from_ns;
  stall stall;

  /* The report. */
  uint64_t frames, torn, verified, skipped, stalls, stalled_both, times_seen, times_lost;
} renderer;

static const uint32_t flock_colours[FLOCKS] = {0x2f7fff, 0xff5a36, 0x22c9a0, 0xc04dff,
                                               0xffa41c, 0x3fb8ff, 0xff3f8e, 0x8bd32a};

/* ---- looking ---- */

/* Goes along the records of consecutive chunks. */
typedef struct walk {
  const alog_chunk *chunk;
  const transform *at, *end;
} walk;

static void walk_enter(walk *self, const alog_chunk *chunk, uint64_t sequence) {
  const transform *first = chunk->data; /* a transform's size is a multiple of its alignment: stride is its size */
  *self = (walk){chunk, first + (sequence - chunk->first_sequence), first + chunk->count};
}

static walk walk_from(const renderer *renderer, uint64_t sequence) {
  const alog_chunk *chunk = renderer->chunks;
  while (chunk->first_sequence + chunk->count <= sequence) chunk++;
  walk self;
  walk_enter(&self, chunk, sequence);
  return self;
}

static const transform *walk_next(walk *self) {
  if (self->at == self->end) walk_enter(self, self->chunk + 1, self->chunk[1].first_sequence);
  return self->at++;
}

/* Takes the newest view of each log. */
static bool renderer_refresh(renderer *self) {
  app *app = self->app;
  alog_delta delta;
  if (failed(app, alog_snapshot_refresh(self->transforms, NULL), "refresh transforms") ||
      failed(app, alog_snapshot_refresh(self->times, &delta), "refresh times") ||
      failed(app, alog_snapshot_refresh(self->events, NULL), "refresh events")) {
    return false;
  }
  self->times_seen += delta.appended;
  self->times_lost += delta.lost;
  return true;
}

/* Finds the newest tick, and checks that the tick before it is in view, too. */
static bool renderer_find_ticks(renderer *self, bool *whole) {
  app *app = self->app;
  alog_range range;
  if (failed(app, alog_snapshot_range(self->transforms, &range), "range") ||
      failed(app, alog_snapshot_latest(self->transforms, &self->newest), "latest") ||
      failed(app, alog_snapshot_chunks(self->transforms, 0, MAX_CHUNKS, self->chunks, &self->chunk_count), "chunks")) {
    return false;
  }
  self->tick = (uint32_t)(self->newest.begin / ENTITIES);
  *whole = self->newest.end - self->newest.begin == ENTITIES && self->newest.end == range.end &&
           range.begin + ENTITIES <= self->newest.begin && self->chunk_count < MAX_CHUNKS;
  return true;
}

/* ---- drawing ---- */

static bool is(const transform *t, uint32_t tick, uint32_t entity) {
  return t->tick == tick && t->entity == entity && t->check == transform_check(t);
}

/* Draws every entity between its places in the older tick and in the newest: all at the same moment. Returns how many
 * were not of their tick. */
static uint64_t draw_entities(renderer *self, uint64_t now) {
  uint64_t wrong = 0;
  walk older = walk_from(self, self->newest.begin - ENTITIES), newer = walk_from(self, self->newest.begin);
  const uint64_t due = newer.at->due_ns, late = now > due ? now - due : 0;
  const float part = late < TICK_NS ? (float)late / (float)TICK_NS : 1;
  for (uint32_t i = 0; i < ENTITIES; i++) {
    const transform *a = walk_next(&older), *b = walk_next(&newer);
    if (!is(a, self->tick - 1, i) || !is(b, self->tick, i)) wrong++;
    const float x = a->x + part * (b->x - a->x), y = a->y + part * (b->y - a->y);
    const uint32_t heat = (uint32_t)(b->heat * 150), colour = flock_colours[i / FLOCK_ENTITIES];
    shine(self->trails, x, y, dimmed(colour, 70 + heat / 2));
    shine(self->frame, x, y, added(dimmed(colour, 200), 0x383838 + 0x010101 * (heat / 2)));
  }
  return wrong;
}

/* The light of the last frames fades slowly. The next frame is drawn on it. */
static void fade(renderer *self) {
  const uint32_t glow = (uint32_t)(256 * powf(0.982F, (float)(self->tick - self->tick_before)));
  for (int row = 0; row < HEIGHT; row++) {
    for (int column = 0; column < WIDTH; column++) {
      const uint32_t left = dimmed(self->trails[row][column], glow);
      self->trails[row][column] = left;
      self->frame[row][column] = added(left, 0x05070e);
    }
  }
}

/* False: there is nothing to draw yet, because a frame needs two ticks. */
static bool draw_world(renderer *self) {
  bool whole;
  if (!renderer_find_ticks(self, &whole) || self->newest.end < 2 * ENTITIES) return false;
  fade(self);
  if (!whole || draw_entities(self, now_ns()) > 0) self->torn++;
  if (whole) self->verified += 2 * ENTITIES;
  return true;
}

static void count_frame(renderer *self, uint64_t now) {
  if (self->frames > 0 && self->tick > self->tick_before) self->skipped += self->tick - self->tick_before - 1;
  self->tick_before = self->tick;
  self->drawn[self->tick % REMEMBERED] = self->tick + 1;
  self->frames++;
  self->frames_counted++;
  const uint64_t ns = now - self->counted_from_ns;
  if (ns < UINT64_C(1000000000)) return;
  self->frames_a_second = (double)self->frames_counted * 1e9 / (double)ns;
  self->frames_counted = 0;
  self->counted_from_ns = now;
}

/* ---- stalling ---- */

/* Does nothing for seconds, and holds its view: like a renderer that compiles shaders, loads a level, or hangs in a
 * driver. The simulation continues: it does not use the segments in view again, because it has others. Afterwards the
 * view still shows what it showed. */
static bool renderer_stall(renderer *self, double seconds) {
  app *app = self->app;
  alog_range before, after;
  const uint64_t began = now_ns(), until = began + (uint64_t)(seconds * 1e9);
  atomic_store(&app->stalled, true);
  if (failed(app, alog_log_range(app->transforms, &before), "range")) return false;
  sleep_until_ns(until);
  /* On a very busy machine the simulation may not have had its turn yet. One tick would prove nothing: it may have been
   * in progress before. */
  for (uint64_t now = until;; now = now_ns()) {
    if (failed(app, alog_log_range(app->transforms, &after), "range")) return false;
    if (after.end - before.end >= STALL_TICKS * ENTITIES || atomic_load(&app->broken)) break;
    if (now >= until + STALL_PATIENCE_S * UINT64_C(1000000000)) break;
    sleep_until_ns(now + TICK_NS);
  }
  atomic_store(&app->stalled, false);

  alog_view_stats held = ALOG_VIEW_STATS_INIT;
  if (failed(app, alog_snapshot_stats(self->transforms, &held), "stats")) return false;
  self->stall = (stall){began, now_ns(), (after.end - before.end) / ENTITIES, held.segments_held};
  self->stalls++;
  if (self->stall.ticks < STALL_TICKS) self->stalled_both++;
  self->frames_counted = 0;
  self->counted_from_ns = self->stall.ended_ns;
  return draw_world(self);
}

#endif
