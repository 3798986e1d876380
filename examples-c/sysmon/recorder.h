/* sysmon/recorder.h: a reader that keeps everything, and the thread that writes it as CSV.
 *
 * The recorder only follows: it pins the segment of each chunk, and puts chunk and pin into a queue. The CSV thread
 * formats them when it gets to them. The pin keeps the readings in place, however far the log has moved on. If the
 * queue is full, the recorder waits. The writer does not wait.
 */
#ifndef SYSMON_RECORDER_H
#define SYSMON_RECORDER_H

#include <pthread.h>

#include "app.h"

enum { RECORDER_POLL_NS = 50000000, QUEUE_PARCELS = 64 };

/* A chunk is plain data. The pin makes it safe to keep. */
typedef struct parcel {
  alog_chunk chunk;
  alog_segment *pin;
  uint64_t lost_before;
} parcel;

typedef struct parcel_queue {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool closed;
  size_t first, count;
  parcel parcels[QUEUE_PARCELS];
} parcel_queue;

typedef struct recorder {
  app *app;
  alog_cursor *cursor;
  parcel_queue queue;
  FILE *csv;

  /* The reports, for main after the join. */
  reader reader;  /* what the recorder followed */
  reader written; /* what the CSV thread wrote */
  uint64_t parcels;
} recorder;

static void queue_put(parcel_queue *queue, parcel parcel) {
  pthread_mutex_lock(&queue->lock);
  while (queue->count == QUEUE_PARCELS) pthread_cond_wait(&queue->changed, &queue->lock);
  queue->parcels[(queue->first + queue->count++) % QUEUE_PARCELS] = parcel;
  pthread_cond_broadcast(&queue->changed);
  pthread_mutex_unlock(&queue->lock);
}

/* False when the queue is closed and empty. */
static bool queue_take(parcel_queue *queue, parcel *out) {
  pthread_mutex_lock(&queue->lock);
  while (queue->count == 0 && !queue->closed) pthread_cond_wait(&queue->changed, &queue->lock);
  bool any = queue->count > 0;
  if (any) {
    *out = queue->parcels[queue->first];
    queue->first = (queue->first + 1) % QUEUE_PARCELS;
    queue->count--;
    pthread_cond_broadcast(&queue->changed);
  }
  pthread_mutex_unlock(&queue->lock);
  return any;
}

static void queue_close(parcel_queue *queue) {
  pthread_mutex_lock(&queue->lock);
  queue->closed = true;
  pthread_cond_broadcast(&queue->changed);
  pthread_mutex_unlock(&queue->lock);
}

static bool recorder_read(recorder *self) {
  alog_delta delta;
  alog_status status = alog_cursor_refresh(self->cursor, &delta);
  if (failed(self->app, status, "recorder: refresh")) return false;
  reader_refreshed(&self->reader, &delta);
  parcel parcel = {.lost_before = delta.lost};
  while ((status = alog_cursor_next(self->cursor, &parcel.chunk)) == ALOG_OK) {
    if (failed(self->app, alog_cursor_pin(self->cursor, &parcel.pin), "pin")) return false;
    reader_follow(&self->reader, &parcel.chunk);
    queue_put(&self->queue, parcel);
    parcel.lost_before = 0;
    self->parcels++;
  }
  return !failed(self->app, status, "recorder: next");
}

static void *recorder_run(void *argument) {
  recorder *self = argument;
  for (bool last_turn = false; !last_turn;) {
    last_turn = atomic_load(&self->app->finished); /* read first: then the refresh sees the end */
    if (!recorder_read(self)) break;
    if (!last_turn) sleep_unless(&self->app->finished, RECORDER_POLL_NS);
  }
  queue_close(&self->queue);
  return NULL;
}

/* ---- CSV ---- */

static void csv_row(FILE *csv, const app *app, const reading *r) {
  static const char *const names[] = {"cpu", "cpu", "memory", "load", "self"}; /* by subject */
  fprintf(csv, "%" PRIu64 ",%" PRIu64 ",%.6f,", r->sequence, r->period, seconds_since_start(app, r->made_ns));
  fputs(r->subject <= SELF ? names[r->subject] : "?", csv);
  if (r->subject == ONE_CORE) fprintf(csv, "%" PRIu32, r->core);
  fprintf(csv, ",%.10g,%.10g,%.10g\n", r->values[0], r->values[1], r->values[2]);
}

static void *csv_run(void *argument) {
  recorder *self = argument;
  parcel parcel;
  fputs("sequence,period,seconds,subject,value_1,value_2,value_3\n", self->csv);
  while (queue_take(&self->queue, &parcel)) {
    self->written.expected += parcel.lost_before;
    reader_follow(&self->written, &parcel.chunk);
    reader_verify(&self->written, &parcel.chunk);
    const reading *readings = parcel.chunk.data;
    for (size_t i = 0; i < parcel.chunk.count; i++) csv_row(self->csv, self->app, &readings[i]);
    alog_segment_release(parcel.pin);
  }
  if (fflush(self->csv) != 0 || ferror(self->csv)) failed_outside(self->app, "csv");
  return NULL;
}

/* Counts the rows in the file, by reading the file again. */
static uint64_t csv_count_rows(FILE *csv) {
  uint64_t newlines = 0;
  rewind(csv);
  for (int c = getc(csv); c != EOF; c = getc(csv)) newlines += c == '\n';
  return newlines > 0 ? newlines - 1 : 0;
}

#endif
