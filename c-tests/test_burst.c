/*
 * Holds up: what a burst of readers lets go at once comes back little by little. 20,000 views, each of a window of its
 * own, are dropped before the writer looks. Then no append takes in more than a bounded number of windows and segments.
 * After enough rolls all of them are in the pool, and trim gives the segments back. The log's count of views is exact
 * all the time.
 */
#include "counting.h"
#include "fixture.h"

/* A roll takes in 64 things (src/raw/memory/collect.rs, STEPS), besides the window and the segment that it let go
 * itself. If the pool lacks a segment or a window, it takes in 64 more before it asks the allocator. */
enum { VIEWS = 20000, STEPS = 64, A_ROLL = 2 * STEPS + 2 };

static alog_snapshot *views[VIEWS];
static size_t order[VIEWS];

static alog_stats stats_of(const alog_log *log) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  return stats;
}

/* The order in which the views are dropped. */
enum order { OLDEST_FIRST, NEWEST_FIRST, RANDOM, ORDERS };

static void put_in_order(enum order by) {
  random_source random = {7};
  for (size_t i = 0; i < VIEWS; i++) {
    order[i] = by == NEWEST_FIRST ? VIEWS - 1 - i : i;
  }
  for (size_t i = VIEWS; by == RANDOM && i > 1; i--) {
    const size_t other = (size_t)random_below(&random, i);
    const size_t index = order[i - 1];
    order[i - 1] = order[other];
    order[other] = index;
  }
}

/* One roll. Returns how many windows and segments it took in. */
static uint64_t roll(const alog_log *log, alog_writer *writer, uint64_t segment) {
  const alog_stats before = stats_of(log);
  append_numbers(writer, segment);
  const alog_stats after = stats_of(log);
  CHECK_U64(before.rolls + 1, after.rolls);
  const uint64_t allocated = after.segments_created - before.segments_created;
  /* The roll opened a window, and took a segment from the pool or from the allocator. */
  const uint64_t windows = before.windows_live + 1 - after.windows_live;
  const uint64_t segments = after.segments_pooled + 1 - allocated - before.segments_pooled;
  CHECK(windows <= VIEWS && segments <= before.segments_live);
  CHECK(windows + segments <= A_ROLL);
  CHECK(allocated == 0 || before.segments_pooled == 0);
  return windows + segments;
}

static void check_burst(uint64_t retained, uint64_t segment, enum order by) {
  counting memory;
  counting_init(&memory);
  alog_options options = fixed_options(retained, segment, sizeof(uint64_t));
  options.allocator = &memory.allocator;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  const uint64_t k = view_segments(retained, segment);
  append_numbers(writer, k * segment);
  for (size_t i = 0; i < VIEWS; i++) {
    append_numbers(writer, segment);
    views[i] = snapshot_of(log);
    CHECK_U64(i + 1, stats_of(log).snapshots_live);
  }
  append_numbers(writer, segment);
  const alog_stats full = stats_of(log);
  CHECK_U64(VIEWS + 1, full.windows_live);
  CHECK_U64(VIEWS + k, full.segments_live); /* the last view shares K - 1 with the log */
  CHECK_U64(VIEWS, full.segments_held_by_readers);
  CHECK_U64(0, full.segments_pooled);

  put_in_order(by);
  for (size_t i = 0; i < VIEWS; i++) {
    alog_snapshot_destroy(views[order[i]]);
    CHECK_U64(VIEWS - 1 - i, stats_of(log).snapshots_live);
  }
  uint64_t left = full.windows_live - 1 + full.segments_held_by_readers;
  uint64_t rolls = 0;
  while (stats_of(log).windows_live > 1 || stats_of(log).segments_held_by_readers > 0) {
    const uint64_t taken_in = roll(log, writer, segment);
    CHECK(taken_in > 1); /* more than the roll itself let go */
    CHECK_U64(0, stats_of(log).snapshots_live);
    rolls++;
  }
  CHECK(rolls >= left / A_ROLL && rolls <= 2 * left / STEPS);
  const alog_stats calm = stats_of(log);
  CHECK_U64(calm.segments_live - k, calm.segments_pooled);
  CHECK(calm.segments_live < full.segments_live + rolls);
  for (int i = 0; i < 10; i++) {
    roll(log, writer, segment);
  }
  CHECK_U64(calm.segments_live, stats_of(log).segments_live);

  const size_t bytes = atomic_load(&memory.bytes);
  CHECK_OK(alog_writer_trim(writer));
  CHECK_U64(trimmed_segments(k, 0, 0), stats_of(log).segments_live);
  CHECK_U64(stats_of(log).segments_live - k, stats_of(log).segments_pooled);
  CHECK(CHECKED || atomic_load(&memory.bytes) + VIEWS * segment * sizeof(uint64_t) < bytes);
  append_numbers(writer, 10 * segment);
  CHECK_U64(trimmed_segments(k, 0, 0), stats_of(log).segments_live);
  check_log_numbers(log, log_range_of(log).begin, alog_writer_next_sequence(writer));
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void check_bursts(enum order by) {
  check_burst(1, 1, by);  /* K = 2 */
  check_burst(12, 3, by); /* K = 5 */
  check_burst(40, 1, by); /* K = 41 */
}

static void views_dropped_oldest_first_come_back_little_by_little(void) { check_bursts(OLDEST_FIRST); }

static void views_dropped_newest_first_come_back_little_by_little(void) { check_bursts(NEWEST_FIRST); }

static void views_dropped_in_random_order_come_back_little_by_little(void) { check_bursts(RANDOM); }

/* The same with pins of single segments, which are dropped one by one. */
static void pins_come_back_little_by_little(void) {
  static alog_segment *pins[VIEWS];
  alog_log *log = numbers(4, 4); /* K = 2 */
  alog_writer *writer = claim(log);
  append_numbers(writer, 8);
  alog_snapshot *snapshot = snapshot_of(log);
  for (size_t i = 0; i < VIEWS; i++) {
    pins[i] = pin_of(snapshot, 0);
    CHECK_U64(i + 1, stats_of(log).segment_pins_live);
    append_numbers(writer, 4);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  }
  alog_snapshot_destroy(snapshot);
  append_numbers(writer, 4);
  const alog_stats full = stats_of(log);
  CHECK_U64(VIEWS, full.segments_held_by_readers);
  for (size_t i = 0; i < VIEWS; i++) {
    alog_segment_release(pins[i]);
    CHECK_U64(VIEWS - 1 - i, stats_of(log).segment_pins_live);
    CHECK_U64(0, stats_of(log).snapshots_live);
  }
  uint64_t rolls = 0;
  for (; stats_of(log).segments_held_by_readers > 0; rolls++) {
    roll(log, writer, 4);
  }
  CHECK(rolls >= VIEWS / A_ROLL && rolls <= VIEWS / STEPS + 1);
  CHECK_OK(alog_writer_trim(writer));
  CHECK_U64(trimmed_segments(2, 0, 0), stats_of(log).segments_live);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* 199 segments that one view held alone are let go at once. This is more than a roll takes in. Then `end` runs. */
static void check_half_taken_in(void (*end)(const alog_log *, alog_writer *, counting *)) {
  counting memory;
  counting_init(&memory);
  alog_options options = fixed_options(199, 1, sizeof(uint64_t));
  options.allocator = &memory.allocator;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  append_numbers(writer, 300);
  alog_snapshot *snapshot = snapshot_of(log);
  append_numbers(writer, 400);
  const uint64_t held = stats_of(log).segments_held_by_readers;
  CHECK(held > 2 * STEPS);
  alog_snapshot_destroy(snapshot);
  end(log, writer, &memory);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void take_in_a_part(const alog_log *log, alog_writer *writer, counting *memory) {
  (void)memory;
  const uint64_t held = stats_of(log).segments_held_by_readers;
  append_numbers(writer, 1);
  const uint64_t left = stats_of(log).segments_held_by_readers;
  CHECK(left > 0 && left < held);
}

static void a_log_goes_while_a_window_is_half_taken_in(void) { check_half_taken_in(take_in_a_part); }

/* Without memory, a batch takes in all that was let go before it is refused. */
static void append_a_large_batch_without_memory(const alog_log *log, alog_writer *writer, counting *memory) {
  static const uint64_t values[150] = {0};
  atomic_store(&memory->fail_on, true);
  atomic_store(&memory->fail_at, 1);
  CHECK_OK(alog_writer_append_batch(writer, values, 150));
  atomic_store(&memory->fail_at, 0);
  CHECK_U64(0, stats_of(log).segments_held_by_readers);
}

static void a_batch_without_memory_uses_all_that_was_let_go(void) {
  check_half_taken_in(append_a_large_batch_without_memory);
}

/* A large view is dropped. Its segments are still in the current table. They are taken in over several rolls, while a
 * batch takes the table's next slots, which come round to theirs. */
static void slots_of_a_window_half_taken_in_are_not_written(void) {
  enum { K = 200, BATCH = 150 };
  for (uint64_t head = 400; head < 1600; head += 37) {
    alog_log *log = numbers(K - 1, 1);
    alog_writer *writer = claim(log);
    append_numbers(writer, head - 311);
    alog_snapshot *snapshot = snapshot_of(log);
    append_numbers(writer, 311);
    alog_snapshot_destroy(snapshot);
    for (int i = 0; i < 20; i++) {
      CHECK_OK(append_number_batch(writer, BATCH));
      alog_snapshot *view = snapshot_of(log);
      check_numbers(view, alog_writer_next_sequence(writer) - K, alog_writer_next_sequence(writer));
      append_numbers(writer, 1);
      check_numbers(view, alog_writer_next_sequence(writer) - 1 - K, alog_writer_next_sequence(writer) - 1);
      alog_snapshot_destroy(view);
    }
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

int main(void) {
  RUN(views_dropped_oldest_first_come_back_little_by_little);
  RUN(views_dropped_newest_first_come_back_little_by_little);
  RUN(views_dropped_in_random_order_come_back_little_by_little);
  RUN(pins_come_back_little_by_little);
  RUN(a_log_goes_while_a_window_is_half_taken_in);
  RUN(slots_of_a_window_half_taken_in_are_not_written);
  RUN(a_batch_without_memory_uses_all_that_was_let_go);
  return 0;
}
