/* sysmon/dashboard.h: a reader that looks ten times a second at the newest state.
 *
 * It holds a snapshot of each log and refreshes it before it draws. It reads what it draws in place: the newest period
 * by `alog_snapshot_latest`, the past seconds by the sequences of their records.
 */
#ifndef SYSMON_DASHBOARD_H
#define SYSMON_DASHBOARD_H

#include "app.h"

enum {
  DRAW_NS = 100000000,        /* in a terminal */
  PLAIN_LINE_NS = 1000000000, /* anywhere else */
  PLAIN_EVENT_LINES = 10,
  SPARK_COLUMNS = 30,
  EVENT_LINES = 3,
  ALARM_LINES = 3,
  FRAME_BYTES = 16384,
};

/* What was seen of one log of text lines. */
typedef struct line_view {
  alog_snapshot *snapshot;
  uint64_t fresh_from; /* lines from here on are new since the last look */
  uint64_t seen, lost, wrong;
} line_view;

typedef struct dashboard {
  app *app;
  alog_snapshot *readings;
  line_view events, alarms;
  const reader *alarm_reader, *recorder; /* their counts, to show them */
  const reading *newest[MAX_PARTS];      /* the newest whole period, in place */
  uint32_t parts;                        /* of it; 0 before the first */
  uint64_t looks;
  int drawn_lines;
  size_t used;
  char frame[FRAME_BYTES]; /* one frame, written at once so that it does not flicker */

  reader reader; /* the report, for main after the join */
} dashboard;

/* ---- looking ---- */

/* Finds the newest period. It must be one whole group: all parts of one period. */
static bool look_at_newest(dashboard *self) {
  alog_range latest;
  if (failed(self->app, alog_snapshot_latest(self->readings, &latest), "latest")) return false;
  uint64_t parts = latest.end - latest.begin;
  bool whole = parts <= MAX_PARTS;
  for (uint32_t part = 0; whole && part < parts; part++) {
    alog_slice record;
    alog_status status = alog_snapshot_record(self->readings, latest.begin + part, &record);
    if (failed(self->app, status, "record")) return false;
    const reading *r = self->newest[part] = record.data;
    whole = r->part == part && r->parts == parts && r->period == self->newest[0]->period;
    if (r->checksum == reading_checksum(r)) {
      self->reader.verified++;
    } else {
      self->reader.wrong++;
    }
  }
  if (!whole) self->reader.halves++;
  self->parts = whole ? (uint32_t)parts : 0;
  return true;
}

/* Refreshes, and verifies every line that is new. */
static bool look_at_lines(app *app, line_view *view) {
  alog_delta delta;
  if (failed(app, alog_snapshot_refresh(view->snapshot, &delta), "refresh lines")) return false;
  view->fresh_from = delta.first_sequence;
  view->lost += delta.lost;
  view->seen += delta.appended;
  for (uint64_t i = 0; i < delta.appended; i++) {
    alog_slice record;
    const event_head *head;
    const char *text;
    size_t length;
    uint64_t sequence = delta.first_sequence + i;
    if (failed(app, alog_snapshot_record(view->snapshot, sequence, &record), "line")) return false;
    if (!event_parse(record, sequence, &head, &text, &length)) view->wrong++;
  }
  return true;
}

static bool look(dashboard *self) {
  alog_delta delta;
  alog_status status = alog_snapshot_refresh(self->readings, &delta);
  if (failed(self->app, status, "dashboard: refresh")) return false;
  reader_refreshed(&self->reader, &delta);
  self->reader.expected += delta.appended;
  count(&self->reader.seen, delta.appended);
  self->looks++;
  return look_at_newest(self) && look_at_lines(self->app, &self->events) && look_at_lines(self->app, &self->alarms);
}

/* How busy all cores were, `periods_ago`. Below zero: that is not in view. The first part of each period is the one for
 * all cores, and every period has the same number of parts. */
static double busy_before(const dashboard *self, uint64_t periods_ago) {
  uint64_t newest = self->newest[0]->sequence, back = periods_ago * self->parts;
  alog_slice record;
  if (back > newest) return -1.0;
  if (alog_snapshot_record(self->readings, newest - back, &record) != ALOG_OK) return -1.0;
  return ((const reading *)record.data)->values[0];
}

/* ---- drawing ---- */

static void put(dashboard *self, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int wrote = vsnprintf(self->frame + self->used, FRAME_BYTES - self->used, format, arguments);
  va_end(arguments);
  if (wrote > 0 && (size_t)wrote < FRAME_BYTES - self->used) self->used += (size_t)wrote;
}

static void end_line(dashboard *self) {
  put(self, self->app->settings.plain ? "\n" : "\033[0m\033[K\n");
  self->drawn_lines++;
}

static const char *level_color(double percent) {
  return percent < 60 ? "\033[32m" : percent < 85 ? "\033[33m" : "\033[31m";
}

/* A bar of `width` columns, drawn in eighths of a column. */
static void put_bar(dashboard *self, double percent, int width) {
  static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  int filled = (int)(percent / 100.0 * width * 8 + 0.5);
  put(self, "\033[2m▕\033[0m%s", level_color(percent));
  for (int i = 0; i < filled / 8; i++) put(self, "█");
  put(self, "%s", eighths[filled % 8]);
  put(self, "%*s\033[0;2m▏\033[0m%4.0f %%", width - (filled + 7) / 8, "", percent);
}

static void put_spark(dashboard *self) {
  static const char *const heights[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  for (int column = SPARK_COLUMNS - 1; column >= 0; column--) {
    double busy = busy_before(self, (uint64_t)column * BUSY_WINDOW);
    if (busy < 0) {
      put(self, " ");
    } else {
      put(self, "%s%s", level_color(busy), heights[(int)(busy / 100.0 * 7 + 0.5)]);
    }
  }
}

/* The last lines of a view, the newest at the bottom. Control characters are left out. */
static void put_lines(dashboard *self, const line_view *view, uint64_t from, uint64_t most) {
  alog_range range;
  if (failed(self->app, alog_snapshot_range(view->snapshot, &range), "range")) return;
  if (range.end - from > most) from = range.end - most;
  if (from < range.begin) from = range.begin;
  for (uint64_t sequence = from; sequence < range.end; sequence++) {
    alog_slice record;
    const event_head *head;
    const char *text;
    size_t length;
    alog_status status = alog_snapshot_record(view->snapshot, sequence, &record);
    if (failed(self->app, status, "line")) return;
    if (!event_parse(record, sequence, &head, &text, &length)) continue;
    put(self, "  %8.3f  ", seconds_since_start(self->app, head->made_ns));
    for (size_t i = 0; i < length; i++) {
      put(self, "%c", (unsigned char)text[i] < ' ' || text[i] == 127 ? ' ' : text[i]);
    }
    end_line(self);
  }
}

/* The same in a terminal: always this many lines, with a title. */
static void put_newest_lines(dashboard *self, const char *title, const line_view *view, int most) {
  put(self, " \033[2m%s  %" PRIu64 " seen, %" PRIu64 " lost", title, view->seen, view->lost);
  end_line(self);
  int end = self->drawn_lines + most;
  put_lines(self, view, 0, (uint64_t)most);
  while (self->drawn_lines < end) end_line(self);
}

static void put_reader(dashboard *self, const char *name, const reader *r, const char *pace) {
  uint64_t lost = counted(&r->lost);
  put(self, " %-10s%12" PRIu64 "  %s%9" PRIu64 "\033[0m%12" PRIu64 "   \033[2m%s", name, counted(&r->seen),
      lost > 0 ? "\033[31m" : "", lost, counted(&r->refreshes), pace);
  end_line(self);
}

static void draw_machine(dashboard *self) {
  uint32_t cores = self->parts - 4;
  const reading *all = self->newest[0], *memory = self->newest[cores + 1];
  const reading *load = self->newest[cores + 2], *process = self->newest[cores + 3];

  put(self, " cpu     ");
  put_bar(self, all->values[0], 30);
  put(self, "   load %.2f %.2f %.2f", load->values[0], load->values[1], load->values[2]);
  end_line(self);
  uint32_t per_row = cores <= 8 ? 2 : 4;
  for (uint32_t i = 1; i <= cores; i++) {
    put(self, per_row == 2 ? " cpu%-2" PRIu32 "   " : " %2" PRIu32, self->newest[i]->core);
    put_bar(self, self->newest[i]->values[0], per_row == 2 ? 18 : 8);
    if (i % per_row == 0 || i == cores) end_line(self);
  }
  double total = memory->values[0], used = total - memory->values[1];
  put(self, " memory  ");
  put_bar(self, 100.0 * used / total, 30);
  put(self, "   %.1f of %.1f GB", used / 1048576, total / 1048576);
  end_line(self);
  put(self, " self     %.1f MB, %.0f page faults, %.0f major", process->values[0] / 1024, process->values[1],
      process->values[2]);
  end_line(self);
  put(self, " cpu past ");
  put_spark(self);
  put(self, "\033[0;2m  last %d s", SPARK_COLUMNS * BUSY_WINDOW / 1000);
  end_line(self);
}

static void draw_frame(dashboard *self) {
  const reading *newest = self->newest[0];
  self->used = 0;
  if (self->drawn_lines > 0) put(self, "\r\033[%dA", self->drawn_lines);
  self->drawn_lines = 0;
  put(self, "\033[?7l"); /* cut lines at the edge instead of wrapping them */
  put(self, " \033[1msysmon\033[0m  %.1f s, period %" PRIu64 ", %" PRIu32 " readings from #%" PRIu64 " on",
      seconds_since_start(self->app, newest->made_ns), newest->period, self->parts, newest->sequence);
  end_line(self);
  end_line(self);
  draw_machine(self);
  end_line(self);
  put(self, " \033[2mreader         in view       lost   refreshes");
  end_line(self);
  put_reader(self, "dashboard", &self->reader, "10 looks a second");
  put_reader(self, "alarm", self->alarm_reader, "follows, asleep between");
  put_reader(self, "recorder", self->recorder, "follows, every 50 ms");
  put_newest_lines(self, "events", &self->events, EVENT_LINES);
  put_newest_lines(self, "alarms", &self->alarms, ALARM_LINES);
  put(self, "\033[?7h\033[J");
}

/* One line of figures, and below it the messages since the last one. */
static void draw_plain(dashboard *self) {
  const reading *memory = self->newest[self->parts - 3], *load = memory + 1;
  self->used = 0;
  put(self, "%7.3f s  cpu %3.0f %%  load %.2f  %.0f MB free  ", seconds_since_start(self->app, memory->made_ns),
      self->newest[0]->values[0], load->values[0], memory->values[1] / 1024);
  put(self, "lost dashboard %" PRIu64 ", alarm %" PRIu64 ", recorder %" PRIu64, counted(&self->reader.lost),
      counted(&self->alarm_reader->lost), counted(&self->recorder->lost));
  end_line(self);
  put_lines(self, &self->events, self->events.fresh_from, PLAIN_EVENT_LINES);
  put_lines(self, &self->alarms, self->alarms.fresh_from, PLAIN_EVENT_LINES);
}

/* ---- the thread ---- */

static void *dashboard_run(void *argument) {
  dashboard *self = argument;
  bool plain = self->app->settings.plain;
  for (;;) {
    bool last_turn = atomic_load(&self->app->over); /* read first: then the look sees the end */
    if (!look(self)) break;
    if (self->parts > 0) {
      if (plain) {
        draw_plain(self);
      } else {
        draw_frame(self);
      }
      fwrite(self->frame, 1, self->used, stdout);
      fflush(stdout);
    }
    if (last_turn) break;
    sleep_unless(&self->app->over, plain ? PLAIN_LINE_NS : DRAW_NS);
  }
  return NULL;
}

#endif
