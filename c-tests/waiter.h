/*
 * Threads that wait: one thread in one wait, how to tell that it sleeps, and how its wait ended.
 */
#ifndef WAITER_H
#define WAITER_H

#ifdef __linux__
#include <unistd.h>
#endif

#include "atomics.h"
#include "clock.h"
#include "fixture.h"

/* Longer than any wake-up takes, on any machine. */
#define LATE (20 * SECOND)
/* Long enough to notice a thread that is woken by mistake. */
#define A_WHILE (60 * MILLISECOND)

enum { PATH_SIZE = 64 };

/* A thread in one wait, by a snapshot or by a cursor. */
typedef struct waiter {
  thread runner;
  const alog_snapshot *snapshot;
  alog_cursor *cursor;
  uint64_t timeout;
  const uint64_t *since; /* for wait_since; NULL for wait */
  void (*prepare)(void); /* runs in the thread before the wait; NULL for nothing */
  uint64_t took;         /* of the clock */
  uint64_t worked;       /* of the processor, where it can be asked */
  alog_status status;
  char task[PATH_SIZE]; /* "pid/task/tid" of the thread, or empty */
  atomic_bool begun;
  atomic_bool done;
} waiter;

#ifdef __linux__
/* The processor time that this thread has used, in nanoseconds. */
static inline uint64_t work_of_thread(void) {
  struct timespec time = {0, 0};
  CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static inline void tell_task(char task[PATH_SIZE]) {
  if (readlink("/proc/thread-self", task, PATH_SIZE - 1) < 0) {
    task[0] = '\0';
  }
}
#else
static inline uint64_t work_of_thread(void) { return 0; }
static inline void tell_task(char task[PATH_SIZE]) { (void)task; }
#endif

static inline alog_status wait_as_told(const waiter *self) {
  if (self->cursor != NULL) {
    return self->since != NULL ? alog_cursor_wait_since(self->cursor, self->timeout, *self->since)
                               : alog_cursor_wait(self->cursor, self->timeout);
  }
  return self->since != NULL ? alog_snapshot_wait_since(self->snapshot, self->timeout, *self->since)
                             : alog_snapshot_wait(self->snapshot, self->timeout);
}

static inline void *run_waiter(void *argument) {
  waiter *self = (waiter *)argument;
  tell_task(self->task);
  if (self->prepare != NULL) {
    self->prepare();
  }
  atomic_store(&self->begun, true);
  const uint64_t work = work_of_thread();
  const uint64_t begin = now();
  self->status = wait_as_told(self);
  self->took = now() - begin;
  self->worked = work_of_thread() - work;
  atomic_store(&self->done, true);
  return NULL;
}

/* Whether the kernel reports that the thread sleeps. Where the kernel cannot be asked: waits for a while, in which it
 * will. */
static inline bool is_asleep(const waiter *w) {
  char path[PATH_SIZE + 16];
  char text[256] = "";
  FILE *file = NULL;
  if (w->task[0] != '\0') {
    snprintf(path, sizeof path, "/proc/%s/stat", w->task);
    file = fopen(path, "r");
  }
  if (file == NULL) {
    nap_for(A_WHILE);
    return true;
  }
  const size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = '\0';
  const char *name_end = strrchr(text, ')');
  return name_end != NULL && name_end[1] == ' ' && name_end[2] == 'S';
}

/* A wait that is still to begin: members may be set before. */
static inline void make_waiter(waiter *w, const alog_snapshot *snapshot, alog_cursor *cursor, uint64_t timeout) {
  memset((void *)w, 0, sizeof *w);
  w->snapshot = snapshot;
  w->cursor = cursor;
  w->timeout = timeout;
}

static inline void start(waiter *w) { CHECK(thread_start(&w->runner, run_waiter, w)); }

static inline void begin_wait(waiter *w, const alog_snapshot *snapshot, alog_cursor *cursor, uint64_t timeout) {
  make_waiter(w, snapshot, cursor, timeout);
  start(w);
}

/* Returns when the thread sleeps in the wait. */
static inline void until_asleep(waiter *w) {
  const uint64_t begin = now();
  while (!atomic_load(&w->begun) || !is_asleep(w)) {
    CHECK(!atomic_load(&w->done));
    CHECK(now() - begin < LATE);
    nap_for(MILLISECOND / 5);
  }
}

/* The same for a wait with a deadline. On a busy machine it may pass before the test has looked. */
static inline void until_asleep_or_over(waiter *w) {
  while (!atomic_load(&w->done) && (!atomic_load(&w->begun) || !is_asleep(w))) {
    nap_for(MILLISECOND / 5);
  }
}

/* A wait that sleeps. */
static inline void fall_asleep(waiter *w, const alog_snapshot *snapshot, alog_cursor *cursor) {
  begin_wait(w, snapshot, cursor, ALOG_WAIT_FOREVER);
  until_asleep(w);
}

static inline void sleeps_on(const waiter *w) {
  nap_for(A_WHILE);
  CHECK(!atomic_load(&w->done));
}

/* Returns when the wait has ended. */
static inline void until_done(const waiter *w) {
  const uint64_t begin = now();
  while (!atomic_load(&w->done)) {
    CHECK(now() - begin < LATE);
    nap_for(MILLISECOND / 5);
  }
}

/* Checks that the wait ends, and how. */
static inline void wakes(alog_status expected, waiter *w) {
  until_done(w);
  CHECK(thread_join(&w->runner));
  CHECK_STATUS(expected, w->status);
}

/* Checks that a record, and a notify, end the wait. */
static inline void a_record_wakes(waiter *w, alog_writer *writer) {
  append_numbers(writer, 1);
  CHECK_OK(alog_writer_notify(writer));
  wakes(ALOG_OK, w);
}

#endif
