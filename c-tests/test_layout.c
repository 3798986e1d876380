/*
 * Holds up: the layout of every public struct on 64-bit targets, and what the header says of other targets. Programs
 * compiled against one release run with the next, so none of these numbers ever changes. alog_options and the structs
 * of reports may only grow at their ends. tests/layout.rs reads the lines that begin with SIZE, ALIGN and FIELD, and
 * compares them with Rust's.
 */
#include "test.h"

#if UINTPTR_MAX == UINT64_MAX

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " is " #size " bytes")
#define ALIGN(type, align) _Static_assert(_Alignof(type) == (align), #type " is aligned to " #align)
#define FIELD(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " is at " #offset)

SIZE(alog_status, 4);
SIZE(alog_start, 4);

SIZE(alog_allocator, 24);
ALIGN(alog_allocator, 8);
FIELD(alog_allocator, context, 0);
FIELD(alog_allocator, allocate, 8);
FIELD(alog_allocator, deallocate, 16);

_Static_assert(sizeof(alog_options) >= 56, "alog_options never shrinks");
ALIGN(alog_options, 8);
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
ALIGN(alog_slice, 8);
FIELD(alog_slice, data, 0);
FIELD(alog_slice, size, 8);

SIZE(alog_span, 8);
ALIGN(alog_span, 4);
FIELD(alog_span, offset, 0);
FIELD(alog_span, size, 4);

SIZE(alog_chunk, 48);
ALIGN(alog_chunk, 8);
FIELD(alog_chunk, data, 0);
FIELD(alog_chunk, count, 8);
FIELD(alog_chunk, stride, 16);
FIELD(alog_chunk, spans, 24);
FIELD(alog_chunk, first_sequence, 32);
FIELD(alog_chunk, segment_sequence, 40);

SIZE(alog_hot, 104);
ALIGN(alog_hot, 8);
FIELD(alog_hot, slot, 0);
FIELD(alog_hot, word, 8);
FIELD(alog_hot, limit, 16);
FIELD(alog_hot, target, 24);
FIELD(alog_hot, record_size, 32);
FIELD(alog_hot, stride, 40);
FIELD(alog_hot, offset, 48);
FIELD(alog_hot, space, 56);
FIELD(alog_hot, spans, 64);
FIELD(alog_hot, align, 72);
FIELD(alog_hot, notify_limit, 80);
FIELD(alog_hot, epoch, 88);
FIELD(alog_hot, waiters, 96);

SIZE(alog_glance, 16);
ALIGN(alog_glance, 8);
FIELD(alog_glance, published, 0);
FIELD(alog_glance, word, 8);

SIZE(alog_follower, 64);
ALIGN(alog_follower, 8);
FIELD(alog_follower, glance, 0);
FIELD(alog_follower, first_sequence, 16);
FIELD(alog_follower, kept, 24);
FIELD(alog_follower, position, 40);
FIELD(alog_follower, records, 48);
FIELD(alog_follower, stride, 56);

SIZE(alog_range, 16);
ALIGN(alog_range, 8);
FIELD(alog_range, begin, 0);
FIELD(alog_range, end, 8);

SIZE(alog_delta, 24);
ALIGN(alog_delta, 8);
FIELD(alog_delta, first_sequence, 0);
FIELD(alog_delta, appended, 8);
FIELD(alog_delta, lost, 16);

SIZE(alog_reservation, 24);
ALIGN(alog_reservation, 8);
FIELD(alog_reservation, data, 0);
FIELD(alog_reservation, capacity, 8);
FIELD(alog_reservation, stride, 16);

_Static_assert(sizeof(alog_stats) >= 112, "alog_stats never shrinks");
ALIGN(alog_stats, 8);
FIELD(alog_stats, struct_size, 0);
FIELD(alog_stats, reserved, 4);
FIELD(alog_stats, records_appended, 8);
FIELD(alog_stats, segments_created, 16);
FIELD(alog_stats, segments_live, 24);
FIELD(alog_stats, segments_pooled, 32);
FIELD(alog_stats, segments_held_by_readers, 40);
FIELD(alog_stats, windows_live, 48);
FIELD(alog_stats, snapshots_live, 56);
FIELD(alog_stats, segment_pins_live, 64);
FIELD(alog_stats, bytes_allocated, 72);
FIELD(alog_stats, rolls, 80);
FIELD(alog_stats, segment_limit_hits, 88);
FIELD(alog_stats, allocation_failures, 96);
FIELD(alog_stats, oldest_view_age, 104);

_Static_assert(sizeof(alog_view_stats) >= 40, "alog_view_stats never shrinks");
ALIGN(alog_view_stats, 8);
FIELD(alog_view_stats, struct_size, 0);
FIELD(alog_view_stats, reserved, 4);
FIELD(alog_view_stats, segments, 8);
FIELD(alog_view_stats, segments_held, 16);
FIELD(alog_view_stats, bytes_held, 24);
FIELD(alog_view_stats, age, 32);

SIZE(alog_field, 24);
ALIGN(alog_field, 8);
FIELD(alog_field, name, 0);
FIELD(alog_field, type, 8);
FIELD(alog_field, offset, 12);
FIELD(alog_field, count, 16);

_Static_assert(sizeof(alog_channel) >= 96, "alog_channel never shrinks");
ALIGN(alog_channel, 8);
FIELD(alog_channel, struct_size, 0);
FIELD(alog_channel, flags, 4);
FIELD(alog_channel, topic, 8);
FIELD(alog_channel, schema_name, 16);
FIELD(alog_channel, fields, 24);
FIELD(alog_channel, field_count, 32);
FIELD(alog_channel, time_offset, 40);
FIELD(alog_channel, message_encoding, 48);
FIELD(alog_channel, schema_encoding, 56);
FIELD(alog_channel, schema, 64);
FIELD(alog_channel, schema_size, 72);
FIELD(alog_channel, max_records, 80);
FIELD(alog_channel, max_age, 88);

SIZE(alog_sink, 16);
ALIGN(alog_sink, 8);
FIELD(alog_sink, context, 0);
FIELD(alog_sink, write, 8);

SIZE(alog_recorder, 2176);
ALIGN(alog_recorder, 8);
FIELD(alog_recorder, private_, 0);

SIZE(alog_recording, 288);
ALIGN(alog_recording, 8);
FIELD(alog_recording, records, 0);
FIELD(alog_recording, bytes, 8);
FIELD(alog_recording, older, 16);
FIELD(alog_recording, left_out, 24);
FIELD(alog_recording, ranges, 32);

#endif

_Static_assert(ALOG_TYPE_BOOL == 0x101 && ALOG_TYPE_CHAR == 0x201 && ALOG_TYPE_I8 == 0x301 && ALOG_TYPE_U8 == 0x401 &&
                   ALOG_TYPE_I16 == 0x502 && ALOG_TYPE_U16 == 0x602 && ALOG_TYPE_I32 == 0x704 &&
                   ALOG_TYPE_U32 == 0x804 && ALOG_TYPE_I64 == 0x908 && ALOG_TYPE_U64 == 0xa08 &&
                   ALOG_TYPE_F32 == 0xb04 && ALOG_TYPE_F64 == 0xc08,
               "types are frozen");
_Static_assert(ALOG_NO_TIME == UINT32_MAX && ALOG_RECORDER_LOGS == 16, "a recorder's numbers are frozen");
_Static_assert(ALOG_FLAG_AUTO_NOTIFY == 1 && ALOG_FLAG_PREFAULT == 2, "flags are frozen");
_Static_assert(ALOG_START_OLDEST == 0 && ALOG_START_NEXT == 1, "starts are frozen");
_Static_assert(ALOG_WAIT_FOREVER == UINT64_MAX, "for ever is frozen");

#if ALOG_VERSION_MAJOR == 0 && ALOG_VERSION_MINOR == 1 && UINTPTR_MAX == UINT64_MAX
SIZE(alog_options, 56);
SIZE(alog_stats, 112);
SIZE(alog_view_stats, 40);
SIZE(alog_channel, 96);
#elif UINTPTR_MAX == UINT32_MAX

/* What the header's introduction says of 32-bit targets. */
_Static_assert(sizeof(alog_options) == (_Alignof(alog_options) == 8 ? 56 : 52), "alog_options");
_Static_assert(sizeof(alog_hot) == (_Alignof(alog_hot) == 8 ? 72 : 64), "alog_hot");
_Static_assert(sizeof(alog_glance) == (_Alignof(alog_glance) == 8 ? 16 : 12), "alog_glance");
_Static_assert(sizeof(alog_follower) == (_Alignof(alog_glance) == 8 ? 48 : 44), "alog_follower");
_Static_assert(sizeof(alog_channel) == (_Alignof(alog_channel) == 8 ? 64 : 60), "alog_channel");
_Static_assert(sizeof(alog_field) == 16 && sizeof(alog_sink) == 8, "alog_field and alog_sink");
_Static_assert(sizeof(alog_recorder) == 2176 && sizeof(alog_recording) == 288, "alog_recorder and alog_recording");
_Static_assert(sizeof(alog_chunk) == 32, "alog_chunk");
_Static_assert(sizeof(alog_slice) == 8 && sizeof(alog_span) == 8, "alog_slice and alog_span");
_Static_assert(sizeof(alog_reservation) == 12 && sizeof(alog_allocator) == 12, "alog_reservation and alog_allocator");
_Static_assert(sizeof(alog_range) == 16 && sizeof(alog_delta) == 24, "alog_range and alog_delta");

#endif

static void library_and_header_agree_on_the_size_of_options(void) {
  alog_options options = ALOG_OPTIONS_INIT;
  CHECK_U64(sizeof options, options.struct_size);
  alog_options_init(&options);
  CHECK(options.struct_size <= sizeof options);
}

static void initialisers_tell_the_sizes(void) {
  const alog_stats stats = ALOG_STATS_INIT;
  CHECK_U64(sizeof stats, stats.struct_size);
  CHECK_U64(0, stats.reserved);
  CHECK_U64(0, stats.oldest_view_age);
  const alog_view_stats view = ALOG_VIEW_STATS_INIT;
  CHECK_U64(sizeof view, view.struct_size);
  CHECK_U64(0, view.reserved);
  CHECK_U64(0, view.age);
  const alog_channel channel = ALOG_CHANNEL_INIT;
  CHECK_U64(sizeof channel, channel.struct_size);
  CHECK_U64(ALOG_NO_TIME, channel.time_offset);
  CHECK_U64(0, channel.max_age);
}

int main(void) {
  RUN(initialisers_tell_the_sizes);
  RUN(library_and_header_agree_on_the_size_of_options);
  return 0;
}
