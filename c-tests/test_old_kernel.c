/*
 * Holds up: on a 32-bit processor waits sleep in a kernel that has only the old form of the futex (before Linux 5.1),
 * and in one that has only the new form.
 *
 * This program's own syscall() refuses the form that the kernel does not have, and counts calls of the other.
 */
#include "own_syscall.h"
/* which comes first */
#include <errno.h>

#include "waiter.h"

#if defined(SYS_futex_time64) && SYS_futex_time64 != SYS_futex

static atomic_size_t refused_calls, other_calls;
static long refused_form;

static bool refuse(long number) {
  if (!is_futex(number)) {
    return false;
  }
  atomic_fetch_add(number == refused_form ? &refused_calls : &other_calls, 1);
  return number == refused_form;
}

static void waits_sleep_without(long form) {
  refused_form = form;
  atomic_store(&refused_calls, 0);
  atomic_store(&other_calls, 0);
  refuse_call = refuse;
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  const uint64_t begin = now();
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, SECOND));
  CHECK(now() - begin >= SECOND);
  waiter w;
  fall_asleep(&w, snapshot, NULL);
  nap_for(SECOND);
  a_record_wakes(&w, writer);
  /* Two waits and a wake-up. With a look every millisecond there would be thousands. */
  CHECK(atomic_load(&other_calls) >= 3);
  CHECK(atomic_load(&other_calls) < 50);
  CHECK(form == SYS_futex || atomic_load(&refused_calls) >= 3);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  refuse_call = NULL;
}

static void the_old_form_serves_alone(void) { waits_sleep_without(SYS_futex_time64); }
static void the_new_form_serves_alone(void) { waits_sleep_without(SYS_futex); }

int main(void) {
  RUN(the_old_form_serves_alone);
  RUN(the_new_form_serves_alone);
  return 0;
}

#else

int main(void) {
  printf("this processor has one form of the futex: skipped\n");
  return 77;
}

#endif
