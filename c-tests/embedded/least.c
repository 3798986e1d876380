/* The least that a program does with a log: it makes one, writes a record, reads it and frees all.
 * scripts/embed-test.sh measures the size of this program, and links it beside a Rust archive. */
#include <atomic_log.h>
#include <stdint.h>
#include <string.h>

#ifdef BESIDE_RUST
/* in other.rs: catches a panic, and starts a thread */
int32_t other_run(void);
#endif

int main(void) {
  alog_options options = ALOG_OPTIONS_INIT;
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *view;
  alog_slice record;
  options.retained_capacity = 8;
  options.segment_capacity = 4;
  options.record_size = 5;
  if (alog_log_create_fixed(&options, &log) != ALOG_OK) return 1;
  if (alog_writer_claim(log, &writer) != ALOG_OK) return 2;
  if (alog_writer_append(writer, "works", 5) != ALOG_OK) return 3;
  if (alog_snapshot_create(log, &view) != ALOG_OK) return 4;
  if (alog_snapshot_record(view, 0, &record) != ALOG_OK || memcmp(record.data, "works", 5) != 0) return 5;
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
#ifdef BESIDE_RUST
  if (other_run() != 42) return 6;
#endif
  return 0;
}
