/*
 * Holds up: a segment pin keeps the chunk that it was taken for readable after every other handle is gone, in any
 * thread and for any number of counts. It also tells which segment it is.
 */
#include "fixture.h"

static void pin_tells_its_segment(void) {
  alog_log *log = numbers(20, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 50);
  alog_snapshot *snapshot = snapshot_of(log);
  for (size_t i = 0; i < alog_snapshot_chunk_count(snapshot); i++) {
    alog_segment *segment = pin_of(snapshot, i);
    CHECK_U64(chunk_of(snapshot, i).segment_sequence, alog_segment_sequence(segment));
    alog_segment_release(segment);
  }
  alog_segment *segment = NULL;
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_pin(snapshot, alog_snapshot_chunk_count(snapshot), &segment));
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_pin(snapshot, SIZE_MAX, &segment));
  CHECK(segment == NULL);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void pin_outlives_everything(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_chunk chunks[3];
  alog_segment *segments[3];
  for (size_t i = 0; i < 3; i++) {
    chunks[i] = chunk_of(snapshot, i);
    segments[i] = pin_of(snapshot, i);
  }
  alog_snapshot_destroy(snapshot);
  append_numbers(writer, 100);
  alog_writer_release(writer);
  alog_log_release(log);
  for (size_t i = 0; i < 3; i++) {
    for (size_t j = i; j < 3; j++) {
      check_chunk(&chunks[j], sizeof(uint64_t), check_number);
      CHECK_U64(chunks[j].segment_sequence, alog_segment_sequence(segments[j]));
    }
    alog_segment_release(segments[i]);
  }
}

static void pin_of_bytes_keeps_spans_and_data(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  for (int i = 0; i < 5; i++) {
    CHECK_OK(append_text(writer));
  }
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_chunk chunk = chunk_of(snapshot, 0);
  alog_segment *segment = pin_of(snapshot, 0);
  alog_snapshot_destroy(snapshot);
  for (int i = 0; i < 500; i++) {
    CHECK_OK(append_text(writer));
    check_chunk(&chunk, 0, check_text);
  }
  alog_writer_release(writer);
  alog_log_release(log);
  check_chunk(&chunk, 0, check_text);
  alog_segment_release(segment);
}

static void each_count_keeps_the_segment(void) {
  alog_log *log = numbers(4, 2);
  alog_writer *writer = claim(log);
  append_numbers(writer, 2);
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_chunk chunk = chunk_of(snapshot, 0);
  alog_segment *segment = pin_of(snapshot, 0);
  alog_snapshot_destroy(snapshot);
  for (int i = 0; i < 20; i++) {
    CHECK_POINTER(segment, alog_segment_retain(segment));
  }
  for (int i = 0; i < 20; i++) {
    append_numbers(writer, 5);
    check_chunk(&chunk, sizeof(uint64_t), check_number);
    alog_segment_release(segment);
  }
  append_numbers(writer, 20);
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  alog_segment_release(segment);
  append_numbers(writer, 20);
  check_log_numbers(log, log_range_of(log).begin, 142);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void pins_of_one_segment_are_counted_apart(void) {
  alog_log *log = numbers(4, 2);
  alog_writer *writer = claim(log);
  append_numbers(writer, 2);
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_chunk chunk = chunk_of(snapshot, 0);
  alog_segment *left = pin_of(snapshot, 0);
  alog_segment *right = pin_of(snapshot, 0);
  alog_snapshot_destroy(snapshot);
  alog_segment_release(left);
  append_numbers(writer, 30);
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  alog_segment_release(right);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* The chunk of the head ends where the view did. What the writer adds lies behind it. */
static void pinned_head_is_written_on_behind_the_chunk(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 1);
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_chunk chunk = chunk_of(snapshot, 0);
  alog_segment *segment = pin_of(snapshot, 0);
  alog_snapshot_destroy(snapshot);
  append_numbers(writer, 2);
  snapshot = snapshot_of(log);
  CHECK_POINTER(chunk.data, chunk_of(snapshot, 0).data);
  CHECK_U64(3, chunk_of(snapshot, 0).count);
  CHECK_U64(1, chunk.count);
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  alog_snapshot_destroy(snapshot);
  alog_segment_release(segment);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* A pin on every segment: none may be used again. */
static void pinned_segments_are_never_reused(void) {
  enum { COUNT = 50 };
  alog_log *log = numbers(4, 2);
  alog_writer *writer = claim(log);
  alog_chunk chunks[COUNT];
  alog_segment *segments[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    append_numbers(writer, 2);
    alog_snapshot *snapshot = snapshot_of(log);
    const size_t last = alog_snapshot_chunk_count(snapshot) - 1;
    chunks[i] = chunk_of(snapshot, last);
    segments[i] = pin_of(snapshot, last);
    alog_snapshot_destroy(snapshot);
  }
  for (size_t i = 0; i < COUNT; i++) {
    CHECK_U64(2 * i, chunks[i].first_sequence);
    check_chunk(&chunks[i], sizeof(uint64_t), check_number);
    alog_segment_release(segments[i]);
  }
  append_numbers(writer, 100);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void null_is_accepted(void) {
  alog_segment_release(NULL);
  CHECK_POINTER(NULL, alog_segment_retain(NULL));
  CHECK_U64(0, alog_segment_sequence(NULL));
}

int main(void) {
  RUN(pin_tells_its_segment);
  RUN(pin_outlives_everything);
  RUN(pin_of_bytes_keeps_spans_and_data);
  RUN(each_count_keeps_the_segment);
  RUN(pins_of_one_segment_are_counted_apart);
  RUN(pinned_head_is_written_on_behind_the_chunk);
  RUN(pinned_segments_are_never_reused);
  RUN(null_is_accepted);
  return 0;
}
