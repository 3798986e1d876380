/*
 * Holds up that no read returns an older state than one that had finished before it began (I10), where that is hardest:
 * in a log whose view is two segments of two records. Nearly every publication opens a window there, and windows are
 * used again at once. The threads are few enough to run at the same time. See stress.h.
 */
#include "stress.h"

enum { RETAINED = 2, SEGMENT = 2, RECORD_SIZE = sizeof(record_head) };

static alog_status create(const alog_allocator *allocator, alog_log **out) {
  alog_options options = fixed_options(RETAINED, SEGMENT, RECORD_SIZE);
  options.allocator = allocator;
  return alog_log_create_fixed(&options, out);
}

static size_t record_size(uint64_t sequence) {
  (void)sequence;
  return RECORD_SIZE;
}

static alog_status append_batch(alog_writer *writer, const unsigned char *data, size_t count, uint64_t first,
                                bool other_way) {
  (void)first;
  (void)other_way;
  return alog_writer_append_batch(writer, data, count);
}

int main(int argc, char **argv) {
  static const stress_kind narrow = {create, record_size, append_batch, true, 2, 4, 0, {1, 1, 1, 0, 0, 0, 0}};
  return stress_main(&narrow, argc, argv);
}
