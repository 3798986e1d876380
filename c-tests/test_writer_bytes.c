/*
 * Holds up what the writer of a byte log promises: records of any size up to a segment's, empty ones too, each aligned;
 * batches of slices or of packed data, visible at once or not at all; a full index ends a segment; and the least that a
 * view holds.
 */
#include "model.h"

static void record_is_visible_when_append_returns(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  for (uint64_t i = 0; i < 100; i++) {
    CHECK_OK(append_text(writer));
    CHECK_U64(i + 1, alog_writer_next_sequence(writer));
    alog_snapshot *snapshot = snapshot_of(log);
    check_texts(snapshot, range_of(snapshot).begin, i + 1);
    CHECK_RANGE(i, i + 1, latest_of(snapshot));
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void check_single_record(const alog_log *log, const void *data, size_t size) {
  alog_snapshot *snapshot = snapshot_of(log);
  const uint64_t end = range_of(snapshot).end;
  alog_slice record = {NULL, SIZE_MAX};
  CHECK_OK(alog_snapshot_record(snapshot, end - 1, &record));
  CHECK_U64(size, record.size);
  CHECK_MEMORY(data, record.data, size);
  alog_snapshot_destroy(snapshot);
}

static void record_may_be_empty(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  CHECK_OK(alog_writer_append(writer, NULL, 0));
  check_single_record(log, "", 0);
  CHECK_OK(alog_writer_append(writer, "x", 0));
  check_single_record(log, "", 0);
  CHECK_OK(alog_writer_append(writer, "x", 1));
  check_single_record(log, "x", 1);
  CHECK_U64(3, alog_writer_next_sequence(writer));
  alog_writer_release(writer);
  alog_log_release(log);
}

static void null_is_only_for_empty_records(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append(writer, NULL, 1));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append(writer, NULL, 65));
  const alog_slice slices[] = {{"ab", 2}, {NULL, 0}, {NULL, 1}};
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append_slices(writer, slices, 3));
  CHECK_RANGE(0, 0, log_range_of(log));
  CHECK_OK(alog_writer_append_slices(writer, slices, 2));
  CHECK_RANGE(0, 2, log_range_of(log));
  const uint32_t sizes[] = {0, 1};
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append_packed(writer, NULL, sizes, 2));
  CHECK_RANGE(0, 2, log_range_of(log));
  alog_writer_release(writer);
  alog_log_release(log);
}

static void record_of_exactly_a_segment_fits_and_no_larger_one(void) {
  for (uint32_t align = 1; align <= 64; align *= 2) {
    for (size_t capacity = 1; capacity <= 140; capacity += 7) {
      unsigned char record[256];
      for (size_t i = 0; i < sizeof record; i++) {
        record[i] = (unsigned char)(i * 7 + capacity);
      }
      alog_options options = bytes_options(4 * capacity, capacity);
      options.record_align = align;
      alog_log *log = create_bytes(options);
      alog_writer *writer = claim(log);
      CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append(writer, record, capacity + 1));
      CHECK_RANGE(0, 0, log_range_of(log));
      for (uint64_t i = 0; i < 12; i++) {
        CHECK_OK(alog_writer_append(writer, record, capacity));
        check_single_record(log, record, capacity);
        CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append(writer, record, capacity + 1));
        CHECK_U64(i + 1, alog_writer_next_sequence(writer));
      }
      CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append(writer, record, SIZE_MAX));
      CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append(writer, record, SIZE_MAX / 2));
      alog_writer_release(writer);
      alog_log_release(log);
    }
  }
}

static void each_record_is_aligned(void) {
  for (uint32_t align = 1; align <= 4096; align *= 2) {
    alog_options options = bytes_options(8 * 8192, 8192);
    options.record_align = align;
    alog_log *log = create_bytes(options);
    alog_writer *writer = claim(log);
    for (int i = 0; i < 64; i++) {
      CHECK_OK(append_text(writer));
    }
    alog_snapshot *snapshot = snapshot_of(log);
    check_texts(snapshot, range_of(snapshot).begin, 64);
    for (size_t i = 0; i < alog_snapshot_chunk_count(snapshot); i++) {
      const alog_chunk chunk = chunk_of(snapshot, i);
      CHECK(chunk.spans != NULL);
      for (size_t j = 0; j < chunk.count; j++) {
        const alog_slice record = chunk_record(&chunk, j, 0);
        const size_t expected = j == 0 && align < 64 ? 64 : align;
        CHECK(record.size == 0 || (uintptr_t)record.data % expected == 0);
      }
    }
    alog_snapshot_destroy(snapshot);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

/* A log of 4 segments in a view, each with 4 records, however small. */
static alog_log *indexed_log(void) {
  alog_options options = bytes_options(300, 100);
  options.record_align = 1;
  options.segment_records = 4;
  return create_bytes(options);
}

static void full_index_ends_a_segment(void) {
  alog_log *log = indexed_log();
  alog_writer *writer = claim(log);
  for (uint64_t i = 0; i < 40; i++) {
    CHECK_OK(alog_writer_append(writer, "", 0));
    alog_snapshot *snapshot = snapshot_of(log);
    const uint64_t segments = i / 4 + 1;
    CHECK_RANGE(segments > 4 ? (segments - 4) * 4 : 0, i + 1, range_of(snapshot));
    const size_t last = alog_snapshot_chunk_count(snapshot) - 1;
    CHECK_U64(segments - 1, chunk_of(snapshot, last).segment_sequence);
    CHECK_U64(i % 4 + 1, chunk_of(snapshot, last).count);
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void index_of_one_gives_each_record_a_segment(void) {
  alog_options options = bytes_options(300, 100);
  options.segment_records = 1;
  alog_log *log = create_bytes(options);
  alog_writer *writer = claim(log);
  for (uint64_t i = 0; i < 10; i++) {
    CHECK_OK(append_text(writer));
    CHECK_RANGE(i < 4 ? 0 : i - 3, i + 1, log_range_of(log));
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void slices_are_one_publication(void) {
  alog_log *log = create_bytes(bytes_options(512, 64));
  alog_writer *writer = claim(log);
  CHECK_OK(alog_writer_append_slices(writer, NULL, 0));
  const alog_slice slices[] = {
      {"one", 3}, {NULL, 0}, {"three", 5}, {"", 0}, {"a fifth, rather longer than the others", 38}};
  for (uint64_t round = 0; round < 6; round++) {
    const uint64_t before = alog_writer_next_sequence(writer);
    CHECK_OK(alog_writer_append_slices(writer, slices, 5));
    alog_snapshot *snapshot = snapshot_of(log);
    CHECK_RANGE(before, before + 5, latest_of(snapshot));
    for (uint64_t i = 0; i < 5; i++) {
      alog_slice record = {NULL, SIZE_MAX};
      CHECK_OK(alog_snapshot_record(snapshot, before + i, &record));
      CHECK_U64(slices[i].size, record.size);
      CHECK_MEMORY(slices[i].data, record.data, record.size);
    }
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void packed_records_are_one_publication(void) {
  alog_log *log = create_bytes(bytes_options(512, 64));
  alog_writer *writer = claim(log);
  CHECK_OK(alog_writer_append_packed(writer, NULL, NULL, 0));
  const uint32_t none[] = {0, 0};
  CHECK_OK(alog_writer_append_packed(writer, NULL, none, 2)); /* no bytes may come from no place */
  CHECK_U64(2, alog_writer_next_sequence(writer));
  const char data[] = "onetwothreefour";
  const uint32_t sizes[] = {3, 0, 3, 5, 4, 0};
  const char *expected[] = {"one", "", "two", "three", "four", ""};
  for (uint64_t round = 0; round < 6; round++) {
    const uint64_t before = alog_writer_next_sequence(writer);
    CHECK_OK(alog_writer_append_packed(writer, data, sizes, 6));
    alog_snapshot *snapshot = snapshot_of(log);
    CHECK_RANGE(before, before + 6, latest_of(snapshot));
    for (uint64_t i = 0; i < 6; i++) {
      alog_slice record = {NULL, SIZE_MAX};
      CHECK_OK(alog_snapshot_record(snapshot, before + i, &record));
      CHECK_U64(strlen(expected[i]), record.size);
      CHECK_MEMORY(expected[i], record.data, record.size);
    }
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void batch_with_a_record_too_large_appends_nothing(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  CHECK_OK(append_text(writer));
  static const unsigned char data[3 * 65] = {0};
  const alog_slice slices[] = {{data, 20}, {data, 60}, {data, 65}};
  const uint32_t sizes[] = {20, 60, 65};
  const alog_slice huge[] = {{data, 20}, {data, SIZE_MAX}};
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append_slices(writer, slices, 3));
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append_packed(writer, data, sizes, 3));
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append_slices(writer, huge, 2));
    CHECK_U64(1, alog_writer_next_sequence(writer));
    alog_snapshot *snapshot = snapshot_of(log);
    check_texts(snapshot, 0, 1);
    alog_snapshot_destroy(snapshot);
  }
  for (int i = 0; i < 50; i++) {
    CHECK_OK(append_text(writer));
  }
  alog_snapshot *snapshot = snapshot_of(log);
  check_texts(snapshot, range_of(snapshot).begin, 51);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* Appends `count` records of `size` each, in one of the two ways. */
static alog_status append_equal(alog_writer *writer, uint64_t count, size_t size, bool packed) {
  enum { MOST = 300 };
  static const unsigned char data[MOST * 64] = {0};
  static alog_slice slices[MOST];
  static uint32_t sizes[MOST];
  CHECK(count <= MOST && size <= 64);
  for (uint64_t i = 0; i < count; i++) {
    slices[i].data = data;
    slices[i].size = size;
    sizes[i] = (uint32_t)size;
  }
  return packed ? alog_writer_append_packed(writer, data, sizes, (size_t)count)
                : alog_writer_append_slices(writer, slices, (size_t)count);
}

static void batch_fits_up_to_exactly_a_view(void) {
  enum { CAPACITY = 64, ALIGN = 8, INDEX = 5 };
  static model expected;
  const size_t sizes[] = {0, 5, 8, 17, 33, 64};
  for (uint64_t retained = 1; retained <= 4 * CAPACITY; retained += 63) {
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
      for (uint64_t before = 0; before < 12; before++) {
        alog_options options = bytes_options(retained, CAPACITY);
        options.segment_records = INDEX;
        alog_log *log = create_bytes(options);
        alog_writer *writer = claim(log);
        model_bytes(&expected, retained, CAPACITY, ALIGN, INDEX);
        for (uint64_t i = 0; i < before; i++) {
          CHECK_OK(append_equal(writer, 1, 7, false));
          CHECK(model_place(&expected, 7, 7));
          model_publish(&expected);
        }
        uint64_t most = 0;
        while (model_place(&expected, sizes[s], sizes[s])) {
          most++;
        }
        CHECK_STATUS(ALOG_ERR_TOO_LARGE, append_equal(writer, most + 1, sizes[s], before % 2 == 0));
        CHECK_U64(before, log_range_of(log).end);
        CHECK_U64(before, alog_writer_next_sequence(writer));
        CHECK_OK(append_equal(writer, most, sizes[s], before % 2 == 0));
        CHECK_U64(before + most, log_range_of(log).end);
        alog_writer_release(writer);
        alog_log_release(log);
      }
    }
  }
}

/* R * (C - u + a) bytes of space, once segments have been evicted: see docs/PROTOCOL.md. */
static void view_holds_at_least_what_is_promised(void) {
  enum { CAPACITY = 256 };
  for (uint32_t align = 1; align <= 16; align *= 4) {
    for (uint64_t largest = 1; largest <= CAPACITY; largest += 51) {
      random_source random = {largest * align};
      alog_options options = bytes_options(3 * CAPACITY, CAPACITY);
      options.record_align = align;
      options.segment_records = CAPACITY + 1;
      alog_log *log = create_bytes(options);
      alog_writer *writer = claim(log);
      const uint64_t unit = (largest + align - 1) / align * align;
      static const unsigned char data[CAPACITY] = {0};
      for (int i = 0; i < 3000; i++) {
        const size_t size = (size_t)(1 + random_below(&random, largest));
        CHECK_OK(alog_writer_append(writer, data, size));
        alog_snapshot *snapshot = snapshot_of(log);
        const alog_range range = range_of(snapshot);
        uint64_t space = 0;
        for (uint64_t sequence = range.begin; range.begin > 0 && i % 7 == 0 && sequence < range.end; sequence++) {
          alog_slice record = {NULL, 0};
          CHECK_OK(alog_snapshot_record(snapshot, sequence, &record));
          space += (record.size + align - 1) / align * align;
        }
        CHECK(range.begin == 0 || i % 7 != 0 || space >= 3 * (CAPACITY - unit + align));
        alog_snapshot_destroy(snapshot);
      }
      alog_writer_release(writer);
      alog_log_release(log);
    }
  }
}

static void new_writer_goes_on_in_the_middle_of_a_segment(void) {
  alog_log *log = create_bytes(bytes_options(400, 100));
  for (uint64_t i = 0; i < 60; i++) {
    alog_writer *writer = claim(log);
    CHECK_U64(i, alog_writer_next_sequence(writer));
    CHECK_OK(append_text(writer));
    alog_writer_release(writer);
  }
  alog_log *other = create_bytes(bytes_options(400, 100));
  alog_writer *writer = claim(other);
  for (uint64_t i = 0; i < 60; i++) {
    CHECK_OK(append_text(writer));
  }
  alog_snapshot *left = snapshot_of(log);
  alog_snapshot *right = snapshot_of(other);
  check_texts(left, range_of(right).begin, 60);
  CHECK_U64(alog_snapshot_chunk_count(right), alog_snapshot_chunk_count(left));
  for (size_t i = 0; i < alog_snapshot_chunk_count(left); i++) {
    CHECK_U64(chunk_of(right, i).first_sequence, chunk_of(left, i).first_sequence);
  }
  alog_snapshot_destroy(left);
  alog_snapshot_destroy(right);
  alog_writer_release(writer);
  alog_log_release(other);
  alog_log_release(log);
}

int main(void) {
  RUN(record_is_visible_when_append_returns);
  RUN(record_may_be_empty);
  RUN(null_is_only_for_empty_records);
  RUN(record_of_exactly_a_segment_fits_and_no_larger_one);
  RUN(each_record_is_aligned);
  RUN(full_index_ends_a_segment);
  RUN(index_of_one_gives_each_record_a_segment);
  RUN(slices_are_one_publication);
  RUN(packed_records_are_one_publication);
  RUN(batch_with_a_record_too_large_appends_nothing);
  RUN(batch_fits_up_to_exactly_a_view);
  RUN(view_holds_at_least_what_is_promised);
  RUN(new_writer_goes_on_in_the_middle_of_a_segment);
  return 0;
}
