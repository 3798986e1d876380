/*
 * Holds up: the layout of every public struct on 64-bit targets. Programs compiled against one release run with the
 * next, so none of these numbers ever changes; alog_options may only grow at its end.
 */
#include "test.h"

#if UINTPTR_MAX == UINT64_MAX

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " is " #size " bytes")
#define FIELD(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " is at " #offset)

SIZE(alog_status, 4);
SIZE(alog_start, 4);

SIZE(alog_allocator, 24);
FIELD(alog_allocator, context, 0);
FIELD(alog_allocator, allocate, 8);
FIELD(alog_allocator, deallocate, 16);

_Static_assert(sizeof(alog_options) >= 56, "alog_options never shrinks");
FIELD(alog_options, struct_size, 0);
FIELD(alog_options, flags, 4);
FIELD(alog_options, retained_capacity, 8);
FIELD(alog_options, segment_capacity, 16);
FIELD(alog_options, record_size, 24);
FIELD(alog_options, record_align, 32);
FIELD(alog_options, segment_records, 36);
FIELD(alog_options, preallocated_segments, 40);
FIELD(alog_options, max_segments, 44);
FIELD(alog_options, allocator, 48);

SIZE(alog_slice, 16);
FIELD(alog_slice, data, 0);
FIELD(alog_slice, size, 8);

SIZE(alog_span, 8);
FIELD(alog_span, offset, 0);
FIELD(alog_span, size, 4);

SIZE(alog_chunk, 48);
FIELD(alog_chunk, data, 0);
FIELD(alog_chunk, count, 8);
FIELD(alog_chunk, stride, 16);
FIELD(alog_chunk, spans, 24);
FIELD(alog_chunk, first_sequence, 32);
FIELD(alog_chunk, segment_sequence, 40);

SIZE(alog_range, 16);
FIELD(alog_range, begin, 0);
FIELD(alog_range, end, 8);

SIZE(alog_delta, 24);
FIELD(alog_delta, first_sequence, 0);
FIELD(alog_delta, appended, 8);
FIELD(alog_delta, lost, 16);

SIZE(alog_reservation, 24);
FIELD(alog_reservation, data, 0);
FIELD(alog_reservation, capacity, 8);
FIELD(alog_reservation, stride, 16);

#endif

#if ALOG_VERSION_MAJOR == 0 && ALOG_VERSION_MINOR == 1 && UINTPTR_MAX == UINT64_MAX
SIZE(alog_options, 56);
#endif

static void library_and_header_agree_on_the_size_of_options(void) {
  alog_options options = ALOG_OPTIONS_INIT;
  CHECK_U64(sizeof options, options.struct_size);
  alog_options_init(&options);
  CHECK(options.struct_size <= sizeof options);
}

int main(void) {
  RUN(library_and_header_agree_on_the_size_of_options);
  return 0;
}
