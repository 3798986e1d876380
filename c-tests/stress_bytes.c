/*
 * Holds up, under many threads: everything the header promises of a log of byte records. See stress.h.
 */
#include "stress.h"

enum { RETAINED = 32768, SEGMENT = 2048 };

static alog_status create(const alog_allocator *allocator, alog_log **out) {
  alog_options options = bytes_options(RETAINED, SEGMENT);
  options.segment_records = 40; /* so that some segments end for want of index, and some for want of space */
  options.allocator = allocator;
  return alog_log_create_bytes(&options, out);
}

static size_t record_size(uint64_t sequence) {
  return sizeof(record_head) + (size_t)(mix(sequence) % (RECORD_MAX - sizeof(record_head) + 1));
}

static alog_status append_batch(alog_writer *writer, const unsigned char *data, size_t count, uint64_t first,
                                bool other_way) {
  alog_slice slices[BATCH_MAX];
  uint32_t sizes[BATCH_MAX];
  size_t used = 0;
  CHECK(count <= BATCH_MAX);
  for (size_t i = 0; i < count; i++) {
    const size_t size = record_size(first + i);
    slices[i].data = data + used;
    slices[i].size = size;
    sizes[i] = (uint32_t)size;
    used += size;
  }
  return other_way ? alog_writer_append_packed(writer, data, sizes, count)
                   : alog_writer_append_slices(writer, slices, count);
}

int main(int argc, char **argv) {
  static const stress_kind bytes = {create,    record_size, append_batch, false,
                                    BATCH_MAX, 600,         200,          {2, 2, 2, 2, 2, 2, 2}};
  return stress_main(&bytes, argc, argv);
}
