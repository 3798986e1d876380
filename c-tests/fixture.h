/*
 * Short names for what most tests begin with, and the check that most of them end with: that a view holds exactly the
 * records it should, through each function of the library that shows records.
 *
 * In a log of numbers, record i is the 8 bytes of number(i). In a log of texts, record i is text(i), whose size depends
 * on i. So a record's sequence alone tells what the record should be.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "random.h"
#include "test.h"

enum { TEXT_MAX = 29 };

static inline uint64_t number(uint64_t sequence) { return mix(sequence + 1); }

/* Sizes 0 to TEXT_MAX - 1, all of them about equally often. */
static inline size_t text_size(uint64_t sequence) { return (size_t)(mix(sequence + 77) % TEXT_MAX); }

static inline void text_fill(uint64_t sequence, void *out) {
  unsigned char *text = (unsigned char *)out;
  for (size_t i = 0; i < text_size(sequence); i++) {
    text[i] = (unsigned char)(mix(sequence * 64 + i) & 0xff);
  }
}

/* The most segments that a view holds. */
static inline uint64_t view_segments(uint64_t retained, uint64_t segment) {
  return (retained + segment - 1) / segment + 1;
}

/* The most segments that exist after a trim while readers hold `held` segments that the log no longer retains: besides
 * these, as many as plain appends need or were preallocated, whichever is more. */
static inline uint64_t trimmed_segments(uint64_t k, uint64_t held, uint64_t preallocated) {
  return held + (k + 1 > preallocated ? k + 1 : preallocated);
}

static inline alog_options fixed_options(uint64_t retained, uint64_t segment, uint64_t record_size) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = retained;
  options.segment_capacity = segment;
  options.record_size = record_size;
  return options;
}

static inline alog_options bytes_options(uint64_t retained, uint64_t segment) {
  return fixed_options(retained, segment, 0);
}

static inline alog_log *create_fixed(alog_options options) {
  alog_log *log = NULL;
  CHECK_OK(alog_log_create_fixed(&options, &log));
  CHECK(log != NULL);
  return log;
}

static inline alog_log *create_bytes(alog_options options) {
  alog_log *log = NULL;
  CHECK_OK(alog_log_create_bytes(&options, &log));
  CHECK(log != NULL);
  return log;
}

static inline alog_log *numbers(uint64_t retained, uint64_t segment) {
  return create_fixed(fixed_options(retained, segment, sizeof(uint64_t)));
}

static inline alog_writer *claim(alog_log *log) {
  alog_writer *writer = NULL;
  CHECK_OK(alog_writer_claim(log, &writer));
  CHECK(writer != NULL);
  return writer;
}

static inline alog_snapshot *snapshot_of(const alog_log *log) {
  alog_snapshot *snapshot = NULL;
  CHECK_OK(alog_snapshot_create(log, &snapshot));
  CHECK(snapshot != NULL);
  return snapshot;
}

static inline alog_snapshot *clone_of(const alog_snapshot *snapshot) {
  alog_snapshot *clone = NULL;
  CHECK_OK(alog_snapshot_clone(snapshot, &clone));
  CHECK(clone != NULL);
  return clone;
}

static inline alog_cursor *cursor_over(const alog_snapshot *snapshot) {
  alog_cursor *cursor = NULL;
  CHECK_OK(alog_cursor_create(snapshot, &cursor));
  CHECK(cursor != NULL);
  return cursor;
}

static inline alog_cursor *cursor_on(const alog_log *log, alog_start start) {
  alog_cursor *cursor = NULL;
  CHECK_OK(alog_cursor_open(log, start, &cursor));
  CHECK(cursor != NULL);
  return cursor;
}

static inline alog_segment *pin_of(const alog_snapshot *snapshot, size_t index) {
  alog_segment *segment = NULL;
  CHECK_OK(alog_snapshot_pin(snapshot, index, &segment));
  CHECK(segment != NULL);
  return segment;
}

static inline alog_range range_of(const alog_snapshot *snapshot) {
  alog_range range = {1, 0};
  CHECK_OK(alog_snapshot_range(snapshot, &range));
  return range;
}

static inline alog_range latest_of(const alog_snapshot *snapshot) {
  alog_range range = {1, 0};
  CHECK_OK(alog_snapshot_latest(snapshot, &range));
  return range;
}

static inline alog_range log_range_of(const alog_log *log) {
  alog_range range = {1, 0};
  CHECK_OK(alog_log_range(log, &range));
  return range;
}

static inline alog_chunk chunk_of(const alog_snapshot *snapshot, size_t index) {
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  CHECK_OK(alog_snapshot_chunk(snapshot, index, &chunk));
  return chunk;
}

/* Appends the next record of a log of numbers, or of texts. */
static inline alog_status append_number(alog_writer *writer) {
  const uint64_t value = number(alog_writer_next_sequence(writer));
  return alog_writer_append(writer, &value, sizeof value);
}

static inline alog_status append_text(alog_writer *writer) {
  const uint64_t sequence = alog_writer_next_sequence(writer);
  unsigned char text[TEXT_MAX];
  text_fill(sequence, text);
  return alog_writer_append(writer, text, text_size(sequence));
}

static inline void append_numbers(alog_writer *writer, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    CHECK_OK(append_number(writer));
  }
}

/* The same as one batch. */
static inline alog_status append_number_batch(alog_writer *writer, uint64_t count) {
  const uint64_t first = alog_writer_next_sequence(writer);
  uint64_t *values = (uint64_t *)malloc((size_t)(count + 1) * sizeof *values);
  CHECK(values != NULL);
  for (uint64_t i = 0; i < count; i++) {
    values[i] = number(first + i);
  }
  const alog_status status = alog_writer_append_batch(writer, values, (size_t)count);
  free(values);
  return status;
}

/* Record `index` of a chunk of either kind of log; `record_size` is that of a fixed log. */
static inline alog_slice chunk_record(const alog_chunk *chunk, size_t index, size_t record_size) {
  const unsigned char *data = (const unsigned char *)chunk->data;
  alog_slice record = {NULL, 0};
  if (chunk->spans != NULL) {
    CHECK_U64(0, chunk->stride);
    record.data = data + chunk->spans[index].offset;
    record.size = chunk->spans[index].size;
  } else {
    record.data = data + index * chunk->stride;
    record.size = record_size;
  }
  return record;
}

/* What a record should be. */
typedef void (*record_check)(uint64_t sequence, alog_slice record);

static inline void check_number(uint64_t sequence, alog_slice record) {
  const uint64_t expected = number(sequence);
  CHECK_U64(sizeof expected, record.size);
  CHECK_MEMORY(&expected, record.data, sizeof expected);
}

static inline void check_text(uint64_t sequence, alog_slice record) {
  unsigned char expected[TEXT_MAX];
  text_fill(sequence, expected);
  CHECK_U64(text_size(sequence), record.size);
  CHECK_MEMORY(expected, record.data, record.size);
}

static inline void check_chunk(const alog_chunk *chunk, size_t record_size, record_check check) {
  CHECK(chunk->count > 0);
  for (size_t i = 0; i < chunk->count; i++) {
    check(chunk->first_sequence + i, chunk_record(chunk, i, record_size));
  }
}

/*
 * Checks that the view is [begin, end), by every function that tells something about it; that its chunks abut, one for
 * each segment, in order of creation; and that each record is what it should be.
 */
static inline void check_view(const alog_snapshot *snapshot, uint64_t begin, uint64_t end, size_t record_size,
                              record_check check) {
  CHECK_RANGE(begin, end, range_of(snapshot));
  CHECK_U64(end - begin, alog_snapshot_len(snapshot));

  const size_t count = alog_snapshot_chunk_count(snapshot);
  CHECK((count == 0) == (begin == end));
  uint64_t next = begin;
  uint64_t segment = 0;
  for (size_t i = 0; i < count; i++) {
    const alog_chunk chunk = chunk_of(snapshot, i);
    CHECK_U64(next, chunk.first_sequence);
    CHECK(i == 0 || chunk.segment_sequence == segment + 1);
    check_chunk(&chunk, record_size, check);
    for (size_t j = 0; j < chunk.count; j++) {
      const alog_slice expected = chunk_record(&chunk, j, record_size);
      alog_slice record = {NULL, 0};
      CHECK_OK(alog_snapshot_record(snapshot, next + j, &record));
      CHECK_U64(expected.size, record.size);
      CHECK(record.size == 0 || record.data == expected.data);
    }
    next += chunk.count;
    segment = chunk.segment_sequence;
  }
  CHECK_U64(end, next);

  alog_range latest = latest_of(snapshot);
  CHECK_U64(end, latest.end);
  CHECK(latest.begin >= begin && (latest.begin < end) == (begin < end));
}

static inline void check_numbers(const alog_snapshot *snapshot, uint64_t begin, uint64_t end) {
  check_view(snapshot, begin, end, sizeof(uint64_t), check_number);
}

static inline void check_texts(const alog_snapshot *snapshot, uint64_t begin, uint64_t end) {
  check_view(snapshot, begin, end, 0, check_text);
}

/* Checks that the log holds [begin, end) of numbers, by a new snapshot. */
static inline void check_log_numbers(const alog_log *log, uint64_t begin, uint64_t end) {
  CHECK_RANGE(begin, end, log_range_of(log));
  alog_snapshot *snapshot = snapshot_of(log);
  check_numbers(snapshot, begin, end);
  alog_snapshot_destroy(snapshot);
}

/* Checks that two views of one log hold the same records at the same places, published together. */
static inline void check_same_view(const alog_snapshot *left, const alog_snapshot *right) {
  const alog_range range = range_of(left);
  CHECK_RANGE(range.begin, range.end, range_of(right));
  const alog_range latest = latest_of(left);
  CHECK_RANGE(latest.begin, latest.end, latest_of(right));
  CHECK_U64(alog_snapshot_len(left), alog_snapshot_len(right));
  CHECK_U64(alog_snapshot_chunk_count(left), alog_snapshot_chunk_count(right));
  for (size_t i = 0; i < alog_snapshot_chunk_count(left); i++) {
    const alog_chunk a = chunk_of(left, i);
    const alog_chunk b = chunk_of(right, i);
    CHECK_POINTER(a.data, b.data);
    CHECK_POINTER(a.spans, b.spans);
    CHECK_U64(a.count, b.count);
    CHECK_U64(a.stride, b.stride);
    CHECK_U64(a.first_sequence, b.first_sequence);
    CHECK_U64(a.segment_sequence, b.segment_sequence);
  }
}

#endif
