/*
 * Holds up: where a sandbox refuses the futex, waits keep their promises, and do not burn processor time. Each waiter
 * is behind a filter of its own thread. The filter answers the futex with ENOSYS or with EPERM, or lets a signal
 * handler answer, which takes its time. All other threads are free.
 *
 * Exits with 77 where there is no such filter.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* syscall, and the registers in a handler */
#endif
#include "clock.h"
#include "fixture.h"

#if defined(__linux__)

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "waiter.h"

enum { SKIPPED = 77, ROUNDS = 20 };

/* The offset of the half of an argument that counts up. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { LOWER_HALF = 0 };
#else
enum { LOWER_HALF = 4 };
#endif

/* From here on the kernel refuses this thread the call by which the library sleeps. It allows other futex calls, by
 * which libc's locks and a sanitizer's sleep and wake: otherwise a lock that this thread holds could not wake a free
 * thread. */
static bool answer_futex_by(unsigned action) {
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, args[1]) + LOWER_HALF),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {(unsigned short)(sizeof rules / sizeof rules[0]), rules};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool refuse_futex(int error) {
  return answer_futex_by(SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA));
}

static void without_the_call(void) { CHECK(refuse_futex(ENOSYS)); }
static void without_permission(void) { CHECK(refuse_futex(EPERM)); }

/* A handler puts an answer into the register where a call has its result. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define ANSWER(context, error) ((context)->uc_mcontext.gregs[REG_RAX] = -(error))
#elif defined(__aarch64__)
#define ANSWER(context, error) ((context)->uc_mcontext.regs[0] = (unsigned long long)-(error))
#endif

#ifdef ANSWER

enum { HANDLER_NS = 100000 };

/* As sandboxes do that inspect each call, and ask another process. */
static void answer_slowly(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)info;
  for (const uint64_t begin = now(); now() - begin < HANDLER_NS;) {
  }
  ANSWER((ucontext_t *)context, ENOSYS);
}

static void by_a_slow_handler(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = answer_slowly;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGSYS, &action, NULL) == 0);
  CHECK(answer_futex_by(SECCOMP_RET_TRAP));
}

#else

static void by_a_slow_handler(void) { without_the_call(); }

#endif

static void (*const refusals[])(void) = {without_the_call, without_permission, by_a_slow_handler};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

/* What the kernel answers to a thread that would sleep, if the word had another value. */
static int answer_to_a_sleeper(void) {
  static uint32_t word = 0;
  const long answer =
      syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, FUTEX_BITSET_MATCH_ANY);
  return answer == -1 ? errno : 0;
}

static void *try_the_filter(void *answer) {
  int *error = (int *)answer;
  *error = refuse_futex(*error) ? answer_to_a_sleeper() : -1;
  return NULL;
}

/* And it refuses the call to that thread alone. */
static void the_kernel_refuses_the_futex(void) {
  const int errors[] = {ENOSYS, EPERM};
  for (size_t i = 0; i < 2; i++) {
    int answer = errors[i];
    thread runner;
    CHECK(thread_start(&runner, try_the_filter, &answer));
    CHECK(thread_join(&runner));
    if (answer == -1) {
      printf("no filter for system calls: skipped\n");
      exit(SKIPPED);
    }
    CHECK(answer == errors[i]);
    CHECK(answer_to_a_sleeper() == EAGAIN);
  }
}

/* A waiter that spins uses all of the processor time that it gets. */
static void check_idle(const waiter *w) { CHECK(5 * w->worked < w->took); }

static void begin_refused_wait(waiter *w, size_t refusal, const alog_snapshot *snapshot, alog_cursor *cursor,
                               uint64_t timeout) {
  make_waiter(w, snapshot, cursor, timeout);
  w->prepare = refusals[refusal];
  start(w);
}

static void a_timeout_ends_the_wait_and_it_does_not_spin(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  const uint64_t timeouts[] = {MILLISECOND / 10, 10 * MILLISECOND + 1, SECOND / 2};
  for (size_t refusal = 0; refusal < REFUSALS; refusal++) {
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
      waiter w;
      begin_refused_wait(&w, refusal, snapshot, i % 2 == 0 ? NULL : cursor, timeouts[i]);
      wakes(ALOG_TIMEOUT, &w);
      CHECK(w.took >= timeouts[i]);
      CHECK(w.took < timeouts[i] + LATE);
      if (timeouts[i] == SECOND / 2) {
        check_idle(&w);
      }
    }
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

enum end { BY_NOTIFY, BY_INTERRUPT, BY_FINISH, ENDS };

/* A wait without a timeout, which another thread ends when it has lasted for a while. */
static void end_the_wait(size_t refusal, enum end end, uint64_t lasts) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  waiter by_snapshot, by_cursor;
  begin_refused_wait(&by_snapshot, refusal, snapshot, NULL, ALOG_WAIT_FOREVER);
  begin_refused_wait(&by_cursor, refusal, NULL, cursor, ALOG_WAIT_FOREVER);
  while (!atomic_load(&by_snapshot.begun) || !atomic_load(&by_cursor.begun)) {
    nap_for(MILLISECOND / 5);
  }
  nap_for(lasts);
  if (end == BY_NOTIFY) {
    a_record_wakes(&by_snapshot, writer);
    wakes(ALOG_OK, &by_cursor);
  } else if (end == BY_INTERRUPT) {
    /* An interrupt may come too early for a waiter, so it is repeated. */
    const uint64_t begin = now();
    while (!atomic_load(&by_snapshot.done) || !atomic_load(&by_cursor.done)) {
      CHECK(now() - begin < LATE);
      CHECK_OK(alog_log_interrupt(log));
      nap_for(MILLISECOND);
    }
    wakes(ALOG_INTERRUPTED, &by_snapshot);
    wakes(ALOG_INTERRUPTED, &by_cursor);
  } else {
    CHECK_OK(alog_writer_finish(writer));
    writer = NULL;
    wakes(ALOG_FINISHED, &by_snapshot);
    wakes(ALOG_FINISHED, &by_cursor);
  }
  if (lasts >= SECOND / 2) {
    check_idle(&by_snapshot);
    check_idle(&by_cursor);
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void another_thread_ends_a_wait_without_a_timeout(void) {
  random_source random = {4};
  for (size_t refusal = 0; refusal < REFUSALS; refusal++) {
    for (int end = BY_NOTIFY; end < ENDS; end++) {
      for (int round = 0; round < ROUNDS; round++) {
        end_the_wait(refusal, (enum end)end, random_below(&random, 3 * MILLISECOND));
      }
      end_the_wait(refusal, (enum end)end, SECOND / 2);
    }
  }
}

/* One interrupt is enough for a waiter that waits since a count. */
static void one_interrupt_ends_a_wait_since(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  random_source random = {6};
  for (size_t refusal = 0; refusal < REFUSALS; refusal++) {
    for (int round = 0; round < ROUNDS; round++) {
      const uint64_t interrupts = alog_log_interrupts(log);
      waiter w;
      make_waiter(&w, snapshot, NULL, ALOG_WAIT_FOREVER);
      w.prepare = refusals[refusal];
      w.since = &interrupts;
      start(&w);
      nap_for(random_below(&random, 2 * MILLISECOND));
      CHECK_OK(alog_log_interrupt(log));
      wakes(ALOG_INTERRUPTED, &w);
    }
  }
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

/* Other threads are woken as usual beside those that are refused. */
static void free_threads_are_woken_beside_refused_ones(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  for (size_t refusal = 0; refusal < REFUSALS; refusal++) {
    waiter refused, sleeps;
    begin_refused_wait(&refused, refusal, snapshot, NULL, ALOG_WAIT_FOREVER);
    fall_asleep(&sleeps, snapshot, NULL);
    a_record_wakes(&sleeps, writer);
    wakes(ALOG_OK, &refused);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* A wait is no cancellation point here either (docs/PROCESS.md). Nor does the thread pass another one: glibc aborts
 * where it would end the thread, because that takes a futex. */
static void a_wait_is_no_cancellation_point(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  for (size_t refusal = 0; refusal < REFUSALS; refusal++) {
    const uint64_t interrupts = alog_log_interrupts(log);
    waiter w;
    make_waiter(&w, snapshot, NULL, ALOG_WAIT_FOREVER);
    w.prepare = refusals[refusal];
    w.since = &interrupts;
    start(&w);
    while (!atomic_load(&w.begun)) {
      nap_for(MILLISECOND / 5);
    }
    CHECK(pthread_cancel(w.runner) == 0);
    sleeps_on(&w);
    CHECK_OK(alog_log_interrupt(log));
    wakes(ALOG_INTERRUPTED, &w);
  }
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

int main(void) {
  RUN(the_kernel_refuses_the_futex);
  RUN(a_timeout_ends_the_wait_and_it_does_not_spin);
  RUN(another_thread_ends_a_wait_without_a_timeout);
  RUN(one_interrupt_ends_a_wait_since);
  RUN(free_threads_are_woken_beside_refused_ones);
  RUN(a_wait_is_no_cancellation_point);
  return 0;
}

#else

int main(void) {
  printf("no filter for system calls: skipped\n");
  return 77;
}

#endif
