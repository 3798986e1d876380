/* host: a C program's part of peek.py. A thread publishes what a sensor measures, ten thousand times a second, into a
 * log. The host gives the log's pointer to any caller. It knows nothing of Python.
 *
 * Build: cc -std=c11 -O2 -shared -fPIC -Iinclude examples-py/host.c -Ltarget/lib -latomic_log
 *        -lpthread -lm -o host.so
 */
#define _POSIX_C_SOURCE 200809L
#include <atomic_log.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

typedef struct reading {
  uint64_t sequence;
  double celsius;
} reading;

static alog_log *log_;
static alog_writer *writer;
static pthread_t thread;
static atomic_bool stopped;
static alog_status last; /* of the thread's, until it has been joined */

static void *publish(void *unused) {
  (void)unused;
  const struct timespec period = {.tv_nsec = 100000};
  while (last == ALOG_OK && !atomic_load(&stopped)) {
    reading next = {.sequence = alog_writer_next_sequence(writer)};
    next.celsius = 20 + 5 * sin((double)next.sequence / 1000);
    last = alog_writer_append(writer, &next, sizeof next);
    nanosleep(&period, NULL);
  }
  return NULL;
}

/* The log, whose count stays the host's; NULL if it could not be made. Nothing is published yet. */
alog_log *host_open(void) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(reading);
  options.retained_capacity = 1000; /* a tenth of a second */
  options.segment_capacity = 250;
  if (alog_log_create_fixed(&options, &log_) != ALOG_OK) return NULL;
  if (alog_writer_claim(log_, &writer) == ALOG_OK) return log_;
  alog_log_release(log_);
  return NULL;
}

/* From here on there is something to look at. */
bool host_start(void) { return pthread_create(&thread, NULL, publish, NULL) == 0; }

/* The number of readings that were published; -1 if one could not be. */
int64_t host_stop(void) {
  atomic_store(&stopped, true);
  pthread_join(thread, NULL);
  return last == ALOG_OK ? (int64_t)alog_writer_next_sequence(writer) : -1;
}

void host_close(void) {
  alog_writer_release(writer);
  alog_log_release(log_);
}
