/*
 * Holds up: alog_writer_finish ends a log for good. No writer comes after it. A reader's wait reports what is still
 * unread, and then ALOG_FINISHED, at once and for ever. What readers hold stays readable. A reader that waits without a
 * timeout sees everything, or counts it as lost, and then learns of the end.
 */
#include "clock.h"
#include "counting.h"
#include "waiter.h"

static alog_log *counted_numbers(counting *memory, uint64_t retained, uint64_t segment) {
  counting_init(memory);
  alog_options options = fixed_options(retained, segment, sizeof(uint64_t));
  options.allocator = &memory->allocator;
  return create_fixed(options);
}

static size_t calls_of(counting *memory) { return atomic_load_explicit(&memory->calls, memory_order_relaxed); }

static void read_all(alog_cursor *cursor) {
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
    check_chunk(&chunk, sizeof(uint64_t), check_number);
  }
}

/* -------------------------------------------------------------------------------------- the writer */

static void a_finished_log_takes_no_writer(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 5);
  alog_writer *other = NULL;
  CHECK_STATUS(ALOG_ERR_CLAIMED, alog_writer_claim(log, &other));
  CHECK(!alog_log_is_finished(log));
  alog_writer_release(writer);
  CHECK(!alog_log_is_finished(log)); /* a release is no end */
  writer = claim(log);
  CHECK_OK(alog_writer_finish(writer));
  CHECK(alog_log_is_finished(log));
  CHECK(!alog_log_has_writer(log));
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(ALOG_ERR_FINISHED, alog_writer_claim(log, &other));
    CHECK(other == NULL);
    CHECK(alog_log_is_finished(log));
  }
  check_log_numbers(log, 0, 5);
  alog_log_release(log);
  counting_done(&memory);
}

/* The end is reported before a lack of memory, and the refused claim takes nothing. */
static void a_refused_claim_asks_for_no_memory(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4);
  CHECK_OK(alog_writer_finish(claim(log)));
  const size_t calls = calls_of(&memory);
  const size_t blocks = atomic_load(&memory.blocks);
  const size_t bytes = atomic_load(&memory.bytes);
  alog_writer *writer = NULL;
  for (int fails = 0; fails < 2; fails++) {
    if (fails) {
      counting_fail(&memory, 1, true);
    }
    CHECK_STATUS(ALOG_ERR_FINISHED, alog_writer_claim(log, &writer));
    CHECK(writer == NULL);
    CHECK_U64(calls, calls_of(&memory));
    CHECK_U64(blocks, atomic_load(&memory.blocks));
    CHECK_U64(bytes, atomic_load(&memory.bytes));
  }
  alog_log_release(log);
  counting_done(&memory);
}

static void finishing_asks_for_no_memory(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 5);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 6);
  const size_t calls = calls_of(&memory);
  counting_fail(&memory, 1, true);
  CHECK_OK(alog_writer_finish(writer));
  CHECK_U64(calls, calls_of(&memory));
  counting_recover(&memory);
  check_log_numbers(log, 0, 5);
  alog_log_release(log);
  counting_done(&memory);
}

static void the_writer_may_be_the_last_handle(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 30);
  alog_log_release(log);
  CHECK_OK(alog_writer_finish(writer));
  counting_done(&memory);
}

/* Wherever it began, and over however many segments. */
static void an_open_group_is_abandoned(void) {
  for (uint64_t before = 0; before <= 12; before++) {
    for (uint64_t more = 0; more <= 8; more += 2) {
      alog_log *log = numbers(8, 4);
      alog_writer *writer = claim(log);
      append_numbers(writer, before);
      alog_snapshot *snapshot = snapshot_of(log);
      const alog_range range = range_of(snapshot);
      CHECK_OK(alog_writer_begin(writer));
      append_numbers(writer, more);
      CHECK_OK(alog_writer_finish(writer));
      CHECK_STATUS(ALOG_FINISHED, alog_snapshot_wait(snapshot, 0));
      CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(snapshot, NULL));
      check_numbers(snapshot, range.begin, before);
      check_log_numbers(log, range.begin, before);
      char text[1024];
      CHECK(alog_log_describe(log, text, sizeof text) < sizeof text);
      CHECK(strstr(text, "group") == NULL);
      alog_snapshot_destroy(snapshot);
      alog_log_release(log);
    }
  }
}

/* In what is left of a segment, or in a new one; in a group or not. */
static void a_reservation_ends(void) {
  for (uint64_t before = 0; before <= 8; before++) {
    for (int in_group = 0; in_group < 2; in_group++) {
      alog_log *log = numbers(8, 4);
      alog_writer *writer = claim(log);
      append_numbers(writer, before);
      if (in_group) {
        CHECK_OK(alog_writer_begin(writer));
        append_numbers(writer, 3);
      }
      alog_reservation room = {NULL, 0, 0};
      CHECK_OK(alog_writer_reserve(writer, 4, &room));
      memset(room.data, 0xee, sizeof(uint64_t));
      CHECK_OK(alog_writer_finish(writer));
      check_log_numbers(log, 0, before);
      alog_log_release(log);
    }
  }
}

static void null_and_wrong_handles_are_told(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 2);
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_finish(NULL));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_finish((alog_writer *)(void *)log));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_finish((alog_writer *)(void *)snapshot));
  CHECK(!alog_log_is_finished(log));
  CHECK(!alog_log_is_finished(NULL));
  CHECK(!alog_log_is_finished((const alog_log *)(const void *)writer));
  CHECK_STATUS(ALOG_ERR_NULL, alog_snapshot_wait_since(NULL, 0, 0));
  CHECK_STATUS(ALOG_ERR_NULL, alog_cursor_wait_since(NULL, 0, 0));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_wait_since((alog_snapshot *)(void *)log, 0, 0));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_cursor_wait_since((alog_cursor *)(void *)snapshot, 0, 0));
  append_numbers(writer, 2); /* and nothing has ended */
  CHECK_OK(alog_snapshot_wait(snapshot, 0));
  CHECK_OK(alog_writer_finish(writer));
  CHECK(alog_log_is_finished(log));
  CHECK(!alog_log_is_finished(NULL));
  check_log_numbers(log, 0, 4);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

/* ------------------------------------------------------------------------------------- the readers */

static const uint64_t timeouts[] = {0, 1, 1000 * MILLISECOND, UINT64_MAX - 1, ALOG_WAIT_FOREVER};
enum { TIMEOUTS = sizeof timeouts / sizeof timeouts[0] };

static void waits_of_snapshot(alog_status expected, const alog_log *log, const alog_snapshot *snapshot) {
  for (size_t i = 0; i < TIMEOUTS; i++) {
    CHECK_STATUS(expected, alog_snapshot_wait(snapshot, timeouts[i]));
    CHECK_STATUS(expected, alog_snapshot_wait_since(snapshot, timeouts[i], alog_log_interrupts(log)));
  }
}

static void waits_of_cursor(alog_status expected, const alog_log *log, alog_cursor *cursor) {
  for (size_t i = 0; i < TIMEOUTS; i++) {
    CHECK_STATUS(expected, alog_cursor_wait(cursor, timeouts[i]));
    CHECK_STATUS(expected, alog_cursor_wait_since(cursor, timeouts[i], alog_log_interrupts(log)));
  }
}

/* For any amount that is unread: nothing, some of the same segment, or more than a view. */
static void waits_tell_what_is_unread_and_then_the_end(void) {
  for (uint64_t before = 0; before <= 9; before += 3) {
    for (uint64_t more = 0; more <= 30; more = 2 * more + 1) {
      alog_log *log = numbers(8, 4);
      alog_writer *writer = claim(log);
      append_numbers(writer, before);
      alog_snapshot *snapshot = snapshot_of(log);
      alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
      append_numbers(writer, more);
      CHECK_OK(alog_writer_finish(writer));
      if (more > 0) {
        waits_of_snapshot(ALOG_OK, log, snapshot);
        waits_of_cursor(ALOG_OK, log, cursor);
        CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
        CHECK_OK(alog_cursor_refresh(cursor, NULL));
        waits_of_cursor(ALOG_OK, log, cursor); /* what is captured is unread still */
        read_all(cursor);
      }
      CHECK_U64(before + more, alog_cursor_position(cursor));
      for (int i = 0; i < 3; i++) {
        waits_of_snapshot(ALOG_FINISHED, log, snapshot);
        waits_of_cursor(ALOG_FINISHED, log, cursor);
        CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(snapshot, NULL));
        CHECK_STATUS(ALOG_UNCHANGED, alog_cursor_refresh(cursor, NULL));
      }
      check_numbers(snapshot, range_of(snapshot).begin, before + more);
      if (before + more > 0) { /* what is read is unread again */
        CHECK_OK(alog_cursor_seek(cursor, before + more - 1));
        waits_of_cursor(ALOG_OK, log, cursor);
        read_all(cursor);
        waits_of_cursor(ALOG_FINISHED, log, cursor);
      }
      alog_cursor_destroy(cursor);
      alog_snapshot_destroy(snapshot);
      alog_log_release(log);
    }
  }
}

/* An interrupt that the caller does not know yet is reported before the end, as before anything else. */
static void interrupts_after_the_end_are_told_to_those_who_ask_since(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  CHECK_OK(alog_writer_finish(claim(log)));
  const uint64_t interrupts = alog_log_interrupts(log);
  CHECK_OK(alog_log_interrupt(log));
  CHECK_STATUS(ALOG_FINISHED, alog_snapshot_wait(snapshot, ALOG_WAIT_FOREVER));
  CHECK_STATUS(ALOG_FINISHED, alog_cursor_wait(cursor, ALOG_WAIT_FOREVER));
  CHECK_STATUS(ALOG_INTERRUPTED, alog_snapshot_wait_since(snapshot, ALOG_WAIT_FOREVER, interrupts));
  CHECK_STATUS(ALOG_INTERRUPTED, alog_cursor_wait_since(cursor, 0, interrupts));
  waits_of_snapshot(ALOG_FINISHED, log, snapshot);
  waits_of_cursor(ALOG_FINISHED, log, cursor);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

/* Sleepers for which there is something, though nothing notified them, learn of that first. */
static void sleepers_are_woken(void) {
  enum { SLEEPERS = 8 };
  for (int pending = 0; pending < 2; pending++) {
    for (int quiet = 0; quiet < 2; quiet++) {
      alog_options options = fixed_options(8, 4, sizeof(uint64_t));
      options.flags = quiet ? 0 : ALOG_FLAG_AUTO_NOTIFY;
      alog_log *log = create_fixed(options);
      alog_writer *writer = claim(log);
      append_numbers(writer, 6);
      alog_snapshot *snapshot = snapshot_of(log);
      alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
      waiter sleepers[SLEEPERS];
      for (size_t i = 0; i < SLEEPERS; i++) {
        begin_wait(&sleepers[i], snapshot, i == 0 ? cursor : NULL, i % 2 == 0 ? ALOG_WAIT_FOREVER : 10 * LATE);
        until_asleep(&sleepers[i]);
      }
      append_numbers(writer, pending ? 1 : 0);
      CHECK_OK(alog_writer_finish(writer));
      for (size_t i = 0; i < SLEEPERS; i++) {
        wakes(pending ? ALOG_OK : ALOG_FINISHED, &sleepers[i]);
      }
      alog_cursor_destroy(cursor);
      alog_snapshot_destroy(snapshot);
      alog_log_release(log);
    }
  }
}

static void readers_stay_valid_after_all_else_is_gone(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_snapshot *old = snapshot_of(log);
  alog_cursor *cursor = cursor_over(old);
  alog_segment *pin = pin_of(old, 0);
  const alog_chunk pinned = chunk_of(old, 0);
  append_numbers(writer, 20);
  CHECK_OK(alog_writer_finish(writer));
  alog_log_release(log);

  check_numbers(old, 0, 10);
  alog_snapshot *fresh = clone_of(old);
  CHECK_OK(alog_snapshot_wait(fresh, ALOG_WAIT_FOREVER));
  alog_delta delta = {0, 0, 0};
  CHECK_OK(alog_snapshot_refresh(fresh, &delta));
  CHECK_DELTA(20, 10, 10, delta);
  check_numbers(fresh, 20, 30);
  CHECK_STATUS(ALOG_FINISHED, alog_snapshot_wait(fresh, ALOG_WAIT_FOREVER));
  read_all(cursor);
  CHECK_OK(alog_cursor_wait(cursor, ALOG_WAIT_FOREVER));
  CHECK_OK(alog_cursor_refresh(cursor, NULL));
  read_all(cursor);
  CHECK_U64(30, alog_cursor_position(cursor));
  CHECK_STATUS(ALOG_FINISHED, alog_cursor_wait(cursor, ALOG_WAIT_FOREVER));

  log = alog_snapshot_log(old); /* which is the same, and as finished as before */
  CHECK(alog_log_is_finished(log));
  CHECK_STATUS(ALOG_ERR_FINISHED, alog_writer_claim(log, &writer));
  alog_snapshot *later = snapshot_of(log);
  check_same_view(fresh, later);
  CHECK_STATUS(ALOG_FINISHED, alog_snapshot_wait(later, 0));
  alog_cursor *late = cursor_on(log, ALOG_START_OLDEST);
  CHECK_OK(alog_cursor_wait(late, 0));
  read_all(late);
  CHECK_STATUS(ALOG_FINISHED, alog_cursor_wait(late, 0));
  alog_log_release(log);

  alog_cursor_destroy(late);
  alog_snapshot_destroy(later);
  alog_snapshot_destroy(fresh);
  alog_snapshot_destroy(old);
  alog_cursor_destroy(cursor);
  check_chunk(&pinned, sizeof(uint64_t), check_number);
  alog_segment_release(pin);
  counting_done(&memory);
}

static void a_log_of_bytes_ends_likewise(void) {
  alog_log *log = create_bytes(bytes_options(200, 50));
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  for (int i = 0; i < 30; i++) {
    CHECK_OK(append_text(writer));
  }
  CHECK_OK(alog_writer_begin(writer));
  CHECK_OK(append_text(writer));
  alog_reservation room = {NULL, 0, 0};
  CHECK_OK(alog_writer_reserve(writer, 20, &room));
  CHECK_OK(alog_writer_finish(writer));
  CHECK_STATUS(ALOG_ERR_FINISHED, alog_writer_claim(log, &writer));
  waits_of_snapshot(ALOG_OK, log, snapshot);
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  check_texts(snapshot, range_of(snapshot).begin, 30);
  waits_of_snapshot(ALOG_FINISHED, log, snapshot);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

/* ------------------------------------------------------------------------------------ many threads */

enum { ROUNDS = 200, READERS = 4 };

typedef struct reader {
  alog_log *log; /* a count of its own */
  bool by_cursor;
  uint64_t end; /* the sequence behind the last that it saw or lost */
} reader;

/* Reads until the end, without a timeout anywhere. */
static void *read_until_the_end(void *argument) {
  reader *self = (reader *)argument;
  alog_snapshot *snapshot = self->by_cursor ? NULL : snapshot_of(self->log);
  alog_cursor *cursor = self->by_cursor ? cursor_on(self->log, ALOG_START_OLDEST) : NULL;
  alog_log_release(self->log);
  alog_delta delta = {0, 0, 0};
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  uint64_t seen = self->by_cursor ? alog_cursor_position(cursor) : range_of(snapshot).end;
  for (;;) {
    const alog_status status =
        self->by_cursor ? alog_cursor_wait(cursor, ALOG_WAIT_FOREVER) : alog_snapshot_wait(snapshot, ALOG_WAIT_FOREVER);
    if (status == ALOG_FINISHED) {
      break;
    }
    CHECK_OK(status);
    if (self->by_cursor) {
      CHECK(alog_cursor_refresh(cursor, &delta) >= ALOG_OK);
      seen += delta.lost;
      while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
        CHECK_U64(seen, chunk.first_sequence);
        check_chunk(&chunk, sizeof(uint64_t), check_number);
        seen += chunk.count;
      }
      CHECK_U64(alog_cursor_position(cursor), seen);
    } else {
      CHECK_OK(alog_snapshot_refresh(snapshot, &delta)); /* a wait that said so was right */
      CHECK_U64(seen + delta.lost, delta.first_sequence);
      seen += delta.lost + delta.appended;
      CHECK_U64(seen, range_of(snapshot).end);
    }
  }
  self->end = seen;
  alog_snapshot_destroy(snapshot);
  alog_cursor_destroy(cursor);
  return NULL;
}

static uint64_t finish_among_readers(random_source *random) {
  alog_options options = fixed_options(8, 2, sizeof(uint64_t));
  options.flags = random_below(random, 2) == 0 ? ALOG_FLAG_AUTO_NOTIFY : 0;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  reader readers[READERS];
  thread threads[READERS];
  for (size_t i = 0; i < READERS; i++) {
    readers[i].log = alog_log_retain(log);
    readers[i].by_cursor = i % 2 == 0;
    CHECK(thread_start(&threads[i], read_until_the_end, &readers[i]));
  }
  for (uint64_t left = random_below(random, 100); left > 0; left--) {
    append_numbers(writer, 1 + random_below(random, 3));
    if (random_below(random, 4) == 0) {
      CHECK_OK(alog_writer_notify(writer));
    }
  }
  const uint64_t end = alog_writer_next_sequence(writer);
  if (random_below(random, 3) == 0) {
    CHECK_OK(alog_writer_begin(writer));
    append_numbers(writer, 5);
  }
  alog_log_release(log);
  CHECK_OK(alog_writer_finish(writer));
  for (size_t i = 0; i < READERS; i++) {
    CHECK(thread_join(&threads[i]));
    CHECK_U64(end, readers[i].end);
  }
  return end;
}

static void every_reader_sees_all_or_counts_it_lost_and_then_the_end(void) {
  random_source random = {5};
  uint64_t records = 0;
  for (int round = 0; round < ROUNDS; round++) {
    records += finish_among_readers(&random);
  }
  CHECK(records > ROUNDS);
}

int main(void) {
  RUN(a_finished_log_takes_no_writer);
  RUN(a_refused_claim_asks_for_no_memory);
  RUN(finishing_asks_for_no_memory);
  RUN(the_writer_may_be_the_last_handle);
  RUN(an_open_group_is_abandoned);
  RUN(a_reservation_ends);
  RUN(null_and_wrong_handles_are_told);
  RUN(waits_tell_what_is_unread_and_then_the_end);
  RUN(interrupts_after_the_end_are_told_to_those_who_ask_since);
  RUN(sleepers_are_woken);
  RUN(readers_stay_valid_after_all_else_is_gone);
  RUN(a_log_of_bytes_ends_likewise);
  RUN(every_reader_sees_all_or_counts_it_lost_and_then_the_end);
  return 0;
}
