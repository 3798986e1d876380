/* game_loop/overlay.h: what a profiler would show, read from the logs themselves and from their statistics. */
#ifndef GAME_LOOP_OVERLAY_H
#define GAME_LOOP_OVERLAY_H

#include "renderer.h"

/* check_picture.py knows the rim, and where the panels are. */
enum {
  RIM = 0x3d5170,
  BRIGHT = 0xe8eef8,
  FAINT = 0x8fa0bc,
  GOOD = 0x5fd38d,
  WARM = 0xffb454,
  BAR = 0x2b5f96,
  BAR_WORK = 0x8fd4ff,
  BAR_STALLED = 0x7a4a24,
  MARGIN = 12,
  LEFT_WIDTH = 388,
  LEFT_HEIGHT = 188,
  RIGHT_WIDTH = 300,
  RIGHT_LINES = 8,
  RIGHT_HEIGHT = 38 + 18 * RIGHT_LINES,
  CHART_WIDTH = WIDTH - 2 * MARGIN,
  CHART_HEIGHT = 92,
  CHART_TICKS = CHART_WIDTH - 16, /* one column each */
  BAR_NS = 140000,                /* one pixel of a bar */
  BAR_MAX = 52,
};

typedef struct line_place {
  int x, y;
} line_place;

#define PUT_LINE(out, place, name, colour, ...)                               \
  do {                                                                        \
    write_text(out, (place)->x, (place)->y, 2, FAINT, "%s", name);            \
    write_text(out, (place)->x + 9 * 12, (place)->y, 2, colour, __VA_ARGS__); \
    (place)->y += 18;                                                         \
  } while (0)

/* A square for each segment: in use by the log, held by readers alone, or in the pool. */
static void put_segments(pixels out, line_place *place, const alog_stats *stats) {
  write_text(out, place->x, place->y, 2, FAINT, "segments");
  const uint64_t used = stats->segments_live - stats->segments_pooled - stats->segments_held_by_readers;
  for (uint64_t i = 0; i < stats->segments_live; i++) {
    const bool in_use = i < used, held = !in_use && i < used + stats->segments_held_by_readers;
    fill(out, place->x + 9 * 12 + 12 * (int)i, place->y + 2, 10, 10, in_use ? GOOD : held ? WARM : RIM);
  }
  place->y += 18;
}

static bool put_left(renderer *self) {
  app *app = self->app;
  alog_stats stats = ALOG_STATS_INIT;
  if (failed(app, alog_log_stats(app->transforms, &stats), "stats")) return false;
  const stall *stall = &self->stall;
  line_place place = {MARGIN + 12, MARGIN + 12};
  panel(self->frame, MARGIN, MARGIN, LEFT_WIDTH, LEFT_HEIGHT, RIM);
  PUT_LINE(self->frame, &place, "tick", BRIGHT, "%" PRIu32 ", %d entities", self->tick, ENTITIES);
  PUT_LINE(self->frame, &place, "frame", BRIGHT, "%" PRIu64 ", %.0f a second", self->frames, self->frames_a_second);
  PUT_LINE(self->frame, &place, "skipped", BRIGHT, "%" PRIu64 " ticks", self->skipped);
  PUT_LINE(self->frame, &place, "torn", self->torn == 0 ? GOOD : WARM, "%" PRIu64 " frames", self->torn);
  put_segments(self->frame, &place, &stats);
  PUT_LINE(self->frame, &place, "memory", BRIGHT, "%.1f mb, %" PRIu64 " rolls", (double)stats.bytes_allocated / 1e6,
           stats.rolls);
  PUT_LINE(self->frame, &place, "views", BRIGHT, "%" PRIu64 ", %" PRIu64 " segments old", stats.snapshots_live,
           stats.oldest_view_age);
  if (stall->ended_ns == 0) {
    PUT_LINE(self->frame, &place, "stall", FAINT, "none");
    return true;
  }
  PUT_LINE(self->frame, &place, "stall", WARM, "%.1f s, %" PRIu64 " ticks",
           (double)(stall->ended_ns - stall->began_ns) / 1e9, stall->ticks);
  PUT_LINE(self->frame, &place, "", WARM, "held %" PRIu64 " segments", stall->segments_held);
  return true;
}

/* The newest events, the newest on top. */
static bool put_right(renderer *self) {
  app *app = self->app;
  alog_range range;
  if (failed(app, alog_snapshot_range(self->events, &range), "range of events")) return false;
  const int left = WIDTH - MARGIN - RIGHT_WIDTH, x = left + 12;
  panel(self->frame, left, MARGIN, RIGHT_WIDTH, RIGHT_HEIGHT, RIM);
  write_text(self->frame, x, MARGIN + 12, 2, FAINT, "heard %" PRIu64 ", lost %" PRIu64, atomic_load(&app->heard),
             atomic_load(&app->lost));
  for (int line = 0; line < RIGHT_LINES && range.begin + (uint64_t)line < range.end; line++) {
    const uint64_t sequence = range.end - 1 - (uint64_t)line;
    alog_slice record;
    const char *text;
    if (failed(app, alog_snapshot_record(self->events, sequence, &record), "event")) return false;
    const event_head *head = event_parse(record.data, record.size, sequence, &text);
    if (head == NULL) return failed_outside(app, "event", "not as it was written");
    const uint32_t age = self->tick > head->tick ? self->tick - head->tick : 0;
    const uint32_t glow = age < 240 ? 256 - age / 2 : 136;
    const int y = MARGIN + 34 + 18 * line;
    fill(self->frame, x, y + 2, 10, 10, dimmed(flock_colours[head->flock % FLOCKS], glow));
    write_text(self->frame, x + 18, y, 2, dimmed(BRIGHT, glow), "%.*s", (int)head->length, text);
  }
  return true;
}

/* The past ticks, one column each, from the log of their times: how long after the tick before each was published, and
 * how much of this time it took to make it. A dot below means that the tick was drawn. Where the renderer stalled there
 * are no dots. */
static bool put_chart(renderer *self) {
  app *app = self->app;
  alog_range range;
  if (failed(app, alog_snapshot_range(self->times, &range), "range of times")) return false;
  const int top = HEIGHT - MARGIN - CHART_HEIGHT, base = HEIGHT - MARGIN - 12;
  panel(self->frame, MARGIN, top, CHART_WIDTH, CHART_HEIGHT, RIM);
  write_text(self->frame, MARGIN + 8, top + 6, 1, FAINT, "each tick: time since the one before, time to make it below");
  write_text(self->frame, MARGIN + 8 + 6 * 64, top + 6, 1, GOOD, "dots: the ticks that were drawn");
  write_text(self->frame, MARGIN + 8 + 6 * 100, top + 6, 1, WARM, "brown: the renderer is stalled");
  const uint64_t there = range.end - range.begin, shown = there < CHART_TICKS ? there : CHART_TICKS;
  uint64_t before = 0;
  for (uint64_t i = 0; i < shown; i++) {
    alog_slice record;
    if (failed(app, alog_snapshot_record(self->times, range.end - shown + i, &record), "time")) return false;
    const tick_time *time = record.data;
    const uint64_t gap = before > 0 ? time->published_ns - before : TICK_NS, work = time->published_ns - time->began_ns;
    const int height = gap / BAR_NS < BAR_MAX ? (int)(gap / BAR_NS) : BAR_MAX;
    const int work_height = work / BAR_NS < (uint64_t)height ? (int)(work / BAR_NS) + 1 : height;
    const int x = MARGIN + 8 + (int)i + (CHART_TICKS - (int)shown);
    const bool stalled = time->published_ns > self->stall.began_ns && time->published_ns < self->stall.ended_ns;
    fill(self->frame, x, base - height, 1, height, stalled ? BAR_STALLED : BAR);
    fill(self->frame, x, base - work_height, 1, work_height, stalled ? WARM : BAR_WORK);
    if (self->drawn[time->tick % REMEMBERED] == time->tick + 1) fill(self->frame, x, base + 3, 1, 4, GOOD);
    before = time->published_ns;
  }
  return true;
}

static bool draw_overlay(renderer *self) { return put_left(self) && put_right(self) && put_chart(self); }

#endif
