/*
 * Holds up: a notify that stops half-way keeps no other thread's wake-up: the next notify wakes all. A sleeper that was
 * woken, but does not run yet, costs no further call (docs/REALTIME.md, Notify).
 *
 * A function of this program stops a chosen thread where the library would wake a sleeper, or where the thread was
 * woken.
 */
#ifdef _WIN32
#include "own_imports.h"
#else
#include "own_syscall.h"
#endif
/* which comes first */
#include "waiter.h"

static size_t wakes_asked(void) { return atomic_load(&wake_calls); }

/* ------------------------------------------------------------------------------ a notify that stops */

static atomic_bool stopped;
static atomic_bool go_on;

static void stop_here(void) {
  atomic_store(&stopped, true);
  while (!atomic_load(&go_on)) {
    nap_for(MILLISECOND);
  }
}

/* An interrupt is a notify that any thread may make. */
static void *interrupt_and_stop(void *log) {
  before_wake = stop_here;
  CHECK_OK(alog_log_interrupt((alog_log *)log));
  return NULL;
}

static void next_notify_wakes_everybody(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  waiter w;
  thread stopping;
  fall_asleep(&w, snapshot, NULL);
  CHECK(thread_start(&stopping, interrupt_and_stop, log));
  while (!atomic_load(&stopped)) {
    nap_for(MILLISECOND);
  }
  append_numbers(writer, 1);
  CHECK_OK(alog_writer_notify(writer));
  wakes(ALOG_INTERRUPTED, &w); /* told before what is newer */

  atomic_store(&go_on, true);
  CHECK(thread_join(&stopping));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* --------------------------------------------------------------- a sleeper that is woken and stopped */

enum { SLEEPERS = 3, APPENDS = 1000 };

static atomic_size_t held; /* how many have come there */
static atomic_bool hold;

static void stay_behind_the_wake_up(void) {
  atomic_fetch_add(&held, 1);
  while (atomic_load(&hold)) {
    nap_for(MILLISECOND);
  }
}

static void stay_when_woken(void) { after_sleep = stay_behind_the_wake_up; }

static void until_held(size_t count) {
  const uint64_t begin = now();
  while (atomic_load(&held) < count) {
    CHECK(now() - begin < LATE);
    nap_for(MILLISECOND);
  }
}

static alog_log *noisy_numbers(void) {
  alog_options options = fixed_options(64, 16, sizeof(uint64_t));
  options.flags = ALOG_FLAG_AUTO_NOTIFY;
  return create_fixed(options);
}

static void fall_asleep_to_be_held(waiter *w, const alog_snapshot *snapshot) {
  make_waiter(w, snapshot, NULL, ALOG_WAIT_FOREVER);
  w->prepare = stay_when_woken;
  start(w);
  until_asleep(w);
}

static void a_woken_sleeper_costs_no_further_call(void) {
  alog_log *log = noisy_numbers();
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  waiter sleepers[SLEEPERS];
  for (size_t round = 0; round < 3; round++) {
    atomic_store(&held, 0);
    atomic_store(&hold, true);
    const size_t before = wakes_asked();
    for (size_t i = 0; i < SLEEPERS; i++) {
      fall_asleep_to_be_held(&sleepers[i], snapshot);
    }
    CHECK_U64(before, wakes_asked());
    append_numbers(writer, APPENDS); /* all of them are behind their wake-up, or on the way there */
    CHECK_U64(before + 1, wakes_asked());
    until_held(SLEEPERS);
    append_numbers(writer, APPENDS);
    CHECK_OK(alog_writer_notify(writer));
    CHECK_OK(alog_log_interrupt(log)); /* a notify like any other */
    CHECK_U64(before + 1, wakes_asked());

    atomic_store(&hold, false);
    for (size_t i = 0; i < SLEEPERS; i++) {
      wakes(ALOG_INTERRUPTED, &sleepers[i]);
    }
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    append_numbers(writer, APPENDS); /* no thread sleeps */
    CHECK_U64(before + 1, wakes_asked());

    /* A thread that sleeps again is woken by the next append. */
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    fall_asleep(&sleepers[0], snapshot, NULL);
    append_numbers(writer, 1);
    CHECK_U64(before + 2, wakes_asked());
    wakes(ALOG_OK, &sleepers[0]);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* One is held after its wake-up, and another one sleeps: the next append wakes that one, and later ones do not call.
 */
static void a_sleeper_beside_a_woken_one_is_woken(void) {
  alog_log *log = noisy_numbers();
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_snapshot *other = snapshot_of(log);
  waiter stays, sleeps;
  atomic_store(&held, 0);
  atomic_store(&hold, true);
  fall_asleep_to_be_held(&stays, snapshot);
  append_numbers(writer, 1);
  until_held(1);
  for (int i = 0; i < 5; i++) {
    CHECK_OK(alog_snapshot_refresh(other, NULL));
    const size_t before = wakes_asked();
    fall_asleep(&sleeps, other, NULL);
    append_numbers(writer, 1);
    CHECK_U64(before + 1, wakes_asked());
    wakes(ALOG_OK, &sleeps);
    append_numbers(writer, APPENDS);
    CHECK_U64(before + 1, wakes_asked());
  }
  atomic_store(&hold, false);
  wakes(ALOG_OK, &stays);
  alog_snapshot_destroy(other);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

int main(void) {
  RUN(next_notify_wakes_everybody);
  RUN(a_woken_sleeper_costs_no_further_call);
  RUN(a_sleeper_beside_a_woken_one_is_woken);
  return 0;
}
