/*
 * With ALOG_TEST_INLINE, which builds a test once more, the test does inline what it can: appends, notifies, and
 * refreshes that bring nothing. The claims are the same.
 */
#ifndef INLINE_H
#define INLINE_H

#ifdef ALOG_TEST_INLINE
#include <atomic_log_inline.h>

static inline alog_status test_append(alog_writer *writer, const void *record, size_t size) {
  alog_hot *hot = alog_writer_hot(writer);
  return hot != NULL && hot->spans != NULL ? alog_append_bytes_inline(writer, hot, record, size)
                                           : alog_append_inline(writer, hot, record, size);
}

static inline alog_status test_notify(alog_writer *writer) {
  return alog_notify_inline(writer, alog_writer_hot(writer));
}

static inline alog_status test_refresh(alog_snapshot *snapshot, alog_delta *out) {
  return out == NULL ? alog_refresh_inline(snapshot, alog_snapshot_glance(snapshot))
                     : alog_snapshot_refresh(snapshot, out);
}

#define alog_writer_append(writer, record, size) test_append((writer), (record), (size))
#define alog_writer_notify(writer) test_notify(writer)
#define alog_snapshot_refresh(snapshot, out) test_refresh((snapshot), (out))
#endif

#endif
