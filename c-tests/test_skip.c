/*
 * Holds up: a log that is told to skip goes on at exactly that sequence. What was retained leaves its view at once, so
 * no view has a gap. Views that were taken before do not change, and each refresh across a skip counts exactly what it
 * did not see. A refused skip changes and allocates nothing.
 */
#include "counting.h"
#include "fixture.h"

#include "atomic_log_inline.h"

enum { SEGMENT = 4, VIEW = 3 /* K */ };

static alog_stats stats_of(const alog_log *log) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  return stats;
}

static void check_range(alog_range range, uint64_t begin, uint64_t end) {
  CHECK_U64(begin, range.begin);
  CHECK_U64(end, range.end);
}

static void check_delta(const alog_delta *delta, uint64_t first, uint64_t appended, uint64_t lost) {
  CHECK_U64(first, delta->first_sequence);
  CHECK_U64(appended, delta->appended);
  CHECK_U64(lost, delta->lost);
}

static void an_empty_log_begins_there(void) {
  alog_log *log = numbers(2 * SEGMENT, SEGMENT);
  alog_writer *writer = claim(log);
  alog_snapshot *before = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  CHECK_OK(alog_writer_skip(writer, 1000));
  CHECK_U64(1000, alog_writer_next_sequence(writer));
  check_range(log_range_of(log), 1000, 1000);
  check_range(range_of(before), 0, 0);

  alog_snapshot *empty = snapshot_of(log);
  check_range(range_of(empty), 1000, 1000);
  check_range(latest_of(empty), 1000, 1000);
  CHECK_U64(0, alog_snapshot_chunk_count(empty));
  CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(empty, NULL));

  append_numbers(writer, 5);
  alog_delta delta;
  CHECK_OK(alog_snapshot_refresh(before, &delta));
  check_delta(&delta, 1000, 5, 1000);
  check_numbers(before, 1000, 1005);
  CHECK_OK(alog_snapshot_refresh(empty, &delta));
  check_delta(&delta, 1000, 5, 0);
  CHECK_OK(alog_cursor_refresh(cursor, &delta));
  check_delta(&delta, 1000, 5, 1000);
  CHECK_U64(1000, alog_cursor_position(cursor));
  CHECK_U64(5, stats_of(log).records_appended);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(empty);
  alog_snapshot_destroy(before);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* From each place in a segment, and with each number of segments retained. */
static void what_was_retained_leaves_the_view_at_once(void) {
  for (uint64_t before = 0; before <= (VIEW + 2) * SEGMENT; before++) {
    alog_log *log = numbers(2 * SEGMENT, SEGMENT);
    alog_writer *writer = claim(log);
    append_numbers(writer, before);
    alog_snapshot *old = snapshot_of(log), *view = snapshot_of(log);
    alog_cursor *unread = cursor_on(log, ALOG_START_OLDEST), *read = cursor_on(log, ALOG_START_NEXT);
    const alog_range range = range_of(old);
    const uint64_t next = before + 7;
    CHECK_OK(alog_writer_skip(writer, next));
    check_range(log_range_of(log), next, next);
    check_numbers(old, range.begin, before);

    alog_delta delta;
    CHECK_OK(alog_snapshot_refresh(view, &delta));
    check_delta(&delta, next, 0, 7);
    CHECK_U64(0, alog_snapshot_len(view));
    CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(view, &delta));
    CHECK_OK(alog_cursor_refresh(unread, &delta));
    check_delta(&delta, next, 0, next - range.begin);
    alog_chunk chunk;
    CHECK_STATUS(ALOG_END, alog_cursor_next(unread, &chunk));

    for (uint64_t after = 1; after <= (VIEW + 1) * SEGMENT; after++) {
      append_numbers(writer, 1);
      CHECK_OK(alog_snapshot_refresh(view, &delta));
      CHECK_U64(1, delta.appended);
      CHECK_U64(0, delta.lost);
      const uint64_t gone = after > VIEW * SEGMENT ? SEGMENT : 0; /* as of a log that began there */
      check_numbers(view, next + gone, next + after);
    }
    CHECK_OK(alog_cursor_refresh(read, &delta));
    check_delta(&delta, next + SEGMENT, VIEW * SEGMENT, 7 + SEGMENT);
    check_numbers(old, range.begin, before);
    CHECK_U64(before + (VIEW + 1) * SEGMENT, stats_of(log).records_appended);
    alog_cursor_destroy(read);
    alog_cursor_destroy(unread);
    alog_snapshot_destroy(view);
    alog_snapshot_destroy(old);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

static void texts_skip_too(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  for (uint64_t round = 0; round < 20; round++) {
    alog_snapshot *old = snapshot_of(log);
    const alog_range range = range_of(old);
    const uint64_t next = alog_writer_next_sequence(writer) + 1 + round;
    CHECK_OK(alog_writer_skip(writer, next));
    for (uint64_t i = 0; i < 2 * round; i++) {
      CHECK_OK(append_text(writer));
    }
    check_texts(old, range.begin, range.end);
    CHECK_OK(alog_snapshot_refresh(old, NULL));
    const alog_range now = range_of(old);
    CHECK(now.begin >= next);
    CHECK_U64(next + 2 * round, now.end);
    check_texts(old, now.begin, now.end);
    alog_snapshot_destroy(old);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void to_the_next_sequence_nothing_happens(void) {
  counting memory;
  counting_init(&memory);
  alog_options options = fixed_options(2 * SEGMENT, SEGMENT, sizeof(uint64_t));
  options.allocator = &memory.allocator;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  for (uint64_t i = 0; i <= SEGMENT; i++) {
    alog_snapshot *view = snapshot_of(log);
    const size_t calls = atomic_load(&memory.calls);
    CHECK_OK(alog_writer_skip(writer, i));
    CHECK_U64(calls, atomic_load(&memory.calls));
    CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(view, NULL));
    alog_snapshot_destroy(view);
    append_numbers(writer, 1);
  }
  CHECK_U64(1, stats_of(log).rolls);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void what_is_refused_changes_nothing(void) {
  counting memory;
  counting_init(&memory);
  alog_options options = fixed_options(2 * SEGMENT, SEGMENT, sizeof(uint64_t));
  options.allocator = &memory.allocator;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  append_numbers(writer, 6);
  alog_snapshot *view = snapshot_of(log);
  const size_t calls = atomic_load(&memory.calls);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_skip(writer, 5));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_skip(writer, 0));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_skip(writer, UINT64_MAX - SEGMENT + 1));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_skip(writer, UINT64_MAX));

  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 1);
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_skip(writer, 100));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_skip(writer, 7));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_skip(writer, 6)); /* the group's count, and arguments come first */
  CHECK_U64(7, alog_writer_next_sequence(writer));
  CHECK_OK(alog_writer_abandon(writer));

  const uint64_t value = number(6);
  alog_reservation room;
  CHECK_OK(alog_writer_reserve(writer, 1, &room));
  memcpy(room.data, &value, sizeof value);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_skip(writer, 5));
  CHECK_OK(alog_writer_skip(writer, 6)); /* where it is: nothing happens */
  CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(view, NULL));
  CHECK_OK(alog_writer_commit(writer, 1)); /* it is still there */

  CHECK_U64(calls, atomic_load(&memory.calls));
  CHECK_OK(alog_snapshot_refresh(view, NULL));
  check_numbers(view, 0, 7);
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

/* As by an append, whether the reservation lies in the newest segment or began one. */
static void a_reservation_ends(void) {
  for (size_t before = 0; before <= SEGMENT; before += SEGMENT) {
    alog_log *log = numbers(2 * SEGMENT, SEGMENT);
    alog_writer *writer = claim(log);
    append_numbers(writer, before);
    alog_reservation room;
    CHECK_OK(alog_writer_reserve(writer, 1, &room));
    memset(room.data, 0xff, sizeof(uint64_t));
    CHECK_OK(alog_writer_skip(writer, 100));
    CHECK_STATUS(ALOG_ERR_STATE, alog_writer_commit(writer, 1));
    CHECK_U64(100, alog_writer_next_sequence(writer));
    append_numbers(writer, 1);
    alog_snapshot *view = snapshot_of(log);
    check_numbers(view, 100, 101);
    CHECK_U64(before + 1, stats_of(log).records_appended);
    alog_snapshot_destroy(view);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

static void the_last_segment_of_all_sequences_can_be_filled(void) {
  alog_log *log = numbers(2 * SEGMENT, SEGMENT);
  alog_writer *writer = claim(log);
  alog_snapshot *view = snapshot_of(log);
  CHECK_OK(alog_writer_skip(writer, UINT64_MAX - SEGMENT));
  append_numbers(writer, SEGMENT);
  alog_delta delta;
  CHECK_OK(alog_snapshot_refresh(view, &delta));
  check_delta(&delta, UINT64_MAX - SEGMENT, SEGMENT, UINT64_MAX - SEGMENT);
  check_numbers(view, UINT64_MAX - SEGMENT, UINT64_MAX);
  CHECK_STATUS(ALOG_ERR_TOO_LARGE, append_number(writer));
  CHECK_OK(alog_writer_skip(writer, UINT64_MAX)); /* where it is */
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_skip(writer, 0));
  CHECK_U64(SEGMENT, stats_of(log).records_appended);
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void without_memory_nothing_has_changed(void) {
  for (size_t allowed = 0;; allowed++) {
    counting memory;
    counting_init(&memory);
    alog_options options = fixed_options(2 * SEGMENT, SEGMENT, sizeof(uint64_t));
    options.allocator = &memory.allocator;
    alog_log *log = create_fixed(options);
    alog_writer *writer = claim(log);
    append_numbers(writer, SEGMENT - 1);
    alog_snapshot *view = snapshot_of(log);
    const size_t bytes = atomic_load(&memory.bytes);
    atomic_store(&memory.fail_at, atomic_load(&memory.calls) + allowed + 1);
    atomic_store(&memory.fail_on, true);
    const alog_status status = alog_writer_skip(writer, 50);
    atomic_store(&memory.fail_at, 0);
    if (status == ALOG_ERR_NO_MEMORY) {
      CHECK_U64(bytes, atomic_load(&memory.bytes));
      CHECK_U64(SEGMENT - 1, alog_writer_next_sequence(writer));
      CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(view, NULL));
      append_numbers(writer, 1);
      CHECK_OK(alog_snapshot_refresh(view, NULL));
      check_numbers(view, 0, SEGMENT);
    }
    CHECK_OK(alog_writer_skip(writer, 50));
    append_numbers(writer, 1);
    check_range(log_range_of(log), 50, 51);
    alog_snapshot_destroy(view);
    alog_writer_release(writer);
    alog_log_release(log);
    counting_done(&memory);
    if (status == ALOG_OK) {
      CHECK(allowed >= 2); /* a segment and a window */
      break;
    }
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, status);
  }
}

static void a_budget_that_readers_hold_refuses_it(void) {
  alog_options options = fixed_options(2 * SEGMENT, SEGMENT, sizeof(uint64_t));
  options.max_segments = VIEW + 1;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  append_numbers(writer, VIEW * SEGMENT);
  alog_snapshot *view = snapshot_of(log);
  CHECK_OK(alog_writer_skip(writer, 100));
  CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, alog_writer_skip(writer, 200));
  check_range(log_range_of(log), 100, 100);
  check_numbers(view, 0, VIEW * SEGMENT);
  CHECK_U64(1, stats_of(log).segment_limit_hits);
  append_numbers(writer, SEGMENT);
  CHECK_OK(alog_snapshot_refresh(view, NULL));
  CHECK_OK(alog_writer_skip(writer, 200));
  append_numbers(writer, VIEW * SEGMENT);
  /* What was retained comes back to the pool: the log has no more segments than it needs. */
  CHECK_OK(alog_snapshot_refresh(view, NULL));
  for (uint64_t i = 1; i < 100; i++) {
    CHECK_OK(alog_writer_skip(writer, alog_writer_next_sequence(writer) + i));
    append_numbers(writer, i % (2 * SEGMENT));
    CHECK_OK(alog_snapshot_refresh(view, NULL));
  }
  CHECK(stats_of(log).segments_live <= VIEW + 1);
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void a_wait_returns_and_a_sleeper_is_woken_by_notify(void) {
  for (int notifies = 0; notifies <= 1; notifies++) {
    alog_options options = fixed_options(2 * SEGMENT, SEGMENT, sizeof(uint64_t));
    options.flags = notifies ? ALOG_FLAG_AUTO_NOTIFY : 0;
    alog_log *log = create_fixed(options);
    alog_writer *writer = claim(log);
    append_numbers(writer, 3);
    alog_snapshot *view = snapshot_of(log);
    alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
    const uint64_t interrupts = alog_log_interrupts(log);
    CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(view, 0));
    CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait_since(cursor, 0, interrupts));
    CHECK_OK(alog_writer_skip(writer, 10));
    CHECK_OK(alog_snapshot_wait(view, 0));
    CHECK_OK(alog_cursor_wait_since(cursor, 0, interrupts));
    alog_delta delta;
    CHECK_OK(alog_cursor_refresh(cursor, &delta));
    check_delta(&delta, 10, 0, 7);
    CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait_since(cursor, 0, interrupts)); /* nothing is unread */
    CHECK_OK(alog_writer_finish(writer));
    CHECK_STATUS(ALOG_FINISHED, alog_cursor_wait(cursor, UINT64_MAX));
    CHECK_OK(alog_snapshot_wait(view, UINT64_MAX)); /* what was skipped is told before the end */
    CHECK_OK(alog_snapshot_refresh(view, &delta));
    check_delta(&delta, 10, 0, 7);
    CHECK_STATUS(ALOG_FINISHED, alog_snapshot_wait(view, UINT64_MAX));
    alog_cursor_destroy(cursor);
    alog_snapshot_destroy(view);
    alog_log_release(log);
  }
}

static void the_next_writer_goes_on_there(void) {
  alog_log *log = numbers(2 * SEGMENT, SEGMENT);
  alog_writer *writer = claim(log);
  append_numbers(writer, 3);
  CHECK_OK(alog_writer_skip(writer, 10));
  alog_writer_release(writer);
  writer = claim(log);
  CHECK_U64(10, alog_writer_next_sequence(writer));
  append_numbers(writer, SEGMENT + 1);
  alog_snapshot *view = snapshot_of(log);
  check_numbers(view, 10, 10 + SEGMENT + 1);
  CHECK_OK(alog_writer_trim(writer));
  CHECK_OK(alog_writer_skip(writer, 30));
  CHECK_OK(alog_writer_trim(writer));
  CHECK_OK(alog_writer_finish(writer));
  check_numbers(view, 10, 10 + SEGMENT + 1);
  alog_delta delta;
  CHECK_OK(alog_snapshot_refresh(view, &delta));
  check_delta(&delta, 30, 0, 30 - 10 - SEGMENT - 1);
  alog_snapshot_destroy(view);
  alog_log_release(log);
}

static void groups_and_batches_begin_there(void) {
  alog_log *log = numbers(2 * SEGMENT, SEGMENT);
  alog_writer *writer = claim(log);
  append_numbers(writer, 6);
  CHECK_OK(alog_writer_skip(writer, 20));
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, SEGMENT + 2);
  CHECK_OK(alog_writer_abandon(writer));
  CHECK_U64(20, alog_writer_next_sequence(writer));
  check_range(log_range_of(log), 20, 20);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, VIEW * SEGMENT); /* as many as a view shows */
  CHECK_STATUS(ALOG_ERR_TOO_LARGE, append_number(writer));
  CHECK_OK(alog_writer_publish(writer));
  alog_snapshot *view = snapshot_of(log);
  check_numbers(view, 20, 20 + VIEW * SEGMENT);
  check_range(latest_of(view), 20, 20 + VIEW * SEGMENT);
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void inline_calls_go_on_there(void) {
  for (int notifies = 0; notifies <= 1; notifies++) {
    alog_options options = fixed_options(2 * SEGMENT, SEGMENT, sizeof(uint64_t));
    options.flags = notifies ? ALOG_FLAG_AUTO_NOTIFY : 0;
    alog_log *log = create_fixed(options);
    alog_writer *writer = claim(log);
    alog_hot *hot = alog_writer_hot(writer);
    alog_snapshot *view = snapshot_of(log);
    const alog_glance *glance = alog_snapshot_glance(view);
    alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
    alog_follower *follower = alog_cursor_follower(cursor);
    for (uint64_t sequence = 0; sequence < 100; sequence++) {
      if (sequence % 7 == 3) {
        CHECK(alog_is_newest_inline(glance) ||
              alog_refresh_inline(view, glance) >= ALOG_OK); /* a checked one: no glance */
        sequence += 5;
        CHECK_OK(alog_writer_skip(writer, sequence));
        CHECK(!alog_is_newest_inline(glance));
        CHECK(alog_next_inline(follower) == NULL);
        alog_delta delta;
        CHECK_OK(alog_cursor_refresh(cursor, &delta));
        check_delta(&delta, sequence, 0, 5);
      }
      const uint64_t value = number(sequence);
      CHECK_OK(alog_append_inline(writer, hot, &value, sizeof value));
      const void *record = alog_next_inline(follower);
      alog_chunk chunk;
      if (record == NULL) {
        CHECK_OK(alog_cursor_refresh(cursor, NULL));
        CHECK_OK(alog_cursor_next(cursor, &chunk));
        CHECK_U64(1, chunk.count);
        record = chunk.data;
      }
      CHECK_MEMORY(&value, record, sizeof value);
      CHECK_OK(alog_refresh_inline(view, glance));
      CHECK_U64(sequence + 1, range_of(view).end);
    }
    alog_cursor_destroy(cursor);
    alog_snapshot_destroy(view);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

static void pins_stay_and_descriptions_tell(void) {
  alog_log *log = numbers(2 * SEGMENT, SEGMENT);
  alog_writer *writer = claim(log);
  append_numbers(writer, 6);
  alog_snapshot *view = snapshot_of(log);
  const alog_chunk chunk = chunk_of(view, 0);
  alog_segment *pin = pin_of(view, 0);
  alog_snapshot_destroy(view);
  CHECK_OK(alog_writer_skip(writer, 40));
  append_numbers(writer, 10 * SEGMENT);
  CHECK_U64(SEGMENT, chunk.count);
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  CHECK_OK(alog_writer_skip(writer, 1000));
  char text[2048];
  CHECK(alog_log_describe(log, text, sizeof text) < sizeof text);
  CHECK(strstr(text, "newest    records [1000, 1000), in segments up to 12; 46 published, 12 rolls\n") != NULL);
  alog_segment_release(pin);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void who_is_no_writer_skips_nothing(void) {
  alog_log *log = numbers(2 * SEGMENT, SEGMENT);
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_skip(NULL, 1));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_skip((alog_writer *)(void *)log, 1));
  check_range(log_range_of(log), 0, 0);
  alog_log_release(log);
}

int main(void) {
  RUN(an_empty_log_begins_there);
  RUN(what_was_retained_leaves_the_view_at_once);
  RUN(texts_skip_too);
  RUN(to_the_next_sequence_nothing_happens);
  RUN(what_is_refused_changes_nothing);
  RUN(a_reservation_ends);
  RUN(the_last_segment_of_all_sequences_can_be_filled);
  RUN(without_memory_nothing_has_changed);
  RUN(a_budget_that_readers_hold_refuses_it);
  RUN(a_wait_returns_and_a_sleeper_is_woken_by_notify);
  RUN(the_next_writer_goes_on_there);
  RUN(groups_and_batches_begin_there);
  RUN(inline_calls_go_on_there);
  RUN(pins_stay_and_descriptions_tell);
  RUN(who_is_no_writer_skips_nothing);
  return 0;
}
