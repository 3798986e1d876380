/*
 * Holds up, under many threads: no wake-up is lost. A writer publishes and notifies in every way there is. Waiters go
 * back to waiting at once, so the notify comes at every point of a wait. At times the writer goes on only when each
 * waiter has seen what it published. If a wake-up were lost, one waiter would sleep for ever, and the writer would find
 * out. In the first quarter of the time another thread interrupts. It does not go on longer, because an interrupt would
 * wake a waiter that a lost wake-up left asleep.
 */
#include "atomics.h"
#include "clock.h"
#include "fixture.h"

enum { WAITERS = 4, RETAINED = 8, SEGMENT = 2, TARGET = 1000000 };
/* No thread that was woken comes this late. */
#define LATE (10 * SECOND)

enum style { BY_SNAPSHOT, BY_CURSOR, WITH_TIMEOUTS, WITH_PAUSES };

typedef struct waiter {
  alog_log *log; /* a count of its own */
  enum style style;
  random_source random;
  _Atomic(uint64_t) seen; /* the end of what it was shown */
  uint64_t waits;
  uint64_t woken;
  uint64_t interrupted;
  uint64_t timed_out;
} waiter;

static atomic_bool stop;
static atomic_bool calm;       /* no more interrupts */
static _Atomic(uint64_t) last; /* the end of all, once the writer has stopped */
static atomic_bool closed;
static waiter waiters[WAITERS];

/* One wait. */
static void wait_once(waiter *self, alog_snapshot *snapshot, alog_cursor *cursor) {
  uint64_t timeout = ALOG_WAIT_FOREVER;
  if (self->style == WITH_TIMEOUTS) {
    timeout = random_below(&self->random, 100000);
  }
  if (self->style == WITH_PAUSES) {
    for (uint64_t i = random_below(&self->random, 400); i > 0; i--) {
      atomic_load_explicit(&stop, memory_order_relaxed);
    }
  }
  const alog_status status = cursor != NULL ? alog_cursor_wait(cursor, timeout) : alog_snapshot_wait(snapshot, timeout);
  self->waits++;
  self->woken += status == ALOG_OK;
  self->interrupted += status == ALOG_INTERRUPTED;
  self->timed_out += status == ALOG_TIMEOUT;
  CHECK(status == ALOG_OK || status == ALOG_INTERRUPTED || (status == ALOG_TIMEOUT && timeout < ALOG_WAIT_FOREVER));
  /* What a wait promised is there. */
  alog_delta delta = {0, 0, 0};
  const alog_status refreshed =
      cursor != NULL ? alog_cursor_refresh(cursor, &delta) : alog_snapshot_refresh(snapshot, &delta);
  CHECK(refreshed >= ALOG_OK);
  CHECK(status != ALOG_OK || delta.appended > 0);
}

static void *run_waiter(void *argument) {
  waiter *self = (waiter *)argument;
  alog_snapshot *snapshot = self->style == BY_CURSOR ? NULL : snapshot_of(self->log);
  alog_cursor *cursor = self->style == BY_CURSOR ? cursor_on(self->log, ALOG_START_OLDEST) : NULL;
  uint64_t seen = 0;
  while (!atomic_load_explicit(&closed, memory_order_acquire) ||
         seen < atomic_load_explicit(&last, memory_order_relaxed)) {
    wait_once(self, snapshot, cursor);
    if (cursor != NULL) {
      alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
      while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
        check_chunk(&chunk, sizeof(uint64_t), check_number);
      }
      seen = alog_cursor_position(cursor);
    } else {
      seen = range_of(snapshot).end;
      alog_slice record = {NULL, 0};
      if (seen > 0) {
        CHECK_OK(alog_snapshot_record(snapshot, seen - 1, &record));
        check_number(seen - 1, record);
      }
    }
    /* Relaxed: an order between the threads would hide races from ThreadSanitizer. */
    atomic_store_explicit(&self->seen, seen, memory_order_relaxed);
  }
  alog_snapshot_destroy(snapshot);
  alog_cursor_destroy(cursor);
  alog_log_release(self->log);
  return NULL;
}

static alog_writer *publish(alog_log *log, alog_writer *writer, random_source *random) {
  bool notify = true;
  switch (random_below(random, 8)) {
    case 0:
      CHECK_OK(append_number_batch(writer, 1 + random_below(random, RETAINED)));
      break;
    case 1:
      CHECK_OK(alog_writer_begin(writer));
      append_numbers(writer, 1 + random_below(random, RETAINED));
      CHECK_OK(alog_writer_publish(writer));
      break;
    case 2:
      if (random_below(random, 16) == 0) { /* the release notifies */
        append_numbers(writer, 1);
        alog_writer_release(writer);
        writer = claim(log);
        notify = false;
      } else {
        append_numbers(writer, 3);
      }
      break;
    default:
      append_numbers(writer, 1);
      break;
  }
  if (notify) {
    CHECK_OK(alog_writer_notify(writer));
  }
  return writer;
}

/* Waits until every waiter has seen all that was published. */
static void until_seen(uint64_t end) {
  const uint64_t begin = now();
  for (size_t i = 0; i < WAITERS; i++) {
    for (uint64_t turn = 0; atomic_load_explicit(&waiters[i].seen, memory_order_relaxed) < end; turn++) {
      if (turn % 16 == 15) {
        thread_yield();
      }
      if (turn % 1024 == 1023) {
        CHECK(now() - begin < LATE); /* or a wake-up was lost */
      }
    }
  }
}

static void *run_writer(void *argument) {
  alog_log *log = (alog_log *)argument;
  alog_writer *writer = claim(log);
  random_source random = {4711};
  uint64_t rounds = 0;
  while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
    for (uint64_t burst = random_below(&random, 4) == 0 ? 1 + random_below(&random, 20) : 1; burst > 0; burst--) {
      writer = publish(log, writer, &random);
      rounds++;
    }
    if (random_below(&random, 8) > 0) {
      until_seen(alog_writer_next_sequence(writer));
    }
    for (uint64_t pause = random_below(&random, 300); pause > 0; pause--) {
      atomic_load_explicit(&stop, memory_order_relaxed);
    }
  }
  until_seen(alog_writer_next_sequence(writer));
  atomic_store_explicit(&last, alog_writer_next_sequence(writer) + 1, memory_order_relaxed);
  atomic_store_explicit(&closed, true, memory_order_release);
  append_numbers(writer, 1);
  CHECK_OK(alog_writer_notify(writer));
  until_seen(alog_writer_next_sequence(writer));
  alog_writer_release(writer);
  printf("%" PRIu64 " publications\n", rounds);
  return NULL;
}

static void *run_interrupter(void *argument) {
  alog_log *log = (alog_log *)argument;
  random_source random = {99};
  while (!atomic_load_explicit(&calm, memory_order_relaxed)) {
    nap_for(random_below(&random, 500000));
    CHECK_OK(alog_log_interrupt(log));
  }
  return NULL;
}

int main(int argc, char **argv) {
  const long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 2;
  const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  thread threads[WAITERS + 2];

  test_claim = "no_wake_up_is_lost";
  CHECK(seconds > 0);
  alog_log *log = numbers(RETAINED, SEGMENT);
  for (size_t i = 0; i < WAITERS; i++) {
    waiters[i].log = alog_log_retain(log);
    waiters[i].style = (enum style)i;
    waiters[i].random.state = mix(seed * WAITERS + i);
    CHECK(thread_start(&threads[i], run_waiter, &waiters[i]));
  }
  CHECK(thread_start(&threads[WAITERS], run_writer, log));
  CHECK(thread_start(&threads[WAITERS + 1], run_interrupter, log));
  nap_for((uint64_t)seconds * SECOND / 4);
  atomic_store_explicit(&calm, true, memory_order_relaxed);
  nap_for((uint64_t)seconds * SECOND * 3 / 4);
  atomic_store_explicit(&stop, true, memory_order_relaxed);
  for (size_t i = WAITERS + 2; i > 0; i--) {
    CHECK(thread_join(&threads[i - 1]));
  }
  uint64_t races = 0;
  for (size_t i = 0; i < WAITERS; i++) {
    const waiter *w = &waiters[i];
    CHECK(w->woken > 0);
    CHECK((w->timed_out > 0) == (w->style == WITH_TIMEOUTS));
    printf("%" PRIu64 " waits: %" PRIu64 " ended by a publication, %" PRIu64 " interrupted, %" PRIu64 " timed out\n",
           w->waits, w->woken, w->interrupted, w->timed_out);
    races += w->waits;
  }
  printf("%" PRIu64 " races of a writer with a waiter; %d are the target of a long run\n", races, TARGET);
  alog_log_release(log);
  return 0;
}
