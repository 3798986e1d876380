/* A library that uses this one and exposes its types in its own interface: scripts/recipe-test.sh. */
#include "ticks.h"

alog_log *ticks_create(void) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(unsigned);
  options.retained_capacity = 64;
  options.segment_capacity = 16;
  alog_log *log = NULL;
  return alog_log_create_fixed(&options, &log) == ALOG_OK ? log : NULL;
}
