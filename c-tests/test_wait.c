/*
 * Holds up: a wait ends as soon as the log's end is beyond the view's (for a cursor: beyond its position). It looks on
 * entry, at each notify and at the deadline. It ends with ALOG_TIMEOUT, but not before the deadline; and with
 * ALOG_INTERRUPTED by an interrupt that comes during the wait, or, for wait_since, that came since the count was read.
 * Publishing alone wakes no thread, unless the log notifies by itself. A wait changes nothing.
 */
#include "clock.h"
#include "waiter.h"

enum { WAITERS = 8 };

static alog_log *noisy_numbers(uint64_t retained, uint64_t segment) {
  alog_options options = fixed_options(retained, segment, sizeof(uint64_t));
  options.flags = ALOG_FLAG_AUTO_NOTIFY;
  return create_fixed(options);
}

/* ---------------------------------------------------------------------------------- without sleep */

static void zero_only_looks(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  for (int i = 0; i < 30; i++) {
    CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 0));
    CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(cursor, 0));
    append_numbers(writer, 1);
    CHECK_OK(alog_snapshot_wait(snapshot, 0));
    CHECK_OK(alog_cursor_wait(cursor, 0));
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    CHECK_OK(alog_cursor_refresh(cursor, NULL));
    alog_chunk chunk;
    while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
    }
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* For anything between the view and now: more in the same segment, a sealed head that showed all or not, evictions. */
static void newer_is_told_on_entry_however_far_away(void) {
  enum { SEGMENT = 3 };
  for (uint64_t before = 0; before <= 14; before++) {
    for (uint64_t more = 0; more <= 14; more++) {
      for (int kind = 0; kind < 3; kind++) {
        alog_log *log = numbers(6, SEGMENT); /* K = 3 */
        alog_writer *writer = claim(log);
        append_numbers(writer, before);
        alog_snapshot *snapshot = snapshot_of(log);
        alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
        for (uint64_t left = more; left > 0;) {
          const uint64_t count = kind == 0 ? 1 : left < 5 ? left : 5;
          if (kind == 2) {
            CHECK_OK(alog_writer_begin(writer));
            append_numbers(writer, count);
            CHECK_STATUS(left == more ? ALOG_TIMEOUT : ALOG_OK, alog_snapshot_wait(snapshot, 0));
            CHECK_OK(alog_writer_publish(writer));
          } else {
            CHECK_OK(append_number_batch(writer, count));
          }
          left -= count;
          CHECK_OK(alog_snapshot_wait(snapshot, ALOG_WAIT_FOREVER));
          CHECK_OK(alog_cursor_wait(cursor, ALOG_WAIT_FOREVER));
        }
        const alog_status expected = more > 0 ? ALOG_OK : ALOG_TIMEOUT;
        CHECK_STATUS(expected, alog_snapshot_wait(snapshot, 0));
        CHECK_STATUS(expected, alog_cursor_wait(cursor, 1));
        CHECK_RANGE(before > 6 ? range_of(snapshot).begin : 0, before, range_of(snapshot));
        alog_cursor_destroy(cursor);
        alog_snapshot_destroy(snapshot);
        alog_writer_release(writer);
        alog_log_release(log);
      }
    }
  }
}

static void what_was_abandoned_is_not_newer(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 3);
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 8);
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 0));
  CHECK_OK(alog_writer_abandon(writer));
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 0));
  CHECK_OK(alog_writer_begin(writer));
  CHECK_OK(alog_writer_publish(writer));
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 0));
  append_numbers(writer, 1);
  CHECK_OK(alog_snapshot_wait(snapshot, 0));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* ----------------------------------------------------------------------------------------- time */

static void timeout_is_never_early(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  const uint64_t timeouts[] = {1, 999, 1000 * 1000, 30 * MILLISECOND + 1, 200 * MILLISECOND, SECOND + 1};
  for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
    uint64_t begin = now();
    CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, timeouts[i]));
    uint64_t took = now() - begin;
    CHECK(took >= timeouts[i]);
    CHECK(took < timeouts[i] + LATE);
    begin = now();
    CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(cursor, timeouts[i]));
    took = now() - begin;
    CHECK(took >= timeouts[i]);
    CHECK(took < timeouts[i] + LATE);
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

static void waiting_changes_nothing(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_snapshot *same = clone_of(snapshot);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, MILLISECOND));
  CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(cursor, MILLISECOND));
  check_same_view(snapshot, same);
  CHECK_U64(10, alog_cursor_position(cursor));
  append_numbers(writer, 20);
  CHECK_OK(alog_snapshot_wait(snapshot, MILLISECOND));
  CHECK_OK(alog_cursor_wait(cursor, MILLISECOND));
  check_same_view(snapshot, same);
  CHECK_U64(10, alog_cursor_position(cursor));
  check_numbers(snapshot, 0, 10);
  alog_chunk chunk;
  CHECK_STATUS(ALOG_END, alog_cursor_next(cursor, &chunk));
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(same);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void the_log_is_looked_at_at_the_deadline(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  waiter w;
  w.status = ALOG_TIMEOUT;
  /* Until the append comes before the deadline. */
  for (uint64_t timeout = SECOND; w.status == ALOG_TIMEOUT; timeout *= 2) {
    CHECK(timeout < LATE);
    CHECK(alog_snapshot_refresh(snapshot, NULL) >= ALOG_OK);
    begin_wait(&w, snapshot, NULL, timeout);
    until_asleep_or_over(&w);
    append_numbers(writer, 1); /* and no notify */
    CHECK(thread_join(&w.runner));
    CHECK(w.took >= timeout);
  }
  CHECK_STATUS(ALOG_OK, w.status);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* Timeouts whose end the clock cannot tell, or can hardly tell. */
static void long_timeouts_do_not_overflow(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  const uint64_t timeouts[] = {UINT64_MAX - 1, UINT64_MAX / 2, (uint64_t)INT64_MAX + 1, UINT64_C(3600) * SECOND};
  for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
    waiter w;
    begin_wait(&w, snapshot, NULL, timeouts[i]);
    until_asleep(&w);
    sleeps_on(&w);
    a_record_wakes(&w, writer);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* --------------------------------------------------------------------------------------- notify */

static void publishing_alone_wakes_nobody_and_notify_does(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  for (uint64_t count = 1; count <= 16; count *= 4) {
    waiter by_snapshot, by_cursor;
    fall_asleep(&by_snapshot, snapshot, NULL);
    fall_asleep(&by_cursor, NULL, cursor);
    append_numbers(writer, count); /* from one record to more than a view */
    nap_for(A_WHILE);
    CHECK(!atomic_load(&by_snapshot.done) && !atomic_load(&by_cursor.done));
    CHECK_OK(alog_writer_notify(writer));
    wakes(ALOG_OK, &by_snapshot);
    wakes(ALOG_OK, &by_cursor);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    CHECK_OK(alog_cursor_refresh(cursor, NULL));
    CHECK_OK(alog_cursor_seek(cursor, log_range_of(log).end));
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void notify_with_nothing_new_ends_no_wait(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 5);
  alog_snapshot *snapshot = snapshot_of(log);
  waiter forever, timed;
  fall_asleep(&forever, snapshot, NULL);
  begin_wait(&timed, snapshot, NULL, SECOND / 2);
  for (int i = 0; i < 20; i++) {
    CHECK_OK(alog_writer_notify(writer));
    nap_for(MILLISECOND);
  }
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 8);
  CHECK_OK(alog_writer_notify(writer));
  CHECK_OK(alog_writer_abandon(writer));
  CHECK_OK(alog_writer_notify(writer));
  sleeps_on(&forever);
  wakes(ALOG_TIMEOUT, &timed);
  CHECK(timed.took >= SECOND / 2);
  sleeps_on(&forever);
  a_record_wakes(&forever, writer);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void releasing_the_writer_notifies(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  waiter w;
  fall_asleep(&w, snapshot, NULL);
  append_numbers(writer, 2);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 20 / 4);
  sleeps_on(&w);
  alog_writer_release(writer);
  wakes(ALOG_OK, &w);
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  check_numbers(snapshot, 0, 2);

  /* A writer that leaves nothing new wakes no thread for good. The next writer does. */
  writer = claim(log);
  fall_asleep(&w, snapshot, NULL);
  alog_writer_release(writer);
  sleeps_on(&w);
  writer = claim(log);
  a_record_wakes(&w, writer);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void many_wait_by_one_snapshot(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 4); /* a head that is full: it will be sealed as it is */
  alog_snapshot *snapshot = snapshot_of(log);
  waiter waiters[WAITERS];
  for (int round = 0; round < 5; round++) {
    for (size_t i = 0; i < WAITERS; i++) {
      fall_asleep(&waiters[i], snapshot, NULL);
    }
    append_numbers(writer, 4);
    CHECK_OK(alog_writer_notify(writer));
    for (size_t i = 0; i < WAITERS; i++) {
      wakes(ALOG_OK, &waiters[i]);
    }
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  }
  check_numbers(snapshot, 12, 24);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void logs_do_not_wake_each_others_waiters(void) {
  alog_log *log = numbers(8, 4);
  alog_log *other = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_writer *others = claim(other);
  alog_snapshot *snapshot = snapshot_of(log);
  waiter w;
  fall_asleep(&w, snapshot, NULL);
  append_numbers(others, 3);
  CHECK_OK(alog_writer_notify(others));
  CHECK_OK(alog_log_interrupt(other));
  sleeps_on(&w);
  a_record_wakes(&w, writer);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(others);
  alog_writer_release(writer);
  alog_log_release(other);
  alog_log_release(log);
}

/* --------------------------------------------------------------------------------------- cursor */

static void cursor_waits_until_something_is_unread(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  alog_chunk chunk;
  for (uint64_t i = 0; i < 3; i++) {
    CHECK_OK(alog_cursor_wait(cursor, ALOG_WAIT_FOREVER));
    CHECK_OK(alog_cursor_next(cursor, &chunk));
  }
  CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(cursor, 0));
  CHECK_OK(alog_cursor_seek(cursor, 9)); /* what is read is unread again */
  CHECK_OK(alog_cursor_wait(cursor, ALOG_WAIT_FOREVER));
  CHECK_OK(alog_cursor_next(cursor, &chunk));
  waiter w;
  fall_asleep(&w, NULL, cursor);
  append_numbers(writer, 9);
  CHECK_OK(alog_writer_notify(writer));
  wakes(ALOG_OK, &w);
  CHECK_STATUS(ALOG_END, alog_cursor_next(cursor, &chunk)); /* the view stays as it is */
  CHECK_OK(alog_cursor_refresh(cursor, NULL));
  uint64_t next = 10;
  while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
    CHECK_U64(next, chunk.first_sequence);
    next += chunk.count;
  }
  CHECK_U64(19, next);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void a_view_that_is_left_alone_times_out(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  waiter w;
  fall_asleep(&w, snapshot, NULL);
  alog_log_release(log);
  alog_writer_release(writer);
  sleeps_on(&w);
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 0));
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 10 * MILLISECOND));
  CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(cursor, 10 * MILLISECOND));
  /* A log handle can be had again from any of its other handles. */
  log = alog_snapshot_log(snapshot);
  CHECK_OK(alog_log_interrupt(log));
  wakes(ALOG_INTERRUPTED, &w);
  alog_log_release(log);
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 10 * MILLISECOND));
  alog_snapshot_destroy(snapshot);
  CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(cursor, 10 * MILLISECOND));
  alog_cursor_destroy(cursor);
}

/* ------------------------------------------------------------------------------------ interrupt */

static void interrupt_ends_the_waits_in_progress_and_no_others(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  for (int round = 0; round < 3; round++) {
    waiter waiters[WAITERS];
    for (size_t i = 0; i < WAITERS; i++) {
      if (i == 0) {
        fall_asleep(&waiters[i], NULL, cursor);
      } else {
        begin_wait(&waiters[i], snapshot, NULL, i % 2 == 0 ? ALOG_WAIT_FOREVER : 10 * LATE);
        until_asleep(&waiters[i]);
      }
    }
    CHECK_OK(alog_log_interrupt(log));
    for (size_t i = 0; i < WAITERS; i++) {
      wakes(ALOG_INTERRUPTED, &waiters[i]);
    }
    CHECK_OK(alog_log_interrupt(log)); /* without a waiter */
    CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 0));
    CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(snapshot, 10 * MILLISECOND));
    CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(cursor, 10 * MILLISECOND));
    waiter later;
    fall_asleep(&later, snapshot, NULL);
    CHECK_OK(alog_writer_notify(writer));
    sleeps_on(&later);
    append_numbers(writer, 3);
    CHECK_OK(alog_writer_notify(writer));
    wakes(ALOG_OK, &later);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    CHECK_OK(alog_cursor_refresh(cursor, NULL));
    CHECK_OK(alog_cursor_seek(cursor, log_range_of(log).end));
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* For both of them something is pending without a notify. */
static void an_interrupt_is_told_before_something_newer(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  for (uint64_t count = 1; count <= 16; count *= 4) { /* from one record to more than a view */
    waiter by_snapshot, by_cursor;
    fall_asleep(&by_snapshot, snapshot, NULL);
    fall_asleep(&by_cursor, NULL, cursor);
    append_numbers(writer, count);
    CHECK_OK(alog_log_interrupt(log));
    wakes(ALOG_INTERRUPTED, &by_snapshot);
    wakes(ALOG_INTERRUPTED, &by_cursor);
    CHECK_OK(alog_snapshot_wait(snapshot, 0)); /* what is newer is told by the next wait */
    CHECK_OK(alog_cursor_wait(cursor, 0));
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    CHECK_OK(alog_cursor_refresh(cursor, NULL));
    CHECK_OK(alog_cursor_seek(cursor, log_range_of(log).end));
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void interrupts_are_counted(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  CHECK_U64(0, alog_log_interrupts(log));
  for (uint64_t i = 1; i <= 5; i++) {
    CHECK_OK(alog_log_interrupt(log));
    CHECK_U64(i, alog_log_interrupts(log));
    append_numbers(writer, 3);
    CHECK_OK(alog_writer_notify(writer)); /* which is none */
    CHECK_U64(i, alog_log_interrupts(log));
  }
  CHECK_U64(0, alog_log_interrupts(NULL));
  CHECK_U64(0, alog_log_interrupts((const alog_log *)(const void *)writer));
  alog_writer_release(writer);
  alog_log_release(log);
}

static void check_since(const alog_snapshot *snapshot, alog_cursor *cursor, uint64_t interrupts, alog_status at_once,
                        alog_status in_time) {
  CHECK_STATUS(at_once, alog_snapshot_wait_since(snapshot, 0, interrupts));
  CHECK_STATUS(at_once, alog_cursor_wait_since(cursor, 0, interrupts));
  CHECK_STATUS(in_time, alog_snapshot_wait_since(snapshot, MILLISECOND, interrupts));
  CHECK_STATUS(in_time, alog_cursor_wait_since(cursor, MILLISECOND, interrupts));
  if (in_time != ALOG_TIMEOUT) {
    CHECK_STATUS(in_time, alog_snapshot_wait_since(snapshot, ALOG_WAIT_FOREVER, interrupts));
    CHECK_STATUS(in_time, alog_cursor_wait_since(cursor, ALOG_WAIT_FOREVER, interrupts));
  }
}

/* With any timeout, and with anything to read. */
static void an_interrupt_before_the_call_ends_a_wait_since(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 6);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  for (uint64_t more = 0; more <= 10; more += 5) {
    append_numbers(writer, more);
    const uint64_t before = alog_log_interrupts(log);
    const alog_status without = more > 0 ? ALOG_OK : ALOG_TIMEOUT;
    check_since(snapshot, cursor, before, without, without);
    CHECK_OK(alog_log_interrupt(log));
    check_since(snapshot, cursor, before, ALOG_INTERRUPTED, ALOG_INTERRUPTED);
    check_since(snapshot, cursor, before + 1, without, without); /* later ones alone count */
    CHECK_OK(alog_log_interrupt(log));
    check_since(snapshot, cursor, before, ALOG_INTERRUPTED, ALOG_INTERRUPTED);
    check_since(snapshot, cursor, before + 1, ALOG_INTERRUPTED, ALOG_INTERRUPTED);
    CHECK_STATUS(without, alog_snapshot_wait(snapshot, 0)); /* the plain ones count from the call on */
    CHECK_STATUS(without, alog_cursor_wait(cursor, 0));
  }
  /* The same with unread records in the captured view. */
  CHECK_OK(alog_cursor_refresh(cursor, NULL));
  const uint64_t before = alog_log_interrupts(log);
  CHECK_OK(alog_cursor_wait_since(cursor, ALOG_WAIT_FOREVER, before));
  CHECK_OK(alog_log_interrupt(log));
  CHECK_STATUS(ALOG_INTERRUPTED, alog_cursor_wait_since(cursor, 0, before));
  CHECK_STATUS(ALOG_INTERRUPTED, alog_cursor_wait_since(cursor, ALOG_WAIT_FOREVER, before));
  CHECK_OK(alog_cursor_wait_since(cursor, ALOG_WAIT_FOREVER, before + 1));
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void wait_since_sleeps_as_wait_does(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  for (int round = 0; round < 2; round++) {
    const uint64_t interrupts = alog_log_interrupts(log);
    waiter waiters[4];
    for (size_t i = 0; i < 4; i++) {
      make_waiter(&waiters[i], snapshot, i == 0 ? cursor : NULL, i % 2 == 0 ? ALOG_WAIT_FOREVER : 10 * LATE);
      waiters[i].since = &interrupts;
      start(&waiters[i]);
      until_asleep(&waiters[i]);
    }
    if (round == 0) {
      append_numbers(writer, 1);
      CHECK_OK(alog_writer_notify(writer));
    } else {
      CHECK_OK(alog_log_interrupt(log));
    }
    for (size_t i = 0; i < 4; i++) {
      wakes(round == 0 ? ALOG_OK : ALOG_INTERRUPTED, &waiters[i]);
    }
    CHECK(alog_snapshot_refresh(snapshot, NULL) >= ALOG_OK);
    CHECK_OK(alog_cursor_seek(cursor, alog_cursor_position(cursor)));
    CHECK(alog_cursor_refresh(cursor, NULL) >= ALOG_OK);
    alog_chunk chunk;
    while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
    }
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* A worker that is told to stop, thousands of times: by a flag, and then an interrupt. */
enum { STOPS = 5000 };

static struct {
  alog_log *log;
  atomic_size_t working; /* which stop the worker waits for, from 1 on */
  atomic_size_t stop;    /* the last one that it was told */
  size_t waits;
} stops;

/* Some microseconds, or nothing. */
static void dawdle(random_source *random) {
  for (uint64_t left = random_below(random, 2) * random_below(random, 20000); left > 0; left--) {
    atomic_load_explicit(&stops.stop, memory_order_relaxed);
  }
}

static void *work_until_stopped(void *argument) {
  (void)argument;
  random_source random = {2};
  alog_snapshot *snapshot = snapshot_of(stops.log);
  for (size_t i = 1; i <= STOPS; i++) {
    /* Relaxed, both: the count of interrupts orders them. */
    atomic_store_explicit(&stops.working, i, memory_order_relaxed);
    for (;;) {
      const uint64_t interrupts = alog_log_interrupts(stops.log);
      dawdle(&random);
      if (atomic_load_explicit(&stops.stop, memory_order_relaxed) == i) {
        break;
      }
      dawdle(&random);
      CHECK_STATUS(ALOG_INTERRUPTED, alog_snapshot_wait_since(snapshot, ALOG_WAIT_FOREVER, interrupts));
      stops.waits++;
    }
  }
  alog_snapshot_destroy(snapshot);
  return NULL;
}

static void a_stop_is_never_missed_between_the_look_and_the_wait(void) {
  random_source random = {1};
  stops.log = numbers(8, 4);
  thread worker;
  CHECK(thread_start(&worker, work_until_stopped, NULL));
  for (size_t i = 1; i <= STOPS; i++) {
    const uint64_t begin = now();
    while (atomic_load_explicit(&stops.working, memory_order_relaxed) != i) {
      if (now() - begin > MILLISECOND) {
        nap_for(MILLISECOND / 20); /* it has no processor */
      }
      CHECK(now() - begin < LATE); /* else it missed the last one */
    }
    dawdle(&random); /* so that the interrupt comes at every point of what the worker does */
    atomic_store_explicit(&stops.stop, i, memory_order_relaxed);
    CHECK_OK(alog_log_interrupt(stops.log));
  }
  CHECK(thread_join(&worker));
  CHECK_U64(STOPS, alog_log_interrupts(stops.log));
  CHECK(stops.waits > 0 && stops.waits <= STOPS);
  printf("%zu of %d stops ended a wait\n", stops.waits, STOPS);
  alog_log_release(stops.log);
}

/* What a thread did before it interrupted is visible to a thread whose wait was interrupted: through plain memory,
 * which ThreadSanitizer watches. */
static struct {
  alog_log *log;
  atomic_bool interrupted; /* relaxed: it orders nothing */
  uint64_t reason;         /* plain */
} told;

static void *say_why_and_interrupt(void *argument) {
  (void)argument;
  told.reason = 42;
  CHECK_OK(alog_log_interrupt(told.log));
  atomic_store_explicit(&told.interrupted, true, memory_order_relaxed);
  return NULL;
}

static void an_interrupted_wait_has_seen_what_came_before(void) {
  told.log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(told.log);
  thread runner;
  CHECK(thread_start(&runner, say_why_and_interrupt, NULL));
  while (!atomic_load_explicit(&told.interrupted, memory_order_relaxed)) {
    nap_for(MILLISECOND);
  }
  CHECK_STATUS(ALOG_INTERRUPTED, alog_snapshot_wait_since(snapshot, ALOG_WAIT_FOREVER, 0));
  CHECK_U64(42, told.reason);
  CHECK(thread_join(&runner));
  alog_snapshot_destroy(snapshot);
  alog_log_release(told.log);
}

/* --------------------------------------------------------------------------------- auto notify */

/* The ways to publish something. */
typedef enum way { APPEND, BATCH, OTHER_BATCH, COMMIT, GROUP, GROUP_OF_BATCHES, WAYS } way;

static void publish_numbers(alog_writer *writer, way how, uint64_t count) {
  alog_reservation room = {NULL, 0, 0};
  switch (how) {
    case APPEND:
      append_numbers(writer, 1);
      break;
    case COMMIT: {
      CHECK_OK(alog_writer_reserve(writer, 1, &room));
      const uint64_t value = number(alog_writer_next_sequence(writer));
      memcpy(room.data, &value, sizeof value);
      CHECK_OK(alog_writer_commit(writer, 1));
      break;
    }
    case GROUP:
    case GROUP_OF_BATCHES:
      append_numbers(writer, count); /* in a group of the caller's */
      break;
    default:
      CHECK_OK(append_number_batch(writer, count));
      break;
  }
}

static void publish_texts(alog_writer *writer, way how, uint64_t count) {
  static const unsigned char data[64] = {0};
  const uint32_t sizes[4] = {5, 6, 7, 8};
  const alog_slice slices[4] = {{data, 5}, {data, 6}, {data, 7}, {data, 8}};
  alog_reservation room = {NULL, 0, 0};
  switch (how) {
    case APPEND:
      CHECK_OK(alog_writer_append(writer, data, 9));
      break;
    case BATCH:
      CHECK_OK(alog_writer_append_slices(writer, slices, (size_t)count));
      break;
    case OTHER_BATCH:
      CHECK_OK(alog_writer_append_packed(writer, data, sizes, (size_t)count));
      break;
    case COMMIT:
      CHECK_OK(alog_writer_reserve(writer, 9, &room));
      memset(room.data, 0, 9);
      CHECK_OK(alog_writer_commit(writer, 7));
      break;
    default:
      CHECK_OK(alog_writer_append(writer, data, 3));
      CHECK_OK(alog_writer_append_slices(writer, slices, (size_t)count));
      break;
  }
}

static void check_auto_notify(alog_log *log, void (*publish)(alog_writer *writer, way how, uint64_t count)) {
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  for (int round = 0; round < 4; round++) { /* some of them roll */
    for (int i = APPEND; i < WAYS; i++) {
      const way how = (way)i;
      waiter w;
      fall_asleep(&w, snapshot, NULL);
      if (how >= GROUP) {
        CHECK_OK(alog_writer_begin(writer));
        publish(writer, how, 4);
        publish(writer, COMMIT, 1);
        publish(writer, APPEND, 1);
        publish(writer, BATCH, 2);
        sleeps_on(&w);
        CHECK_OK(alog_writer_publish(writer));
      } else {
        publish(writer, how, 1 + (uint64_t)round);
      }
      wakes(ALOG_OK, &w);
      CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    }
    waiter w;
    fall_asleep(&w, snapshot, NULL);
    CHECK_OK(alog_writer_begin(writer));
    publish(writer, APPEND, 1);
    CHECK_OK(alog_writer_abandon(writer));
    CHECK_OK(alog_writer_begin(writer));
    CHECK_OK(alog_writer_publish(writer));
    alog_reservation room = {NULL, 0, 0};
    CHECK_OK(alog_writer_reserve(writer, 1, &room));
    CHECK_OK(alog_writer_cancel(writer));
    sleeps_on(&w);
    publish(writer, APPEND, 1); /* behind a group that was abandoned */
    wakes(ALOG_OK, &w);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    alog_writer_release(writer);
    writer = claim(log);
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void each_publication_of_a_fixed_log_notifies(void) { check_auto_notify(noisy_numbers(12, 3), publish_numbers); }

static void each_publication_of_a_bytes_log_notifies(void) {
  alog_options options = bytes_options(200, 50);
  options.flags = ALOG_FLAG_AUTO_NOTIFY;
  check_auto_notify(create_bytes(options), publish_texts);
}

/* The records are those of an ordinary log. */
static void notifying_changes_nothing_else(void) {
  for (uint64_t segment = 1; segment <= 4; segment++) {
    alog_log *log = noisy_numbers(8, segment);
    alog_writer *writer = claim(log);
    alog_snapshot *snapshot = snapshot_of(log);
    for (uint64_t i = 0; i < 40; i++) {
      append_numbers(writer, 1);
      alog_delta delta = {0, 0, 0};
      CHECK_OK(alog_snapshot_refresh(snapshot, &delta));
      CHECK_DELTA(i, 1, 0, delta);
      check_numbers(snapshot, range_of(snapshot).begin, i + 1);
    }
    alog_snapshot_destroy(snapshot);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

int main(void) {
  RUN(zero_only_looks);
  RUN(newer_is_told_on_entry_however_far_away);
  RUN(what_was_abandoned_is_not_newer);
  RUN(timeout_is_never_early);
  RUN(waiting_changes_nothing);
  RUN(the_log_is_looked_at_at_the_deadline);
  RUN(long_timeouts_do_not_overflow);
  RUN(publishing_alone_wakes_nobody_and_notify_does);
  RUN(notify_with_nothing_new_ends_no_wait);
  RUN(releasing_the_writer_notifies);
  RUN(many_wait_by_one_snapshot);
  RUN(logs_do_not_wake_each_others_waiters);
  RUN(cursor_waits_until_something_is_unread);
  RUN(a_view_that_is_left_alone_times_out);
  RUN(interrupt_ends_the_waits_in_progress_and_no_others);
  RUN(an_interrupt_is_told_before_something_newer);
  RUN(interrupts_are_counted);
  RUN(an_interrupt_before_the_call_ends_a_wait_since);
  RUN(wait_since_sleeps_as_wait_does);
  RUN(a_stop_is_never_missed_between_the_look_and_the_wait);
  RUN(an_interrupted_wait_has_seen_what_came_before);
  RUN(each_publication_of_a_fixed_log_notifies);
  RUN(each_publication_of_a_bytes_log_notifies);
  RUN(notifying_changes_nothing_else);
  return 0;
}
