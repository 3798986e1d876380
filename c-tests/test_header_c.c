/*
 * Holds up: the header stands alone, may be included twice, and is clean C from C99 to C23 under strict warnings. Only
 * the names of the header are used here, so each standard sees each of its macros.
 */
#include <atomic_log.h>

#if !defined(ALOG_VERSION) || !defined(ALOG_VERSION_STRING) || !ALOG_VERSION_AT_LEAST(0, 1, 0)
#error "the header tells its version"
#endif

int use_of_everything(void);
int use_of_everything(void) {
  alog_options options = ALOG_OPTIONS_INIT;
  alog_allocator allocator = {NULL, NULL, NULL};
  alog_slice slice = {NULL, 0};
  alog_span span = {0, 0};
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  alog_range range = {0, 0};
  alog_delta delta = {0, 0, 0};
  alog_reservation reservation = {NULL, 0, 0};
  alog_log *log = NULL;
  alog_writer *writer = NULL;
  alog_snapshot *snapshot = NULL;
  alog_cursor *cursor = NULL;
  alog_segment *segment = NULL;
  alog_status status = ALOG_OK;
  alog_start start = ALOG_START_OLDEST;

  options.allocator = &allocator;
  status = alog_log_create_fixed(&options, &log);
  if (status == ALOG_OK) {
    status = alog_writer_claim(log, &writer);
  }
  if (status == ALOG_OK) {
    status = alog_writer_append_slices(writer, &slice, 1);
  }
  if (status == ALOG_OK) {
    status = alog_writer_reserve(writer, 1, &reservation);
  }
  if (status == ALOG_OK) {
    status = alog_snapshot_create(log, &snapshot);
  }
  if (status == ALOG_OK) {
    status = alog_snapshot_range(snapshot, &range);
  }
  if (status == ALOG_OK) {
    start = ALOG_START_NEXT;
    status = alog_cursor_open(log, start, &cursor);
  }
  if (status == ALOG_OK) {
    status = alog_cursor_refresh(cursor, &delta);
  }
  if (status == ALOG_UNCHANGED) {
    status = alog_cursor_next(cursor, &chunk);
  }
  if (status == ALOG_OK) {
    status = alog_cursor_pin(cursor, &segment);
  }
  alog_segment_release(segment);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  return status == ALOG_OK && span.size == 0 && start == 0;
}
