/* 05_reserve: write records where readers will read them, without a copy.
 *
 * Shows: reserve hands out unpublished room in the log; commit publishes the part that was used; cancel gives the room
 * back, as if nothing had happened. The same for fixed records and for bytes.
 * Introduces: alog_writer_reserve, alog_writer_commit, alog_writer_cancel, alog_log_range.
 *
 * Build: cc -Iinclude examples-c/05_reserve.c -Ltarget/lib -latomic_log -lm -o 05_reserve
 * Run:   LD_LIBRARY_PATH=target/lib ./05_reserve
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "atomic_log.h"

enum { WAVE = 1000, LONGEST_LINE = 120 };

static bool failed(alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "%s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  return true;
}

/* Computes a wave directly into the log. A reservation lies in one segment, so this needs a loop. */
static bool write_wave(alog_writer *writer) {
  for (size_t done = 0; done < WAVE;) {
    alog_reservation room;
    if (failed(alog_writer_reserve(writer, WAVE - done, &room), "reserve")) return false;
    float *samples = room.data; /* room.capacity of them, at most what was asked for */
    for (size_t i = 0; i < room.capacity; i++) {
      samples[i] = sinf(0.01F * (float)(done + i));
    }
    printf("  room for %3zu of %4zu samples, written in place\n", room.capacity, WAVE - done);
    if (failed(alog_writer_commit(writer, room.capacity), "commit")) return false;
    done += room.capacity;
  }
  return true;
}

/* Formats a line directly into the log: reserves room for the longest line, and commits what was used. */
static bool write_line(alog_writer *writer, int id, double celsius) {
  alog_reservation room;
  if (failed(alog_writer_reserve(writer, LONGEST_LINE, &room), "reserve")) return false;
  int length = snprintf(room.data, room.capacity, "sensor %d: %.1f C", id, celsius);
  if (length < 0 || (size_t)length >= room.capacity || isnan(celsius)) {
    printf("  sensor %d has no reading: cancelled\n", id);
    return !failed(alog_writer_cancel(writer), "cancel");
  }
  printf("  %2d of %zu bytes used: %s\n", length, room.capacity, (const char *)room.data);
  return !failed(alog_writer_commit(writer, (size_t)length), "commit");
}

/* What a reader would find now. */
static bool visible(const alog_log *log, const char *when, uint64_t expected) {
  alog_range range;
  if (failed(alog_log_range(log, &range), "range")) return false;
  printf("  %s: %" PRIu64 " records are visible\n", when, range.end - range.begin);
  return range.end - range.begin == expected;
}

int main(void) {
  int result = EXIT_FAILURE;
  alog_log *waves = NULL, *lines = NULL;
  alog_writer *wave_writer = NULL, *line_writer = NULL;

  alog_options wave_options = ALOG_OPTIONS_INIT;
  wave_options.record_size = sizeof(float);
  wave_options.retained_capacity = 2048;
  wave_options.segment_capacity = 512;
  if (failed(alog_log_create_fixed(&wave_options, &waves), "create")) goto done;
  if (failed(alog_writer_claim(waves, &wave_writer), "claim")) goto done;

  printf("fixed records\n");
  if (!write_wave(wave_writer) || !visible(waves, "committed", WAVE)) goto done;

  /* Reserved room is invisible until it is committed, and may be given back. */
  alog_reservation room;
  if (failed(alog_writer_reserve(wave_writer, 10, &room), "reserve")) goto done;
  *(float *)room.data = 1.0F;
  if (!visible(waves, "one written, not committed", WAVE)) goto done;
  if (failed(alog_writer_cancel(wave_writer), "cancel")) goto done;
  if (!visible(waves, "cancelled", WAVE)) goto done;

  alog_options line_options = ALOG_OPTIONS_INIT;
  line_options.retained_capacity = 4096;
  line_options.segment_capacity = 1024;
  if (failed(alog_log_create_bytes(&line_options, &lines), "create")) goto done;
  if (failed(alog_writer_claim(lines, &line_writer), "claim")) goto done;

  printf("byte records\n");
  if (!write_line(line_writer, 1, 21.5) || !write_line(line_writer, 2, (double)NAN)) goto done;
  if (!write_line(line_writer, 3, -4.25) || !visible(lines, "committed", 2)) goto done;
  result = EXIT_SUCCESS;

done:
  alog_writer_release(line_writer);
  alog_writer_release(wave_writer);
  alog_log_release(lines);
  alog_log_release(waves);
  return result;
}
