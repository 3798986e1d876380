/*
 * Holds up: records appended between begin and publish become visible at one instant or, if the group is abandoned,
 * never. A group may span segments, up to exactly a view. `latest` names a publication that is whole in the view.
 */
#include "model.h"

static void check_unchanged(alog_snapshot *snapshot) {
  CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(snapshot, NULL));
}

static void group_is_invisible_until_published(void) {
  alog_log *log = numbers(20, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 3);
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_OK(alog_writer_begin(writer));
  for (uint64_t i = 0; i < 10; i++) {
    append_numbers(writer, 1);
    CHECK_U64(4 + i, alog_writer_next_sequence(writer));
    check_unchanged(snapshot);
    check_log_numbers(log, 0, 3);
  }
  CHECK_OK(alog_writer_publish(writer));
  check_log_numbers(log, 0, 13);
  alog_delta delta = {0, 0, 0};
  CHECK_OK(alog_snapshot_refresh(snapshot, &delta));
  CHECK_DELTA(3, 10, 0, delta);
  CHECK_RANGE(3, 13, latest_of(snapshot));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void abandoned_group_never_was(void) {
  for (uint64_t before = 0; before <= 9; before++) {
    for (uint64_t count = 0; count <= 12; count++) {
      alog_log *log = numbers(8, 4);
      alog_writer *writer = claim(log);
      append_numbers(writer, before);
      const alog_range range = log_range_of(log);
      alog_snapshot *snapshot = snapshot_of(log);
      for (int times = 0; times < 3; times++) {
        CHECK_OK(alog_writer_begin(writer));
        const uint64_t other = 12345;
        for (uint64_t i = 0; i < count && alog_writer_append(writer, &other, sizeof other) == ALOG_OK; i++) {
          CHECK_U64(before + i + 1, alog_writer_next_sequence(writer));
        }
        CHECK_OK(alog_writer_abandon(writer));
        CHECK_U64(before, alog_writer_next_sequence(writer));
        check_unchanged(snapshot);
        check_log_numbers(log, range.begin, range.end);
      }
      append_numbers(writer, 9);
      check_log_numbers(log, log_range_of(log).begin, before + 9);
      alog_snapshot_destroy(snapshot);
      alog_writer_release(writer);
      alog_log_release(log);
    }
  }
}

static void abandoned_bytes_never_were(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  for (uint64_t end = 0; end < 40; end++) {
    alog_snapshot *snapshot = snapshot_of(log);
    CHECK_OK(alog_writer_begin(writer));
    for (size_t i = 0; i < end % 7; i++) {
      CHECK_OK(alog_writer_append(writer, "never to be seen", i * 2));
    }
    CHECK_OK(alog_writer_abandon(writer));
    CHECK_U64(end, alog_writer_next_sequence(writer));
    check_unchanged(snapshot);
    alog_snapshot_destroy(snapshot);
    CHECK_OK(append_text(writer));
    snapshot = snapshot_of(log);
    check_texts(snapshot, range_of(snapshot).begin, end + 1);
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

/* An abandoned group leaves no gap: the log goes on exactly as one that never had it. */
static void abandon_gives_back_space_and_segments(void) {
  static model expected;
  model_bytes(&expected, 256, 64, 8, 16);
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  static const unsigned char junk[64] = {0};
  random_source random = {5};
  for (int i = 0; i < 200; i++) {
    CHECK_OK(alog_writer_begin(writer));
    for (uint64_t j = random_below(&random, 6); j > 0; j--) {
      CHECK_OK(alog_writer_append(writer, junk, (size_t)(1 + random_below(&random, 50))));
    }
    CHECK_OK(alog_writer_abandon(writer));

    const size_t size = (size_t)(1 + random_below(&random, 40));
    CHECK(model_place(&expected, size, size));
    unsigned char record[MODEL_RECORD_MAX];
    model_fill(&expected, expected.tail.end - 1, record);
    model_publish(&expected);
    CHECK_OK(alog_writer_append(writer, record, size));
    alog_snapshot *snapshot = snapshot_of(log);
    model_check(&expected, snapshot);
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void empty_group_publishes_nothing(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  for (uint64_t end = 0; end <= 9; end++) {
    alog_snapshot *snapshot = snapshot_of(log);
    const alog_range latest = latest_of(snapshot);
    CHECK_OK(alog_writer_begin(writer));
    CHECK_OK(alog_writer_publish(writer));
    CHECK_OK(alog_writer_begin(writer));
    CHECK_OK(alog_writer_append_batch(writer, NULL, 0));
    CHECK_OK(alog_writer_publish(writer));
    check_unchanged(snapshot);
    CHECK_RANGE(latest.begin, latest.end, latest_of(snapshot));
    alog_snapshot_destroy(snapshot);
    append_numbers(writer, 1);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void groups_do_not_nest(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_publish(writer));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_abandon(writer));
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 2);
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_begin(writer));
  append_numbers(writer, 1);
  check_log_numbers(log, 0, 0);
  CHECK_OK(alog_writer_publish(writer));
  check_log_numbers(log, 0, 3);
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_publish(writer));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_abandon(writer));
  CHECK_OK(alog_writer_begin(writer));
  CHECK_OK(alog_writer_abandon(writer));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_abandon(writer));
  check_log_numbers(log, 0, 3);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void batch_in_a_group_belongs_to_it(void) {
  alog_log *log = numbers(20, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 1);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 1);
  CHECK_OK(append_number_batch(writer, 5));
  append_numbers(writer, 2);
  CHECK_OK(append_number_batch(writer, 3));
  check_log_numbers(log, 0, 1);
  CHECK_OK(alog_writer_publish(writer));
  alog_snapshot *snapshot = snapshot_of(log);
  check_numbers(snapshot, 0, 12);
  CHECK_RANGE(1, 12, latest_of(snapshot));
  alog_snapshot_destroy(snapshot);

  CHECK_OK(alog_writer_begin(writer));
  CHECK_OK(append_number_batch(writer, 7));
  CHECK_OK(alog_writer_abandon(writer));
  check_log_numbers(log, 0, 12);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void release_abandons(void) {
  alog_log *log = numbers(8, 4);
  for (uint64_t end = 0; end < 20; end++) {
    alog_writer *writer = claim(log);
    CHECK_OK(alog_writer_begin(writer));
    const uint64_t other = 12345;
    for (uint64_t i = 0; i < end % 9; i++) {
      CHECK_OK(alog_writer_append(writer, &other, sizeof other));
    }
    alog_writer_release(writer);
    CHECK_U64(end, log_range_of(log).end);
    writer = claim(log);
    CHECK_U64(end, alog_writer_next_sequence(writer));
    CHECK_STATUS(ALOG_ERR_STATE, alog_writer_publish(writer));
    append_numbers(writer, 1);
    check_log_numbers(log, log_range_of(log).begin, end + 1);
    alog_writer_release(writer);
  }
  alog_log_release(log);
}

/*
 * Fills a group until it is TOO_LARGE, by single records or by batches. It must hold exactly K segments then, still be
 * open with what it had, and be publishable as the model says.
 */
static void check_limit(uint64_t retained, uint64_t segment, uint64_t before, uint64_t batch) {
  static model expected;
  model_fixed(&expected, retained, segment, sizeof(uint64_t));
  alog_log *log = numbers(retained, segment);
  alog_writer *writer = claim(log);
  append_numbers(writer, before);
  for (uint64_t i = 0; i < before; i++) {
    CHECK(model_place(&expected, 8, 8));
    model_publish(&expected);
  }

  CHECK_OK(alog_writer_begin(writer));
  for (;;) {
    const model_tail tail = expected.tail;
    uint64_t placed = 0;
    while (placed < batch && model_place(&expected, 8, 8)) {
      placed++;
    }
    if (placed == batch) {
      CHECK_OK(batch == 1 ? append_number(writer) : append_number_batch(writer, batch));
      continue;
    }
    expected.tail = tail;
    for (int times = 0; times < 2; times++) {
      CHECK_STATUS(ALOG_ERR_TOO_LARGE, batch == 1 ? append_number(writer) : append_number_batch(writer, batch));
      CHECK_U64(tail.end, alog_writer_next_sequence(writer));
    }
    break;
  }
  /* A record that still fits is accepted. */
  while (model_place(&expected, 8, 8)) {
    append_numbers(writer, 1);
  }
  CHECK_STATUS(ALOG_ERR_TOO_LARGE, append_number(writer));
  CHECK_U64(before, log_range_of(log).end);
  CHECK_OK(alog_writer_publish(writer));
  model_publish(&expected);
  alog_snapshot *snapshot = snapshot_of(log);
  check_numbers(snapshot, model_begin(&expected), expected.visible.end);
  CHECK_RANGE(before, expected.visible.end, latest_of(snapshot));
  alog_snapshot_destroy(snapshot);

  append_numbers(writer, 3 * segment);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void group_fits_up_to_exactly_a_view(void) {
  for (uint64_t retained = 1; retained <= 7; retained++) {
    for (uint64_t segment = 1; segment <= 4; segment++) {
      for (uint64_t before = 0; before <= 3 * segment; before++) {
        check_limit(retained, segment, before, 1);
        check_limit(retained, segment, before, 2);
        check_limit(retained, segment, before, 3);
      }
    }
  }
}

static void group_of_bytes_fits_up_to_exactly_a_view(void) {
  static model expected;
  random_source random = {9};
  static const unsigned char junk[64] = {0};
  for (int round = 0; round < 300; round++) {
    const uint64_t retained = 1 + random_below(&random, 300);
    model_bytes(&expected, retained, 64, 8, 16);
    alog_log *log = create_bytes(bytes_options(retained, 64));
    alog_writer *writer = claim(log);
    for (int group = 0; group < 4; group++) {
      CHECK_OK(alog_writer_begin(writer));
      expected.open = true;
      for (;;) {
        const size_t size = (size_t)(1 + random_below(&random, 64));
        if (!model_place(&expected, size, size)) {
          CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append(writer, junk, size));
          break;
        }
        CHECK_OK(alog_writer_append(writer, junk, size));
        CHECK_U64(expected.tail.end, alog_writer_next_sequence(writer));
      }
      CHECK_OK(alog_writer_publish(writer));
      model_publish(&expected);
      alog_snapshot *snapshot = snapshot_of(log);
      CHECK_RANGE(model_begin(&expected), expected.visible.end, range_of(snapshot));
      CHECK_RANGE(expected.latest, expected.visible.end, latest_of(snapshot));
      alog_snapshot_destroy(snapshot);
    }
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

static void record_too_large_leaves_the_group_open(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  static const unsigned char junk[65] = {0};
  CHECK_OK(alog_writer_begin(writer));
  CHECK_OK(append_text(writer));
  CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append(writer, junk, sizeof junk));
  CHECK_OK(append_text(writer));
  CHECK_OK(alog_writer_publish(writer));
  alog_snapshot *snapshot = snapshot_of(log);
  check_texts(snapshot, 0, 2);
  CHECK_RANGE(0, 2, latest_of(snapshot));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void arguments_refused_leave_the_group_open(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 2);
  const uint64_t value = 0;
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, &value, 7));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append(writer, NULL, 8));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append_batch(writer, NULL, 1));
  append_numbers(writer, 1);
  CHECK_OK(alog_writer_publish(writer));
  check_log_numbers(log, 0, 3);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void view_taken_during_a_group_ends_before_it(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 3);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 6);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  check_numbers(snapshot, 0, 3);
  CHECK_U64(3, alog_cursor_position(cursor));
  CHECK_OK(alog_writer_publish(writer));
  check_numbers(snapshot, 0, 3);
  alog_delta delta = {0, 0, 0};
  CHECK_OK(alog_cursor_refresh(cursor, &delta));
  CHECK_DELTA(3, 6, 0, delta);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void readers_keep_what_a_group_evicts(void) {
  alog_log *log = numbers(8, 4); /* K = 3 */
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  alog_snapshot *old = snapshot_of(log);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 12);
  check_numbers(old, 0, 12);
  CHECK_OK(alog_writer_publish(writer));
  check_numbers(old, 0, 12);
  check_log_numbers(log, 12, 24);
  alog_delta delta = {0, 0, 0};
  CHECK_OK(alog_snapshot_refresh(old, &delta));
  CHECK_DELTA(12, 12, 0, delta);
  alog_snapshot_destroy(old);
  alog_writer_release(writer);
  alog_log_release(log);
}

int main(void) {
  RUN(group_is_invisible_until_published);
  RUN(abandoned_group_never_was);
  RUN(abandoned_bytes_never_were);
  RUN(abandon_gives_back_space_and_segments);
  RUN(empty_group_publishes_nothing);
  RUN(groups_do_not_nest);
  RUN(batch_in_a_group_belongs_to_it);
  RUN(release_abandons);
  RUN(group_fits_up_to_exactly_a_view);
  RUN(group_of_bytes_fits_up_to_exactly_a_view);
  RUN(record_too_large_leaves_the_group_open);
  RUN(arguments_refused_leave_the_group_open);
  RUN(view_taken_during_a_group_ends_before_it);
  RUN(readers_keep_what_a_group_evicts);
  return 0;
}
