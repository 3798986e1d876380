/*
 * Holds up: the shape that the log was originally asked for. With a retained capacity of 8 and segments of 4, a
 * snapshot of 0..6 iterates 0 to 5, and after 6 and 7 and a refresh, 0 to 7.
 */
#include "fixture.h"

static void append_int(alog_writer *writer, int32_t value) {
  CHECK_OK(alog_writer_append(writer, &value, sizeof value));
}

/* Iterates the snapshot as a program would, chunk by chunk: 0, 1, ... end - 1. */
static void check_iterates(const alog_snapshot *snapshot, int32_t end) {
  int32_t next = 0;
  for (size_t i = 0; i < alog_snapshot_chunk_count(snapshot); i++) {
    const alog_chunk chunk = chunk_of(snapshot, i);
    for (size_t j = 0; j < chunk.count; j++) {
      int32_t value = -1;
      memcpy(&value, (const unsigned char *)chunk.data + j * chunk.stride, sizeof value);
      CHECK(value == next);
      next++;
    }
  }
  CHECK(next == end);
  CHECK_U64((uint64_t)end, alog_snapshot_len(snapshot));
}

static void snapshot_iterates_what_was_appended(void) {
  alog_log *log = create_fixed(fixed_options(8, 4, sizeof(int32_t)));
  alog_writer *writer = claim(log);
  for (int32_t i = 0; i < 6; i++) {
    append_int(writer, i);
  }
  alog_snapshot *snapshot = snapshot_of(log);
  check_iterates(snapshot, 6);
  append_int(writer, 6);
  append_int(writer, 7);
  check_iterates(snapshot, 6);
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  check_iterates(snapshot, 8);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void dropping_the_writer_does_not_discard_the_log(void) {
  alog_log *log = create_fixed(fixed_options(8, 4, sizeof(int32_t)));
  for (int32_t i = 0; i < 8; i++) {
    alog_writer *writer = claim(log);
    append_int(writer, i);
    alog_writer_release(writer);
    alog_snapshot *snapshot = snapshot_of(log);
    check_iterates(snapshot, i + 1);
    alog_snapshot_destroy(snapshot);
  }
  alog_log_release(log);
}

static void records_of_every_size_come_back(void) {
  alog_log *log = create_bytes(bytes_options(1024, 256));
  alog_writer *writer = claim(log);
  for (int i = 0; i < 20; i++) {
    CHECK_OK(append_text(writer));
  }
  alog_snapshot *snapshot = snapshot_of(log);
  check_texts(snapshot, 0, 20);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

int main(void) {
  RUN(snapshot_iterates_what_was_appended);
  RUN(dropping_the_writer_does_not_discard_the_log);
  RUN(records_of_every_size_come_back);
  return 0;
}
