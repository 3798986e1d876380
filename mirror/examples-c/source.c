/* source: how busy this machine is, a thousand times a second, for readers on other machines.
 *
 * One thread writes two logs: readings of one size, a group of them per millisecond, one for each core; and lines of
 * text when something changes. Neither it nor the logs know of the publishers, which carry both to a server.
 *
 * Usage: source URL SECONDS
 */
#define _POSIX_C_SOURCE 200809L
#include <atomic_log_nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reading.h"

enum { CORES = 64 };

typedef struct ticks {
  uint64_t busy, all;
} ticks;

static int read_cores(ticks *out) {
  FILE *file = fopen("/proc/stat", "r");
  if (file == NULL) return 0;
  char line[512];
  int cores = 0;
  while (cores < CORES && fgets(line, sizeof line, file) != NULL) {
    uint64_t v[8];
    int core;
    if (strncmp(line, "cpu", 3) != 0 || line[3] < '0' || line[3] > '9') continue; /* not all of them together */
    if (sscanf(line, "cpu%d %lu %lu %lu %lu %lu %lu %lu %lu", &core, v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6,
               v + 7) != 9) {
      continue;
    }
    out[cores].all = v[0] + v[1] + v[2] + v[3] + v[4] + v[5] + v[6] + v[7];
    out[cores].busy = out[cores].all - v[3] - v[4];
    cores++;
  }
  fclose(file);
  return cores;
}

static bool failed(alog_status status, const char *what) {
  if (status != ALOG_OK) fprintf(stderr, "source: %s: %s\n", what, alog_status_message(status));
  return status != ALOG_OK;
}

static alog_nats_publisher *publish(alog_log *log, const char *url, const char *stream) {
  alog_nats_options options = ALOG_NATS_OPTIONS_INIT;
  options.url = url;
  options.stream = stream;
  options.flags = ALOG_NATS_CREATE | ALOG_NATS_MEMORY;
  options.max_age_ns = 60000000000u;
  alog_nats_publisher *publisher = NULL;
  return failed(alog_nats_publish(log, &options, &publisher), stream) ? NULL : publisher;
}

/* Prints what a publisher did; returns whether all of it is acknowledged. */
static bool end(alog_nats_publisher *publisher, const char *stream) {
  alog_nats_stats stats = ALOG_NATS_STATS_INIT;
  /* The end of the log travels, too. */
  for (int i = 0; i < 500; i++) {
    if (alog_nats_publisher_stats(publisher, &stats) != ALOG_OK || stats.state >= ALOG_NATS_FINISHED) break;
    nanosleep(&(struct timespec){0, 10000000}, NULL);
  }
  printf("source: %-8s %8lu records in %6lu messages acknowledged, %lu lost, %s\n", stream,
         (unsigned long)stats.records, (unsigned long)stats.messages, (unsigned long)stats.lost,
         stats.last_error[0] != '\0' ? stats.last_error : "no errors");
  uint64_t left = 0;
  return alog_nats_publisher_close(publisher, 5000000000u, &left) == ALOG_OK && left == 0;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc != 3) return fprintf(stderr, "usage: source URL SECONDS\n"), 2;
  alog_options of_readings = ALOG_OPTIONS_INIT;
  of_readings.record_size = sizeof(reading);
  of_readings.retained_capacity = 1 << 16;
  of_readings.segment_capacity = 1 << 12;
  alog_options of_lines = ALOG_OPTIONS_INIT;
  of_lines.retained_capacity = 1 << 16;
  of_lines.segment_capacity = 1 << 13;
  alog_log *readings, *lines;
  alog_writer *reading_writer, *line_writer;
  if (failed(alog_log_create_fixed(&of_readings, &readings), "readings") ||
      failed(alog_writer_claim(readings, &reading_writer), "readings") ||
      failed(alog_log_create_bytes(&of_lines, &lines), "lines") ||
      failed(alog_writer_claim(lines, &line_writer), "lines"))
    return 1;
  alog_nats_publisher *reading_publisher = publish(readings, argv[1], "readings");
  alog_nats_publisher *line_publisher = publish(lines, argv[1], "lines");
  if (reading_publisher == NULL || line_publisher == NULL) return 1;

  ticks before[CORES], after[CORES];
  int cores = read_cores(before);
  unsigned busy[CORES] = {0};
  long periods = atol(argv[2]) * 1000;
  for (long period = 0; period < periods; period++) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    /* The kernel counts in hundredths of a second. */
    if (period % 100 == 0 && read_cores(after) == cores) {
      for (int core = 0; core < cores; core++) {
        uint64_t all = after[core].all - before[core].all;
        busy[core] = all == 0 ? 0 : (unsigned)(100 * (after[core].busy - before[core].busy) / all);
        before[core] = after[core];
        char line[80];
        int size = snprintf(line, sizeof line, "core %d is %u%% busy after %ld ms", core, busy[core], period);
        if (failed(alog_writer_append(line_writer, line, (size_t)size), "lines")) return 1;
      }
      if (failed(alog_writer_notify(line_writer), "lines")) return 1;
    }
    if (failed(alog_writer_begin(reading_writer), "readings")) return 1;
    for (int core = 0; core < cores; core++) {
      reading one = {(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, (uint32_t)core, busy[core]};
      if (failed(alog_writer_append(reading_writer, &one, sizeof one), "readings")) return 1;
    }
    if (failed(alog_writer_publish(reading_writer), "readings")) return 1;
    if (failed(alog_writer_notify(reading_writer), "readings")) return 1;
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  printf("source: %lu readings of %d cores, %lu lines\n", (unsigned long)alog_writer_next_sequence(reading_writer),
         cores, (unsigned long)alog_writer_next_sequence(line_writer));
  if (failed(alog_writer_finish(reading_writer), "readings")) return 1;
  if (failed(alog_writer_finish(line_writer), "lines")) return 1;
  bool all = end(reading_publisher, "readings");
  all = end(line_publisher, "lines") && all;
  alog_log_release(readings);
  alog_log_release(lines);
  return all ? 0 : 1;
}
