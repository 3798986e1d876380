/*
 * Holds up, of a checked library: it reports misuse that is undefined otherwise. A destroyed writer, snapshot, cursor
 * or segment pin answers like a wrong handle as long as its log lives. A segment that nothing covers any more reads as
 * 0xDD, not as its former records.
 */
#include "counting.h"
#include "fixture.h"

typedef struct world {
  counting memory;
  alog_log *log;
  alog_writer *writer; /* a live one */
  alog_snapshot *snapshot;
} world;

static void begin(world *w, bool bytes) {
  counting_init(&w->memory);
  alog_options options = bytes ? bytes_options(256, 64) : fixed_options(8, 4, sizeof(uint64_t));
  options.allocator = &w->memory.allocator;
  w->log = bytes ? create_bytes(options) : create_fixed(options);
  w->writer = claim(w->log);
  for (int i = 0; i < 20; i++) {
    CHECK_OK(bytes ? append_text(w->writer) : append_number(w->writer));
  }
  w->snapshot = snapshot_of(w->log);
}

static void end(world *w) {
  alog_snapshot_destroy(w->snapshot);
  alog_writer_release(w->writer);
  alog_log_release(w->log);
  counting_done(&w->memory);
}

static const uint64_t value = 7;
static const alog_slice slice = {"ab", 2};
static const uint32_t two = 2;

static void check_dead_writer(alog_writer *dead) {
  alog_reservation room = {NULL, 0, 0};
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_append(dead, &value, sizeof value));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_append_batch(dead, &value, 1));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_append_slices(dead, &slice, 1));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_append_packed(dead, "ab", &two, 1));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_begin(dead));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_publish(dead));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_abandon(dead));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_reserve(dead, 1, &room));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_commit(dead, 1));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_cancel(dead));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_notify(dead));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_writer_trim(dead));
  CHECK_U64(0, alog_writer_next_sequence(dead));
  CHECK(alog_writer_log(dead) == NULL);
  alog_writer_release(dead);
}

static void check_dead_snapshot(alog_snapshot *dead) {
  alog_snapshot *snapshot = NULL;
  alog_cursor *cursor = NULL;
  alog_segment *segment = NULL;
  alog_range range = {1, 0};
  alog_slice record = {NULL, 0};
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  alog_view_stats stats = ALOG_VIEW_STATS_INIT;
  size_t written = 77;
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_clone(dead, &snapshot));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_refresh(dead, NULL));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_wait(dead, ALOG_WAIT_FOREVER));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_range(dead, &range));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_latest(dead, &range));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_record(dead, 19, &record));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_chunk(dead, 0, &chunk));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_chunks(dead, 0, 1, &chunk, &written));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_pin(dead, 0, &segment));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_snapshot_stats(dead, &stats));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_cursor_create(dead, &cursor));
  CHECK_U64(0, alog_snapshot_len(dead));
  CHECK_U64(0, alog_snapshot_chunk_count(dead));
  CHECK(alog_snapshot_log(dead) == NULL);
  CHECK(snapshot == NULL && cursor == NULL && segment == NULL);
  alog_snapshot_destroy(dead);
}

static void check_dead_cursor(alog_cursor *dead) {
  alog_segment *segment = NULL;
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_cursor_next(dead, &chunk));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_cursor_seek(dead, 19));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_cursor_refresh(dead, NULL));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_cursor_wait(dead, ALOG_WAIT_FOREVER));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_cursor_pin(dead, &segment));
  CHECK_U64(0, alog_cursor_position(dead));
  CHECK(segment == NULL);
  alog_cursor_destroy(dead);
}

static void check_dead_segment(alog_segment *dead) {
  CHECK_U64(0, alog_segment_sequence(dead));
  CHECK_POINTER(dead, alog_segment_retain(dead));
  alog_segment_release(dead);
  alog_segment_release(dead);
}

static void check_dead_handles(bool bytes) {
  world w;
  begin(&w, bytes);
  alog_writer *writer = w.writer;
  alog_snapshot *snapshot = clone_of(w.snapshot);
  alog_cursor *cursor = cursor_over(snapshot);
  alog_segment *segment = pin_of(snapshot, 1);
  CHECK(alog_segment_sequence(segment) > 0);
  alog_segment_retain(segment);
  alog_segment_release(segment);
  CHECK(alog_segment_sequence(segment) > 0); /* a count is left */
  alog_segment_release(segment);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  w.writer = claim(w.log);
  CHECK(w.writer != writer); /* no other handle gets their memory */
  const uint64_t next = alog_writer_next_sequence(w.writer);
  for (int i = 0; i < 3; i++) {
    check_dead_writer(writer);
    check_dead_snapshot(snapshot);
    check_dead_cursor(cursor);
    check_dead_segment(segment);
    alog_snapshot *other = snapshot_of(w.log);
    CHECK(other != snapshot);
    alog_snapshot_destroy(other);
  }
  CHECK_U64(next, alog_writer_next_sequence(w.writer));
  CHECK_U64(next, log_range_of(w.log).end);
  end(&w);
}

static void destroyed_handles_are_found_out_as_long_as_the_log_lives(void) {
  check_dead_handles(false);
  check_dead_handles(true);
}

static void a_destroyed_handle_serves_no_longer_than_its_log_needs_another(void) {
  world w;
  begin(&w, false);
  alog_cursor *cursor = cursor_over(w.snapshot);
  alog_snapshot *dead = w.snapshot;
  alog_snapshot_destroy(w.snapshot);
  w.snapshot = NULL;
  alog_writer *writer = w.writer;
  alog_writer_release(writer);
  w.writer = NULL;
  alog_log_release(w.log);
  w.log = NULL;
  check_dead_snapshot(dead);
  check_dead_writer(writer);
  alog_chunk chunk;
  CHECK_OK(alog_cursor_next(cursor, &chunk)); /* keeps all of it */
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  alog_cursor_destroy(cursor);
  counting_done(&w.memory);
}

/* Trim takes in what readers let go, and gives nothing back while there is no more than the log needs. */
static void a_chunk_without_cover_shows_0xdd(void) {
  world w;
  begin(&w, false); /* K = 3, so that four segments stay */
  const alog_chunk chunk = chunk_of(w.snapshot, 0);
  check_chunk(&chunk, sizeof(uint64_t), check_number);
  while (log_range_of(w.log).begin < chunk.first_sequence + chunk.count) {
    append_numbers(w.writer, 1);
  }
  check_chunk(&chunk, sizeof(uint64_t), check_number); /* covered still */
  alog_snapshot_destroy(w.snapshot);
  w.snapshot = NULL;
  CHECK_OK(alog_writer_trim(w.writer));
  const unsigned char *data = (const unsigned char *)chunk.data;
  for (size_t i = 0; i < chunk.count * chunk.stride; i++) {
    CHECK_U64(0xdd, data[i]);
  }
  append_numbers(w.writer, 30);
  check_log_numbers(w.log, log_range_of(w.log).begin, alog_writer_next_sequence(w.writer));
  end(&w);
}

static void spans_without_cover_show_0xdd(void) {
  world w;
  begin(&w, true);
  const alog_chunk chunk = chunk_of(w.snapshot, 0);
  while (log_range_of(w.log).begin < chunk.first_sequence + chunk.count) {
    CHECK_OK(append_text(w.writer));
  }
  check_chunk(&chunk, 0, check_text);
  alog_snapshot_destroy(w.snapshot);
  w.snapshot = NULL;
  CHECK_OK(alog_writer_trim(w.writer));
  const unsigned char *data = (const unsigned char *)chunk.data;
  for (size_t i = 0; i < 64; i++) {
    CHECK_U64(0xdd, data[i]);
  }
  for (size_t i = 0; i < chunk.count; i++) {
    CHECK_U64(0xdddddddd, chunk.spans[i].offset);
    CHECK_U64(0xdddddddd, chunk.spans[i].size);
  }
  end(&w);
}

int main(void) {
  RUN(destroyed_handles_are_found_out_as_long_as_the_log_lives);
  RUN(a_destroyed_handle_serves_no_longer_than_its_log_needs_another);
  RUN(a_chunk_without_cover_shows_0xdd);
  RUN(spans_without_cover_show_0xdd);
  return 0;
}
