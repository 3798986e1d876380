/*
 * A notify that is stopped half-way keeps nobody else's wake-up: the next one wakes everybody (docs/REALTIME.md, Notify).
 *
 * This program's own syscall() stands in for libc's: it lets one chosen thread stop where the library would wake.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "atomics.h"
#include "clock.h"
#include "fixture.h"

static _Thread_local bool stops;
static atomic_bool stopped, woken;

/* To the linker it is syscall(); to the compiler another function, whose declaration need not agree with libc's. */
long stopping_syscall(long number, ...) __asm__("syscall");

long stopping_syscall(long number, ...) {
  va_list list;
  long a[6];
  va_start(list, number);
  for (int i = 0; i < 6; i++) {
    a[i] = va_arg(list, long);
  }
  va_end(list);
  if (stops && number == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAKE) {
    atomic_store(&stopped, true);
    /* Until the waiter is awake without it; for ten seconds if it never is. */
    for (int i = 0; i < 1000 && !atomic_load(&woken); i++) {
      nap_for(SECOND / 100);
    }
  }
  long (*real)(long, ...);
  *(void **)&real = dlsym(RTLD_NEXT, "syscall");
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

struct waiter {
  alog_snapshot *view;
  alog_status status;
};

static void *wait_for_ever(void *argument) {
  struct waiter *self = (struct waiter *)argument;
  self->status = alog_snapshot_wait(self->view, ALOG_WAIT_FOREVER);
  atomic_store(&woken, true);
  return NULL;
}

/* An interrupt is a notify that any thread may make. */
static void *interrupt_and_stop(void *log) {
  stops = true;
  CHECK_OK(alog_log_interrupt((alog_log *)log));
  return NULL;
}

static void next_notify_wakes_everybody(void) {
  alog_log *log = create_fixed(fixed_options(8, 4, 8));
  alog_writer *writer = claim(log);
  struct waiter waiter = {.view = snapshot_of(log), .status = ALOG_ERR_INTERNAL};
  pthread_t asleep, stopping;
  CHECK(pthread_create(&asleep, NULL, wait_for_ever, &waiter) == 0);
  nap_for(SECOND / 5); /* to fall asleep */
  CHECK(pthread_create(&stopping, NULL, interrupt_and_stop, log) == 0);
  while (!atomic_load(&stopped)) {
    nap_for(SECOND / 100);
  }

  const uint64_t record = 1;
  CHECK_OK(alog_writer_append(writer, &record, sizeof record));
  CHECK_OK(alog_writer_notify(writer));
  for (int i = 0; i < 500 && !atomic_load(&woken); i++) {
    nap_for(SECOND / 100);
  }
  CHECK(atomic_load(&woken));

  CHECK(pthread_join(asleep, NULL) == 0);
  CHECK(pthread_join(stopping, NULL) == 0);
  CHECK_STATUS(ALOG_INTERRUPTED, waiter.status); /* told before what is newer */
  alog_snapshot_destroy(waiter.view);
  alog_writer_release(writer);
  alog_log_release(log);
}

int main(void) {
  RUN(next_notify_wakes_everybody);
  return 0;
}
