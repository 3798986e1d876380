/*
 * This program's own syscall(), which replaces libc's: the library's futex calls go through this file. A test counts
 * them here, and may stop a thread before a wake-up or hold it after one.
 *
 * Included before all else, because it asks for GNU's names; and by one file of a program.
 */
#ifndef OWN_SYSCALL_H
#define OWN_SYSCALL_H

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "atomics.h"
#include "test.h"

/* The number of calls to sleep, and of calls to wake sleepers. */
static atomic_size_t sleep_calls;
static atomic_size_t wake_calls;

/* What this thread does before it wakes sleepers, and after its own sleep. NULL for nothing. */
static _Thread_local void (*before_wake)(void);
static _Thread_local void (*after_sleep)(void);

/* Whether the kernel must appear to lack a call. NULL for none. */
static bool (*refuse_call)(long number);

/* libc's syscall(). It is looked up before main, because a call may be cancelled, or left by a jump. */
static long (*libc_syscall)(long, ...);

__attribute__((constructor)) static void find_syscall(void) { *(void **)&libc_syscall = dlsym(RTLD_NEXT, "syscall"); }

/* A 32-bit processor has two forms of the call. */
static inline bool is_futex(long number) {
#if defined(SYS_futex_time64) && SYS_futex_time64 != SYS_futex
  if (number == SYS_futex_time64) {
    return true;
  }
#endif
  return number == SYS_futex;
}

/* To the linker it is syscall(). To the compiler it is another function, whose declaration need not agree with
 * libc's. */
long own_syscall(long number, ...) __asm__("syscall");

long own_syscall(long number, ...) {
  va_list list;
  long a[6];
  va_start(list, number);
  for (int i = 0; i < 6; i++) {
    a[i] = va_arg(list, long);
  }
  va_end(list);
  if (refuse_call != NULL && refuse_call(number)) {
    errno = ENOSYS;
    return -1;
  }
  const int operation = is_futex(number) ? (int)(a[1] & FUTEX_CMD_MASK) : -1;
  if (operation == FUTEX_WAIT_BITSET || number == SYS_nanosleep) {
    atomic_fetch_add(&sleep_calls, 1);
  }
  if (operation == FUTEX_WAKE) {
    atomic_fetch_add(&wake_calls, 1);
    if (before_wake != NULL) {
      before_wake();
    }
  }
  const long answer = libc_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (operation == FUTEX_WAIT_BITSET && after_sleep != NULL) {
    after_sleep();
  }
  return answer;
}

#endif
