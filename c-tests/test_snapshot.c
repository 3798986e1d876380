/*
 * Holds up: a snapshot is a stable view, whatever the writer does. A refresh makes it equal to a fresh one, and reports
 * exactly what came and what was lost. Each record can be found by its sequence, each segment by its index, and each
 * range of records in the segments that hold it.
 */
#include "fixture.h"

static void view_of_an_empty_log_is_empty(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  check_numbers(snapshot, 0, 0);
  CHECK_RANGE(0, 0, latest_of(snapshot));
  alog_slice record = {NULL, 0};
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  alog_segment *segment = NULL;
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_record(snapshot, 0, &record));
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunk(snapshot, 0, &chunk));
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_pin(snapshot, 0, &segment));
  size_t written = 7;
  CHECK_OK(alog_snapshot_chunks(snapshot, 0, 1, &chunk, &written));
  CHECK_U64(0, written);
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunks(snapshot, 1, 1, &chunk, &written));
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

static void view_is_stable(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *held[30];
  alog_range ranges[30];
  for (int i = 0; i < 30; i++) {
    held[i] = snapshot_of(log);
    ranges[i] = range_of(held[i]);
    append_numbers(writer, 3);
    for (int j = 0; j <= i; j++) {
      check_numbers(held[j], ranges[j].begin, ranges[j].end);
    }
  }
  for (int i = 0; i < 30; i++) {
    alog_snapshot_destroy(held[i]);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void refreshed_view_equals_a_fresh_one(void) {
  for (uint64_t step = 1; step <= 30; step++) {
    alog_log *log = numbers(8, 4);
    alog_writer *writer = claim(log);
    alog_snapshot *held = snapshot_of(log);
    for (int i = 0; i < 12; i++) {
      append_numbers(writer, step);
      CHECK_OK(alog_snapshot_refresh(held, NULL));
      alog_snapshot *fresh = snapshot_of(log);
      check_same_view(fresh, held);
      check_numbers(held, range_of(held).begin, step * (uint64_t)(i + 1));
      alog_snapshot_destroy(fresh);
    }
    alog_snapshot_destroy(held);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

static void refresh_without_news_is_unchanged(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  for (uint64_t end = 0; end <= 20; end++) {
    alog_snapshot *snapshot = snapshot_of(log);
    for (int times = 0; times < 3; times++) {
      alog_delta delta = {77, 77, 77};
      CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(snapshot, times < 2 ? &delta : NULL));
      if (times < 2) {
        CHECK_DELTA(end, 0, 0, delta);
      }
    }
    alog_snapshot_destroy(snapshot);
    append_numbers(writer, 1);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

/* Writers come and go, nothing is published: unchanged, even where the next record will need a segment. */
static void a_change_of_writer_is_no_news(void) {
  alog_log *log = numbers(8, 4);
  for (uint64_t end = 0; end <= 9; end++) {
    alog_snapshot *snapshot = snapshot_of(log);
    alog_writer *writer = claim(log);
    CHECK_OK(alog_writer_begin(writer));
    alog_writer_release(writer);
    CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(snapshot, NULL));
    writer = claim(log);
    append_numbers(writer, 1);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    alog_writer_release(writer);
    alog_snapshot_destroy(snapshot);
  }
  alog_log_release(log);
}

static void delta_is_exact(void) {
  for (uint64_t segment = 1; segment <= 5; segment++) {
    for (uint64_t step = 1; step <= 40; step++) {
      alog_log *log = numbers(8, segment);
      alog_writer *writer = claim(log);
      alog_snapshot *snapshot = snapshot_of(log);
      uint64_t end = 0;
      for (uint64_t round = 0; round < 8; round++) {
        append_numbers(writer, step + round);
        const alog_range now = log_range_of(log);
        const uint64_t first = end > now.begin ? end : now.begin;
        alog_delta delta = {77, 77, 77};
        CHECK_OK(alog_snapshot_refresh(snapshot, &delta));
        CHECK_DELTA(first, now.end - first, first - end, delta);
        end = now.end;
      }
      alog_snapshot_destroy(snapshot);
      alog_writer_release(writer);
      alog_log_release(log);
    }
  }
}

static void latest_is_the_newest_publication(void) {
  alog_log *log = numbers(20, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  append_numbers(writer, 3);
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  CHECK_RANGE(2, 3, latest_of(snapshot));
  CHECK_OK(append_number_batch(writer, 9));
  CHECK_RANGE(2, 3, latest_of(snapshot));
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  CHECK_RANGE(3, 12, latest_of(snapshot));
  append_numbers(writer, 1);
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  CHECK_RANGE(12, 13, latest_of(snapshot));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void records_outside_the_view_are_out_of_range(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 14);
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_RANGE(4, 14, range_of(snapshot));
  append_numbers(writer, 1);
  const uint64_t outside[] = {0, 3, 14, 15, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX};
  for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
    alog_slice record = {&log, 77};
    CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_record(snapshot, outside[i], &record));
    CHECK(record.data == &log && record.size == 77);
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void chunks_gives_any_stretch_of_them(void) {
  alog_log *log = numbers(20, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 33);
  alog_snapshot *snapshot = snapshot_of(log);
  const size_t count = alog_snapshot_chunk_count(snapshot);
  CHECK_U64(6, count);
  for (size_t first = 0; first <= count; first++) {
    for (size_t max = 1; max <= count + 2; max++) {
      alog_chunk out[9];
      memset(out, 0xee, sizeof out);
      const alog_chunk untouched = out[8];
      size_t written = 77;
      CHECK_OK(alog_snapshot_chunks(snapshot, first, max, out, &written));
      CHECK_U64(count - first < max ? count - first : max, written);
      for (size_t i = 0; i < written; i++) {
        const alog_chunk expected = chunk_of(snapshot, first + i);
        CHECK_MEMORY(&expected, &out[i], sizeof expected);
      }
      for (size_t i = written; i < 9; i++) {
        CHECK_MEMORY(&untouched, &out[i], sizeof untouched);
      }
    }
  }
  alog_chunk out = {NULL, 0, 0, NULL, 0, 0};
  size_t written = 77;
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunks(snapshot, count + 1, 1, &out, &written));
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunks(snapshot, SIZE_MAX, 1, &out, &written));
  CHECK_U64(77, written);
  CHECK_OK(alog_snapshot_chunks(snapshot, 2, 0, &out, &written));
  CHECK_U64(0, written);
  CHECK_POINTER(NULL, out.data);
  CHECK_OK(alog_snapshot_chunks(snapshot, 5, SIZE_MAX, &out, &written));
  CHECK_U64(1, written);
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunk(snapshot, count, &out));
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunk(snapshot, SIZE_MAX, &out));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void clone_is_the_same_view_and_its_own(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  for (uint64_t end = 0; end < 20; end++) {
    alog_snapshot *original = snapshot_of(log);
    append_numbers(writer, 1);
    alog_snapshot *clone = clone_of(original);
    CHECK(clone != original);
    check_same_view(original, clone);
    CHECK_OK(alog_snapshot_refresh(clone, NULL));
    CHECK_U64(end, range_of(original).end);
    CHECK_U64(end + 1, range_of(clone).end);
    alog_snapshot_destroy(original);
    check_numbers(clone, range_of(clone).begin, end + 1);
    alog_snapshot_destroy(clone);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void refresh_works_when_log_and_writer_are_gone(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  append_numbers(writer, 15);
  alog_writer_release(writer);
  alog_log_release(log);
  alog_delta delta = {0, 0, 0};
  CHECK_OK(alog_snapshot_refresh(snapshot, &delta));
  CHECK_DELTA(4, 11, 4, delta);
  check_numbers(snapshot, 4, 15);
  CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(snapshot, &delta));
  CHECK_DELTA(15, 0, 0, delta);
  alog_snapshot_destroy(snapshot);
}

static void destroy_accepts_null(void) { alog_snapshot_destroy(NULL); }

/* What one long-lived reader holds must not change what another sees. */
static void views_do_not_depend_on_each_other(void) {
  alog_log *log = numbers(4, 2); /* K = 3 */
  alog_writer *writer = claim(log);
  alog_snapshot *held[20];
  for (uint64_t i = 0; i < 20; i++) {
    append_numbers(writer, 2);
    held[i] = snapshot_of(log);
    const uint64_t end = 2 * (i + 1);
    check_numbers(held[i], end > 6 ? end - 6 : 0, end);
    CHECK(alog_snapshot_chunk_count(held[i]) <= 3);
  }
  for (uint64_t i = 0; i < 20; i += 2) {
    alog_snapshot_destroy(held[i]);
  }
  for (uint64_t i = 1; i < 20; i += 2) {
    const uint64_t end = 2 * (i + 1);
    check_numbers(held[i], end > 6 ? end - 6 : 0, end);
    if (i < 19) {
      CHECK_OK(alog_snapshot_refresh(held[i], NULL));
    }
    check_numbers(held[i], 34, 40);
    alog_snapshot_destroy(held[i]);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

/* ----------------------------------------------------------------- where records and ranges lie */

enum { VIEW_MAX = 32 }; /* chunks of the views below */

/* alog_snapshot_find places each record in view where the chunks have it, and refuses what is outside. */
static void check_find(const alog_snapshot *snapshot, size_t record_size) {
  const alog_range range = range_of(snapshot);
  for (uint64_t sequence = range.begin; sequence < range.end; sequence++) {
    size_t index = 77;
    size_t place = 77;
    CHECK_OK(alog_snapshot_find(snapshot, sequence, &index, &place));
    const alog_chunk chunk = chunk_of(snapshot, index);
    CHECK(place < chunk.count);
    CHECK_U64(sequence, chunk.first_sequence + place);
    alog_slice record = {NULL, 0};
    CHECK_OK(alog_snapshot_record(snapshot, sequence, &record));
    const alog_slice found = chunk_record(&chunk, place, record_size);
    CHECK_POINTER(record.data, found.data);
    CHECK_U64(record.size, found.size);
  }
  const uint64_t outside[] = {range.begin - 1, range.end, range.end + 1, UINT64_C(1) << 63, UINT64_MAX};
  for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
    size_t index = 77;
    size_t place = 78;
    CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_find(snapshot, outside[i], &index, &place));
    CHECK(index == 77 && place == 78);
  }
}

/* Cuts a chunk to the range. Returns false if nothing of it is left. */
static bool cut(alog_chunk *chunk, alog_range range) {
  const uint64_t first = range.begin > chunk->first_sequence ? range.begin : chunk->first_sequence;
  const uint64_t chunk_end = chunk->first_sequence + chunk->count;
  const uint64_t end = range.end < chunk_end ? range.end : chunk_end;
  if (first >= end) {
    return false;
  }
  const size_t skipped = (size_t)(first - chunk->first_sequence);
  chunk->data = (const unsigned char *)chunk->data + skipped * chunk->stride;
  chunk->spans = chunk->spans != NULL ? chunk->spans + skipped : NULL;
  chunk->first_sequence = first;
  chunk->count = (size_t)(end - first);
  return true;
}

/* Checks that these are the chunks of a range that is in view, whether there is room for all of them or not. */
static void check_chunks_in(const alog_snapshot *snapshot, alog_range range, size_t record_size, record_check check) {
  alog_chunk expected[VIEW_MAX];
  size_t count = 0;
  for (size_t i = 0; i < alog_snapshot_chunk_count(snapshot); i++) {
    CHECK(count < VIEW_MAX);
    expected[count] = chunk_of(snapshot, i);
    count += cut(&expected[count], range);
  }
  for (size_t max = 0; max <= count + 1; max++) {
    alog_chunk out[VIEW_MAX + 1];
    memset(out, 0xee, sizeof out);
    const alog_chunk untouched = out[VIEW_MAX];
    size_t written = 77;
    CHECK_OK(alog_snapshot_chunks_in(snapshot, range, max, out, &written));
    CHECK_U64(count < max ? count : max, written);
    CHECK_MEMORY(expected, out, written * sizeof out[0]);
    for (size_t i = written; i <= VIEW_MAX; i++) {
      CHECK_MEMORY(&untouched, &out[i], sizeof untouched);
    }
    for (size_t i = 0; i < written; i++) {
      check_chunk(&out[i], record_size, check);
    }
  }
  /* With room for few, asks again from behind the last chunk. */
  for (size_t max = 1; max <= 2; max++) {
    alog_range rest = range;
    size_t done = 0;
    while (rest.begin < rest.end) {
      alog_chunk out[2];
      size_t written = 0;
      CHECK_OK(alog_snapshot_chunks_in(snapshot, rest, max, out, &written));
      CHECK(written > 0);
      CHECK_MEMORY(&expected[done], out, written * sizeof out[0]);
      done += written;
      rest.begin = out[written - 1].first_sequence + out[written - 1].count;
    }
    CHECK_U64(count, done);
  }
}

static void check_not_in_view(const alog_snapshot *snapshot, uint64_t begin, uint64_t end) {
  alog_chunk out[VIEW_MAX];
  memset(out, 0xee, sizeof out);
  const alog_chunk untouched = out[0];
  const alog_range range = {begin, end};
  size_t written = 77;
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunks_in(snapshot, range, VIEW_MAX, out, &written));
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunks_in(snapshot, range, 1, out, &written));
  CHECK_U64(77, written);
  CHECK_OK(alog_snapshot_chunks_in(snapshot, range, 0, out, &written)); /* a count of 0 comes first */
  CHECK_U64(0, written);
  for (size_t i = 0; i < VIEW_MAX; i++) {
    CHECK_MEMORY(&untouched, &out[i], sizeof untouched);
  }
}

/* Every range in view, or a hundred of them where there are more; and ranges that are not in view. */
static void check_ranges(const alog_snapshot *snapshot, random_source *random, size_t record_size, record_check check) {
  const alog_range view = range_of(snapshot);
  const uint64_t len = view.end - view.begin;
  if (len <= 12) {
    for (uint64_t begin = view.begin; begin <= view.end; begin++) {
      for (uint64_t end = begin; end <= view.end; end++) {
        const alog_range range = {begin, end};
        check_chunks_in(snapshot, range, record_size, check);
      }
    }
  } else {
    for (int i = 0; i < 100; i++) {
      const uint64_t begin = view.begin + random_below(random, len);
      const alog_range range = {begin, begin + random_below(random, view.end - begin + 1)};
      check_chunks_in(snapshot, range, record_size, check);
    }
  }
  check_chunks_in(snapshot, view, record_size, check);
  check_chunks_in(snapshot, latest_of(snapshot), record_size, check);

  /* An empty range has no chunks, wherever it is. */
  const uint64_t places[] = {0, view.begin - 1, view.begin, view.end, view.end + 1, UINT64_MAX};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    const alog_range empty = {places[i], places[i]};
    alog_chunk out;
    memset(&out, 0xee, sizeof out);
    const alog_chunk untouched = out;
    size_t written = 77;
    CHECK_OK(alog_snapshot_chunks_in(snapshot, empty, 1, &out, &written));
    CHECK_U64(0, written);
    CHECK_MEMORY(&untouched, &out, sizeof out);
  }

  if (view.begin > 0) {
    check_not_in_view(snapshot, view.begin - 1, view.end);
    check_not_in_view(snapshot, view.begin - 1, view.begin);
    check_not_in_view(snapshot, 0, view.end);
  }
  check_not_in_view(snapshot, view.begin, view.end + 1);
  check_not_in_view(snapshot, view.end, view.end + 1);
  check_not_in_view(snapshot, view.begin, UINT64_MAX);
  check_not_in_view(snapshot, view.begin + 1, view.begin);
  check_not_in_view(snapshot, view.end, view.end - len - 1);
  check_not_in_view(snapshot, UINT64_MAX, view.end);
  if (len > 2) {
    check_not_in_view(snapshot, view.end - 1, view.begin + 1);
  }
}

/* Logs of either kind that grow in publications of random lengths, with a view of each state. */
static void check_random_logs(bool bytes) {
  random_source random = {UINT64_C(7) + bytes};
  for (int round = 0; round < 30; round++) {
    const uint64_t segment = bytes ? 32 + random_below(&random, 64) : 1 + random_below(&random, 6);
    const uint64_t retained = 1 + random_below(&random, segment * 8);
    alog_log *log = bytes ? create_bytes(bytes_options(retained, segment)) : numbers(retained, segment);
    alog_writer *writer = claim(log);
    alog_snapshot *snapshot = snapshot_of(log);
    const size_t record_size = bytes ? 0 : sizeof(uint64_t);
    const record_check check = bytes ? check_text : check_number;
    for (int step = 0; step < 12; step++) {
      check_find(snapshot, record_size);
      check_ranges(snapshot, &random, record_size, check);
      const uint64_t count = 1 + random_below(&random, bytes ? retained / 32 + 1 : retained);
      CHECK_OK(alog_writer_begin(writer));
      for (uint64_t i = 0; i < count; i++) {
        CHECK_OK(bytes ? append_text(writer) : append_number(writer));
      }
      CHECK_OK(alog_writer_publish(writer));
      CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
      CHECK_U64(count, latest_of(snapshot).end - latest_of(snapshot).begin);
    }
    alog_snapshot_destroy(snapshot);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

static void each_record_and_range_lies_where_the_chunks_have_it(void) {
  check_random_logs(false);
  check_random_logs(true);
}

/* A view ends where it was captured, though the segment goes on. */
static void ranges_end_with_the_view_and_not_with_its_head(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 10);
  alog_snapshot *snapshot = snapshot_of(log);
  append_numbers(writer, 1);
  random_source random = {1};
  check_find(snapshot, sizeof(uint64_t));
  check_ranges(snapshot, &random, sizeof(uint64_t), check_number);
  check_not_in_view(snapshot, 9, 11);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

int main(void) {
  RUN(view_of_an_empty_log_is_empty);
  RUN(view_is_stable);
  RUN(refreshed_view_equals_a_fresh_one);
  RUN(refresh_without_news_is_unchanged);
  RUN(a_change_of_writer_is_no_news);
  RUN(delta_is_exact);
  RUN(latest_is_the_newest_publication);
  RUN(records_outside_the_view_are_out_of_range);
  RUN(chunks_gives_any_stretch_of_them);
  RUN(clone_is_the_same_view_and_its_own);
  RUN(refresh_works_when_log_and_writer_are_gone);
  RUN(destroy_accepts_null);
  RUN(views_do_not_depend_on_each_other);
  RUN(each_record_and_range_lies_where_the_chunks_have_it);
  RUN(ranges_end_with_the_view_and_not_with_its_head);
  return 0;
}
