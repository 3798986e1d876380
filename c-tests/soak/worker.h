/*
 * A thread of the soak, what it holds, and how it is stopped.
 *
 * A signal stops a thread at any instruction, in the middle of a call of the library as well as elsewhere. The signal's
 * handler does not return until another signal says so, which may be at the end of the run. Until then the thread is as
 * good as dead: it never runs, and never lets go of anything.
 *
 * Threads sleep most of the time, and a call takes less time than a signal, so few signals would find a thread in a
 * call. Where the processor can be made to trap after each instruction, most threads are stopped in ambush: at one of
 * their next calls, after a random number of instructions.
 *
 * A thread that stops within malloc would keep malloc's lock, and would block all other threads with it. So the
 * allocator of the logs is a shelter: a stop that comes there takes effect on the way out. Workers take no locks of
 * their own. A sanitizer's runtime has locks of its own. ThreadSanitizer's hands out signals only where it holds none,
 * but it does not delay traps. So there are no traps under it.
 */
#ifndef SOAK_WORKER_H
#define SOAK_WORKER_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "../clock.h"
#include "../counting.h"
#include "../fixture.h"

/* gcc tells by a macro what it instruments for, clang by a feature. */
#ifdef __SANITIZE_THREAD__
#define SOAK_THREAD_SANITIZER 1
#elif defined(__SANITIZE_ADDRESS__)
#define SOAK_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SOAK_THREAD_SANITIZER 1
#elif __has_feature(address_sanitizer)
#define SOAK_ADDRESS_SANITIZER 1
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(SOAK_THREAD_SANITIZER)
#define SOAK_AMBUSHES 1
enum { TRAP_FLAG = 0x100 };
#else
#define SOAK_AMBUSHES 0
#endif

enum kind { DASHBOARD, FOLLOWER, PINNER, SLEEPER, CLONER, HOLDER, KINDS, WRITER = KINDS, WARDEN };

/* What a worker is about to do to views and pins. During the call the log may have that many more or fewer of them than
 * the worker has counted. */
enum call {
  NO_CALL,
  MAKE_VIEW,
  REFRESH_VIEW,
  DROP_VIEW,
  WAIT_FOR_NEWS,
  READ_VIEW,
  ASK_VIEW,
  MAKE_PIN,
  DROP_PIN,
  WRITE,
  CALLS
};

static const struct {
  const char *name;
  int fewer_views, more_views, fewer_pins, more_pins;
  bool allocates;
} calls[CALLS] = {
    [NO_CALL] = {"between two calls", 0, 0, 0, 0, false},
    [MAKE_VIEW] = {"making a view", 0, 1, 0, 0, true},
    [REFRESH_VIEW] = {"refreshing a view", 0, 1, 0, 0, false},
    [DROP_VIEW] = {"dropping a view", 1, 0, 0, 0, true},
    [WAIT_FOR_NEWS] = {"waiting", 0, 0, 0, 0, false},
    [READ_VIEW] = {"reading a view", 0, 0, 0, 0, false},
    [ASK_VIEW] = {"asking for statistics", 0, 1, 0, 0, false}, /* which take a view for a moment */
    /* A pin that is being made or dropped may count as a view. */
    [MAKE_PIN] = {"making a pin", 0, 1, 0, 1, true},
    [DROP_PIN] = {"dropping a pin", 0, 1, 1, 1, true}, /* of a shared one, another may have counted the drop already */
    [WRITE] = {"writing", 0, 0, 0, 0, false},
};

/* A pin, the chunk that it keeps, and how many have a count on it. */
typedef struct held_pin {
  alog_segment *segment;
  alog_chunk chunk;
  atomic_size_t counts;
} held_pin;

typedef struct room room;

typedef struct worker {
  room *room; /* NULL: a writer, which goes from room to room */
  enum kind kind;
  pthread_t thread;
  _Atomic uint64_t id; /* the kernel's */
  random_source random;
  bool timekeeper; /* tells others what it saw, and holds them to it */

  /* For the warden to read. */
  _Atomic int call;
  _Atomic int64_t views; /* made, less those dropped: of others', too */
  _Atomic int64_t pins;
  _Atomic uint64_t seen;    /* the end of the newest view it has refreshed to */
  _Atomic uint64_t checked; /* records */
  _Atomic uint64_t turns;
  _Atomic uint64_t lost;      /* records that a refresh reported as lost */
  atomic_bool running;        /* may be stopped */
  atomic_bool paused;         /* stands still for an audit */
  atomic_bool waits_for_ever; /* in a wait that only news or an interrupt end */
  atomic_bool done;

  /* Stopping. */
  volatile sig_atomic_t sheltered;
  volatile sig_atomic_t due; /* a stop came while sheltered */
  atomic_bool still;
  atomic_bool go_on;
  _Atomic uint64_t ambush; /* instructions from a call's beginning, times 256, and how many calls before; 0: none */
  uint64_t steps;          /* to go */
  volatile sig_atomic_t spared; /* no more of them: a thread that ends blocks all signals, and a trap would be fatal */
  atomic_bool leaves;           /* is to return and leave everything behind */

  /* The warden's own. */
  bool started;
  bool joined;
  bool ambushed;  /* will be found stopped */
  bool dead;      /* stopped, or to be, until the end of the run */
  uint64_t pause; /* for how long it is stopped, if not */
  uint64_t until; /* when to let it go on */

  /* What the thread holds, where it can be found if the thread returns without letting go. */
  alog_snapshot *snapshot;
  alog_snapshot *clone;
  alog_cursor *cursor;
  held_pin *pin;
  uint64_t newest_seen;
  uint64_t total;
} worker;

/* The worker of this thread. */
static _Thread_local worker *me;

static uint64_t longest = 4 * SECOND; /* that a reader holds a view; less in short runs */
static atomic_bool stopping;          /* the end of the run */
static atomic_bool auditing;          /* all threads must stand still between two calls */

enum { STOP = SIGUSR1, GO_ON = SIGUSR2 };

static int64_t get(const _Atomic int64_t *figure) { return atomic_load_explicit(figure, memory_order_relaxed); }
static uint64_t getu(const _Atomic uint64_t *figure) { return atomic_load_explicit(figure, memory_order_relaxed); }
static bool is(const atomic_bool *flag) { return atomic_load_explicit(flag, memory_order_relaxed); }
static bool is_acquire(const atomic_bool *flag) { return atomic_load_explicit(flag, memory_order_acquire); }
static void set(atomic_bool *flag, bool value) { atomic_store_explicit(flag, value, memory_order_release); }
static void addu(_Atomic uint64_t *figure, uint64_t more) {
  atomic_fetch_add_explicit(figure, more, memory_order_relaxed);
}

/* ------------------------------------------------------------------------------------- stopping */

static void stand_still(worker *self) {
  sigset_t all_but_one;
  sigfillset(&all_but_one);
  sigdelset(&all_but_one, GO_ON);
  set(&self->still, true);
  while (!is_acquire(&self->go_on)) {
    sigsuspend(&all_but_one);
  }
  set(&self->go_on, false);
  set(&self->still, false);
}

static void on_stop(int signal) {
  const int error = errno;
  (void)signal;
  if (me->sheltered > 0) {
    me->due = 1;
  } else {
    stand_still(me);
  }
  errno = error;
}

#if SOAK_AMBUSHES
/* The first trap comes from the thread itself, each of the others from one instruction. */
static void on_step(int signal, siginfo_t *info, void *context) {
  greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];
  const int error = errno;
  (void)signal;
  (void)info;
  if (me->steps > 0) {
    me->steps--;
  }
  if (me->spared) {
    *flags &= ~(greg_t)TRAP_FLAG;
  } else if (me->steps > 0 || me->sheltered > 0) {
    *flags |= TRAP_FLAG;
  } else {
    *flags &= ~(greg_t)TRAP_FLAG;
    stand_still(me);
  }
  errno = error;
}

static void step_into_ambush(worker *self) {
  const uint64_t ambush = getu(&self->ambush);
  if (ambush % 256 > 0) {
    atomic_store_explicit(&self->ambush, ambush - 1, memory_order_relaxed);
    return;
  }
  atomic_store_explicit(&self->ambush, 0, memory_order_relaxed);
  self->steps = ambush / 256;
  CHECK(pthread_kill(self->thread, SIGTRAP) == 0);
}

static void prepare_ambushes(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigfillset(&action.sa_mask);
  action.sa_sigaction = on_step;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGTRAP, &action, NULL) == 0);
}
#else
static void step_into_ambush(worker *self) { (void)self; }

static void prepare_ambushes(void) {}
#endif

static void on_go_on(int signal) { (void)signal; }

static void shelter(void) {
  me->sheltered++;
  atomic_signal_fence(memory_order_seq_cst);
}

static void leave_shelter(void) {
  atomic_signal_fence(memory_order_seq_cst);
  me->sheltered--;
  atomic_signal_fence(memory_order_seq_cst);
  if (me->sheltered == 0 && me->due != 0) {
    me->due = 0;
    stand_still(me);
  }
}

static void *sheltered_allocate(void *context, size_t size, size_t align) {
  shelter();
  void *block = counting_allocate(context, size, align);
  leave_shelter();
  return block;
}

static void sheltered_deallocate(void *context, void *block, size_t size, size_t align) {
  shelter();
  counting_deallocate(context, block, size, align);
  leave_shelter();
}

static void allow(int how, int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  CHECK(pthread_sigmask(how, &one, NULL) == 0);
}

/* The warden blocks both signals, and so does every thread at its start. */
static void prepare_stopping(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigfillset(&action.sa_mask);
  action.sa_handler = on_stop;
  CHECK(sigaction(STOP, &action, NULL) == 0);
  action.sa_handler = on_go_on;
  CHECK(sigaction(GO_ON, &action, NULL) == 0);
  allow(SIG_BLOCK, STOP);
  allow(SIG_BLOCK, GO_ON);
  prepare_ambushes();
}

/* Stops a running worker where it is. */
static void stop_worker(worker *it) {
  CHECK(pthread_kill(it->thread, STOP) == 0);
  while (!is_acquire(&it->still)) {
    thread_yield();
  }
}

static void let_go_on(worker *it) {
  set(&it->go_on, true);
  CHECK(pthread_kill(it->thread, GO_ON) == 0);
  while (is_acquire(&it->still)) {
    thread_yield();
  }
}

/* --------------------------------------------------------------------------------------- pauses */

/* Stands still during an audit. */
static void halt(worker *self) {
  if (!is(&auditing)) {
    return;
  }
  set(&self->paused, true);
  while (is_acquire(&auditing)) {
    nap_for(4 * MILLISECOND);
  }
  set(&self->paused, false);
}

static bool goes_on(worker *self) {
  halt(self);
  return !is(&stopping) && !is(&self->leaves);
}

/* Does nothing for this long, except stand still for audits. Returns early when it is time to end. */
static void rest(worker *self, uint64_t nanoseconds) {
  const uint64_t slice = 10 * MILLISECOND;
  const uint64_t begin = now();
  for (uint64_t passed = 0; passed < nanoseconds && goes_on(self); passed = now() - begin) {
    const uint64_t left = nanoseconds - passed;
    nap_for(left < slice ? left : slice);
  }
}

/* For up to this long. */
static void rest_below(worker *self, uint64_t nanoseconds) { rest(self, random_below(&self->random, nanoseconds) + 1); }

static bool one_in(worker *self, uint64_t many) { return random_below(&self->random, many) == 0; }

/* ------------------------------------------------------------------------------------ too late */

/*
 * On a busy machine a woken thread may run minutes later, so the clock alone proves nothing. But a woken thread does
 * not sleep. So a thread that is found in one and the same sleep, a long while after what should have ended it, was not
 * woken. And a thread that is awake and makes no progress uses the processor.
 */
#define LATE (5 * SECOND)
#define TOO_MUCH (20 * SECOND)
#define AWAKE UINT64_MAX

typedef struct watch {
  uint64_t since;
  uint64_t sleep; /* which one it was in when looked at last, or AWAKE */
  uint64_t used;  /* of the processor, by then */
} watch;

static watch watch_from_now(void) { return (watch){now(), AWAKE, UINT64_MAX}; }

/* How often a thread has gone to sleep, if it sleeps now. */
static uint64_t which_sleep(const worker *it) {
  char text[4096];
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%" PRIu64 "/status", getu(&it->id));
  const int file = open(path, O_RDONLY);
  if (file < 0) {
    return AWAKE; /* it has just ended */
  }
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length > 0 ? length : 0] = '\0';
  const char *state = strstr(text, "State:\t");
  const char *switches = strstr(text, "\nvoluntary_ctxt_switches:\t");
  if (state == NULL || switches == NULL || state[7] != 'S') {
    return AWAKE;
  }
  return strtoull(switches + 26, NULL, 10);
}

static uint64_t used_processor(const worker *it) {
  clockid_t clock;
  struct timespec time = {0, 0};
  if (pthread_getcpuclockid(it->thread, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    return 0;
  }
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

enum lateness { IN_TIME, OVERSLEPT, LOST_ITS_WAY };

/* To be asked again and again. */
static enum lateness how_late(const worker *it, watch *w) {
  if (now() - w->since < LATE) {
    return IN_TIME;
  }
  const uint64_t sleep = which_sleep(it);
  const uint64_t used = used_processor(it);
  const bool overslept = sleep != AWAKE && sleep == w->sleep;
  const bool lost = w->used != UINT64_MAX && used > w->used + TOO_MUCH;
  w->since = now();
  w->sleep = sleep;
  w->used = w->used == UINT64_MAX ? used : w->used;
  return overslept ? OVERSLEPT : lost ? LOST_ITS_WAY : IN_TIME;
}

/* ---------------------------------------------------------------------------------------- calls */

static void begin_call(worker *self, enum call call) {
  atomic_store_explicit(&self->call, call, memory_order_relaxed);
  atomic_signal_fence(memory_order_seq_cst);
  if (getu(&self->ambush) > 0) {
    step_into_ambush(self);
  }
}

/* Applies what the call has done to the worker's books. */
static void end_call(worker *self, int views, int pins) {
  atomic_signal_fence(memory_order_seq_cst);
  atomic_store_explicit(&self->views, get(&self->views) + views, memory_order_relaxed);
  atomic_store_explicit(&self->pins, get(&self->pins) + pins, memory_order_relaxed);
  atomic_signal_fence(memory_order_seq_cst);
  atomic_store_explicit(&self->call, NO_CALL, memory_order_relaxed);
}

#endif
