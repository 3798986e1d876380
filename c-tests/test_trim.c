/*
 * Holds up: trim gives pooled segments back to the allocator. It keeps, besides those that readers hold, as many as a
 * view and what was preallocated need (K + 1 if more was not preallocated). It touches nothing that is visible: not
 * what is retained, not what readers hold, not an open group or reservation.
 */
#include "counting.h"
#include "fixture.h"

enum { VIEWS = 5, SEGMENT = 4, VIEW = 3 /* K */ };

typedef struct burst {
  counting memory;
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *stuck[VIEWS];
  uint64_t ends[VIEWS];
} burst;

static alog_stats stats_of(const alog_log *log) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  return stats;
}

static size_t bytes_given(counting *memory) { return atomic_load(&memory->bytes); }

/* A log whose segments are held by lagging views, each with segments of its own. */
static void burst_begin(burst *b, uint32_t preallocated) {
  memset((void *)b, 0, sizeof *b);
  counting_init(&b->memory);
  alog_options options = fixed_options(2 * SEGMENT, SEGMENT, sizeof(uint64_t));
  options.allocator = &b->memory.allocator;
  options.preallocated_segments = preallocated;
  b->log = create_fixed(options);
  b->writer = claim(b->log);
  for (size_t i = 0; i < VIEWS; i++) {
    append_numbers(b->writer, VIEW * SEGMENT);
    b->stuck[i] = snapshot_of(b->log);
    b->ends[i] = alog_writer_next_sequence(b->writer);
  }
  append_numbers(b->writer, VIEW * SEGMENT);
}

static void check_stuck(const burst *b, size_t first) {
  for (size_t i = first; i < VIEWS; i++) {
    check_numbers(b->stuck[i], b->ends[i] - VIEW * SEGMENT, b->ends[i]);
  }
}

static void let_go(burst *b, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    alog_snapshot_destroy(b->stuck[i]);
    b->stuck[i] = NULL;
  }
}

static void burst_end(burst *b) {
  let_go(b, 0, VIEWS);
  alog_writer_release(b->writer);
  alog_log_release(b->log);
  counting_done(&b->memory);
}

static void what_a_burst_took_is_given_back(void) {
  for (uint32_t preallocated = 0; preallocated <= 9; preallocated++) {
    burst b;
    burst_begin(&b, preallocated);
    const uint64_t least = preallocated > VIEW + 1 ? preallocated : VIEW + 1;
    const uint64_t most = (VIEWS + 1) * VIEW;
    CHECK_U64(most, stats_of(b.log).segments_live);
    let_go(&b, 0, VIEWS);
    const size_t before = bytes_given(&b.memory);
    const size_t blocks = atomic_load(&b.memory.blocks);
    const uint64_t told = stats_of(b.log).bytes_allocated;
    CHECK_OK(alog_writer_trim(b.writer));
    CHECK_U64(least, stats_of(b.log).segments_live);
    CHECK_U64(least - VIEW, stats_of(b.log).segments_pooled);
    CHECK_U64(0, stats_of(b.log).segments_held_by_readers);
    CHECK_U64(1, stats_of(b.log).windows_live);
    /* And the tables in which the views' windows listed them. */
    CHECK(atomic_load(&b.memory.blocks) <= blocks - (most - least));
    CHECK(before - bytes_given(&b.memory) >= (most - least) * SEGMENT * sizeof(uint64_t));
    CHECK_U64(before - bytes_given(&b.memory), told - stats_of(b.log).bytes_allocated);

    /* One trim is enough, and what is left is enough to go on. */
    const size_t calls = atomic_load(&b.memory.calls);
    for (int i = 0; i < 3; i++) {
      const size_t bytes = bytes_given(&b.memory);
      CHECK_OK(alog_writer_trim(b.writer));
      CHECK_U64(bytes, bytes_given(&b.memory));
      append_numbers(b.writer, 100);
    }
    CHECK_U64(calls, atomic_load(&b.memory.calls));
    const uint64_t end = alog_writer_next_sequence(b.writer);
    check_log_numbers(b.log, log_range_of(b.log).begin, end);
    burst_end(&b);
  }
}

/* Preallocated segments stay besides those that readers hold, which do not count among them: the books of the soak once
 * counted them. */
static void what_readers_hold_comes_on_top(void) {
  for (uint32_t preallocated = 0; preallocated <= 9; preallocated++) {
    burst b;
    burst_begin(&b, preallocated);
    const uint64_t before = (VIEWS + 1) * VIEW;
    for (size_t i = 0; i < VIEWS; i++) {
      let_go(&b, i, i + 1);
      CHECK_OK(alog_writer_trim(b.writer));
      const uint64_t held = (VIEWS - 1 - i) * VIEW;
      const uint64_t most = trimmed_segments(VIEW, held, preallocated);
      CHECK_U64(held, stats_of(b.log).segments_held_by_readers);
      CHECK_U64(most < before ? most : before, stats_of(b.log).segments_live);
    }
    burst_end(&b);
  }
}

static void what_readers_hold_stays(void) {
  burst b;
  burst_begin(&b, 0);
  const size_t bytes = bytes_given(&b.memory);
  CHECK_OK(alog_writer_trim(b.writer)); /* nothing is in the pool */
  CHECK_U64(bytes, bytes_given(&b.memory));
  check_stuck(&b, 0);
  for (size_t i = 0; i < VIEWS; i++) {
    let_go(&b, i, i + 1);
    CHECK_OK(alog_writer_trim(b.writer));
    const uint64_t held = (VIEWS - 1 - i) * VIEW;
    CHECK_U64(held, stats_of(b.log).segments_held_by_readers);
    CHECK_U64(held + VIEW + 1, stats_of(b.log).segments_live);
    check_stuck(&b, i + 1);
  }
  append_numbers(b.writer, 50);
  burst_end(&b);
}

static void what_a_pin_holds_stays(void) {
  burst b;
  burst_begin(&b, 0);
  const alog_chunk chunk = chunk_of(b.stuck[2], 1);
  alog_segment *segment = pin_of(b.stuck[2], 1);
  alog_cursor *cursor = cursor_over(b.stuck[4]);
  let_go(&b, 0, VIEWS);
  CHECK_OK(alog_writer_trim(b.writer));
  CHECK_U64(VIEW + 1, stats_of(b.log).segments_held_by_readers);
  CHECK_U64(VIEW + 1 + VIEW + 1, stats_of(b.log).segments_live);
  const size_t calls = atomic_load(&b.memory.calls);
  append_numbers(b.writer, 50);
  CHECK_U64(calls, atomic_load(&b.memory.calls)); /* what is held is not counted as needed */
  CHECK_OK(alog_writer_trim(b.writer));
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  alog_chunk read;
  while (alog_cursor_next(cursor, &read) == ALOG_OK) {
    check_chunk(&read, sizeof(uint64_t), check_number);
  }
  alog_cursor_destroy(cursor);
  alog_segment_release(segment);
  CHECK_OK(alog_writer_trim(b.writer));
  CHECK_U64(VIEW + 1, stats_of(b.log).segments_live);
  burst_end(&b);
}

static void an_open_group_stays(void) {
  for (uint64_t records = 0; records <= 2 * SEGMENT; records++) {
    for (int published = 0; published < 2; published++) {
      burst b;
      burst_begin(&b, 0);
      const uint64_t end = alog_writer_next_sequence(b.writer);
      CHECK_OK(alog_writer_begin(b.writer));
      append_numbers(b.writer, records);
      let_go(&b, 0, VIEWS);
      CHECK_OK(alog_writer_trim(b.writer));
      const uint64_t pending = (records + SEGMENT - 1) / SEGMENT; /* the old head was full */
      CHECK_U64(VIEW + (pending > 1 ? pending : 1), stats_of(b.log).segments_live);
      CHECK_U64(0, stats_of(b.log).segments_held_by_readers);
      CHECK_U64(end + records, alog_writer_next_sequence(b.writer));
      append_numbers(b.writer, 1);
      CHECK_OK(alog_writer_trim(b.writer));
      check_log_numbers(b.log, end - VIEW * SEGMENT, end);
      CHECK_OK(published ? alog_writer_publish(b.writer) : alog_writer_abandon(b.writer));
      const uint64_t now = end + (published ? records + 1 : 0);
      CHECK_U64(now, log_range_of(b.log).end);
      CHECK_OK(alog_writer_trim(b.writer));
      CHECK_U64(VIEW + 1, stats_of(b.log).segments_live);
      append_numbers(b.writer, 30);
      check_log_numbers(b.log, log_range_of(b.log).begin, now + 30);
      burst_end(&b);
    }
  }
}

static void a_reservation_stays(void) {
  burst b;
  burst_begin(&b, 0);
  const uint64_t end = alog_writer_next_sequence(b.writer);
  alog_reservation room = {NULL, 0, 0};
  CHECK_OK(alog_writer_reserve(b.writer, 3, &room)); /* in a segment of its own: the head is full */
  let_go(&b, 0, VIEWS);
  CHECK_OK(alog_writer_trim(b.writer));
  CHECK_U64(VIEW + 1, stats_of(b.log).segments_live);
  counting_fail(&b.memory, 1, true); /* all memory is secured */
  for (uint64_t i = 0; i < 3; i++) {
    const uint64_t value = number(end + i);
    memcpy((unsigned char *)room.data + i * room.stride, &value, sizeof value);
  }
  CHECK_OK(alog_writer_commit(b.writer, 3));
  counting_recover(&b.memory);
  check_log_numbers(b.log, log_range_of(b.log).begin, end + 3);
  CHECK_OK(alog_writer_reserve(b.writer, 1, &room));
  CHECK_OK(alog_writer_trim(b.writer));
  CHECK_OK(alog_writer_cancel(b.writer));
  append_numbers(b.writer, 30);
  check_log_numbers(b.log, log_range_of(b.log).begin, end + 33);
  burst_end(&b);
}

static void bytes_are_given_back_too(void) {
  counting memory;
  counting_init(&memory);
  alog_options options = bytes_options(200, 100);
  options.allocator = &memory.allocator;
  alog_log *log = create_bytes(options);
  alog_writer *writer = claim(log);
  alog_snapshot *stuck[VIEWS];
  for (size_t i = 0; i < VIEWS; i++) {
    for (int j = 0; j < 40; j++) {
      CHECK_OK(append_text(writer));
    }
    stuck[i] = snapshot_of(log);
  }
  for (size_t i = 0; i < VIEWS; i++) {
    alog_snapshot_destroy(stuck[i]);
  }
  CHECK(stats_of(log).segments_live > VIEW + 1);
  CHECK_OK(alog_writer_trim(writer));
  CHECK_U64(VIEW + 1, stats_of(log).segments_live);
  for (int j = 0; j < 40; j++) {
    CHECK_OK(append_text(writer));
    alog_snapshot *snapshot = snapshot_of(log);
    check_texts(snapshot, range_of(snapshot).begin, range_of(snapshot).end);
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void a_budget_that_was_trimmed_may_be_spent_again(void) {
  alog_options options = fixed_options(2 * SEGMENT, SEGMENT, sizeof(uint64_t));
  options.max_segments = 3 * VIEW + 1;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  for (int round = 0; round < 5; round++) {
    alog_snapshot *first = snapshot_of(log);
    append_numbers(writer, VIEW * SEGMENT);
    alog_snapshot *second = snapshot_of(log);
    append_numbers(writer, 3 * VIEW * SEGMENT); /* K(V + 1) + 1 is enough */
    alog_snapshot_destroy(first);
    alog_snapshot_destroy(second);
    CHECK_OK(alog_writer_trim(writer));
    CHECK_U64(VIEW + 1, stats_of(log).segments_live);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void who_is_no_writer_trims_nothing(void) {
  burst b;
  burst_begin(&b, 0);
  let_go(&b, 0, VIEWS);
  const size_t bytes = bytes_given(&b.memory);
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_trim(NULL));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_trim((alog_writer *)(void *)b.log));
  CHECK_U64(bytes, bytes_given(&b.memory));
  burst_end(&b);
}

int main(void) {
  RUN(what_a_burst_took_is_given_back);
  RUN(what_readers_hold_comes_on_top);
  RUN(what_readers_hold_stays);
  RUN(what_a_pin_holds_stays);
  RUN(an_open_group_stays);
  RUN(a_reservation_stays);
  RUN(bytes_are_given_back_too);
  RUN(a_budget_that_was_trimmed_may_be_spent_again);
  RUN(who_is_no_writer_trims_nothing);
  return 0;
}
