/* sysmon/sampler.h: the writer. It samples the machine every millisecond and waits for no reader.
 *
 * The readings of one period are a group. They are made one after the other while /proc is read, and become visible all
 * at once. If a file could not be read, none of them becomes visible.
 */
#ifndef SYSMON_SAMPLER_H
#define SYSMON_SAMPLER_H

#include <math.h>
#include <poll.h>

#include "app.h"

enum {
  LINE_EVERY_PERIODS = 10,
  CORE_BUSY = 80, /* percent */
  CORE_QUIET = 20,
};

/* Takes lines from a file or a pipe, and never waits for a line. */
typedef struct line_source {
  int file; /* -1: none */
  size_t begin, end;
  char text[4096];
} line_source;

typedef struct sampler {
  app *app;
  machine machine;
  line_source lines;
  alog_writer *readings, *events;
  uint32_t parts;
  reading now[MAX_PARTS]; /* the period that is being made */

  /* The values of the last messages, to report only what changed. */
  bool core_was_busy[MAX_CORES + 1];
  double said_load, said_available_mb, said_own_mb;

  /* The report, for main after the join. */
  uint64_t periods, skipped, abandoned, event_count, line_count;
  histogram late, in_log, whole;
} sampler;

/* ---- lines from outside ---- */

/* False: there is no whole line yet, or no more. The line is valid until the next call. */
static bool line_source_next(line_source *source, const char **line, size_t *length) {
  if (source->file < 0) return false;
  char *text = source->text + source->begin;
  char *newline = memchr(text, '\n', source->end - source->begin);
  if (newline == NULL && source->end - source->begin < sizeof source->text) {
    memmove(source->text, text, source->end - source->begin);
    source->end -= source->begin;
    source->begin = 0;
    struct pollfd ready = {.fd = source->file, .events = POLLIN};
    if (poll(&ready, 1, 0) != 1) return false;
    ssize_t more = read(source->file, source->text + source->end, sizeof source->text - source->end);
    if (more <= 0) { /* the end; the rest without a newline is a line, too */
      close(source->file);
      source->file = -1;
    } else {
      source->end += (size_t)more;
    }
    text = source->text;
    newline = memchr(text, '\n', source->end);
    if (newline == NULL && source->file >= 0 && source->end < sizeof source->text) return false;
  }
  *line = text;
  *length = newline != NULL ? (size_t)(newline - text) : source->end - source->begin;
  source->begin += *length + (newline != NULL);
  return *length > 0 || newline != NULL;
}

/* ---- one period ---- */

/* Appends one reading to the open group, and measures how long the log took. */
static alog_status append(sampler *self, reading *r, uint64_t due, uint32_t part, uint64_t *in_log) {
  r->sequence = alog_writer_next_sequence(self->readings);
  r->period = self->periods;
  r->due_ns = due;
  r->made_ns = now_ns();
  r->part = part;
  r->parts = self->parts;
  r->checksum = reading_checksum(r);
  alog_status status = alog_writer_append(self->readings, r, sizeof *r);
  *in_log += now_ns() - r->made_ns;
  return status;
}

/* Reads one file after the other, and appends its values. */
static alog_status append_period(sampler *self, uint64_t due, bool *sampled, uint64_t *in_log) {
  const struct {
    bool (*take)(machine *machine, reading *out);
    uint32_t readings;
  } files[] = {
      {machine_cpu, self->machine.cores + 1},
      {machine_memory, 1},
      {machine_load, 1},
      {machine_self, 1},
  };
  uint32_t part = 0;
  memset(self->now, 0, sizeof self->now);
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    *sampled = files[i].take(&self->machine, &self->now[part]);
    if (!*sampled) return ALOG_OK;
    for (uint32_t end = part + files[i].readings; part < end; part++) {
      alog_status status = append(self, &self->now[part], due, part, in_log);
      if (status != ALOG_OK) return status;
    }
  }
  return ALOG_OK;
}

/* False: the log refused. If a file could not be read, only this period is lost. */
static bool sample(sampler *self, uint64_t due, bool *sampled) {
  app *app = self->app;
  uint64_t in_log = 0;
  if (failed(app, alog_writer_begin(self->readings), "begin")) return false;
  if (failed(app, append_period(self, due, sampled, &in_log), "append")) return false;
  if (!*sampled) {
    self->abandoned++;
    return !failed(app, alog_writer_abandon(self->readings), "abandon");
  }
  uint64_t before = now_ns();
  if (failed(app, alog_writer_publish(self->readings), "publish")) return false;
  histogram_add(&self->in_log, in_log + (now_ns() - before));
  self->periods++;
  return !failed(app, alog_writer_notify(self->readings), "notify"); /* the alarm sleeps until then */
}

/* ---- events: what changed, which thresholds were crossed ---- */

static bool say_event(sampler *self, alog_status status) {
  self->event_count++;
  return !failed(self->app, status, "event");
}

/* Reports how a value changed since the last report, if it changed by at least this much. */
static bool say_change(sampler *self, uint64_t now, const char *format, double value, double least, double *said) {
  double was = *said;
  if (fabs(value - was) < least) return true;
  *said = value;
  return say_event(self, say(self->events, now, format, value, was));
}

static bool say_changes(sampler *self, uint64_t now) {
  uint32_t cores = self->machine.cores;
  double load = self->now[cores + 2].values[0];
  double available_mb = self->now[cores + 1].values[1] / 1024;
  double own_mb = self->now[cores + 3].values[0] / 1024;
  if (self->periods == 1) { /* nothing to compare with */
    self->said_load = load;
    self->said_available_mb = available_mb;
    self->said_own_mb = own_mb;
  }
  for (uint32_t i = 1; i <= cores; i++) {
    double busy = self->now[i].values[0];
    bool is_busy = busy > (self->core_was_busy[i] ? CORE_QUIET : CORE_BUSY);
    if (is_busy == self->core_was_busy[i]) continue;
    self->core_was_busy[i] = is_busy;
    if (!say_event(self, say(self->events, now, "cpu%" PRIu32 " %s, %.0f %%", self->now[i].core,
                             is_busy ? "is busy" : "has gone quiet", busy))) {
      return false;
    }
  }
  return say_change(self, now, "load %.2f, was %.2f", load, 0.005, &self->said_load) &&
         say_change(self, now, "%.0f MB available, was %.0f", available_mb, 16, &self->said_available_mb) &&
         say_change(self, now, "own memory %.1f MB, was %.1f", own_mb, 1, &self->said_own_mb);
}

static bool say_line(sampler *self, uint64_t now) {
  const char *line;
  size_t length;
  if (!line_source_next(&self->lines, &line, &length)) return true;
  self->line_count++;
  return say_event(self, say(self->events, now, "%.*s", (int)length, line));
}

/* ---- the thread ---- */

static void *sampler_run(void *argument) {
  sampler *self = argument;
  uint64_t due = self->app->started_ns;
  bool ok = true;
  /* At least once: on a very busy machine the time may be over before this thread has begun. */
  for (uint64_t turn = 0; ok && (turn == 0 || !atomic_load(&self->app->stop)); turn++) {
    sleep_until_ns(due);
    uint64_t began = now_ns();
    bool sampled = false;
    ok = sample(self, due, &sampled);
    if (ok && sampled) ok = say_changes(self, began);
    if (ok && turn % LINE_EVERY_PERIODS == 0) ok = say_line(self, began);

    uint64_t ended = now_ns();
    histogram_add(&self->late, began - due);
    histogram_add(&self->whole, ended - began);
    due += PERIOD_NS;
    if (ended > due) { /* a sampler that is late skips periods, and does not hurry through them */
      uint64_t missed = (ended - due) / PERIOD_NS + 1;
      self->skipped += missed;
      due += missed * PERIOD_NS;
    }
  }
  atomic_store(&self->app->finished, true);
  return NULL;
}

#endif
