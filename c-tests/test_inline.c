/*
 * Holds up: atomic_log_inline.h does what the functions do, and in the usual case without calling them. An append calls
 * only for a new segment, where something is wrong, or where more is to be done. With a limit of 0, or without a hot,
 * everything is a call.
 */
#include <atomic_log.h>

#include <stddef.h>

/* The functions that are called, as the inline functions call them. */
static unsigned calls;
static inline alog_status counted_append(alog_writer *writer, const void *record, size_t size) {
  calls++;
  return alog_writer_append(writer, record, size);
}
static inline alog_status counted_notify(alog_writer *writer) {
  calls++;
  return alog_writer_notify(writer);
}
#define alog_writer_append counted_append
#define alog_writer_notify counted_notify
#include <atomic_log_inline.h>
#undef alog_writer_append
#undef alog_writer_notify

#include "waiter.h"

#include "fixture.h"

/* Whether nothing is done inline: with a checked library, or with a compiler that the header does not know. */
enum { ALL_CALLS = CHECKED || !ALOG_INLINE };

enum { SEGMENT = 8, RETAINED = 32 };

static alog_status append_inline(alog_writer *writer, alog_hot *hot) {
  const uint64_t value = number(alog_writer_next_sequence(writer));
  return alog_append_inline(writer, hot, &value, sizeof value);
}

static alog_status append_text_inline(alog_writer *writer, alog_hot *hot) {
  const uint64_t sequence = alog_writer_next_sequence(writer);
  unsigned char text[TEXT_MAX];
  text_fill(sequence, text);
  return alog_append_bytes_inline(writer, hot, text, text_size(sequence));
}

/* The number of calls since the last look. */
static unsigned calls_since(void) {
  const unsigned before = calls;
  calls = 0;
  return before;
}

/* `all` if every operation is a call. */
#define CHECK_CALLS(expected, all) CHECK_U64(ALL_CALLS ? (all) : (expected), calls_since())

static void a_call_for_each_segment(void) {
  alog_log *log = numbers(RETAINED, SEGMENT);
  alog_writer *writer = claim(log);
  alog_hot *hot = alog_writer_hot(writer);
  alog_snapshot *view = snapshot_of(log);
  for (uint64_t i = 0; i < 20 * SEGMENT; i++) {
    CHECK_OK(append_inline(writer, hot));
    CHECK_POINTER(hot, alog_writer_hot(writer));
    CHECK_OK(alog_snapshot_refresh(view, NULL));
    CHECK_U64(i + 1, range_of(view).end);
  }
  CHECK_CALLS(19, 20 * SEGMENT);
  check_numbers(view, 15 * SEGMENT, 20 * SEGMENT);
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void a_call_for_each_segment_of_byte_records(void) {
  alog_options options = bytes_options(4096, 512);
  options.segment_records = 8;
  alog_log *log = create_bytes(options);
  alog_writer *writer = claim(log);
  alog_hot *hot = alog_writer_hot(writer);
  for (int i = 0; i < 80; i++) {
    CHECK_OK(append_text_inline(writer, hot));
  }
  CHECK_CALLS(9, 80);
  alog_snapshot *view = snapshot_of(log);
  check_texts(view, 80 - 72, 80);
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* All sizes around those at which the way of copying changes. */
static void records_of_every_size(void) {
  enum { MOST = 300 };
  alog_log *log = create_bytes(bytes_options(1 << 20, 1 << 17));
  alog_writer *writer = claim(log);
  alog_hot *hot = alog_writer_hot(writer);
  unsigned char record[MOST];
  for (size_t i = 0; i < MOST; i++) {
    record[i] = (unsigned char)(mix(i) & 0xff);
  }
  for (size_t size = 0; size <= MOST; size++) {
    CHECK_OK(alog_append_bytes_inline(writer, hot, size == 0 ? NULL : record + MOST - size, size));
  }
  CHECK_CALLS(0, MOST + 1);
  alog_snapshot *view = snapshot_of(log);
  for (size_t size = 0; size <= MOST; size++) {
    alog_slice slice = {NULL, 0};
    CHECK_OK(alog_snapshot_record(view, size, &slice));
    CHECK_U64(size, slice.size);
    CHECK_MEMORY(record + MOST - size, slice.data, size);
  }
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* A later library may return 0 for everything. */
static void a_limit_of_zero_is_a_call(void) {
  alog_hot never;
  memset(&never, 0, sizeof never);
  alog_hot *hots[] = {&never, NULL};
  for (size_t i = 0; i < 2; i++) {
    alog_log *log = numbers(RETAINED, SEGMENT);
    alog_writer *writer = claim(log);
    for (int j = 0; j < 3 * SEGMENT; j++) {
      CHECK_OK(append_inline(writer, hots[i]));
    }
    CHECK_OK(alog_notify_inline(writer, hots[i]));
    CHECK_U64(3 * SEGMENT + 1, calls_since());
    check_log_numbers(log, 0, 3 * SEGMENT);
    alog_writer_release(writer);
    alog_log_release(log);

    log = create_bytes(bytes_options(4096, 512));
    writer = claim(log);
    for (int j = 0; j < 30; j++) {
      CHECK_OK(append_text_inline(writer, hots[i]));
    }
    CHECK_U64(30, calls_since());
    alog_writer_release(writer);
    alog_log_release(log);
  }
  CHECK(!alog_is_newest_inline(NULL));
}

/* Changes nothing, and makes a call. */
#define REFUSES(status, call)                                \
  do {                                                       \
    const uint64_t next = alog_writer_next_sequence(writer); \
    CHECK_STATUS(status, call);                              \
    CHECK_U64(1, calls_since());                             \
    CHECK_U64(next, alog_writer_next_sequence(writer));      \
  } while (0)

static void wrong_arguments_have_the_functions_statuses(void) {
  const uint64_t value = 7;
  const unsigned char more[16] = {0};
  alog_log *log = numbers(RETAINED, SEGMENT);
  alog_writer *writer = claim(log);
  alog_hot *hot = alog_writer_hot(writer);
  REFUSES(ALOG_ERR_NULL, alog_append_inline(writer, hot, NULL, sizeof value));
  REFUSES(ALOG_ERR_ARGUMENT, alog_append_inline(writer, hot, &value, 4));
  REFUSES(ALOG_ERR_ARGUMENT, alog_append_inline(writer, hot, more, sizeof more));
  REFUSES(ALOG_ERR_ARGUMENT, alog_append_inline(writer, hot, more, 0));
  REFUSES(ALOG_ERR_ARGUMENT, alog_append_inline(writer, hot, more, SIZE_MAX));
  REFUSES(ALOG_ERR_ARGUMENT, alog_append_bytes_inline(writer, hot, more, 0));
  REFUSES(ALOG_ERR_ARGUMENT, alog_append_bytes_inline(writer, hot, more, sizeof more));
  /* The function for bytes takes a fixed record as the function for both does: by a call. */
  CHECK_OK(alog_append_bytes_inline(writer, hot, &value, sizeof value));
  CHECK_U64(1, calls_since());
  CHECK_POINTER(NULL, alog_writer_hot(NULL));
  CHECK_POINTER(NULL, alog_writer_hot((alog_writer *)log));
  CHECK_STATUS(ALOG_ERR_NULL, alog_append_inline(NULL, alog_writer_hot(NULL), &value, sizeof value));
  CHECK_STATUS(ALOG_ERR_NULL, alog_append_bytes_inline(NULL, NULL, &value, sizeof value));
  CHECK_STATUS(ALOG_ERR_NULL, alog_notify_inline(NULL, NULL));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_append_inline((alog_writer *)log, NULL, &value, sizeof value));
  CHECK_U64(4, calls_since());
  CHECK_POINTER(NULL, alog_snapshot_glance(NULL));
  CHECK_POINTER(NULL, alog_snapshot_glance((alog_snapshot *)log));
  CHECK_POINTER(NULL, alog_cursor_glance(NULL));
  CHECK_POINTER(NULL, alog_cursor_glance((alog_cursor *)log));
  CHECK_POINTER(NULL, alog_cursor_follower(NULL));
  CHECK_POINTER(NULL, alog_cursor_follower((alog_cursor *)log));
  alog_writer_release(writer);
  alog_log_release(log);

  log = create_bytes(bytes_options(4096, 512));
  writer = claim(log);
  hot = alog_writer_hot(writer);
  REFUSES(ALOG_ERR_NULL, alog_append_bytes_inline(writer, hot, NULL, 1));
  REFUSES(ALOG_ERR_TOO_LARGE, alog_append_bytes_inline(writer, hot, more, 513));
  REFUSES(ALOG_ERR_TOO_LARGE, alog_append_bytes_inline(writer, hot, more, SIZE_MAX));
  REFUSES(ALOG_ERR_TOO_LARGE, alog_append_inline(writer, hot, more, SIZE_MAX));
  /* And the function for fixed records takes a byte record, by a call. */
  CHECK_OK(alog_append_inline(writer, hot, more, sizeof more));
  CHECK_U64(1, calls_since());
  alog_writer_release(writer);
  alog_log_release(log);
}

/* Segments whose end is not a multiple of the alignment, filled to the last byte and beyond. */
static void byte_segments_that_are_full(void) {
  for (uint32_t align = 1; align <= 64; align *= 2) {
    for (size_t size = 1; size <= 40; size++) {
      alog_options options = bytes_options(400, 100);
      options.record_align = align;
      alog_log *inlined = create_bytes(options), *called = create_bytes(options);
      alog_writer *writer = claim(inlined), *other = claim(called);
      alog_hot *hot = alog_writer_hot(writer);
      unsigned char record[40];
      for (unsigned i = 0; i < 40; i++) {
        memset(record, (int)i, sizeof record);
        const size_t this_size = i % 3 == 0 ? 0 : size;
        CHECK_STATUS(alog_writer_append(other, record, this_size),
                     alog_append_bytes_inline(writer, hot, record, this_size));
      }
      alog_snapshot *a = snapshot_of(inlined), *b = snapshot_of(called);
      CHECK_U64(alog_snapshot_chunk_count(b), alog_snapshot_chunk_count(a));
      const alog_range range = range_of(b);
      CHECK_RANGE(range.begin, range.end, range_of(a));
      for (uint64_t i = range.begin; i < range.end; i++) {
        alog_slice left = {NULL, 0}, right = {NULL, 0};
        CHECK_OK(alog_snapshot_record(a, i, &left));
        CHECK_OK(alog_snapshot_record(b, i, &right));
        CHECK_U64(right.size, left.size);
        CHECK_MEMORY(right.data, left.data, left.size);
        CHECK_U64(0, (uintptr_t)left.data % align);
      }
      alog_snapshot_destroy(a);
      alog_snapshot_destroy(b);
      alog_writer_release(writer);
      alog_writer_release(other);
      alog_log_release(inlined);
      alog_log_release(called);
    }
  }
  calls_since();
}

static void a_group_is_appended_to_inline_and_seen_at_once(void) {
  alog_log *log = numbers(RETAINED, SEGMENT);
  alog_writer *writer = claim(log);
  alog_hot *hot = alog_writer_hot(writer);
  alog_snapshot *view = snapshot_of(log);
  const alog_glance *glance = alog_snapshot_glance(view);
  CHECK_OK(alog_writer_begin(writer));
  for (int i = 0; i < 2 * SEGMENT; i++) {
    CHECK_OK(append_inline(writer, hot));
    CHECK(ALL_CALLS || alog_is_newest_inline(glance));
  }
  CHECK_CALLS(1, 2 * SEGMENT);
  CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(view, NULL));
  CHECK_OK(alog_writer_publish(writer));
  CHECK(!alog_is_newest_inline(glance));
  CHECK_OK(alog_snapshot_refresh(view, NULL));
  check_numbers(view, 0, 2 * SEGMENT);
  CHECK_RANGE(0, 2 * SEGMENT, latest_of(view));

  CHECK_OK(alog_writer_begin(writer));
  CHECK_OK(append_inline(writer, hot));
  CHECK_OK(alog_writer_abandon(writer));
  CHECK_OK(append_inline(writer, hot));
  check_log_numbers(log, 0, 2 * SEGMENT + 1);
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
  calls_since();
}

static void a_reservation_is_ended_by_a_call(void) {
  alog_log *log = numbers(RETAINED, SEGMENT);
  alog_writer *writer = claim(log);
  alog_hot *hot = alog_writer_hot(writer);
  alog_reservation room = {NULL, 0, 0};
  CHECK_OK(append_inline(writer, hot));
  calls_since();
  CHECK_OK(alog_writer_reserve(writer, 2, &room));
  /* In the room itself it would be lost. */
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_append_inline(writer, hot, room.data, sizeof(uint64_t)));
  CHECK_OK(append_inline(writer, hot));
  CHECK_U64(2, calls_since());
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_commit(writer, 1));
  CHECK_OK(append_inline(writer, hot));
  CHECK_CALLS(0, 1);
  check_log_numbers(log, 0, 3);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void the_next_writer_goes_on(void) {
  alog_log *log = numbers(RETAINED, SEGMENT);
  for (int i = 0; i < 10; i++) {
    alog_writer *writer = claim(log);
    alog_hot *hot = alog_writer_hot(writer);
    for (int j = 0; j < 7; j++) {
      CHECK_OK(append_inline(writer, hot));
    }
    alog_writer_release(writer);
  }
  check_log_numbers(log, 70 - 70 % SEGMENT - RETAINED, 70);
  alog_log_release(log);
  calls_since();
}

static void a_glance_says_whether_a_refresh_brings_something(void) {
  alog_log *log = numbers(RETAINED, SEGMENT);
  alog_writer *writer = claim(log);
  alog_hot *hot = alog_writer_hot(writer);
  alog_snapshot *view = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  const alog_glance *of_view = alog_snapshot_glance(view), *of_cursor = alog_cursor_glance(cursor);
  alog_delta delta = {0, 0, 0};
  for (int i = 0; i < 10 * SEGMENT; i++) {
    CHECK(alog_is_newest_inline(of_view) == !ALL_CALLS);
    CHECK(alog_is_newest_inline(of_cursor) == !ALL_CALLS);
    CHECK_OK(append_inline(writer, hot));
    CHECK(!alog_is_newest_inline(of_view));
    CHECK(!alog_is_newest_inline(of_cursor));
    CHECK_OK(alog_snapshot_refresh(view, NULL));
    CHECK_OK(alog_cursor_refresh(cursor, &delta));
    CHECK_POINTER(of_view, alog_snapshot_glance(view));
    CHECK_POINTER(of_cursor, alog_cursor_glance(cursor));
  }
  CHECK_OK(alog_writer_finish(writer));
  CHECK(alog_is_newest_inline(of_view) == !ALL_CALLS);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(view);
  alog_log_release(log);
  calls_since();
}

/* Reads by records alone, and by chunks where the follower requires it: nothing twice, nothing out of order, and what
 * is lost is reported. */
static void a_follower_reads_on(void) {
  alog_log *log = numbers(RETAINED, SEGMENT);
  alog_writer *writer = claim(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  alog_follower *follower = alog_cursor_follower(cursor);
  random_source random = {5};
  uint64_t expected = 0, inlined = 0;
  for (int turn = 0; turn < 20000; turn++) {
    const uint64_t appends = random_below(&random, 20) == 0 ? random_below(&random, 90) : random_below(&random, 4);
    for (uint64_t i = 0; i < appends; i++) {
      CHECK_OK(append_number(writer));
    }
    for (uint64_t reads = random_below(&random, 6); reads > 0; reads--) {
      CHECK_POINTER(follower, alog_cursor_follower(cursor));
      const void *record = alog_next_inline(follower);
      if (record != NULL) {
        const alog_slice slice = {record, sizeof(uint64_t)};
        check_number(expected, slice);
        expected++;
        inlined++;
        CHECK_U64(expected, alog_cursor_position(cursor));
      } else if (random_below(&random, 2) == 0) {
        alog_delta delta = {0, 0, 0};
        const alog_status status = alog_cursor_refresh(cursor, &delta);
        CHECK(status == ALOG_OK || status == ALOG_UNCHANGED);
        expected += delta.lost;
        CHECK_DELTA(expected, alog_writer_next_sequence(writer) - expected, delta.lost, delta);
      } else {
        alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
        if (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
          CHECK_U64(expected, chunk.first_sequence);
          check_chunk(&chunk, sizeof(uint64_t), check_number);
          expected += chunk.count;
        }
      }
    }
  }
  CHECK(ALL_CALLS ? inlined == 0 : inlined > 2000);
  CHECK_POINTER(NULL, alog_next_inline(NULL));
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);

  log = create_bytes(bytes_options(4096, 512));
  writer = claim(log);
  cursor = cursor_on(log, ALOG_START_OLDEST);
  CHECK_OK(append_text(writer));
  CHECK_POINTER(NULL, alog_next_inline(alog_cursor_follower(cursor)));
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void a_refresh_calls_for_a_new_segment_alone(void) {
  alog_log *log = numbers(RETAINED, SEGMENT);
  alog_writer *writer = claim(log);
  alog_snapshot *inlined = snapshot_of(log), *called = snapshot_of(log);
  const alog_glance *glance = alog_snapshot_glance(inlined);
  random_source random = {6};
  for (int turn = 0; turn < 2000; turn++) {
    for (uint64_t appends = random_below(&random, 3); appends > 0; appends--) {
      CHECK_OK(append_number(writer));
    }
    const alog_status status = alog_snapshot_refresh(called, NULL);
    CHECK_STATUS(status, alog_refresh_inline(inlined, glance));
    check_same_view(called, inlined);
  }
  CHECK_STATUS(ALOG_ERR_NULL, alog_refresh_inline(NULL, NULL));
  alog_snapshot_destroy(called);
  alog_snapshot_destroy(inlined);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* Gives nothing back before the end, so that a late call finds what was left there. */
static void *kept[64];
static size_t kept_count;
static void *keep_allocate(void *context, size_t size, size_t align) {
  (void)context;
  CHECK(kept_count < sizeof kept / sizeof *kept);
  return kept[kept_count++] = aligned_take(size, align);
}
static void keep(void *context, void *block, size_t size, size_t align) {
  (void)context, (void)block, (void)size, (void)align;
}

/* Undefined, as each use after the end; but in most cases reported. */
static void an_append_that_comes_too_late_is_a_call(void) {
  static alog_allocator allocator = {NULL, keep_allocate, keep};
  for (int finishes = 0; finishes < 2; finishes++) {
    for (uint32_t flags = 0; flags < 2; flags++) {
      alog_options options = fixed_options(RETAINED, SEGMENT, sizeof(uint64_t));
      options.flags = flags;
      options.allocator = &allocator;
      alog_log *log = create_fixed(options);
      alog_writer *writer = claim(log);
      alog_hot *hot = alog_writer_hot(writer);
      const uint64_t value = number(0);
      CHECK_OK(alog_append_inline(writer, hot, &value, sizeof value));
      if (finishes) {
        CHECK_OK(alog_writer_finish(writer));
      } else {
        alog_writer_release(writer);
      }
      CHECK_STATUS(ALOG_ERR_HANDLE, alog_append_inline(writer, hot, &value, sizeof value));
      CHECK_STATUS(ALOG_ERR_HANDLE, alog_notify_inline(writer, hot));
      if (!finishes) {
        writer = claim(log);
        CHECK_OK(append_inline(writer, alog_writer_hot(writer)));
        alog_writer_release(writer);
      }
      check_log_numbers(log, 0, finishes ? 1 : 2);
      alog_log_release(log);
      while (kept_count > 0) {
        free(kept[--kept_count]);
      }
    }
  }
  calls_since();
}

/* No thread waits: no call. A thread waits: the append alone wakes it where the log notifies, otherwise the notify. */
static void sleepers_are_woken(void) {
  for (int notifies = 0; notifies < 2; notifies++) {
    alog_options options = fixed_options(RETAINED, 1024, sizeof(uint64_t));
    options.flags = notifies ? ALOG_FLAG_AUTO_NOTIFY : 0;
    alog_log *log = create_fixed(options);
    alog_writer *writer = claim(log);
    alog_hot *hot = alog_writer_hot(writer);
    for (int i = 0; i < 10; i++) {
      CHECK_OK(append_inline(writer, hot));
      CHECK_OK(alog_notify_inline(writer, hot));
    }
    CHECK_CALLS(0, 20);
    for (int i = 0; i < 20; i++) {
      alog_snapshot *view = snapshot_of(log);
      waiter sleeper;
      fall_asleep(&sleeper, view, NULL);
      CHECK_OK(append_inline(writer, hot));
      if (!notifies) {
        CHECK_OK(alog_notify_inline(writer, hot));
      }
      wakes(ALOG_OK, &sleeper);
      CHECK_CALLS(1, notifies ? 1 : 2);
      alog_snapshot_destroy(view);
    }
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

int main(void) {
  RUN(a_call_for_each_segment);
  RUN(a_call_for_each_segment_of_byte_records);
  RUN(records_of_every_size);
  RUN(a_limit_of_zero_is_a_call);
  RUN(wrong_arguments_have_the_functions_statuses);
  RUN(byte_segments_that_are_full);
  RUN(a_group_is_appended_to_inline_and_seen_at_once);
  RUN(a_reservation_is_ended_by_a_call);
  RUN(the_next_writer_goes_on);
  RUN(a_glance_says_whether_a_refresh_brings_something);
  RUN(a_follower_reads_on);
  RUN(a_refresh_calls_for_a_new_segment_alone);
  RUN(an_append_that_comes_too_late_is_a_call);
  RUN(sleepers_are_woken);
  return 0;
}
