/*
 * Holds up: a cursor goes chunk by chunk over a view of its own, and tells its position. After a refresh it goes on
 * with what is unread, and counts exactly what it missed.
 */
#include "fixture.h"

static void check_end(alog_cursor *cursor) {
  alog_chunk chunk;
  memset(&chunk, 0xee, sizeof chunk);
  const alog_chunk before = chunk;
  const uint64_t position = alog_cursor_position(cursor);
  CHECK_STATUS(ALOG_END, alog_cursor_next(cursor, &chunk));
  CHECK_MEMORY(&before, &chunk, sizeof chunk);
  CHECK_U64(position, alog_cursor_position(cursor));
}

/* Reads one chunk: [begin, end) of numbers, in segment `segment`. */
static alog_chunk check_next(alog_cursor *cursor, uint64_t begin, uint64_t end, uint64_t segment) {
  CHECK_U64(begin, alog_cursor_position(cursor));
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  CHECK_OK(alog_cursor_next(cursor, &chunk));
  CHECK_U64(begin, chunk.first_sequence);
  CHECK_U64(end - begin, chunk.count);
  CHECK_U64(segment, chunk.segment_sequence);
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  CHECK_U64(end, alog_cursor_position(cursor));
  return chunk;
}

/* Reads on to the end. By then everything up to `end` must have been read. */
static void check_rest(alog_cursor *cursor, uint64_t end) {
  uint64_t next = alog_cursor_position(cursor);
  while (next < end) {
    alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
    CHECK_OK(alog_cursor_next(cursor, &chunk));
    CHECK_U64(next, chunk.first_sequence);
    check_chunk(&chunk, sizeof(uint64_t), check_number);
    next += chunk.count;
    CHECK_U64(next, alog_cursor_position(cursor));
  }
  CHECK_U64(end, next);
  check_end(cursor);
}

static void check_refresh(alog_status expected, alog_cursor *cursor, uint64_t first, uint64_t appended, uint64_t lost) {
  alog_delta delta = {77, 77, 77};
  CHECK_STATUS(expected, alog_cursor_refresh(cursor, &delta));
  CHECK_DELTA(first, appended, lost, delta);
  CHECK_U64(first, alog_cursor_position(cursor));
}

static void cursor_goes_chunk_by_chunk(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 14);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_over(snapshot);
  check_next(cursor, 4, 8, 1);
  check_next(cursor, 8, 12, 2);
  check_next(cursor, 12, 14, 3);
  check_end(cursor);
  check_end(cursor);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void cursor_over_nothing_is_at_its_end(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_over(snapshot);
  CHECK_U64(0, alog_cursor_position(cursor));
  check_end(cursor);
  check_refresh(ALOG_UNCHANGED, cursor, 0, 0, 0);
  CHECK_OK(alog_cursor_seek(cursor, 0));
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_cursor_seek(cursor, 1));
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

static void cursor_reads_the_view_it_was_made_of(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 6);
  alog_snapshot *snapshot = snapshot_of(log);
  append_numbers(writer, 20);
  alog_cursor *cursor = cursor_over(snapshot);
  alog_snapshot_destroy(snapshot);
  append_numbers(writer, 20);
  check_next(cursor, 0, 4, 0);
  append_numbers(writer, 20);
  check_next(cursor, 4, 6, 1);
  check_end(cursor);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void snapshot_may_be_refreshed_under_its_cursor(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 6);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_over(snapshot);
  append_numbers(writer, 20);
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  append_numbers(writer, 20);
  check_next(cursor, 0, 4, 0);
  check_next(cursor, 4, 6, 1);
  check_end(cursor);
  alog_snapshot_destroy(snapshot);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void open_starts_at_the_oldest_or_the_next(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  for (uint64_t end = 0; end < 20; end++) {
    const alog_range range = log_range_of(log);
    alog_cursor *oldest = cursor_on(log, ALOG_START_OLDEST);
    alog_cursor *next = cursor_on(log, ALOG_START_NEXT);
    CHECK_U64(range.begin, alog_cursor_position(oldest));
    CHECK_U64(range.end, alog_cursor_position(next));
    check_rest(oldest, range.end);
    check_end(next);
    append_numbers(writer, 1);
    check_refresh(ALOG_OK, oldest, end, 1, 0);
    check_refresh(ALOG_OK, next, end, 1, 0);
    check_rest(oldest, end + 1);
    check_rest(next, end + 1);
    alog_cursor_destroy(oldest);
    alog_cursor_destroy(next);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void unknown_start_is_refused(void) {
  alog_log *log = numbers(8, 4);
  alog_cursor *cursor = NULL;
  const uint32_t wrong[] = {2, 3, 1000, UINT32_MAX};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_cursor_open(log, (alog_start)wrong[i], &cursor));
    CHECK(cursor == NULL);
  }
  alog_log_release(log);
}

static void refresh_goes_on_with_the_unread(void) {
  alog_log *log = numbers(100, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 6);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  check_next(cursor, 0, 4, 0);
  append_numbers(writer, 4);
  check_refresh(ALOG_OK, cursor, 4, 6, 0); /* two of them were there already */
  check_next(cursor, 4, 8, 1);
  check_next(cursor, 8, 10, 2);
  check_end(cursor);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void segment_partly_read_before_gives_its_rest(void) {
  alog_log *log = numbers(100, 4);
  alog_writer *writer = claim(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  append_numbers(writer, 1);
  check_refresh(ALOG_OK, cursor, 0, 1, 0);
  const alog_chunk first = check_next(cursor, 0, 1, 0);
  append_numbers(writer, 2);
  check_refresh(ALOG_OK, cursor, 1, 2, 0);
  const alog_chunk second = check_next(cursor, 1, 3, 0);
  CHECK_POINTER((const unsigned char *)first.data + first.stride, second.data);
  append_numbers(writer, 3);
  check_refresh(ALOG_OK, cursor, 3, 3, 0);
  check_next(cursor, 3, 4, 0);
  check_next(cursor, 4, 6, 1);
  check_end(cursor);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void bytes_chunk_may_start_inside_a_segment_too(void) {
  alog_log *log = create_bytes(bytes_options(4096, 512));
  alog_writer *writer = claim(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  uint64_t next = 0;
  for (uint64_t i = 0; i < 200; i++) {
    for (uint64_t j = 0; j < i % 5; j++) {
      CHECK_OK(append_text(writer));
    }
    alog_delta delta = {77, 77, 77};
    CHECK_STATUS(i % 5 == 0 ? ALOG_UNCHANGED : ALOG_OK, alog_cursor_refresh(cursor, &delta));
    CHECK_DELTA(next, i % 5, 0, delta);
    alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
    while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
      CHECK_U64(next, chunk.first_sequence);
      check_chunk(&chunk, 0, check_text);
      next += chunk.count;
    }
    CHECK_U64(alog_writer_next_sequence(writer), next);
  }
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void unchanged_means_nothing_published_even_with_some_unread(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  check_refresh(ALOG_UNCHANGED, cursor, 0, 10, 0);
  check_next(cursor, 0, 4, 0);
  check_refresh(ALOG_UNCHANGED, cursor, 4, 6, 0);
  CHECK_STATUS(ALOG_UNCHANGED, alog_cursor_refresh(cursor, NULL));
  check_next(cursor, 4, 8, 1);
  check_next(cursor, 8, 10, 2);
  check_refresh(ALOG_UNCHANGED, cursor, 10, 0, 0);
  check_end(cursor);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void evicted_unread_records_are_lost(void) {
  alog_log *log = numbers(8, 4); /* K = 3 */
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  check_next(cursor, 0, 4, 0);
  append_numbers(writer, 11); /* 21: the view is [12, 21) */
  check_refresh(ALOG_OK, cursor, 12, 9, 8);
  check_rest(cursor, 21);
  append_numbers(writer, 100); /* 121: [112, 121) */
  check_refresh(ALOG_OK, cursor, 112, 9, 91);
  check_rest(cursor, 121);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void read_and_lost_add_up(void) {
  for (uint64_t segment = 1; segment <= 6; segment++) {
    random_source random = {segment};
    alog_log *log = numbers(10, segment);
    alog_writer *writer = claim(log);
    alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
    uint64_t read = 0;
    uint64_t lost = 0;
    for (int i = 0; i < 300; i++) {
      append_numbers(writer, random_below(&random, 20));
      alog_delta delta = {0, 0, 0};
      const uint64_t position = alog_cursor_position(cursor);
      const alog_status status = alog_cursor_refresh(cursor, &delta);
      CHECK(status == ALOG_OK || status == ALOG_UNCHANGED);
      CHECK_U64(position + delta.lost, delta.first_sequence);
      CHECK_U64(alog_writer_next_sequence(writer), delta.first_sequence + delta.appended);
      lost += delta.lost;
      for (uint64_t chunks = random_below(&random, 6); chunks > 0; chunks--) {
        alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
        if (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
          check_chunk(&chunk, sizeof(uint64_t), check_number);
          read += chunk.count;
        }
      }
      CHECK_U64(alog_cursor_position(cursor), read + lost);
    }
    alog_cursor_destroy(cursor);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

static void seek_goes_anywhere_in_the_view(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 14);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  append_numbers(writer, 20);
  for (uint64_t to = 4; to <= 14; to++) {
    CHECK_OK(alog_cursor_seek(cursor, to));
    CHECK_U64(to, alog_cursor_position(cursor));
    if (to < 14) {
      const uint64_t segment = to / 4;
      check_next(cursor, to, (segment + 1) * 4 < 14 ? (segment + 1) * 4 : 14, segment);
    }
    check_rest(cursor, 14);
  }
  for (uint64_t to = 15; to-- > 4;) {
    CHECK_OK(alog_cursor_seek(cursor, to));
    check_rest(cursor, 14);
  }
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void seek_outside_the_view_is_refused(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 14);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  append_numbers(writer, 20);
  check_next(cursor, 4, 8, 1);
  const uint64_t outside[] = {0, 3, 15, 34, UINT64_MAX};
  for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
    CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_cursor_seek(cursor, outside[i]));
    CHECK_U64(8, alog_cursor_position(cursor));
  }
  check_next(cursor, 8, 12, 2);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void what_a_backward_seek_opened_can_be_lost_too(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  check_rest(cursor, 12);
  CHECK_OK(alog_cursor_seek(cursor, 2));
  append_numbers(writer, 5); /* 17: the view is [8, 17) */
  check_refresh(ALOG_OK, cursor, 8, 9, 6);
  check_rest(cursor, 17);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void forward_seek_skips_without_loss(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  CHECK_OK(alog_cursor_seek(cursor, 12));
  check_end(cursor);
  append_numbers(writer, 8); /* 20: the view is [8, 20) */
  check_refresh(ALOG_OK, cursor, 12, 8, 0);
  check_rest(cursor, 20);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void pin_takes_the_segment_of_the_last_chunk(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  alog_segment *segment = NULL;
  CHECK_STATUS(ALOG_ERR_STATE, alog_cursor_pin(cursor, &segment));
  CHECK(segment == NULL);
  check_next(cursor, 0, 4, 0);
  const alog_chunk chunk = check_next(cursor, 4, 8, 1);
  CHECK_OK(alog_cursor_pin(cursor, &segment));
  CHECK_U64(1, alog_segment_sequence(segment));
  alog_cursor_destroy(cursor);
  append_numbers(writer, 40);
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  alog_segment_release(segment);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void cursor_that_read_nothing_has_nothing_to_pin(void) {
  alog_log *log = numbers(8, 4);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  alog_segment *segment = NULL;
  check_end(cursor);
  CHECK_STATUS(ALOG_ERR_STATE, alog_cursor_pin(cursor, &segment));
  CHECK(segment == NULL);
  alog_cursor_destroy(cursor);
  alog_log_release(log);
}

/* A refresh ends what the cursor covered: a chunk whose segment was evicted by then is not valid any more. */
static void evicted_chunk_cannot_be_pinned_after_a_refresh(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  check_next(cursor, 0, 4, 0);
  append_numbers(writer, 40);
  check_refresh(ALOG_OK, cursor, 40, 10, 36);
  alog_segment *segment = NULL;
  CHECK_STATUS(ALOG_ERR_STATE, alog_cursor_pin(cursor, &segment));
  CHECK(segment == NULL);
  check_next(cursor, 40, 44, 10);
  CHECK_OK(alog_cursor_pin(cursor, &segment));
  CHECK_U64(10, alog_segment_sequence(segment));
  alog_segment_release(segment);
  alog_cursor_destroy(cursor);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void cursors_of_one_snapshot_are_strangers(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *left = cursor_over(snapshot);
  alog_cursor *right = cursor_over(snapshot);
  check_next(left, 0, 4, 0);
  check_next(left, 4, 8, 1);
  check_next(right, 0, 4, 0);
  append_numbers(writer, 1);
  check_refresh(ALOG_OK, left, 8, 3, 0);
  check_next(right, 4, 8, 1);
  check_next(right, 8, 10, 2);
  check_end(right);
  check_rest(left, 11);
  alog_cursor_destroy(left);
  alog_cursor_destroy(right);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void refresh_works_when_log_and_writer_are_gone(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  append_numbers(writer, 15);
  alog_writer_release(writer);
  alog_log_release(log);
  check_refresh(ALOG_OK, cursor, 4, 11, 4);
  check_rest(cursor, 15);
  alog_cursor_destroy(cursor);
}

static void destroy_accepts_null(void) { alog_cursor_destroy(NULL); }

int main(void) {
  RUN(cursor_goes_chunk_by_chunk);
  RUN(cursor_over_nothing_is_at_its_end);
  RUN(cursor_reads_the_view_it_was_made_of);
  RUN(snapshot_may_be_refreshed_under_its_cursor);
  RUN(open_starts_at_the_oldest_or_the_next);
  RUN(unknown_start_is_refused);
  RUN(refresh_goes_on_with_the_unread);
  RUN(segment_partly_read_before_gives_its_rest);
  RUN(bytes_chunk_may_start_inside_a_segment_too);
  RUN(unchanged_means_nothing_published_even_with_some_unread);
  RUN(evicted_unread_records_are_lost);
  RUN(read_and_lost_add_up);
  RUN(seek_goes_anywhere_in_the_view);
  RUN(seek_outside_the_view_is_refused);
  RUN(what_a_backward_seek_opened_can_be_lost_too);
  RUN(forward_seek_skips_without_loss);
  RUN(pin_takes_the_segment_of_the_last_chunk);
  RUN(cursor_that_read_nothing_has_nothing_to_pin);
  RUN(evicted_chunk_cannot_be_pinned_after_a_refresh);
  RUN(cursors_of_one_snapshot_are_strangers);
  RUN(refresh_works_when_log_and_writer_are_gone);
  RUN(destroy_accepts_null);
  return 0;
}
