/* sysmon/alarm.h: a reader that follows every reading through a cursor.
 *
 * It raises alarms, as records of a log of its own, and reports every loss exactly. An option makes it stall: then it
 * loses readings and reports which, and the sampler does not notice.
 */
#ifndef SYSMON_ALARM_H
#define SYSMON_ALARM_H

#include "app.h"

enum {
  ALARM_WAIT_NS = 50000000, /* it sleeps until the sampler notifies, or until it must look whether all is over */
  ALARM_AWAKE_NS = 1000000000,
  CPU_HIGH = 90, /* percent of all cores; armed again below CPU_LOW */
  CPU_LOW = 70,
  MEMORY_HIGH = 90,
  MEMORY_LOW = 85,
  LATE_MS = 5,
};

typedef struct alarm_reader {
  app *app;
  alog_cursor *cursor;
  alog_writer *alarms;
  bool cpu_high, memory_high, late; /* already reported */

  /* The report, for main after the join. */
  reader reader;
  uint64_t alarm_count, newest_segment;
  histogram publish_to_observe;
} alarm_reader;

static bool say_alarm(alarm_reader *self, alog_status status) {
  self->alarm_count++;
  return !failed(self->app, status, "alarm");
}

static bool crossed(bool *high, double value, double above, double below) {
  bool was = *high;
  *high = value > (was ? below : above);
  return *high && !was;
}

static bool judge(alarm_reader *self, const reading *r) {
  const double *value = r->values;
  if (r->subject == ALL_CORES && crossed(&self->cpu_high, value[0], CPU_HIGH, CPU_LOW)) {
    return say_alarm(self, say(self->alarms, r->made_ns, "cpu %.0f %% busy", value[0]));
  }
  if (r->subject == MEMORY) {
    double used = 100.0 - 100.0 * value[1] / value[0];
    if (crossed(&self->memory_high, used, MEMORY_HIGH, MEMORY_LOW)) {
      return say_alarm(self, say(self->alarms, r->made_ns, "memory %.0f %% used", used));
    }
  }
  if (r->subject == LOAD) {
    double late = (double)(r->made_ns - r->due_ns) / 1e6;
    if (crossed(&self->late, late, LATE_MS, LATE_MS)) {
      return say_alarm(self, say(self->alarms, r->made_ns, "period %" PRIu64 " is %.1f ms late", r->period, late));
    }
  }
  return true;
}

/* Reads all that is unread. It must end with a whole period. */
static bool alarm_read(alarm_reader *self, bool punctual) {
  alog_delta delta;
  alog_status status = alog_cursor_refresh(self->cursor, &delta);
  uint64_t observed = now_ns();
  if (failed(self->app, status, "alarm: refresh")) return false;
  reader_refreshed(&self->reader, &delta);
  if (delta.lost > 0) {
    status = say(self->alarms, observed, "lost %" PRIu64 " readings, #%" PRIu64 " to #%" PRIu64, delta.lost,
                 delta.first_sequence - delta.lost, delta.first_sequence - 1);
    if (!say_alarm(self, status)) return false;
  }

  alog_chunk chunk;
  const reading *last = NULL;
  while ((status = alog_cursor_next(self->cursor, &chunk)) == ALOG_OK) {
    reader_follow(&self->reader, &chunk);
    reader_verify(&self->reader, &chunk);
    const reading *readings = chunk.data;
    for (size_t i = 0; i < chunk.count; i++) {
      if (!judge(self, &readings[i])) return false;
    }
    self->newest_segment = chunk.segment_sequence;
    last = &readings[chunk.count - 1]; /* stays readable until the next refresh */
  }
  if (last != NULL) {
    if (last->part + 1 != last->parts) self->reader.halves++;
    if (punctual) histogram_add(&self->publish_to_observe, observed - last->made_ns);
  }
  return !failed(self->app, status, "alarm: next");
}

static void *alarm_run(void *argument) {
  alarm_reader *self = argument;
  app *app = self->app;
  uint64_t stall_at = app->settings.stall_alarm_ms > 0 ? now_ns() + ALARM_AWAKE_NS : UINT64_MAX;
  bool punctual = true;
  for (;;) {
    bool last_turn = atomic_load(&app->finished); /* read first: then the refresh sees the end */
    if (!alarm_read(self, punctual) || last_turn) break;
    punctual = now_ns() < stall_at;
    if (punctual) {
      if (failed(app, alog_cursor_wait(self->cursor, ALARM_WAIT_NS), "alarm: wait")) break;
    } else {
      sleep_unless(&app->finished, app->settings.stall_alarm_ms * 1000000);
      stall_at = now_ns() + ALARM_AWAKE_NS;
    }
  }
  return NULL;
}

#endif
