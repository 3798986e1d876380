/* game_loop/simulation.h: the writer. It moves the world 240 times a second and waits for no reader.
 *
 * A tick is made in the log itself. The writer opens a group, reserves room for as many transforms as the segment still
 * has, and computes them into it. Then it continues with the next segment. 10,000 transforms of 32 bytes take three or
 * four segments. alog_writer_publish makes all of them visible at one instant: before it no reader sees any of them,
 * after it each reader sees all.
 */
#ifndef GAME_LOOP_SIMULATION_H
#define GAME_LOOP_SIMULATION_H

#include <math.h>
#include <stdarg.h>

#include "app.h"

/* What a flock follows: a point that circles, and how fast it moves. */
typedef struct leader {
  float x, y, vx, vy;
} leader;

typedef struct simulation {
  app *app;
  alog_writer *transforms, *times, *events;
  uint32_t tick;
  leader leaders[FLOCKS];
  float x[ENTITIES], y[ENTITIES], vx[ENTITIES], vy[ENTITIES];
  float reach[ENTITIES]; /* how far from its leader an entity likes to be */
  float heat[ENTITIES];
  bool met[FLOCKS][FLOCKS]; /* already reported */

  /* The report, for main after the join. */
  uint64_t ticks, skipped, event_count;
  uint64_t hiccup_ns, hiccup_stalled_ns; /* the longest time from one publication to the next */
} simulation;

/* ---- how the world moves ---- */

static const float tick_seconds = 1.0F / 240, width = WIDTH, height = HEIGHT;

/* A number from 0 to 1. The same argument gives the same number. */
static float scatter(uint32_t number) { return (float)(fold(0x5eed, &number, sizeof number) >> 8) * 0x1p-24F; }

static void lead(leader *out, uint32_t flock, uint32_t tick) {
  const float t = (float)tick * tick_seconds, turn = 6.2831853F * (float)flock / (float)FLOCKS;
  const float a = 0.21F + 0.023F * (float)flock, b = 0.34F - 0.019F * (float)flock;
  out->x = width * (0.5F + 0.36F * sinf(a * t + turn));
  out->y = height * (0.5F + 0.31F * sinf(b * t + 2.5F * turn + 0.6F));
  out->vx = width * 0.36F * a * cosf(a * t + turn);
  out->vy = height * 0.31F * b * cosf(b * t + 2.5F * turn + 0.6F);
}

static void simulation_create_world(simulation *self) {
  for (uint32_t flock = 0; flock < FLOCKS; flock++) lead(&self->leaders[flock], flock, 0);
  for (uint32_t i = 0; i < ENTITIES; i++) {
    const leader *l = &self->leaders[i / FLOCK_ENTITIES];
    const float angle = 6.2831853F * scatter(2 * i), farness = scatter(2 * i + 1);
    self->reach[i] = 12 + 158 * farness;
    self->x[i] = l->x + self->reach[i] * cosf(angle);
    self->y[i] = l->y + self->reach[i] * sinf(angle);
    self->vx[i] = l->vx;
    self->vy[i] = l->vy;
  }
}

static bool beats(uint32_t flock, uint32_t tick) { return (tick + 97 * flock) % (331 + 62 * flock) == 0; }

/* Moves one entity by a tick: around its leader, and away from two others. */
static void move(simulation *self, uint32_t i, bool beat) {
  const uint32_t flock = i / FLOCK_ENTITIES;
  const leader *l = &self->leaders[flock];
  const float spin = flock % 2 == 0 ? 1.0F : -1.0F;
  float dx = self->x[i] - l->x, dy = self->y[i] - l->y;
  const float distance = sqrtf(dx * dx + dy * dy + 1);
  dx /= distance;
  dy /= distance;
  const float speed = spin * 11 * sqrtf(self->reach[i]), pull = 14 * (self->reach[i] - distance);
  float ax = 2.5F * (l->vx - dy * speed - self->vx[i]) + pull * dx;
  float ay = 2.5F * (l->vy + dx * speed - self->vy[i]) + pull * dy;
  for (uint32_t other = 1; other <= 3; other += 2) {
    const leader *o = &self->leaders[(flock + other) % FLOCKS];
    const float ox = self->x[i] - o->x, oy = self->y[i] - o->y;
    const float push = 24000 / (ox * ox + oy * oy + 900);
    ax += push * ox;
    ay += push * oy;
  }
  self->heat[i] *= 0.988F;
  if (beat) {
    const float kick = 260 * scatter(i + ENTITIES * self->tick);
    self->vx[i] += kick * dx;
    self->vy[i] += kick * dy;
    self->heat[i] = 1;
  }
  self->vx[i] += ax * tick_seconds;
  self->vy[i] += ay * tick_seconds;
  self->x[i] += self->vx[i] * tick_seconds;
  self->y[i] += self->vy[i] * tick_seconds;
}

/* ---- one tick ---- */

static bool publish_tick(simulation *self, uint64_t due) {
  app *app = self->app;
  bool beat[FLOCKS];
  for (uint32_t flock = 0; flock < FLOCKS; flock++) {
    lead(&self->leaders[flock], flock, self->tick);
    beat[flock] = beats(flock, self->tick);
  }
  if (failed(app, alog_writer_begin(self->transforms), "begin")) return false;
  for (uint32_t i = 0; i < ENTITIES;) {
    alog_reservation room;
    if (failed(app, alog_writer_reserve(self->transforms, ENTITIES - i, &room), "reserve")) return false;
    transform *out = room.data;
    for (const transform *end = out + room.capacity; out < end; out++, i++) {
      move(self, i, beat[i / FLOCK_ENTITIES]);
      *out = (transform){due, self->tick, i, self->x[i], self->y[i], self->heat[i], 0};
      out->check = transform_check(out);
    }
    if (failed(app, alog_writer_commit(self->transforms, room.capacity), "commit")) return false;
  }
  return !failed(app, alog_writer_publish(self->transforms), "publish");
}

/* ---- what happened ---- */

static bool say(simulation *self, uint32_t flock, uint32_t pitch, const char *format, ...) {
  alog_reservation room;
  alog_status status = alog_writer_reserve(self->events, sizeof(event_head) + MAX_TEXT, &room);
  if (failed(self->app, status, "reserve event")) return false;
  event_head *head = room.data;
  char *text = (char *)room.data + sizeof *head;
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, MAX_TEXT, format, arguments);
  va_end(arguments);
  if (length < 0 || length >= MAX_TEXT) return failed_outside(self->app, "event", "the text is too long");
  *head = (event_head){.sequence = alog_writer_next_sequence(self->events),
                       .tick = self->tick,
                       .flock = (uint16_t)flock,
                       .pitch = (uint16_t)pitch,
                       .length = (uint32_t)length};
  head->check = event_check(head, text);
  self->event_count++;
  return !failed(self->app, alog_writer_commit(self->events, sizeof *head + head->length), "event");
}

static bool say_events(simulation *self) {
  static const uint32_t scale[FLOCKS] = {57, 60, 62, 64, 67, 69, 72, 74}; /* five notes that never quarrel */
  const uint64_t before = self->event_count;
  for (uint32_t i = 0; i < FLOCKS; i++) {
    if (beats(i, self->tick) && !say(self, i, scale[i], "flock %" PRIu32 " beats", i)) return false;
    for (uint32_t j = i + 1; j < FLOCKS; j++) {
      const float dx = self->leaders[i].x - self->leaders[j].x, dy = self->leaders[i].y - self->leaders[j].y;
      const bool was = self->met[i][j];
      self->met[i][j] = dx * dx + dy * dy < (was ? 120 * 120 : 100 * 100);
      if (was || !self->met[i][j]) continue;
      if (!say(self, i, scale[j] + 12, "flocks %" PRIu32 " and %" PRIu32 " meet", i, j)) return false;
    }
  }
  if (self->event_count == before) return true;
  return !failed(self->app, alog_writer_notify(self->events), "notify"); /* the listener sleeps until then */
}

/* ---- the thread ---- */

static void *simulation_run(void *argument) {
  simulation *self = argument;
  app *app = self->app;
  uint64_t due = app->started_ns, last_published = 0, skipped = 0;
  bool ok = true;
  /* At least twice, even if the time is over: a frame needs two ticks. */
  while (ok && (self->ticks < 2 || !atomic_load(&app->stop)) && !atomic_load(&app->broken)) {
    sleep_until_ns(due);
    const bool stalled = atomic_load(&app->stalled);
    tick_time time = {.tick = self->tick, .began_ns = now_ns(), .skipped = skipped};
    ok = publish_tick(self, due);
    time.published_ns = now_ns();
    ok = ok && !failed(app, alog_writer_append(self->times, &time, sizeof time), "append time") && say_events(self);
    if (!ok) break;

    if (last_published > 0) {
      uint64_t *longest = stalled ? &self->hiccup_stalled_ns : &self->hiccup_ns;
      const uint64_t gap = time.published_ns - last_published;
      if (gap > *longest) *longest = gap;
    }
    last_published = time.published_ns;
    self->ticks++;
    self->tick++;
    due += TICK_NS;
    skipped = 0;
    const uint64_t now = now_ns();
    if (now > due) { /* a late one skips periods, and does not hurry through them: time stops for the world */
      skipped = (now - due) / TICK_NS + 1;
      due += skipped * TICK_NS;
      self->skipped += skipped;
    }
  }
  atomic_store(&app->finished, true);
  return NULL;
}

#endif
