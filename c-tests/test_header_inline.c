/* Holds up: atomic_log_inline.h stands alone, may be included twice, and is clean C from C99 and C++ from C++11 on. */
#include <atomic_log_inline.h>

#include <atomic_log_inline.h>

#ifdef __cplusplus
extern "C"
#endif
    int
    use_of_everything(alog_writer *writer, const alog_snapshot *snapshot, const alog_cursor *cursor, size_t size);
int use_of_everything(alog_writer *writer, const alog_snapshot *snapshot, const alog_cursor *cursor, size_t size) {
  const uint64_t record[200] = {0};
  alog_hot *hot = alog_writer_hot(writer);
  int good = alog_append_inline(writer, hot, record, sizeof record) == ALOG_OK;
  good += alog_append_inline(writer, hot, record, size) == ALOG_OK;
  good += alog_append_bytes_inline(writer, hot, record, 24) == ALOG_OK;
  good += alog_append_bytes_inline(writer, hot, record, size) == ALOG_OK;
  good += alog_append_bytes_inline(writer, hot, NULL, 0) == ALOG_OK;
  good += alog_notify_inline(writer, hot) == ALOG_OK;
  good += alog_is_newest_inline(alog_snapshot_glance(snapshot)) ? 1 : 0;
  good += alog_is_newest_inline(alog_cursor_glance(cursor)) ? 1 : 0;
  good += alog_refresh_inline(NULL, alog_snapshot_glance(snapshot)) == ALOG_OK;
  good += alog_next_inline(alog_cursor_follower(NULL)) ? 1 : 0;
  return good;
}
