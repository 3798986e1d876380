/* One function for each path of the C surface. scripts/instructions.sh counts their instructions. Each does its
 * operation TIMES times, on a log that is warm. `paths-c NAME` runs one; `paths-c` lists them.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_log_inline.h"

enum { TIMES = 4096, SEGMENT = 1024, BATCH = 256 };

static const size_t sizes[4] = {8, 64, 1024, 256};
static alog_log *log_of[4], *bytes_log;
static alog_writer *writer_of[4], *bytes_writer;
static alog_hot *hot_of[4], *bytes_hot;
static alog_snapshot *snapshot;
static const alog_glance *glance;
static alog_cursor *cursor;
static alog_follower *follower;
static unsigned char data[BATCH * 64]; /* at least 1 KiB */

static void check(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "paths-c: %s failed\n", what);
  exit(1);
}

/* Not inlined, and known by name to the counter. */
#define PATH(name) \
  void name(void); \
  __attribute__((noinline)) void name(void)
#define EACH for (int i = 0; i < TIMES; i++)
#define OK(call) check((call) >= ALOG_OK, #call)

PATH(path_c_append_8) { EACH OK(alog_writer_append(writer_of[0], data, 8)); }
PATH(path_c_append_64) { EACH OK(alog_writer_append(writer_of[1], data, 64)); }
PATH(path_c_append_1024) { EACH OK(alog_writer_append(writer_of[2], data, 1024)); }
PATH(path_c_append_bytes_40) { EACH OK(alog_writer_append(bytes_writer, data, 40)); }
PATH(path_c_append_batch_64) {
  for (int i = 0; i < TIMES / BATCH; i++) OK(alog_writer_append_batch(writer_of[1], data, BATCH));
}
PATH(path_c_group_64) {
  for (int i = 0; i < TIMES / BATCH; i++) {
    OK(alog_writer_begin(writer_of[1]));
    for (int j = 0; j < BATCH; j++) OK(alog_writer_append(writer_of[1], data, 64));
    OK(alog_writer_publish(writer_of[1]));
  }
}
PATH(path_c_reserve_commit) {
  alog_reservation room;
  EACH {
    OK(alog_writer_reserve(writer_of[1], 1, &room));
    OK(alog_writer_commit(writer_of[1], 1));
  }
}
PATH(path_c_refresh_unchanged) { EACH OK(alog_snapshot_refresh(snapshot, NULL)); }
PATH(path_c_append_refresh) {
  EACH {
    OK(alog_writer_append(writer_of[1], data, 64));
    OK(alog_snapshot_refresh(snapshot, NULL));
  }
}
PATH(path_c_snapshot_destroy) {
  alog_snapshot *other;
  EACH {
    OK(alog_snapshot_create(log_of[1], &other));
    alog_snapshot_destroy(other);
  }
}
PATH(path_c_chunk) {
  alog_chunk chunk;
  EACH OK(alog_snapshot_chunk(snapshot, (size_t)i % 16, &chunk));
}
PATH(path_c_record) {
  alog_slice record;
  alog_range range;
  OK(alog_snapshot_range(snapshot, &range));
  EACH OK(alog_snapshot_record(snapshot, range.begin + (uint64_t)i, &record));
}
PATH(path_c_cursor_follow) {
  alog_chunk chunk;
  EACH {
    OK(alog_writer_append(writer_of[1], data, 64));
    OK(alog_cursor_refresh(cursor, NULL));
    while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
    }
  }
}
PATH(path_c_notify) { EACH OK(alog_writer_notify(writer_of[1])); }

/* What atomic_log_inline.h has. */
PATH(path_c_inline_append_8) { EACH OK(alog_append_inline(writer_of[0], hot_of[0], data, 8)); }
PATH(path_c_inline_append_64) { EACH OK(alog_append_inline(writer_of[1], hot_of[1], data, 64)); }
PATH(path_c_inline_append_256) { EACH OK(alog_append_inline(writer_of[3], hot_of[3], data, 256)); }
PATH(path_c_inline_bytes_40) { EACH OK(alog_append_bytes_inline(bytes_writer, bytes_hot, data, 40)); }
PATH(path_c_inline_bytes_any) { EACH OK(alog_append_bytes_inline(bytes_writer, bytes_hot, data, (size_t)i * 7 % 128)); }
PATH(path_c_inline_notify) { EACH OK(alog_notify_inline(writer_of[1], hot_of[1])); }
PATH(path_c_inline_unchanged) { EACH OK(alog_refresh_inline(snapshot, glance)); }
PATH(path_c_inline_refresh) {
  EACH {
    OK(alog_append_inline(writer_of[1], hot_of[1], data, 64));
    OK(alog_refresh_inline(snapshot, glance));
  }
}
PATH(path_c_inline_follow) {
  alog_chunk chunk;
  EACH {
    OK(alog_append_inline(writer_of[1], hot_of[1], data, 64));
    if (!alog_next_inline(follower)) {
      OK(alog_cursor_refresh(cursor, NULL));
      while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
      }
    }
  }
}

static const struct {
  const char *name;
  void (*run)(void);
} paths[] = {
#define ROW(name) {#name, name}
    ROW(path_c_append_8),
    ROW(path_c_append_64),
    ROW(path_c_append_1024),
    ROW(path_c_append_bytes_40),
    ROW(path_c_append_batch_64),
    ROW(path_c_group_64),
    ROW(path_c_reserve_commit),
    ROW(path_c_refresh_unchanged),
    ROW(path_c_append_refresh),
    ROW(path_c_snapshot_destroy),
    ROW(path_c_chunk),
    ROW(path_c_record),
    ROW(path_c_cursor_follow),
    ROW(path_c_notify),
    ROW(path_c_inline_append_8),
    ROW(path_c_inline_append_64),
    ROW(path_c_inline_append_256),
    ROW(path_c_inline_bytes_40),
    ROW(path_c_inline_bytes_any),
    ROW(path_c_inline_notify),
    ROW(path_c_inline_unchanged),
    ROW(path_c_inline_refresh),
    ROW(path_c_inline_follow),
};

int main(int argc, char **argv) {
  static unsigned char large[1024];
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = 16 * SEGMENT;
  options.segment_capacity = SEGMENT;
  for (int i = 0; i < 4; i++) {
    options.record_size = sizes[i];
    OK(alog_log_create_fixed(&options, &log_of[i]));
    OK(alog_writer_claim(log_of[i], &writer_of[i]));
    hot_of[i] = alog_writer_hot(writer_of[i]);
    for (int j = 0; j < 20 * SEGMENT; j++) OK(alog_writer_append(writer_of[i], large, sizes[i]));
  }
  options.record_size = 0;
  options.retained_capacity = 1 << 20;
  options.segment_capacity = 1 << 16;
  OK(alog_log_create_bytes(&options, &bytes_log));
  OK(alog_writer_claim(bytes_log, &bytes_writer));
  bytes_hot = alog_writer_hot(bytes_writer);
  for (int j = 0; j < 40000; j++) OK(alog_writer_append(bytes_writer, large, 40));
  OK(alog_snapshot_create(log_of[1], &snapshot));
  OK(alog_cursor_open(log_of[1], ALOG_START_NEXT, &cursor));
  glance = alog_snapshot_glance(snapshot);
  follower = alog_cursor_follower(cursor);

  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    if (argc < 2) printf("%s %d\n", paths[i].name, TIMES);
    if (argc > 1 && strcmp(argv[1], paths[i].name) == 0) paths[i].run();
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  for (int i = 0; i < 4; i++) alog_writer_release(writer_of[i]), alog_log_release(log_of[i]);
  alog_writer_release(bytes_writer), alog_log_release(bytes_log);
  return 0;
}
