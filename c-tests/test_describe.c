/*
 * Holds up: alog_log_describe tells, line by line, what the other functions tell of a log. It writes no more than it
 * may, and returns how much text there is.
 */
#include "atomics.h"
#include "fixture.h"

enum { TEXT = 4096 };

static void describe(const alog_log *log, char text[TEXT]) {
  const size_t length = alog_log_describe(log, text, TEXT);
  CHECK(length > 0 && length < TEXT);
  CHECK_U64(length, strlen(text));
  CHECK(text[length - 1] == '\n');
}

/* Checks that the text has a line of this form. */
#define SAYS(text, ...)                              \
  do {                                               \
    char line_[256];                                 \
    snprintf(line_, sizeof line_, "\n" __VA_ARGS__); \
    check_line((text), line_, __LINE__);             \
  } while (0)

static void check_line(const char *text, const char *line, int where) {
  const char *found = strstr(text, line);
  if (found == NULL || found[strlen(line)] != '\n') {
    fprintf(stderr, "line %d: there is no line\n%s\nin\n%s", where, line + 1, text);
    CHECK(false);
  }
}

static alog_stats stats_of(const alog_log *log) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  return stats;
}

/* The lines that every log has, compared with what the other functions tell. */
static void check_figures(const char *text, const alog_log *log, uint64_t segment_size) {
  char first[128];
  snprintf(first, sizeof first, "atomic-log %s, log at 0x%" PRIxPTR "\n", alog_version_string(), (uintptr_t)log);
  CHECK_MEMORY(first, text, strlen(first));
  alog_options options = ALOG_OPTIONS_INIT;
  CHECK_OK(alog_log_options(log, &options));
  const alog_stats stats = stats_of(log);
  const alog_range range = log_range_of(log);
  SAYS(text,
       "newest    records [%" PRIu64 ", %" PRIu64 "), in segments up to %" PRIu64 "; %" PRIu64 " published, %" PRIu64
       " rolls",
       range.begin, range.end, stats.rolls, stats.records_appended, stats.rolls);
  SAYS(text, "writer    %s", alog_log_has_writer(log) ? "claimed" : "none");
  char most[32] = "no bound";
  if (options.max_segments != 0) {
    snprintf(most, sizeof most, "at most %" PRIu32, options.max_segments);
  }
  SAYS(text,
       "memory    %" PRIu64 " bytes; at the writer's last roll or trim %" PRIu64 " segment%s of %" PRIu64
       " bytes, %" PRIu64 " pooled, %" PRIu64 " held by readers alone; %s",
       stats.bytes_allocated, stats.segments_live, stats.segments_live == 1 ? "" : "s", segment_size,
       stats.segments_pooled, stats.segments_held_by_readers, most);
  SAYS(text, "failures  %" PRIu64 " at the bound on segments, %" PRIu64 " of the allocator", stats.segment_limit_hits,
       stats.allocation_failures);
  SAYS(text, "readers   %" PRIu64 " view%s, %" PRIu64 " pin%s on segments", stats.snapshots_live,
       stats.snapshots_live == 1 ? "" : "s", stats.segment_pins_live, stats.segment_pins_live == 1 ? "" : "s");
}

static size_t lines_of(const char *text) {
  size_t lines = 0;
  for (; *text != '\0'; text++) {
    lines += *text == '\n';
  }
  return lines;
}

enum { PLAIN_LINES = 8 };

/* The bytes that one more segment takes from the allocator. */
static uint64_t segment_size_of(alog_options options) {
  uint64_t bytes[2];
  for (uint32_t i = 0; i < 2; i++) {
    options.preallocated_segments = 1 + i;
    alog_log *log = options.record_size == 0 ? create_bytes(options) : create_fixed(options);
    bytes[i] = stats_of(log).bytes_allocated;
    alog_log_release(log);
  }
  return bytes[1] - bytes[0];
}

static void a_log_of_fixed_records_is_told(void) {
  char text[TEXT];
  alog_options options = fixed_options(10, 4, 12);
  options.record_align = 8;
  const uint64_t segment_size = segment_size_of(options);
  alog_log *log = create_fixed(options);
  describe(log, text);
  SAYS(text, "records   of 12 bytes, 16 apart, aligned to 8");
  SAYS(text, "capacity  10 records, in segments of 4; a view has at most 4 segments");
  check_figures(text, log, segment_size);
  CHECK_U64(PLAIN_LINES, lines_of(text));

  alog_writer *writer = claim(log);
  static const unsigned char zeros[3 * 12] = {0};
  for (int i = 0; i < 20; i++) {
    CHECK_OK(alog_writer_append_batch(writer, zeros, 3));
  }
  CHECK_OK(alog_writer_begin(writer)); /* an open group is no publication */
  CHECK_OK(alog_writer_append(writer, zeros, 12));
  describe(log, text);
  check_figures(text, log, segment_size);
  SAYS(text, "group     open, with 1 record to be published");
  CHECK_U64(PLAIN_LINES + 1, lines_of(text));
  CHECK_OK(alog_writer_publish(writer));
  describe(log, text);
  CHECK_U64(PLAIN_LINES, lines_of(text));
  CHECK_OK(alog_writer_finish(writer));
  describe(log, text);
  SAYS(text, "writer    none, since the log is finished");
  alog_log_release(log);
}

/* However the group grows, and wherever: record by record, in batches and in place, over segments, and back again. */
static void an_open_group_is_told(void) {
  char text[TEXT];
  alog_log *log = create_fixed(fixed_options(40, 4, 8));
  alog_writer *writer = claim(log);
  static const uint64_t zeros[16] = {0};
  CHECK_OK(alog_writer_append_batch(writer, zeros, 6)); /* it begins in the middle of a segment */
  for (int round = 0; round < 2; round++) {
    CHECK_OK(alog_writer_begin(writer));
    uint64_t records = 0;
    for (uint64_t i = 0; i < 30; i++) {
      if (i % 7 == 3) {
        CHECK_OK(alog_writer_append_batch(writer, zeros, 3));
        records += 3;
      } else if (i % 7 == 5) {
        alog_reservation room;
        CHECK_OK(alog_writer_reserve(writer, 1, &room));
        memcpy(room.data, zeros, 8);
        CHECK_OK(alog_writer_commit(writer, 1));
        records++;
      } else if (records < 36) {
        CHECK_OK(alog_writer_append(writer, zeros, 8));
        records++;
      }
      if (records == 37) {
        CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_append_batch(writer, zeros, 16)); /* which adds nothing */
      }
      describe(log, text);
      SAYS(text, "group     open, with %" PRIu64 " record%s to be published", records, records == 1 ? "" : "s");
      if (records >= 37) {
        break;
      }
    }
    CHECK_OK(round == 0 ? alog_writer_abandon(writer) : alog_writer_publish(writer));
    describe(log, text);
    CHECK(strstr(text, "group") == NULL);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void a_log_of_bytes_is_told(void) {
  char text[TEXT];
  alog_options options = bytes_options(4096, 1024);
  options.segment_records = 40;
  options.max_segments = 9;
  const uint64_t segment_size = segment_size_of(options);
  alog_log *log = create_bytes(options);
  alog_writer *writer = claim(log);
  for (int i = 0; i < 500; i++) {
    CHECK_OK(append_text(writer));
  }
  describe(log, text);
  SAYS(text, "records   of any size, aligned to 8");
  SAYS(text, "capacity  4096 bytes, in segments of 1024 with 40 records at most; a view has at most 5 segments");
  check_figures(text, log, segment_size);
  CHECK_U64(PLAIN_LINES, lines_of(text));
  alog_writer_release(writer);
  alog_log_release(log);
}

/* One line for each window that views look through, newest first: how many, of what, how far behind. */
static void views_are_told(void) {
  char text[TEXT];
  const alog_options options = fixed_options(4, 2, sizeof(uint64_t)); /* K = 3 */
  const uint64_t segment_size = segment_size_of(options);
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  append_numbers(writer, 7); /* segments 1 to 3, from record 2 on */
  alog_snapshot *old = snapshot_of(log);
  alog_snapshot *clone = clone_of(old);
  alog_cursor *cursor = cursor_over(old);
  append_numbers(writer, 10); /* 17: segments 6 to 8, from record 12 on */
  alog_snapshot *middle = snapshot_of(log);
  append_numbers(writer, 3); /* 20: segments 7 to 9, from record 14 on */
  alog_cursor *follower = cursor_on(log, ALOG_START_NEXT);
  alog_segment *pin = pin_of(old, 0);
  describe(log, text);
  check_figures(text, log, segment_size);
  CHECK_U64(4, stats_of(log).snapshots_live - 1);
  CHECK_U64(PLAIN_LINES + 3, lines_of(text));
  SAYS(text, "  3 views of segments 1 to 3, records from 2 on, 6 segments behind");
  SAYS(text, "  1 view of segments 6 to 8, records from 12 on, 1 segment behind");
  SAYS(text, "  1 view of segments 7 to 9, records from 14 on, 0 segments behind");

  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(middle);
  alog_cursor_destroy(follower);
  describe(log, text);
  CHECK_U64(PLAIN_LINES + 1, lines_of(text));
  SAYS(text, "  2 views of segments 1 to 3, records from 2 on, 6 segments behind");

  /* Looking has left nothing behind. */
  alog_snapshot_destroy(old);
  alog_snapshot_destroy(clone);
  alog_segment_release(pin);
  append_numbers(writer, 2);
  describe(log, text);
  check_figures(text, log, segment_size);
  CHECK_U64(PLAIN_LINES, lines_of(text));
  CHECK_U64(0, stats_of(log).segments_held_by_readers);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* With each size of buffer: as much text as fits, a NUL, and nothing after it. */
static void what_does_not_fit_is_cut_off(void) {
  char whole[TEXT];
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  describe(log, whole);
  const size_t length = strlen(whole);
  CHECK_U64(length, alog_log_describe(log, NULL, 0));
  for (size_t size = 0; size <= length + 2; size++) {
    char *text = (char *)malloc(size); /* of its own, for memory checkers */
    CHECK(size == 0 || text != NULL);
    CHECK_U64(length, alog_log_describe(log, text, size));
    if (size > 0) {
      const size_t fits = size <= length ? size - 1 : length;
      CHECK_U64(fits, strlen(text));
      CHECK_MEMORY(whole, text, fits);
    }
    free(text);
  }
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

int main(void) {
  RUN(a_log_of_fixed_records_is_told);
  RUN(an_open_group_is_told);
  RUN(a_log_of_bytes_is_told);
  RUN(views_are_told);
  RUN(what_does_not_fit_is_cut_off);
  return 0;
}
