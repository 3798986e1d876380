/*
 * Holds up what the writer of a fixed log promises: a record is visible when append returns. A batch, up to what a view
 * can hold, is visible all at once or not at all. Records lie at the stride, aligned. A claim goes on where the one
 * before stopped.
 */
#include "fixture.h"

static void record_is_visible_when_append_returns(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  for (uint64_t i = 1; i <= 4; i++) {
    append_numbers(writer, 1);
    check_log_numbers(log, 0, i);
    CHECK_U64(i, alog_writer_next_sequence(writer));
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void oldest_segment_goes_as_a_new_one_comes(void) {
  alog_log *log = numbers(8, 4); /* K = 3 */
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  check_log_numbers(log, 0, 12);
  append_numbers(writer, 1);
  check_log_numbers(log, 4, 13);
  append_numbers(writer, 3);
  check_log_numbers(log, 4, 16);
  append_numbers(writer, 1);
  check_log_numbers(log, 8, 17);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void retained_capacity_is_always_visible(void) {
  for (uint64_t retained = 1; retained <= 9; retained++) {
    for (uint64_t segment = 1; segment <= 9; segment++) {
      alog_log *log = numbers(retained, segment);
      alog_writer *writer = claim(log);
      for (uint64_t n = 1; n <= 60; n++) {
        append_numbers(writer, 1);
        const alog_range range = log_range_of(log);
        CHECK_U64(n, range.end);
        CHECK(range.end - range.begin >= (n < retained ? n : retained));
        CHECK(range.end - range.begin <= view_segments(retained, segment) * segment);
      }
      alog_writer_release(writer);
      alog_log_release(log);
    }
  }
}

static void size_must_be_the_record_size(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  const uint64_t values[4] = {number(0), 0, 0, 0};
  const size_t wrong[] = {0, 1, 7, 9, 16, SIZE_MAX};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, values, wrong[i]));
    check_log_numbers(log, 0, 0);
    CHECK_U64(0, alog_writer_next_sequence(writer));
  }
  CHECK_OK(alog_writer_append(writer, values, 8));
  check_log_numbers(log, 0, 1);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void batch_is_one_publication(void) {
  alog_log *log = numbers(100, 4);
  alog_writer *writer = claim(log);
  uint64_t end = 0;
  for (uint64_t count = 1; count <= 13; count++) {
    CHECK_OK(append_number_batch(writer, count));
    alog_snapshot *snapshot = snapshot_of(log);
    check_numbers(snapshot, 0, end + count);
    CHECK_RANGE(end, end + count, latest_of(snapshot));
    alog_snapshot_destroy(snapshot);
    end += count;
    CHECK_U64(end, alog_writer_next_sequence(writer));
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void batch_of_none_does_nothing(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 1);
  CHECK_OK(append_number_batch(writer, 3));
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_OK(alog_writer_append_batch(writer, NULL, 0));
  CHECK_OK(alog_writer_append_batch(writer, &snapshot, 0));
  CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(snapshot, NULL));
  CHECK_RANGE(1, 4, latest_of(snapshot));
  CHECK_U64(4, alog_writer_next_sequence(writer));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* The most that fits is the rest of the head and K - 1 segments, or K segments if the head is full. */
static uint64_t largest_batch(uint64_t retained, uint64_t segment, uint64_t appended) {
  const uint64_t rest = appended == 0 ? segment : (segment - appended % segment) % segment;
  const uint64_t view = view_segments(retained, segment);
  return rest == 0 ? view * segment : rest + (view - 1) * segment;
}

static void batch_fits_up_to_exactly_a_view(void) {
  for (uint64_t retained = 1; retained <= 7; retained++) {
    for (uint64_t segment = 1; segment <= 5; segment++) {
      for (uint64_t before = 0; before <= 3 * segment; before++) {
        const uint64_t most = largest_batch(retained, segment, before);
        CHECK(most >= retained);
        alog_log *log = numbers(retained, segment);
        alog_writer *writer = claim(log);
        append_numbers(writer, before);
        const alog_range range = log_range_of(log);

        CHECK_STATUS(ALOG_ERR_TOO_LARGE, append_number_batch(writer, most + 1));
        check_log_numbers(log, range.begin, range.end);
        CHECK_U64(before, alog_writer_next_sequence(writer));

        CHECK_OK(append_number_batch(writer, most));
        alog_snapshot *snapshot = snapshot_of(log);
        CHECK_RANGE(before, before + most, latest_of(snapshot));
        check_numbers(snapshot, range_of(snapshot).begin, before + most);
        alog_snapshot_destroy(snapshot);

        alog_writer_release(writer);
        alog_log_release(log);
      }
    }
  }
}

static void batch_of_retained_capacity_always_fits(void) {
  for (uint64_t retained = 1; retained <= 9; retained++) {
    for (uint64_t segment = 1; segment <= 9; segment++) {
      alog_log *log = numbers(retained, segment);
      alog_writer *writer = claim(log);
      for (uint64_t i = 0; i < 20; i++) {
        CHECK_OK(append_number_batch(writer, retained));
        append_numbers(writer, 1);
      }
      alog_writer_release(writer);
      alog_log_release(log);
    }
  }
}

/* A count whose bytes exceed memory is no valid count. A smaller one is merely too many records. */
static void batch_whose_size_overflows_is_no_argument(void) {
  const size_t most = PTRDIFF_MAX;
  const struct {
    size_t record_size;
    size_t count;
    alog_status expected;
  } batches[] = {
      {8, SIZE_MAX, ALOG_ERR_ARGUMENT},         {8, SIZE_MAX / 2, ALOG_ERR_ARGUMENT},
      {8, SIZE_MAX / 8 + 1, ALOG_ERR_ARGUMENT}, {8, SIZE_MAX / 8 + 2, ALOG_ERR_ARGUMENT},
      {8, most / 8 + 1, ALOG_ERR_ARGUMENT},     {8, most / 8, ALOG_ERR_TOO_LARGE},
      {1, most + 1, ALOG_ERR_ARGUMENT},         {1, most, ALOG_ERR_TOO_LARGE},
  };
  for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
    alog_log *log = create_fixed(fixed_options(8, 4, batches[i].record_size));
    alog_writer *writer = claim(log);
    const uint64_t value = 0;
    CHECK_OK(alog_writer_append(writer, &value, batches[i].record_size));
    CHECK_STATUS(batches[i].expected, alog_writer_append_batch(writer, &value, batches[i].count));
    CHECK_RANGE(0, 1, log_range_of(log));
    CHECK_U64(1, alog_writer_next_sequence(writer));
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

enum { RECORD_MAX = 200 };

static void fill_record(uint64_t sequence, size_t size, unsigned char *out) {
  for (size_t i = 0; i < size; i++) {
    out[i] = (unsigned char)(mix(sequence * RECORD_MAX + i) & 0xff);
  }
}

/* Appends records of `size` bytes at `align` (0 for the default), singly and by batch, and reads them back. */
static void check_geometry(size_t size, uint32_t align, size_t expected_align) {
  enum { SEGMENT = 5, COUNT = 30 };
  const size_t stride = (size + expected_align - 1) / expected_align * expected_align;
  alog_options options = fixed_options(20, SEGMENT, size);
  options.record_align = align;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  for (uint64_t i = 0; i < COUNT; i += 3) {
    unsigned char records[3 * RECORD_MAX];
    for (uint64_t j = 0; j < 3; j++) {
      fill_record(i + j, size, records + j * size); /* packed, not at the stride */
    }
    CHECK_OK(alog_writer_append(writer, records, size));
    CHECK_OK(alog_writer_append_batch(writer, records + size, 2));
  }

  alog_snapshot *snapshot = snapshot_of(log);
  for (size_t i = 0; i < alog_snapshot_chunk_count(snapshot); i++) {
    const alog_chunk chunk = chunk_of(snapshot, i);
    CHECK_U64(stride, chunk.stride);
    CHECK(chunk.spans == NULL);
    const size_t first_align = expected_align > 64 ? expected_align : 64;
    CHECK_U64(0, (uintptr_t)chunk.data % first_align);
    for (size_t j = 0; j < chunk.count; j++) {
      unsigned char expected[RECORD_MAX];
      fill_record(chunk.first_sequence + j, size, expected);
      CHECK_MEMORY(expected, (const unsigned char *)chunk.data + j * stride, size);
    }
  }
  for (uint64_t sequence = range_of(snapshot).begin; sequence < COUNT; sequence++) {
    alog_slice record = {NULL, 0};
    CHECK_OK(alog_snapshot_record(snapshot, sequence, &record));
    CHECK_U64(size, record.size);
    CHECK_U64(0, (uintptr_t)record.data % expected_align);
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void records_lie_at_the_stride(void) {
  check_geometry(1, 0, 1);
  check_geometry(3, 0, 1);
  check_geometry(12, 0, 4);
  check_geometry(24, 0, 8);
  check_geometry(128, 0, 64);
  check_geometry(192, 0, 64);
  for (uint32_t align = 1; align <= 4096; align *= 2) {
    check_geometry(1, align, align);
    check_geometry(13, align, align);
    check_geometry(64, align, align);
    check_geometry(65, align, align);
  }
}

static void new_writer_goes_on_in_the_middle_of_a_segment(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 2);
  alog_writer_release(writer);
  writer = claim(log);
  CHECK_U64(2, alog_writer_next_sequence(writer));
  append_numbers(writer, 1);
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_U64(1, alog_snapshot_chunk_count(snapshot));
  check_numbers(snapshot, 0, 3);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void input_is_copied(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  uint64_t values[3] = {number(0), number(1), number(2)};
  CHECK_OK(alog_writer_append(writer, &values[0], sizeof values[0]));
  CHECK_OK(alog_writer_append_batch(writer, &values[1], 2));
  memset(values, 0, sizeof values);
  check_log_numbers(log, 0, 3);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* A record of the log itself may be appended again. */
static void input_may_lie_in_the_log(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 1);
  alog_snapshot *first = snapshot_of(log);
  for (int i = 0; i < 30; i++) {
    CHECK_OK(alog_writer_append(writer, chunk_of(first, 0).data, sizeof(uint64_t)));
  }
  alog_snapshot *now = snapshot_of(log);
  alog_slice record = {NULL, 0};
  CHECK_OK(alog_snapshot_record(now, 30, &record));
  check_number(0, record);
  alog_snapshot_destroy(now);
  alog_snapshot_destroy(first);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void release_accepts_null(void) { alog_writer_release(NULL); }

int main(void) {
  RUN(record_is_visible_when_append_returns);
  RUN(oldest_segment_goes_as_a_new_one_comes);
  RUN(retained_capacity_is_always_visible);
  RUN(size_must_be_the_record_size);
  RUN(batch_is_one_publication);
  RUN(batch_of_none_does_nothing);
  RUN(batch_fits_up_to_exactly_a_view);
  RUN(batch_of_retained_capacity_always_fits);
  RUN(batch_whose_size_overflows_is_no_argument);
  RUN(records_lie_at_the_stride);
  RUN(new_writer_goes_on_in_the_middle_of_a_segment);
  RUN(input_is_copied);
  RUN(input_may_lie_in_the_log);
  RUN(release_accepts_null);
  return 0;
}
