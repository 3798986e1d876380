/*
 * Holds up: a log handle is a count. Any number of counts may be taken, and given back in any order. The log lives as
 * long as any handle of it. The handle that writers and snapshots give is the same pointer with a count of its own. The
 * log tells its range and whether it has a writer.
 */
#include "fixture.h"

static void new_log_is_empty_and_unclaimed(void) {
  alog_log *log = numbers(8, 4);
  check_log_numbers(log, 0, 0);
  CHECK(!alog_log_has_writer(log));
  alog_log_release(log);
}

static void retain_returns_its_argument(void) {
  alog_log *log = numbers(8, 4);
  CHECK_POINTER(log, alog_log_retain(log));
  alog_log_release(log);
  check_log_numbers(log, 0, 0);
  alog_log_release(log);
}

static void each_count_keeps_the_log(void) {
  alog_log *log = numbers(8, 4);
  enum { COUNTS = 100 };
  for (int i = 0; i < COUNTS; i++) {
    CHECK_POINTER(log, alog_log_retain(log));
  }
  for (int i = 0; i < COUNTS; i++) {
    alog_log_release(log);
  }
  alog_writer *writer = claim(log);
  append_numbers(writer, 3);
  alog_writer_release(writer);
  check_log_numbers(log, 0, 3);
  alog_log_release(log);
}

static void release_accepts_null(void) { alog_log_release(NULL); }

static void retain_of_null_is_null(void) { CHECK_POINTER(NULL, alog_log_retain(NULL)); }

static void range_is_what_a_snapshot_taken_now_holds(void) {
  alog_log *log = numbers(6, 4);
  alog_writer *writer = claim(log);
  for (int i = 0; i < 40; i++) {
    append_numbers(writer, 1);
    alog_snapshot *snapshot = snapshot_of(log);
    const alog_range range = range_of(snapshot);
    CHECK_RANGE(range.begin, range.end, log_range_of(log));
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void range_does_not_depend_on_what_readers_hold(void) {
  alog_log *log = numbers(4, 2); /* K = 3 */
  alog_writer *writer = claim(log);
  append_numbers(writer, 6);
  alog_snapshot *old = snapshot_of(log);
  append_numbers(writer, 6);
  CHECK_RANGE(6, 12, log_range_of(log));
  check_log_numbers(log, 6, 12);
  check_numbers(old, 0, 6);
  alog_snapshot_destroy(old);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void writer_is_there_from_claim_to_release(void) {
  alog_log *log = numbers(8, 4);
  for (int i = 0; i < 3; i++) {
    CHECK(!alog_log_has_writer(log));
    alog_writer *writer = claim(log);
    CHECK(alog_log_has_writer(log));
    alog_writer_release(writer);
  }
  CHECK(!alog_log_has_writer(log));
  alog_log_release(log);
}

static void second_claim_is_refused(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_writer *second = NULL;
  CHECK_STATUS(ALOG_ERR_CLAIMED, alog_writer_claim(log, &second));
  CHECK(second == NULL);
  alog_writer_release(writer);
  CHECK_OK(alog_writer_claim(log, &second));
  alog_writer_release(second);
  alog_log_release(log);
}

static void records_stay_when_the_writer_goes(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 7);
  alog_writer_release(writer);
  check_log_numbers(log, 0, 7);
  alog_log_release(log);
}

static void next_writer_goes_on_where_the_last_one_stopped(void) {
  alog_log *log = numbers(8, 4);
  for (uint64_t appended = 0; appended < 50; appended++) {
    alog_writer *writer = claim(log);
    CHECK_U64(appended, alog_writer_next_sequence(writer));
    append_numbers(writer, 1);
    alog_writer_release(writer);
  }
  check_log_numbers(log, 40, 50); /* segments 10 to 12 of 4 records */
  alog_log_release(log);
}

static void writer_and_snapshot_give_the_same_log(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_log *of_writer = alog_writer_log(writer);
  alog_log *of_snapshot = alog_snapshot_log(snapshot);
  CHECK_POINTER(log, of_writer);
  CHECK_POINTER(log, of_snapshot);
  alog_log_release(log);
  alog_log_release(of_writer);
  append_numbers(writer, 2);
  alog_writer_release(writer);
  alog_snapshot_destroy(snapshot);
  check_log_numbers(of_snapshot, 0, 2);
  alog_log_release(of_snapshot);
}

static void log_comes_back_from_a_writer_after_its_last_count(void) {
  alog_log *log = numbers(8, 4);
  const uintptr_t address = (uintptr_t)log;
  alog_writer *writer = claim(log);
  append_numbers(writer, 5);
  alog_log_release(log);
  log = alog_writer_log(writer);
  CHECK(address == (uintptr_t)log);
  alog_writer_release(writer);
  check_log_numbers(log, 0, 5);
  CHECK(!alog_log_has_writer(log));
  writer = claim(log);
  append_numbers(writer, 1);
  alog_writer_release(writer);
  check_log_numbers(log, 0, 6);
  alog_log_release(log);
}

static void log_comes_back_from_a_snapshot_after_its_last_count(void) {
  alog_log *log = numbers(8, 4);
  const uintptr_t address = (uintptr_t)log;
  alog_snapshot *snapshot = snapshot_of(log);
  alog_log_release(log);
  log = alog_snapshot_log(snapshot);
  CHECK(address == (uintptr_t)log);
  alog_snapshot_destroy(snapshot);
  alog_writer *writer = claim(log);
  append_numbers(writer, 5);
  alog_writer_release(writer);
  check_log_numbers(log, 0, 5);
  alog_log_release(log);
}

static void logs_are_strangers_to_each_other(void) {
  alog_log *left = numbers(8, 4);
  alog_log *right = numbers(8, 4);
  alog_writer *left_writer = claim(left);
  alog_writer *right_writer = claim(right);
  append_numbers(left_writer, 3);
  append_numbers(right_writer, 5);
  check_log_numbers(left, 0, 3);
  check_log_numbers(right, 0, 5);
  alog_log_release(left);
  alog_writer_release(left_writer);
  append_numbers(right_writer, 1);
  check_log_numbers(right, 0, 6);
  alog_writer_release(right_writer);
  alog_log_release(right);
}

int main(void) {
  RUN(new_log_is_empty_and_unclaimed);
  RUN(retain_returns_its_argument);
  RUN(each_count_keeps_the_log);
  RUN(release_accepts_null);
  RUN(retain_of_null_is_null);
  RUN(range_is_what_a_snapshot_taken_now_holds);
  RUN(range_does_not_depend_on_what_readers_hold);
  RUN(writer_is_there_from_claim_to_release);
  RUN(second_claim_is_refused);
  RUN(records_stay_when_the_writer_goes);
  RUN(next_writer_goes_on_where_the_last_one_stopped);
  RUN(writer_and_snapshot_give_the_same_log);
  RUN(log_comes_back_from_a_writer_after_its_last_count);
  RUN(log_comes_back_from_a_snapshot_after_its_last_count);
  RUN(logs_are_strangers_to_each_other);
  return 0;
}
