// Holds up: the header stands alone in C++ too, may be included twice, is clean from C++11 to C++23 under strict
// warnings, and gives its functions C linkage.
#include <atomic_log.h>

#if !ALOG_VERSION_AT_LEAST(0, 1, 0)
#error "the header tells its version"
#endif

// A second declaration with C linkage is an error if the first had another.
extern "C" uint32_t alog_version(void);

static_assert(sizeof(alog_status) == sizeof(int32_t), "alog_status travels as int32_t");
static_assert(sizeof(alog_start) == sizeof(uint32_t), "alog_start travels as uint32_t");
static_assert(ALOG_OK == 0 && ALOG_ERR_NULL == -1, "success is zero and errors are negative");

int use_of_everything();
int use_of_everything() {
  alog_options options = ALOG_OPTIONS_INIT;
  alog_chunk chunk = alog_chunk();
  alog_delta delta = alog_delta();
  alog_range range = alog_range();
  alog_reservation reservation = alog_reservation();
  alog_log *log = nullptr;
  alog_writer *writer = nullptr;
  alog_snapshot *snapshot = nullptr;
  alog_cursor *cursor = nullptr;
  alog_segment *segment = nullptr;

  bool good = alog_log_create_bytes(&options, &log) == ALOG_OK && alog_writer_claim(log, &writer) == ALOG_OK &&
              alog_writer_reserve(writer, 1, &reservation) == ALOG_OK &&
              alog_snapshot_create(log, &snapshot) == ALOG_OK && alog_snapshot_range(snapshot, &range) == ALOG_OK &&
              alog_cursor_open(log, ALOG_START_OLDEST, &cursor) == ALOG_OK &&
              alog_cursor_refresh(cursor, &delta) == ALOG_UNCHANGED && alog_cursor_next(cursor, &chunk) == ALOG_END &&
              alog_cursor_pin(cursor, &segment) == ALOG_ERR_STATE;
  const alog_status status = alog_writer_append(writer, nullptr, 0);
  alog_segment_release(segment);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  return good && status == ALOG_OK ? 0 : 1;
}
