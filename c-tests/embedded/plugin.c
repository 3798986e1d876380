/* A plugin that carries the library, compiled with hidden visibility: only its own exports are visible. */
#include <atomic_log.h>
#include <stddef.h>

#define EXPORTED __attribute__((visibility("default")))

static alog_log *log_of_mine;
static alog_writer *writer;

/* Appends a number to this plugin's own log. Returns how many numbers the log shows now; 0 if anything fails. */
EXPORTED unsigned long plugin_append(int number) {
  if (log_of_mine == NULL) {
    alog_options options = ALOG_OPTIONS_INIT;
    options.retained_capacity = 8;
    options.segment_capacity = 4;
    options.record_size = sizeof number;
    if (alog_log_create_fixed(&options, &log_of_mine) != ALOG_OK) return 0;
    if (alog_writer_claim(log_of_mine, &writer) != ALOG_OK) return 0;
  }
  if (alog_writer_append(writer, &number, sizeof number) != ALOG_OK) return 0;
  alog_range range;
  return alog_log_range(log_of_mine, &range) == ALOG_OK ? (unsigned long)(range.end - range.begin) : 0;
}

EXPORTED void plugin_end(void) {
  alog_writer_release(writer);
  alog_log_release(log_of_mine);
  writer = NULL;
  log_of_mine = NULL;
}
