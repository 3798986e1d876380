/*
 * Holds up: a thread that waits sleeps until something happens. A wait makes few system calls, however long it lasts:
 * it does not look again from time to time. A notify makes one only if a thread sleeps (docs/REALTIME.md, Notify).
 *
 * The library's calls to sleep and to wake go through functions of this program, which count them.
 */
#ifdef _WIN32
#include "own_imports.h"
#else
#include "own_syscall.h"
#endif
/* which comes first */
#include "waiter.h"

/* A wait makes one or two, and some more if it is woken for no reason. With a look every 16 ms there would be 60. */
enum { FEW = 10 };

static size_t sleeps(void) { return atomic_load(&sleep_calls); }
static size_t wakes_asked(void) { return atomic_load(&wake_calls); }

static void few_calls_make_a_wait(size_t before) {
  const size_t calls = sleeps() - before;
  printf("calls in a second: %zu\n", calls);
  CHECK(calls > 0 && calls <= FEW);
}

static void a_wait_until_its_deadline_sleeps(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  const size_t before = sleeps();
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, SECOND));
  few_calls_make_a_wait(before);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

static void a_wait_without_a_deadline_sleeps(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  waiter w;
  const size_t before = sleeps();
  fall_asleep(&w, snapshot, NULL);
  nap_for(SECOND);
  few_calls_make_a_wait(before);
  a_record_wakes(&w, writer);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void a_notify_calls_the_system_for_who_sleeps_alone(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  size_t before = wakes_asked();
  for (int i = 0; i < 100; i++) {
    append_numbers(writer, 1);
    CHECK_OK(alog_writer_notify(writer));
  }
  CHECK_U64(before, wakes_asked());
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  waiter w;
  fall_asleep(&w, snapshot, NULL);
  a_record_wakes(&w, writer);
  CHECK_U64(before + 1, wakes_asked());
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

#ifdef _WIN32
/* test_sandbox proves the same for Linux. This test also shows that calls are counted. */
static void where_the_system_cannot_wait_it_is_looked_at(void) {
  old_windows = true;
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  const size_t before = sleeps();
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, SECOND));
  CHECK(sleeps() - before > 2 * FEW);
  waiter w;
  fall_asleep(&w, snapshot, NULL);
  a_record_wakes(&w, writer);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  old_windows = false;
}
#endif

int main(void) {
  RUN(a_wait_until_its_deadline_sleeps);
  RUN(a_wait_without_a_deadline_sleeps);
  RUN(a_notify_calls_the_system_for_who_sleeps_alone);
#ifdef _WIN32
  RUN(where_the_system_cannot_wait_it_is_looked_at);
#endif
  return 0;
}
