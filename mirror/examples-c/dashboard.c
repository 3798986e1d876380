/* dashboard: what `source` on another machine publishes, twice a second, by the API that any reader uses.
 *
 * Of the readings it wants the newest publication, whole; of the lines it wants every one. It ends when the log does.
 *
 * Usage: dashboard URL
 */
#define _POSIX_C_SOURCE 200809L
#include <atomic_log_nats.h>
#include <stdio.h>
#include <time.h>

#include "reading.h"

static bool failed(alog_status status, const char *what) {
  if (status < ALOG_OK) fprintf(stderr, "dashboard: %s: %s\n", what, alog_status_message(status));
  return status < ALOG_OK;
}

static alog_nats_mirror *mirror_of(const char *url, const char *stream, uint64_t record_size) {
  alog_nats_options options = ALOG_NATS_OPTIONS_INIT;
  options.url = url;
  options.stream = stream;
  alog_options shape = ALOG_OPTIONS_INIT;
  shape.record_size = record_size;
  shape.retained_capacity = 1 << 17;
  shape.segment_capacity = 1 << 13;
  alog_nats_mirror *mirror = NULL;
  return failed(alog_nats_mirror_open(&options, &shape, &mirror), stream) ? NULL : mirror;
}

/* Shows the newest publication; returns whether it was whole. */
static bool show(alog_snapshot *view) {
  alog_range newest;
  if (failed(alog_snapshot_latest(view, &newest), "newest")) return false;
  bool whole = true;
  reading first = {0, 0, 0};
  char text[512];
  int size = 0;
  for (uint64_t sequence = newest.begin; sequence < newest.end && size < 400; sequence++) {
    alog_slice record;
    if (failed(alog_snapshot_record(view, sequence, &record), "reading")) return false;
    const reading *one = (const reading *)record.data;
    if (sequence == newest.begin) first = *one;
    whole = whole && one->time == first.time && one->core == sequence - newest.begin;
    size += snprintf(text + size, sizeof text - (size_t)size, " %u: %u%%", one->core, one->busy);
  }
  if (newest.begin == newest.end) return true;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t age = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec - first.time;
  printf("dashboard: reading %lu, %.1f ms old:%s%s\n", (unsigned long)newest.begin, (double)age / 1e6, text,
         whole ? "" : " TORN");
  return whole;
}

static bool read_lines(alog_cursor *cursor, uint64_t *read, uint64_t *lost) {
  alog_delta delta;
  alog_chunk chunk;
  if (failed(alog_cursor_refresh(cursor, &delta), "lines")) return false;
  *lost += delta.lost;
  while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
    for (size_t i = 0; i < chunk.count; i++) {
      const char *line = (const char *)chunk.data + chunk.spans[i].offset;
      if ((*read)++ % 20 == 0) printf("dashboard: \"%.*s\"\n", (int)chunk.spans[i].size, line);
    }
  }
  return true;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc != 2) return fprintf(stderr, "usage: dashboard URL\n"), 2;
  alog_nats_mirror *readings = mirror_of(argv[1], "readings", sizeof(reading));
  alog_nats_mirror *lines = mirror_of(argv[1], "lines", 0);
  if (readings == NULL || lines == NULL) return 1;
  alog_log *reading_log = alog_nats_mirror_log(readings), *line_log = alog_nats_mirror_log(lines);
  alog_snapshot *view;
  alog_cursor *cursor;
  if (failed(alog_snapshot_create(reading_log, &view), "readings")) return 1;
  if (failed(alog_cursor_open(line_log, ALOG_START_OLDEST, &cursor), "lines")) return 1;
  bool right = true;
  uint64_t read = 0, lost = 0;
  for (alog_status status = ALOG_OK; status != ALOG_FINISHED && right;) {
    nanosleep(&(struct timespec){0, 500000000}, NULL);
    status = alog_snapshot_wait(view, 0);
    right = !failed(alog_snapshot_refresh(view, NULL), "readings") && show(view) && read_lines(cursor, &read, &lost);
  }
  while (right && alog_cursor_wait(cursor, 5000000000u) == ALOG_OK) right = read_lines(cursor, &read, &lost);
  alog_nats_stats stats = ALOG_NATS_STATS_INIT;
  right = !failed(alog_nats_mirror_stats(readings, &stats), "stats") && right;
  printf("dashboard: %lu readings came, %lu lost; %lu lines read, %lu lost\n", (unsigned long)stats.records,
         (unsigned long)stats.lost, (unsigned long)read, (unsigned long)lost);
  right = right && stats.lost == 0 && lost == 0 && alog_log_is_finished(reading_log) && alog_log_is_finished(line_log);
  alog_snapshot_destroy(view);
  alog_cursor_destroy(cursor);
  alog_log_release(reading_log);
  alog_log_release(line_log);
  alog_nats_mirror_close(readings);
  alog_nats_mirror_close(lines);
  return right ? 0 : 1;
}
