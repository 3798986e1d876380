/*
 * Holds up, under many threads: everything the header promises of a log of fixed-size records. See stress.h.
 */
#include "stress.h"

enum { RETAINED = 400, SEGMENT = 32, RECORD_SIZE = 48 };

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
  static const stress_kind fixed = {create,    record_size, append_batch, true,
                                    BATCH_MAX, RETAINED,    200,          {2, 2, 2, 2, 2, 2, 2}};
  return stress_main(&fixed, argc, argv);
}
