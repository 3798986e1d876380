/*
 * atomic_log.h: a segmented, append-only, zero-copy rolling log. One writer publishes records; any number of readers look
 * at a recent, stable view of them without ever slowing the writer.
 *
 *   alog_options options = ALOG_OPTIONS_INIT;          // keep 4096 records of 64 bytes, in segments of 1024
 *   options.retained_capacity = 4096;
 *   options.segment_capacity = 1024;
 *   options.record_size = 64;
 *   alog_log *log;
 *   alog_writer *writer;                                          // one, on its thread
 *   alog_snapshot *view;                                          // any number, on theirs
 *   alog_slice record;
 *   if (alog_log_create_fixed(&options, &log) != ALOG_OK || alog_writer_claim(log, &writer) != ALOG_OK) return 1;
 *   if (alog_writer_append(writer, bytes, 64) != ALOG_OK) return 1;
 *   if (alog_snapshot_create(log, &view) != ALOG_OK) return 1;    // later, alog_snapshot_refresh(view, NULL)
 *   if (alog_snapshot_record(view, 0, &record) == ALOG_OK) use(record.data, record.size);
 *   alog_snapshot_destroy(view), alog_writer_release(writer), alog_log_release(log);
 *
 * Conventions
 * - Functions are alog_<noun>_<verb>: self first, outs last. Outs are written only on success, all or nothing; except the
 *   text of alog_options_problem, which says what is wrong.
 * - Status: zero and positive is success, negative is an error; alog_status_message() says what it means.
 * - Handles are opaque and independent: any may go first, from any thread. What a handle shows stays readable while it
 *   lives, after the log and the writer are gone. destroy and release accept NULL.
 * - Threads: "any" means any number at once; "owner" means one at a time, which may change, and whose calls the library
 *   does not check for overlap. Where a comment says "see type", const calls may come from many threads at once.
 * - alog_snapshot_wait, alog_snapshot_wait_since, alog_cursor_wait and alog_cursor_wait_since wait. No other function waits or
 *   takes a lock. System calls are made to sleep, to wake sleepers, and for memory where a comment says that it allocates.
 * - Every call with a wrong argument that can be seen has a status and changes nothing. Misuse that cannot be seen is
 *   listed under Safety. Use after destroy or release is undefined; the tag that handles begin with is a debugging aid.
 * - The library cannot panic, and the linker shows it. No function gives ALOG_ERR_INTERNAL.
 * - Layouts are given for 64-bit targets. On 32-bit ones: alog_options is 52 bytes (56 where uint64_t is aligned to 8),
 *   alog_hot 64 (72), alog_glance 12 (16), alog_follower 44 (48), alog_channel 60 (64), alog_field 16, alog_sink 8,
 *   alog_chunk 32, alog_slice and alog_span 8, alog_reservation and alog_allocator 12, alog_range 16, alog_delta 24.
 *
 * Generated from src/ffi by cbindgen (make header). Do not edit.
 */

#ifndef ALOG_ATOMIC_LOG_H
#define ALOG_ATOMIC_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Version of this header; alog_version() tells that of the library. */
#define ALOG_VERSION_MAJOR 0
/** See ALOG_VERSION_MAJOR. */
#define ALOG_VERSION_MINOR 1
/** See ALOG_VERSION_MAJOR. */
#define ALOG_VERSION_PATCH 0
/** The three as one number, in which later versions are larger; as alog_version(). */
#define ALOG_VERSION \
  ((ALOG_VERSION_MAJOR << 16) | (ALOG_VERSION_MINOR << 8) | ALOG_VERSION_PATCH)
/** The same as text; as alog_version_string(). */
#define ALOG_VERSION_STRING "0.1.0"

/** True if the header is of this version or a later one. */
#define ALOG_VERSION_AT_LEAST(major, minor, patch) \
  (ALOG_VERSION >= (((major) << 16) | ((minor) << 8) | (patch)))

/** On every function. Define ALOG_DLL to import from a DLL, or ALOG_API itself to put something else there. */
#ifndef ALOG_API
#if defined(_WIN32) && defined(ALOG_DLL)
#define ALOG_API __declspec(dllimport)
#elif defined(__GNUC__)
#define ALOG_API __attribute__((visibility("default")))
#else
#define ALOG_API
#endif
#endif

/** On functions whose result must not be ignored. Define it empty to switch the warnings off. */
#ifndef ALOG_NODISCARD
#if defined(__GNUC__)
#define ALOG_NODISCARD __attribute__((warn_unused_result))
#elif defined(__cplusplus) && __cplusplus >= 201703L
#define ALOG_NODISCARD [[nodiscard]]
#else
#define ALOG_NODISCARD
#endif
#endif

/** Initialises an alog_options: alog_options options = ALOG_OPTIONS_INIT; */
#define ALOG_OPTIONS_INIT {sizeof(alog_options), 0, 0, 0, 0, 0, 0, 0, 0, NULL}

/** Initialises an alog_stats: alog_stats stats = ALOG_STATS_INIT; */
#define ALOG_STATS_INIT {sizeof(alog_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/** Initialises an alog_view_stats: alog_view_stats stats = ALOG_VIEW_STATS_INIT; */
#define ALOG_VIEW_STATS_INIT {sizeof(alog_view_stats), 0, 0, 0, 0, 0}

/** Initialises an alog_channel: alog_channel channel = ALOG_CHANNEL_INIT; */
#define ALOG_CHANNEL_INIT {sizeof(alog_channel), 0, NULL, NULL, NULL, 0, ALOG_NO_TIME, NULL, NULL, NULL, 0, 0, 0}

/** An alog_field: a member of a struct, and what it is made of: ALOG_FIELD(tick, price, ALOG_TYPE_F64). How many values it
 * has comes from its size. */
#define ALOG_FIELD(struct_type, member, type)                                                      \
  {#member, (type), (uint32_t)offsetof(struct_type, member),                                       \
   (uint32_t)(sizeof(((struct_type *)0)->member) / ((type) & 0xff))}

/**
 * Every publication notifies, for those who would rather pay a few nanoseconds than remember alog_writer_notify.
 */
#define ALOG_FLAG_AUTO_NOTIFY 1

/**
 * Every page of what is allocated is touched there and then, so that a writer that never exceeds what was preallocated
 * makes no page fault.
 */
#define ALOG_FLAG_PREFAULT 2

/**
 * No timeout: wait until there is something, or an interrupt.
 */
#define ALOG_WAIT_FOREVER 18446744073709551615ull

/**
 * How many logs a recorder takes.
 */
#define ALOG_RECORDER_LOGS 16

/**
 * Of alog_field: a byte that is 0 or 1.
 */
#define ALOG_TYPE_BOOL 257

/**
 * A byte of a text.
 */
#define ALOG_TYPE_CHAR 513

/**
 * int8_t.
 */
#define ALOG_TYPE_I8 769

/**
 * uint8_t.
 */
#define ALOG_TYPE_U8 1025

/**
 * int16_t.
 */
#define ALOG_TYPE_I16 1282

/**
 * uint16_t.
 */
#define ALOG_TYPE_U16 1538

/**
 * int32_t.
 */
#define ALOG_TYPE_I32 1796

/**
 * uint32_t.
 */
#define ALOG_TYPE_U32 2052

/**
 * int64_t.
 */
#define ALOG_TYPE_I64 2312

/**
 * uint64_t.
 */
#define ALOG_TYPE_U64 2568

/**
 * float of 32 bits.
 */
#define ALOG_TYPE_F32 2820

/**
 * double of 64 bits.
 */
#define ALOG_TYPE_F64 3080

/**
 * As alog_channel.time_offset: a record has no time, and its sequence is taken for one.
 */
#define ALOG_NO_TIME UINT32_MAX

/**
 * What a function has to say. Zero and positive are success, negative are errors. The values are frozen.
 */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
enum alog_status : int32_t
#else
typedef int32_t alog_status;
enum alog_status_value
#endif
{
  /**
   * Done.
   */
  ALOG_OK = 0,
  /**
   * Refresh: nothing was published since.
   */
  ALOG_UNCHANGED = 1,
  /**
   * Cursor: every chunk of the captured view was returned.
   */
  ALOG_END = 2,
  /**
   * Wait: nothing was published in time.
   */
  ALOG_TIMEOUT = 3,
  /**
   * Wait: another thread ended it.
   */
  ALOG_INTERRUPTED = 4,
  /**
   * Wait: nothing is left to read, and nothing will come, since the log was finished.
   */
  ALOG_FINISHED = 5,
  /**
   * A required pointer is NULL.
   */
  ALOG_ERR_NULL = -1,
  /**
   * A value is out of its domain: zero capacity, size mismatch, overflow, unknown flag, bad struct_size or alignment.
   */
  ALOG_ERR_ARGUMENT = -2,
  /**
   * Not a live handle of this type (best effort: a tag is checked).
   */
  ALOG_ERR_HANDLE = -3,
  /**
   * The allocator returned NULL; the log is unchanged and usable.
   */
  ALOG_ERR_NO_MEMORY = -4,
  /**
   * The log already has a writer.
   */
  ALOG_ERR_CLAIMED = -5,
  /**
   * The record can never fit in a segment, or the batch or group does not fit in the retained window or, even without
   * readers, in max_segments.
   */
  ALOG_ERR_TOO_LARGE = -6,
  /**
   * The call is for the other kind of log.
   */
  ALOG_ERR_KIND = -7,
  /**
   * Every segment that max_segments allows is retained, held by readers or part of the open group; the log is
   * unchanged and usable.
   */
  ALOG_ERR_SEGMENT_LIMIT = -8,
  /**
   * The call does not fit the handle's state: commit or cancel without a reservation, publish or abandon without
   * begin, begin inside a group, cursor_pin without a current chunk.
   */
  ALOG_ERR_STATE = -9,
  /**
   * The sequence or index is not in this view.
   */
  ALOG_ERR_OUT_OF_RANGE = -10,
  /**
   * This version never gives it: the library cannot panic, so there is nothing to catch. The number is kept.
   */
  ALOG_ERR_INTERNAL = -11,
  /**
   * The log was finished, and takes no writer any more.
   */
  ALOG_ERR_FINISHED = -12,
  /**
   * A recording could not be written whole: the sink refused, or write failed, of which errno says why.
   */
  ALOG_ERR_IO = -13,
};
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
typedef enum alog_status alog_status;
#endif

/**
 * A reader that follows the log: a view of its own, and the sequence of the next unread record. Unique; one thread at a
 * time.
 */
typedef struct alog_cursor alog_cursor;

/**
 * A log. Counted; any thread.
 */
typedef struct alog_log alog_log;

/**
 * A pin on one segment: keeps its records readable, whatever else is gone. Counted; any thread.
 */
typedef struct alog_segment alog_segment;

/**
 * A stable view of the records that were retained when it was taken or last refreshed. Unique; const calls from many
 * threads at once, refresh and destroy alone.
 */
typedef struct alog_snapshot alog_snapshot;

/**
 * The one writer of a log. Unique; one thread at a time, and it may move between threads.
 */
typedef struct alog_writer alog_writer;

/**
 * Where a record of a bytes log lies in its chunk.
 */
typedef struct alog_span {
  /**
   * Bytes from the chunk's data to the record.
   */
  uint32_t offset;
  /**
   * The record's size in bytes.
   */
  uint32_t size;
} alog_span;

/**
 * What an append works on; the library and the inline functions share it. Read and written by the writer's owner alone, and
 * by calls on the writer.
 */
typedef struct alog_hot {
  /**
   * Where the next record goes.
   */
  unsigned char *slot;
  /**
   * What publishing the last record alone would have stored; the next stores word + 1.
   */
  uint64_t word;
  /**
   * An append may be made inline while word < limit. 0: never.
   */
  uint64_t limit;
  /**
   * Atomic: gets the word, with release order.
   */
  uint64_t *target;
  /**
   * Fixed: bytes of a record. Bytes: SIZE_MAX.
   */
  size_t record_size;
  /**
   * Fixed: bytes from one record to the next. Bytes: 0.
   */
  size_t stride;
  /**
   * Bytes: where slot is in its segment.
   */
  size_t offset;
  /**
   * Bytes: how many a segment has. Fixed: 0.
   */
  size_t space;
  /**
   * Bytes: one per record; the next is the word's lower 32 bits. Fixed: NULL.
   */
  struct alog_span *spans;
  /**
   * Bytes: what records are aligned to, a power of two.
   */
  size_t align;
  /**
   * An append may be made inline while word < notify_limit, with a notify behind it. 0: never.
   */
  uint64_t notify_limit;
  /**
   * Atomic: a notify adds 1, with acquire and release order.
   */
  uint64_t *epoch;
  /**
   * Atomic: how many may be asleep; if it is not 0 behind that, the notify must be a call.
   */
  uint64_t *waiters;
} alog_hot;

/**
 * What asking whether anything is new works on: nothing is, if *published is word.
 */
typedef struct alog_glance {
  /**
   * Atomic: what the newest segment in view shows.
   */
  const uint64_t *published;
  /**
   * What it showed when the view was captured.
   */
  uint64_t word;
} alog_glance;

/**
 * What reading on in the newest segment works on; the library and the inline functions share it. Read and written by the
 * cursor's owner alone, and by calls on the cursor.
 */
typedef struct alog_follower {
  /**
   * The newest segment in view: the word's lower 32 bits say how many records it shows; its highest bit is never set.
   */
  struct alog_glance glance;
  /**
   * Sequence of that segment's first record.
   */
  uint64_t first_sequence;
  /**
   * The library's.
   */
  const void *kept[2];
  /**
   * Sequence of the next unread record.
   */
  uint64_t position;
  /**
   * Fixed: that segment's first record. Bytes: NULL.
   */
  const unsigned char *records;
  /**
   * Fixed: bytes from one record to the next.
   */
  size_t stride;
} alog_follower;

/**
 * Where memory comes from. Both functions are required. They are called from any thread, several at once, never with
 * NULL or size 0; they must not call alog_* functions, nor unwind. They serve until the last handle of the log is gone.
 */
typedef struct alog_allocator {
  /**
   * Passed to both; may be NULL.
   */
  void *context;
  /**
   * Returns `size` bytes aligned to `align` (a power of two), or NULL.
   */
  void *(*allocate)(void *context, size_t size, size_t align);
  /**
   * Takes back what allocate returned, with the same size and alignment.
   */
  void (*deallocate)(void *context, void *block, size_t size, size_t align);
} alog_allocator;

/**
 * How large a log is, where its memory comes from and how much there may be. With
 * K = ceil(retained_capacity / segment_capacity) + 1, a view holds at most the newest K segments.
 *
 * 56 bytes on 64-bit targets. Grows at the end; any struct_size from the first release's to 4096 is
 * accepted, and bytes past the library's own must be zero.
 */
typedef struct alog_options {
  /**
   * ALOG_OPTIONS_INIT or alog_options_init sets it.
   */
  uint32_t struct_size;
  /**
   * Any of ALOG_FLAG_*, or 0.
   */
  uint32_t flags;
  /**
   * What stays readable at least. Fixed: records. Bytes: bytes of segment space, of which a record takes its size rounded
   * up to record_align, and the rest of a segment where the next record does not fit, or that can index no more. Required,
   * and fewer than 2^32 - 3 segments.
   */
  uint64_t retained_capacity;
  /**
   * The same unit, per segment, at most 2^32 - 1. Required.
   */
  uint64_t segment_capacity;
  /**
   * Fixed: bytes per record, required. Bytes: 0.
   */
  uint64_t record_size;
  /**
   * Power of two, at most 4096; records lie at multiples of it. 0: fixed = the largest power of two that divides record_size, at most 64; bytes = 8.
   */
  uint32_t record_align;
  /**
   * Bytes: how many records a segment can index, in 8 bytes each beside its capacity; 0 = segment_capacity / 32 (or
   * / record_align, if that is more), at least 16, which adds a quarter. A segment ends when its index is full: say more for
   * records that take fewer than 32 bytes, and less for records that take many. Fixed: 0.
   */
  uint32_t segment_records;
  /**
   * Taken when the log is created, with as many windows as appending without readers needs, and one more for each segment
   * beyond K + 1; 0 = just the first.
   */
  uint32_t preallocated_segments;
  /**
   * Bound on the segments alive at once, whoever holds them, pooled ones included (they are reused first): at least
   * K + 1 and preallocated_segments. A group that begins g segments needs K + g, so 2K take any that fits a view; with V
   * views (snapshots, cursors, and calls in other threads that take, refresh, drop or only look at one: range, stats,
   * describe) and p pins, K * (V + 1) + 1 + p never refuse a plain append.
   * 0 = none.
   */
  uint32_t max_segments;
  /**
   * Copied; NULL = malloc's. Serves every allocation of the log and its handles.
   */
  const struct alog_allocator *allocator;
} alog_options;

/**
 * Sequences of records; end is exclusive.
 */
typedef struct alog_range {
  /**
   * The first.
   */
  uint64_t begin;
  /**
   * Behind the last.
   */
  uint64_t end;
} alog_range;

/**
 * Bytes somewhere: of a record, or of the caller's.
 */
typedef struct alog_slice {
  /**
   * The first byte; may be NULL if size is 0.
   */
  const void *data;
  /**
   * How many bytes.
   */
  size_t size;
} alog_slice;

/**
 * Room in the log that the writer may fill before a commit.
 */
typedef struct alog_reservation {
  /**
   * Where the first record goes. Not initialised.
   */
  void *data;
  /**
   * Fixed: records. Bytes: bytes of the one record.
   */
  size_t capacity;
  /**
   * Fixed: bytes from one record to the next. Bytes: 0.
   */
  size_t stride;
} alog_reservation;

/**
 * What a refresh brought; exact. With `old` for the snapshot's old end, or the cursor's old position:
 */
typedef struct alog_delta {
  /**
   * max(old, new begin): the first record that is new. For a cursor, its new position.
   */
  uint64_t first_sequence;
  /**
   * new end - first_sequence: how many are new. For a cursor this includes what was already unread.
   */
  uint64_t appended;
  /**
   * first_sequence - old: published and evicted unseen.
   */
  uint64_t lost;
} alog_delta;

/**
 * Records of one segment, in order. Plain data, valid while a handle covers the segment.
 */
typedef struct alog_chunk {
  /**
   * Fixed: the first record. Bytes: the base that the spans are relative to.
   */
  const void *data;
  /**
   * Records; a chunk is never empty.
   */
  size_t count;
  /**
   * Fixed: bytes from one record to the next. Bytes: 0.
   */
  size_t stride;
  /**
   * Bytes: one per record. Fixed: NULL.
   */
  const struct alog_span *spans;
  /**
   * Sequence of the chunk's first record.
   */
  uint64_t first_sequence;
  /**
   * 0, 1, 2, ... in order of creation.
   */
  uint64_t segment_sequence;
} alog_chunk;

/**
 * Where a cursor begins: one of ALOG_START_*.
 */
typedef uint32_t alog_start;

/**
 * What a log holds, and for whom. Figures of segments and windows are as of the writer's last roll; those of other
 * threads' doings may be a moment old. Grows at the end.
 */
typedef struct alog_stats {
  /**
   * ALOG_STATS_INIT sets it.
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Records that were ever published.
   */
  uint64_t records_appended;
  /**
   * Segments that were ever allocated.
   */
  uint64_t segments_created;
  /**
   * Segments that are allocated now, pooled ones included.
   */
  uint64_t segments_live;
  /**
   * Segments in the writer's pool, ready to be used again.
   */
  uint64_t segments_pooled;
  /**
   * Segments that live only because a snapshot, cursor or pin holds them.
   */
  uint64_t segments_held_by_readers;
  /**
   * Windows that readers may be looking through, the current one included.
   */
  uint64_t windows_live;
  /**
   * Snapshots and cursors. Exact while nothing moves; a pin or a writer that is just coming or going may count as one.
   */
  uint64_t snapshots_live;
  /**
   * Pins on single segments.
   */
  uint64_t segment_pins_live;
  /**
   * Bytes that were taken from the allocator and not given back.
   */
  uint64_t bytes_allocated;
  /**
   * Segments that became visible after the first.
   */
  uint64_t rolls;
  /**
   * Calls that failed because readers held all that max_segments allows.
   */
  uint64_t segment_limit_hits;
  /**
   * Calls to the allocator that returned NULL.
   */
  uint64_t allocation_failures;
  /**
   * How many segments the oldest view that is held is behind the newest.
   */
  uint64_t oldest_view_age;
} alog_stats;

/**
 * What one view holds. Grows at the end.
 */
typedef struct alog_view_stats {
  /**
   * ALOG_VIEW_STATS_INIT sets it.
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Segments in view.
   */
  uint64_t segments;
  /**
   * Those of them that the log no longer retains: only this view and other readers keep them alive.
   */
  uint64_t segments_held;
  /**
   * The bytes of these, headers included.
   */
  uint64_t bytes_held;
  /**
   * How many segments the view is behind the newest.
   */
  uint64_t age;
} alog_view_stats;

/**
 * One member of a record: ALOG_FIELD makes one.
 */
typedef struct alog_field {
  /**
   * Lower-case letters, digits and single _, a letter first: what readers of ROS 2 messages take.
   */
  const char *name;
  /**
   * One of ALOG_TYPE_*.
   */
  uint32_t type;
  /**
   * Bytes from the record's begin.
   */
  uint32_t offset;
  /**
   * How many values; 1, or an array's.
   */
  uint32_t count;
} alog_field;

/**
 * What the records of one log are in a recording. ALOG_CHANNEL_INIT sets struct_size and time_offset. What it points
 * to stays the caller's, and must stay as it is for as long as the recorder is used.
 *
 * 96 bytes on 64-bit targets. Grows at the end; any struct_size from the first release's to 4096 is
 * accepted, and bytes past the library's own must be zero.
 */
typedef struct alog_channel {
  /**
   * ALOG_CHANNEL_INIT sets it.
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t flags;
  /**
   * What the channel is called, such as "/ticks". Required. This and the other texts are UTF-8.
   */
  const char *topic;
  /**
   * What its messages are called, such as "market/msg/Tick". Required with fields, then package/msg/Name or
   * package/Name; and with a schema.
   */
  const char *schema_name;
  /**
   * Records of one size: their members, in the order of their offsets, each where CDR has it: at the next multiple
   * of its type's size. That is how a C struct of numbers and fixed arrays lies in memory. NULL: records are as
   * message_encoding says.
   */
  const struct alog_field *fields;
  /**
   * How many fields.
   */
  size_t field_count;
  /**
   * Bytes from a record's begin to its time, a uint64_t of nanoseconds; ALOG_NO_TIME: none. A byte record that is
   * too short has the time of the one before it.
   */
  uint32_t time_offset;
  /**
   * Without fields: how a record is encoded, such as "json", "protobuf", "cbor". Required then; with fields NULL.
   */
  const char *message_encoding;
  /**
   * Without fields: how the schema is encoded, such as "jsonschema", "protobuf". NULL without a schema.
   */
  const char *schema_encoding;
  /**
   * Without fields: the schema, or NULL.
   */
  const void *schema;
  /**
   * Bytes of it.
   */
  size_t schema_size;
  /**
   * Only so many of the newest records are written; 0: all in view.
   */
  uint64_t max_records;
  /**
   * Only records are written whose time is at most so much before the newest record's; 0: all in view.
   */
  uint64_t max_age;
} alog_channel;

/**
 * A list of logs, and how each is written. The caller's memory: alog_recorder_init makes one of it, and nothing ends
 * it. It is not moved, nor copied.
 */
typedef struct alog_recorder {
  /**
   * The library's.
   */
  uint64_t private_[272];
} alog_recorder;

/**
 * Where a recording goes.
 */
typedef struct alog_sink {
  /**
   * Passed to write; may be NULL.
   */
  void *context;
  /**
   * Takes all these bytes, which are behind those of the call before, and returns ALOG_OK; or refuses with another
   * status, which ends the recording. Called on the thread that records, with a size that is not 0; a record of 4
   * KiB and more comes from where it lies in the log. It must be async-signal-safe if the recording is made by a
   * handler of a signal.
   */
  alog_status (*write)(void *context, const void *data, size_t size);
} alog_sink;

/**
 * What was written.
 */
typedef struct alog_recording {
  /**
   * Records of all logs.
   */
  uint64_t records;
  /**
   * Bytes of the file.
   */
  uint64_t bytes;
  /**
   * Records of all logs that were published, and are older than what the views showed.
   */
  uint64_t older;
  /**
   * Records of all logs that the views showed, and that max_records or max_age left out.
   */
  uint64_t left_out;
  /**
   * Of each log, in the order in which they were added: the sequence of the first record that was written, and the
   * view's end.
   */
  struct alog_range ranges[16];
} alog_recording;

/**
 * At the oldest record that is retained.
 */
#define ALOG_START_OLDEST 0

/**
 * Behind the newest record: what is published from now on.
 */
#define ALOG_START_NEXT 1

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library that is linked: MAJOR << 16 | MINOR << 8 | PATCH.
 *
 * @return The same number as ALOG_VERSION of the header that belongs to the library.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 */
ALOG_API uint32_t alog_version(void);

/**
 * The version of the library that is linked, as text: "0.1.0".
 *
 * @return A static string, never NULL.
 *
 * Threads: any. Blocking: never. Allocates: never. Lifetime: static. Since: 0.1.0.
 */
ALOG_API const char *alog_version_string(void);

/**
 * The name of a status, such as "ALOG_ERR_CLAIMED".
 *
 * @param status  Any integer.
 * @return A static string, never NULL; "ALOG_STATUS_UNKNOWN" for what is not a status of this version.
 *
 * Threads: any. Blocking: never. Allocates: never. Lifetime: static. Since: 0.1.0.
 */
ALOG_API
const char *alog_status_name(int32_t status);

/**
 * What a status means, in one plain sentence.
 *
 * @param status  Any integer.
 * @return A static string, never NULL.
 *
 * Threads: any. Blocking: never. Allocates: never. Lifetime: static. Since: 0.1.0.
 */
ALOG_API const char *alog_status_message(int32_t status);

/**
 * The state that alog_append_inline, alog_append_bytes_inline and alog_notify_inline use: see atomic_log_inline.h.
 *
 * @param writer  The writer.
 * @return What an append works on; NULL for NULL and a wrong handle. A checked library's has a limit of 0, so that every
 *         append is a call.
 *
 * Threads: owner. Blocking: never. Allocates: never. Lifetime: until alog_writer_release or alog_writer_finish. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_API
struct alog_hot *alog_writer_hot(struct alog_writer *writer);

/**
 * The state that alog_is_newest_inline and alog_refresh_inline use: see atomic_log_inline.h.
 *
 * @param snapshot  The snapshot.
 * @return What says whether a refresh would bring something; NULL for NULL and a wrong handle. It changes with a refresh.
 *
 * Threads: see type. Blocking: never. Allocates: never. Lifetime: until alog_snapshot_destroy. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
const struct alog_glance *alog_snapshot_glance(const struct alog_snapshot *snapshot);

/**
 * As alog_snapshot_glance, of a cursor.
 *
 * @param cursor  The cursor.
 * @return What says whether a refresh would bring something; NULL for NULL and a wrong handle. It changes with a refresh.
 *
 * Threads: see type. Blocking: never. Allocates: never. Lifetime: until alog_cursor_destroy. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_API
const struct alog_glance *alog_cursor_glance(const struct alog_cursor *cursor);

/**
 * The state that alog_next_inline uses: see atomic_log_inline.h.
 *
 * @param cursor  The cursor.
 * @return What reading on works on; NULL for NULL and a wrong handle. A checked library's has nothing to read, so that
 *         each record comes by a call.
 *
 * Threads: owner. Blocking: never. Allocates: never. Lifetime: until alog_cursor_destroy. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_API
struct alog_follower *alog_cursor_follower(struct alog_cursor *cursor);

/**
 * Says in words which member of the options is wrong, and what it may be: "record_align 3 is not a power of two".
 *
 * @param options  The options, of struct_size bytes.
 * @param bytes    Whether they are for alog_log_create_bytes; else for alog_log_create_fixed.
 * @param text     Receives, whatever is returned, one line of text, cut off if it is longer than that, and a NUL behind it;
 *                 an empty one if nothing is wrong. May be NULL if size is 0.
 * @param size     Bytes that there is room for, the NUL's included. 160 are enough.
 * @return ALOG_OK: nothing is wrong, and only memory may lack; ALOG_ERR_NULL: options or text is NULL, or a function of the
 *         allocator; ALOG_ERR_ARGUMENT: options is misaligned, or struct_size or another member is not what alog_options
 *         says.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: options must point to as many bytes as its struct_size says; text must have room for size bytes.
 */
ALOG_API
alog_status alog_options_problem(const struct alog_options *options,
                                 bool bytes,
                                 char *text,
                                 size_t size);

/**
 * Fills in defaults: struct_size, and zero for the rest.
 *
 * @param options  What to initialise; NULL and a misaligned pointer are ignored. Always the first release's 56 bytes
 *                 on 64-bit targets, so that it never overruns the struct of a caller who was compiled with an older
 *                 header.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: options must be NULL or point to an alog_options.
 */
ALOG_API
void alog_options_init(struct alog_options *options);

/**
 * Creates a log of records that all have one size.
 *
 * @param options  Capacities in records, record_size in bytes; the rest may be 0.
 * @param out      Receives the log, with one count; without a writer.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_ARGUMENT: struct_size, flags, a capacity, record_size, record_align,
 *         segment_records or max_segments is not what alog_options says, or a pointer is misaligned;
 *         ALOG_ERR_NO_MEMORY. alog_options_problem says which member is wrong.
 *
 * Threads: any. Blocking: never. Allocates: the log, its first segment and what is preallocated.
 * Lifetime: until the last handle of any kind on the log is gone. Since: 0.1.0.
 * Safety: options must point to as many bytes as its struct_size says.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_log_create_fixed(const struct alog_options *options,
                                  struct alog_log **out);

/**
 * Creates a log of records of any size.
 *
 * @param options  Capacities in bytes of segment space, record_size 0; the rest may be 0.
 * @param out      Receives the log, with one count; without a writer.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_ARGUMENT: struct_size, flags, a capacity, record_size, record_align or
 *         max_segments is not what alog_options says, or a pointer is misaligned; ALOG_ERR_NO_MEMORY.
 *         alog_options_problem says which member is wrong.
 *
 * Threads: any. Blocking: never. Allocates: the log, its first segment and what is preallocated.
 * Lifetime: until the last handle of any kind on the log is gone. Since: 0.1.0.
 * Safety: options must point to as many bytes as its struct_size says.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_log_create_bytes(const struct alog_options *options,
                                  struct alog_log **out);

/**
 * Adds a count to a log.
 *
 * @param log  The log; NULL and a wrong handle are returned as they are, uncounted.
 * @return Its argument. Release each count once.
 *
 * Threads: any. Blocking: never. Allocates: never. Lifetime: until the matching release. Since: 0.1.0.
 * Safety: log must be NULL or a handle that is not released.
 */
ALOG_API
struct alog_log *alog_log_retain(struct alog_log *log);

/**
 * Gives a count back. The log lives on while a writer, snapshot, cursor or segment pin does.
 *
 * @param log  The log; NULL and a wrong handle are ignored.
 *
 * Threads: any. Blocking: never. Allocates: never; the last handle frees everything. Since: 0.1.0.
 * Safety: log must be NULL or a handle with a count of the caller's, which ends here.
 */
ALOG_API void alog_log_release(struct alog_log *log);

/**
 * The options of a log as resolved, with defaults filled in.
 *
 * @param log  The log.
 * @param out  Its struct_size must be set (ALOG_OPTIONS_INIT); at most that many bytes are written. The allocator
 *             points into the log, and is NULL for malloc's.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: bad struct_size, or out is misaligned.
 *
 * Threads: any. Blocking: never. Allocates: never. Lifetime: the allocator's is the log's. Since: 0.1.0.
 * Safety: log must be NULL or a live handle; out must have room for as many bytes as its struct_size says.
 */
ALOG_API
alog_status alog_log_options(const struct alog_log *log,
                             struct alog_options *out);

/**
 * The sequences of the records that a snapshot taken now would hold.
 *
 * @param log  The log.
 * @param out  Receives the range.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned.
 *
 * Threads: any. Blocking: never. Allocates: never. May be stale on return; both ends never decrease. Since: 0.1.0.
 * Safety: log must be NULL or a live handle.
 */
ALOG_API
alog_status alog_log_range(const struct alog_log *log,
                           struct alog_range *out);

/**
 * Writes what the log is, shows and holds, as lines of text: for a debugger, and for handlers of signals and crashes.
 *
 * The text says whose log it is by its address, then its geometry, its newest view, its memory, and for each window that
 * views look through how many they are and how far it is behind. It is for people, and may change with each release;
 * programs ask alog_log_stats. While the log moves, figures may be a moment old, and views may be counted that are just
 * coming or going. While the call runs in another thread than the writer's, it counts as a view for max_segments.
 *
 * Async-signal-safe: it takes no lock, makes no system call, and may interrupt any function of the library, also the
 * writer's in the same thread. It needs less than 8 KiB of stack.
 *
 * @param log     The log.
 * @param buffer  Receives the text, cut off if it is longer than that, and a NUL behind it. May be NULL if size is 0.
 * @param size    Bytes that the buffer has room for, the NUL's included. 1024 are enough for a log with few views.
 * @return Bytes that the whole text has, without the NUL: it was cut off if that is not less than size. 0 for NULL and a
 *         wrong handle; nothing is written then.
 *
 * Threads: any. Blocking: never (lock-free). Allocates: never. Since: 0.1.0.
 * Safety: log must be NULL or a live handle, and stay live during the call; buffer must have room for size bytes.
 */
ALOG_API
size_t alog_log_describe(const struct alog_log *log,
                         char *buffer,
                         size_t size);

/**
 * Ends every wait that is in progress on the log: each returns ALOG_INTERRUPTED. For a shutdown, or a cancelled request.
 *
 * Later waits are unaffected. A thread that checks a stop flag before it waits can miss this call: it waits by
 * alog_snapshot_wait_since or alog_cursor_wait_since.
 *
 * @param log  The log.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
 *
 * Threads: any. Blocking: never; one system call if somebody waits. Allocates: never. Since: 0.1.0.
 * Safety: log must be NULL or a live handle.
 */
ALOG_API
alog_status alog_log_interrupt(struct alog_log *log);

/**
 * How many times alog_log_interrupt was called on the log. For the two wait_since functions, which miss no later one: ask
 * this first, then your stop flag, then wait.
 *
 * @param log  The log.
 * @return A count; 0 also for NULL and a wrong handle.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: log must be NULL or a live handle.
 */
ALOG_API
uint64_t alog_log_interrupts(const struct alog_log *log);

/**
 * Whether alog_writer_finish ended the log: nothing will be appended any more. What is retained stays readable.
 *
 * @param log  The log.
 * @return True if it did; false also for NULL and a wrong handle. True stays true.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: log must be NULL or a live handle.
 */
ALOG_API
bool alog_log_is_finished(const struct alog_log *log);

/**
 * Whether the log has a writer.
 *
 * @param log  The log.
 * @return True if it has; false also for NULL and a wrong handle. May be stale on return.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: log must be NULL or a live handle.
 */
ALOG_API bool alog_log_has_writer(const struct alog_log *log);

/**
 * Makes the caller the log's writer, who goes on exactly where the last one stopped.
 *
 * @param log  The log.
 * @param out  Receives the writer.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_CLAIMED: there is
 *         one; ALOG_ERR_FINISHED: there will be none; ALOG_ERR_NO_MEMORY.
 *
 * Threads: any. Blocking: never. Allocates: the handle. Lifetime: until alog_writer_release. Since: 0.1.0.
 * Safety: log must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_writer_claim(struct alog_log *log,
                              struct alog_writer **out);

/**
 * Gives the claim back. An open reservation or group is abandoned; the retained records stay.
 *
 * @param writer  The writer; NULL and a wrong handle are ignored.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle, which ends here.
 */
ALOG_API void alog_writer_release(struct alog_writer *writer);

/**
 * Ends the log for good, and the writer with it. An open reservation or group is abandoned; the retained records stay.
 *
 * Later claims give ALOG_ERR_FINISHED. A reader's wait returns ALOG_OK while something is unread, and then ALOG_FINISHED, at
 * once and for ever; those that sleep now are woken.
 *
 * @param writer  The writer, which ends if ALOG_OK is returned.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
 *
 * Threads: owner. Blocking: never; one system call if somebody waits. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle, which is not used again after ALOG_OK.
 */
ALOG_API
alog_status alog_writer_finish(struct alog_writer *writer);

/**
 * Appends one record, and publishes it unless a group is open. After an error nothing is appended; an open group stays
 * open with what it had, to be published or abandoned.
 *
 * @param writer  The writer.
 * @param record  The record, copied. Bytes: may be NULL if size is 0.
 * @param size    Bytes. Fixed: must equal record_size.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: size is not record_size, or the
 *         record lies in the open reservation (commit that instead); ALOG_ERR_TOO_LARGE: larger than a segment, or than the
 *         group can still become; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
 *
 * Threads: owner. Blocking: never. Allocates: only when a new segment is begun and the pools are empty. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle; record must be readable and not change during the call.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_writer_append(struct alog_writer *writer,
                               const void *record,
                               size_t size);

/**
 * Appends fixed records that lie record_size apart: visible all at once, or not at all.
 *
 * @param writer   The writer of a fixed log.
 * @param records  The first record; copied. May be NULL if count is 0.
 * @param count    Records; 0 does nothing.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count overflows, or a record
 *         lies in the open reservation; ALOG_ERR_TOO_LARGE: more than the log can show at once; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error nothing is appended.
 *
 * Threads: owner. Blocking: never. Allocates: only when new segments are begun and the pools are empty. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle; the records must be readable and not change during the call.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_writer_append_batch(struct alog_writer *writer,
                                     const void *records,
                                     size_t count);

/**
 * Appends byte records, one per slice: visible all at once, or not at all.
 *
 * @param writer   The writer of a bytes log.
 * @param records  Where the records are; copied. May be NULL if count is 0; the data of an empty record may be NULL.
 * @param count    Records; 0 does nothing.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count overflows, records is
 *         misaligned, or a record lies in the open reservation; ALOG_ERR_TOO_LARGE: a record larger than a segment, or more than the log can show at once;
 *         ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error nothing is appended.
 *
 * Threads: owner. Blocking: never. Allocates: only when new segments are begun and the pools are empty. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle; slices and records must be readable and not change during the call.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_writer_append_slices(struct alog_writer *writer,
                                      const struct alog_slice *records,
                                      size_t count);

/**
 * Appends byte records that lie back to back: visible all at once, or not at all. One call for many records from
 * languages where a call costs.
 *
 * @param writer  The writer of a bytes log.
 * @param data    The first record's first byte; copied. May be NULL if all sizes are 0.
 * @param sizes   Bytes of each record. May be NULL if count is 0.
 * @param count   Records; 0 does nothing.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count or the sum of sizes
 *         overflows, sizes is misaligned, or a record lies in the open reservation; ALOG_ERR_TOO_LARGE: a record larger than a segment, or more than the log
 *         can show at once; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error nothing is appended.
 *
 * Threads: owner. Blocking: never. Allocates: only when new segments are begun and the pools are empty. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle; data and sizes must be readable and not change during the call.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_writer_append_packed(struct alog_writer *writer,
                                      const void *data,
                                      const uint32_t *sizes,
                                      size_t count);

/**
 * Opens a group: from here on, what is appended or committed stays invisible.
 *
 * A call that fails within the group leaves it open with what it had: who publishes then publishes that, so abandon a
 * group that must be whole.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: one is open.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_API
alog_status alog_writer_begin(struct alog_writer *writer);

/**
 * Makes all of the group visible at one instant, however many segments it spans. Cannot fail for lack of memory.
 *
 * @param writer  The writer.
 * @return ALOG_OK, also for an empty group, which publishes nothing; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: none
 *         is open.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_API
alog_status alog_writer_publish(struct alog_writer *writer);

/**
 * Forgets the group: nobody ever sees it, and its sequences are given to what comes next.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: none is open.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_API alog_status alog_writer_abandon(struct alog_writer *writer);

/**
 * Hands out room in the log, to be written in place. All memory that the commit needs is secured here.
 *
 * The reservation ends with commit, cancel, any append or batch (but of zero), another reserve, begin, publish, abandon,
 * or the writer's release. Bytes: what commit does not use is given back, but a segment in which `want` bytes do not fit ends
 * here, whatever commit then uses. So reserve what the record may need, and no more.
 *
 * @param writer  The writer.
 * @param want    Fixed: records, at least 1; room for 1 to want, contiguous, is given. Bytes: the bytes of one record;
 *                exactly as many are given.
 * @param out     Receives the room. What is in it is not initialised.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: fixed, and want is 0, or out is misaligned;
 *         ALOG_ERR_TOO_LARGE: larger than a segment, or than the group can still become; ALOG_ERR_SEGMENT_LIMIT;
 *         ALOG_ERR_NO_MEMORY.
 *
 * Threads: owner. Blocking: never. Allocates: only when a new segment is begun and the pools are empty.
 * Lifetime: until the reservation ends. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_writer_reserve(struct alog_writer *writer,
                                size_t want,
                                struct alog_reservation *out);

/**
 * Appends what was written to the reservation, and publishes it unless a group is open. Cannot fail for lack of memory.
 *
 * @param writer  The writer.
 * @param used    Fixed: records, from the first on; 0 ends the reservation and publishes nothing. Bytes: the record's
 *                final size; 0 publishes an empty record.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: more than was reserved, and the reservation stays;
 *         ALOG_ERR_STATE: there is none.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle; all that is used must be written.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_writer_commit(struct alog_writer *writer,
                               size_t used);

/**
 * Ends the reservation; nothing is appended.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: there is none.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_API alog_status alog_writer_cancel(struct alog_writer *writer);

/**
 * The sequence that the next record will have; the open group's records count.
 *
 * @param writer  The writer.
 * @return A sequence; 0 also for NULL and a wrong handle.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_API uint64_t alog_writer_next_sequence(const struct alog_writer *writer);

/**
 * Goes on at a later sequence: the next record has exactly this one, and what was retained leaves the log's view at once.
 *
 * No view shows records from both sides, and views that were taken before stay what they are. A refresh across it counts what
 * was skipped, and what went unseen with it, as lost; a wait returns. A log that is empty begins there.
 *
 * @param writer         The writer.
 * @param next_sequence  The sequence of the next record. If it is that already, nothing happens.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: a group or a reservation is open; ALOG_ERR_ARGUMENT:
 *         backwards, or so far that no segment fits behind it; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error
 *         nothing has changed.
 *
 * Threads: owner. Blocking: never; one system call if the log notifies and somebody waits.
 * Allocates: if the pools are empty, since it begins a new segment. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_writer_skip(struct alog_writer *writer,
                             uint64_t next_sequence);

/**
 * Wakes everybody who waits for something new; publishing alone wakes nobody, unless the log has ALOG_FLAG_AUTO_NOTIFY.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
 *
 * Threads: owner. Blocking: never; one system call if somebody waits. Allocates: never. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_API
alog_status alog_writer_notify(struct alog_writer *writer);

/**
 * Gives pooled segments (and the tables that listed them) back to the allocator: after a burst of stuck readers, say. What
 * readers hold stays, and beside that as many segments as plain appends need or were preallocated: K + 1, or
 * preallocated_segments if that is more. Windows stay until the log goes: 256 bytes for each that was ever held at once.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
 *
 * Threads: owner. Blocking: never. Allocates: never; frees. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_API
alog_status alog_writer_trim(struct alog_writer *writer);

/**
 * The writer's log, with one more count.
 *
 * @param writer  The writer.
 * @return The same pointer as when the log was created, to be released; NULL for NULL and a wrong handle.
 *
 * Threads: owner. Blocking: never. Allocates: never. Lifetime: until released. Since: 0.1.0.
 * Safety: writer must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
struct alog_log *alog_writer_log(const struct alog_writer *writer);

/**
 * Takes a snapshot of a log. Constant cost, however many segments it holds.
 *
 * @param log  The log.
 * @param out  Receives the snapshot.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_NO_MEMORY.
 *
 * Threads: any. Blocking: never (lock-free). Allocates: the handle. Lifetime: until alog_snapshot_destroy; what it shows
 * outlives the log's handle and the writer. Since: 0.1.0.
 * Safety: log must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_snapshot_create(const struct alog_log *log,
                                 struct alog_snapshot **out);

/**
 * Makes another snapshot that shows the same.
 *
 * @param snapshot  The snapshot.
 * @param out       Receives the other one.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_NO_MEMORY.
 *
 * Threads: see type. Blocking: never. Allocates: the handle. Lifetime: its own. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_snapshot_clone(const struct alog_snapshot *snapshot,
                                struct alog_snapshot **out);

/**
 * Ends a snapshot, and with it the chunks and slices that nothing else covers.
 *
 * @param snapshot  The snapshot; NULL and a wrong handle are ignored.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle, which ends here.
 */
ALOG_API void alog_snapshot_destroy(struct alog_snapshot *snapshot);

/**
 * Shows the newest: afterwards the snapshot holds exactly what a fresh one would. With nothing new it costs one load.
 *
 * @param snapshot  The snapshot.
 * @param out       Receives what the refresh brought; may be NULL.
 * @return ALOG_OK; ALOG_UNCHANGED: nothing was published since; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out
 *         is misaligned.
 *
 * Threads: owner. Blocking: never (lock-free). Allocates: never. Lifetime: ends that of chunks and slices that nothing
 * else covers. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
alog_status alog_snapshot_refresh(struct alog_snapshot *snapshot,
                                  struct alog_delta *out);

/**
 * Sleeps until something newer than the view is published. The view stays as it is: refresh it afterwards.
 *
 * The log is looked at on entry, at each notify and at the deadline. Publishing alone wakes nobody: the writer calls
 * alog_writer_notify, or the log has ALOG_FLAG_AUTO_NOTIFY. A notify with nothing new does not end a wait.
 *
 * A writer that is released ends no wait, since another may come. One that finishes the log does.
 *
 * @param snapshot    The snapshot.
 * @param timeout_ns  Nanoseconds of the monotonic clock; 0 only looks, ALOG_WAIT_FOREVER never times out.
 * @return ALOG_OK: there is something newer; ALOG_TIMEOUT; ALOG_INTERRUPTED: alog_log_interrupt was called; ALOG_FINISHED:
 *         nothing newer is there, and nothing will come; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
 *
 * Threads: see type. Blocking: yes, at most timeout_ns. Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
alog_status alog_snapshot_wait(const struct alog_snapshot *snapshot,
                               uint64_t timeout_ns);

/**
 * Looks and sleeps as alog_snapshot_wait does, but an interrupt that came before the call ends it, too: so none is missed between a look
 * at a stop flag and the wait. An interrupt is told before something newer.
 *
 * @param snapshot    The snapshot.
 * @param timeout_ns  Nanoseconds of the monotonic clock; 0 only looks, ALOG_WAIT_FOREVER never times out.
 * @param interrupts  What alog_log_interrupts said before you looked at the flag.
 * @return ALOG_OK: there is something newer; ALOG_TIMEOUT; ALOG_INTERRUPTED: there were more interrupts; ALOG_FINISHED: nothing
 *         is left, and nothing will come; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
 *
 * Threads: see type. Blocking: yes, at most timeout_ns. Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
alog_status alog_snapshot_wait_since(const struct alog_snapshot *snapshot,
                                     uint64_t timeout_ns,
                                     uint64_t interrupts);

/**
 * The sequences of the records in view.
 *
 * @param snapshot  The snapshot.
 * @param out       Receives the range.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned.
 *
 * Threads: see type. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
alog_status alog_snapshot_range(const struct alog_snapshot *snapshot,
                                struct alog_range *out);

/**
 * The sequences of the newest publication: of one append, batch or group. It is always whole in the view.
 *
 * @param snapshot  The snapshot.
 * @param out       Receives the range: one record after an append, all of its records after a batch or group, empty at the
 *                  view's end while the view is empty.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned.
 *
 * Threads: see type. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
alog_status alog_snapshot_latest(const struct alog_snapshot *snapshot,
                                 struct alog_range *out);

/**
 * How many records are in view.
 *
 * @param snapshot  The snapshot.
 * @return Records; 0 also for NULL and a wrong handle.
 *
 * Threads: see type. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API uint64_t alog_snapshot_len(const struct alog_snapshot *snapshot);

/**
 * One record, by its sequence. Fixed: constant cost. Bytes: a binary search among the segments.
 *
 * @param snapshot  The snapshot.
 * @param sequence  The record's sequence.
 * @param out       Receives where the record is.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_OUT_OF_RANGE.
 *
 * Threads: see type. Blocking: never. Allocates: never. Lifetime: while a handle covers the segment. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
alog_status alog_snapshot_record(const struct alog_snapshot *snapshot,
                                 uint64_t sequence,
                                 struct alog_slice *out);

/**
 * How many chunks the view has: one for each segment that holds records.
 *
 * @param snapshot  The snapshot.
 * @return Chunks; 0 also for NULL and a wrong handle.
 *
 * Threads: see type. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API size_t alog_snapshot_chunk_count(const struct alog_snapshot *snapshot);

/**
 * The records of one segment. Constant cost.
 *
 * @param snapshot  The snapshot.
 * @param index     0 for the oldest chunk, up to alog_snapshot_chunk_count - 1.
 * @param out       Receives the chunk.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_OUT_OF_RANGE.
 *
 * Threads: see type. Blocking: never. Allocates: never. Lifetime: while a handle covers the segment. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
alog_status alog_snapshot_chunk(const struct alog_snapshot *snapshot,
                                size_t index,
                                struct alog_chunk *out);

/**
 * Many chunks in one call.
 *
 * @param snapshot  The snapshot.
 * @param first     Index of the first chunk, at most alog_snapshot_chunk_count.
 * @param max       How many chunks there is room for.
 * @param out       Receives the chunks.
 * @param written   Receives how many were written; 0 if none is left.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: a pointer is misaligned; ALOG_ERR_OUT_OF_RANGE: first
 *         is beyond the count.
 *
 * Threads: see type. Blocking: never. Allocates: never. Lifetime: while a handle covers each segment. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle; out must have room for max chunks.
 */
ALOG_API
alog_status alog_snapshot_chunks(const struct alog_snapshot *snapshot,
                                 size_t first,
                                 size_t max,
                                 struct alog_chunk *out,
                                 size_t *written);

/**
 * Where a record lies: in which chunk, and at which place of it. Fixed: constant cost. Bytes: a binary search among the
 * segments.
 *
 * @param snapshot  The snapshot.
 * @param sequence  The record's sequence.
 * @param chunk     Receives the chunk's index.
 * @param record    Receives the record's place in the chunk, from 0 on.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: a pointer is misaligned; ALOG_ERR_OUT_OF_RANGE.
 *
 * Threads: see type. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_API
alog_status alog_snapshot_find(const struct alog_snapshot *snapshot,
                               uint64_t sequence,
                               size_t *chunk,
                               size_t *record);

/**
 * The chunks of a range of records, cut at the range's ends: of the newest publication, with what alog_snapshot_latest said.
 *
 * @param snapshot  The snapshot.
 * @param range     Sequences, all in view; or an empty range, which has no chunks.
 * @param max       How many chunks there is room for. With 0 nothing is written, whatever the range.
 * @param out       Receives the chunks. If there are more, ask again for the range that begins behind the last.
 * @param written   Receives how many were written.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: a pointer is misaligned; ALOG_ERR_OUT_OF_RANGE: the
 *         range is not in view.
 *
 * Threads: see type. Blocking: never. Allocates: never. Lifetime: while a handle covers each segment. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle; out must have room for max chunks.
 */
ALOG_API
alog_status alog_snapshot_chunks_in(const struct alog_snapshot *snapshot,
                                    struct alog_range range,
                                    size_t max,
                                    struct alog_chunk *out,
                                    size_t *written);

/**
 * Pins the segment of one chunk, so that the chunk outlives the snapshot, the log's handle and the writer.
 *
 * @param snapshot  The snapshot.
 * @param index     The chunk's index.
 * @param out       Receives the pin, with one count.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_OUT_OF_RANGE;
 *         ALOG_ERR_NO_MEMORY.
 *
 * Threads: see type. Blocking: never. Allocates: the handle. Lifetime: until alog_segment_release. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_snapshot_pin(const struct alog_snapshot *snapshot,
                              size_t index,
                              struct alog_segment **out);

/**
 * The snapshot's log, with one more count.
 *
 * @param snapshot  The snapshot.
 * @return The same pointer as when the log was created, to be released; NULL for NULL and a wrong handle.
 *
 * Threads: see type. Blocking: never. Allocates: never. Lifetime: until released. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
struct alog_log *alog_snapshot_log(const struct alog_snapshot *snapshot);

/**
 * Makes a cursor over what a snapshot shows, starting at its first record.
 *
 * @param snapshot  The snapshot; the cursor has a view of its own and does not need it afterwards.
 * @param out       Receives the cursor.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_NO_MEMORY.
 *
 * Threads: any. Blocking: never. Allocates: the handle. Lifetime: until alog_cursor_destroy. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_cursor_create(const struct alog_snapshot *snapshot,
                               struct alog_cursor **out);

/**
 * Makes a cursor on a log.
 *
 * @param log    The log.
 * @param start  ALOG_START_OLDEST or ALOG_START_NEXT.
 * @param out    Receives the cursor.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: unknown start, or out is misaligned;
 *         ALOG_ERR_NO_MEMORY.
 *
 * Threads: any. Blocking: never (lock-free). Allocates: the handle. Lifetime: until alog_cursor_destroy. Since: 0.1.0.
 * Safety: log must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_cursor_open(const struct alog_log *log,
                             alog_start start,
                             struct alog_cursor **out);

/**
 * Ends a cursor, and with it the chunks that nothing else covers.
 *
 * @param cursor  The cursor; NULL and a wrong handle are ignored.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle, which ends here.
 */
ALOG_API void alog_cursor_destroy(struct alog_cursor *cursor);

/**
 * The next chunk of the captured view: what is unread of one segment.
 *
 * @param cursor  The cursor.
 * @param out     Receives the chunk, unless there is none.
 * @return ALOG_OK; ALOG_END: all were returned, nothing is written; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT:
 *         out is misaligned.
 *
 * Threads: owner. Blocking: never. Allocates: never. Lifetime: until a refresh, or while something else covers the
 * segment. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_API
alog_status alog_cursor_next(struct alog_cursor *cursor,
                             struct alog_chunk *out);

/**
 * Goes to a record of the captured view, or to the view's end.
 *
 * @param cursor    The cursor.
 * @param sequence  From the view's begin to its end, inclusive.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_OUT_OF_RANGE: not in the captured view; the cursor stays.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_API
alog_status alog_cursor_seek(struct alog_cursor *cursor,
                             uint64_t sequence);

/**
 * Captures the newest view and goes on with what is unread; what was evicted meanwhile is reported as lost.
 *
 * @param cursor  The cursor.
 * @param out     Receives what is to be read now, also with ALOG_UNCHANGED; may be NULL.
 * @return ALOG_OK; ALOG_UNCHANGED: nothing was published since the last capture, though chunks may be unread;
 *         ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned.
 *
 * Threads: owner. Blocking: never (lock-free). Allocates: never. Lifetime: ends that of chunks that nothing else covers.
 * Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_API
alog_status alog_cursor_refresh(struct alog_cursor *cursor,
                                struct alog_delta *out);

/**
 * Sleeps until something is unread: what is unread of the captured view counts, so does what was published since. See
 * alog_snapshot_wait.
 *
 * A writer that is released ends no wait, since another may come. One that finishes the log does.
 *
 * @param cursor      The cursor.
 * @param timeout_ns  Nanoseconds of the monotonic clock; 0 only looks, ALOG_WAIT_FOREVER never times out.
 * @return ALOG_OK: there is something unread; ALOG_TIMEOUT; ALOG_INTERRUPTED: alog_log_interrupt was called; ALOG_FINISHED:
 *         nothing is left, and nothing will come; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
 *
 * Threads: owner. Blocking: yes, at most timeout_ns. Allocates: never. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_API
alog_status alog_cursor_wait(struct alog_cursor *cursor,
                             uint64_t timeout_ns);

/**
 * Looks and sleeps as alog_cursor_wait does, but an interrupt that came before the call ends it, too: so none is missed between a look
 * at a stop flag and the wait. An interrupt is told before something newer.
 *
 * @param cursor        The cursor.
 * @param timeout_ns  Nanoseconds of the monotonic clock; 0 only looks, ALOG_WAIT_FOREVER never times out.
 * @param interrupts  What alog_log_interrupts said before you looked at the flag.
 * @return ALOG_OK: there is something unread; ALOG_TIMEOUT; ALOG_INTERRUPTED: there were more interrupts; ALOG_FINISHED: nothing
 *         is left, and nothing will come; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
 *
 * Threads: owner. Blocking: yes, at most timeout_ns. Allocates: never. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_API
alog_status alog_cursor_wait_since(struct alog_cursor *cursor,
                                   uint64_t timeout_ns,
                                   uint64_t interrupts);

/**
 * The sequence of the next unread record.
 *
 * @param cursor  The cursor.
 * @return A sequence; 0 also for NULL and a wrong handle.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_API uint64_t alog_cursor_position(const struct alog_cursor *cursor);

/**
 * Pins the segment of the chunk that was last returned, so that the chunk outlives the cursor's next refresh.
 *
 * @param cursor  The cursor.
 * @param out     Receives the pin, with one count.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_STATE: no chunk was
 *         returned since the cursor was made, or since a refresh brought something; ALOG_ERR_NO_MEMORY.
 *
 * Threads: owner. Blocking: never. Allocates: the handle. Lifetime: until alog_segment_release. Since: 0.1.0.
 * Safety: cursor must be NULL or a live handle.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_cursor_pin(const struct alog_cursor *cursor,
                            struct alog_segment **out);

/**
 * Adds a count to a segment pin.
 *
 * @param segment  The pin; NULL and a wrong handle are returned as they are, uncounted.
 * @return Its argument. Release each count once.
 *
 * Threads: any. Blocking: never. Allocates: never. Lifetime: until the matching release. Since: 0.1.0.
 * Safety: segment must be NULL or a handle that is not released.
 */
ALOG_API
struct alog_segment *alog_segment_retain(struct alog_segment *segment);

/**
 * Gives a count back; the last one lets the segment go.
 *
 * @param segment  The pin; NULL and a wrong handle are ignored.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: segment must be NULL or a handle with a count of the caller's, which ends here, as do the chunks that nothing
 * else covers.
 */
ALOG_API
void alog_segment_release(struct alog_segment *segment);

/**
 * The segment's sequence, as chunks of it say.
 *
 * @param segment  The pin.
 * @return 0, 1, 2, ... in order of creation; 0 also for NULL and a wrong handle.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: segment must be NULL or a live handle.
 */
ALOG_API uint64_t alog_segment_sequence(const struct alog_segment *segment);

/**
 * What a log holds, and for whom: "who is holding my memory?" What it says of segments and windows, and so of the oldest
 * view, is as of the writer's last roll or trim; all else is of now.
 *
 * @param log  The log.
 * @param out  Its struct_size must be set (ALOG_STATS_INIT); at most that many bytes are written.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: bad struct_size, or out is misaligned.
 *
 * Threads: any. Blocking: never (lock-free). Allocates: never. Costs appends nothing. Since: 0.1.0.
 * Safety: log must be NULL or a live handle; out must have room for as many bytes as its struct_size says.
 */
ALOG_API
alog_status alog_log_stats(const struct alog_log *log,
                           struct alog_stats *out);

/**
 * Fills in what alog_log_stats reads: struct_size; and zero for the rest. For languages without ALOG_STATS_INIT.
 *
 * @param stats  What to initialise; NULL and a misaligned pointer are ignored. Always the first release's 112 bytes.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: stats must be NULL or point to an alog_stats.
 */
ALOG_API
void alog_stats_init(struct alog_stats *stats);

/**
 * Fills in what alog_snapshot_stats reads: struct_size; and zero for the rest. For languages without ALOG_VIEW_STATS_INIT.
 *
 * @param stats  What to initialise; NULL and a misaligned pointer are ignored. Always the first release's 40 bytes.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: stats must be NULL or point to an alog_view_stats.
 */
ALOG_API
void alog_view_stats_init(struct alog_view_stats *stats);

/**
 * What one view holds: the segments and bytes that the log no longer needs.
 *
 * @param snapshot  The snapshot.
 * @param out       Its struct_size must be set (ALOG_VIEW_STATS_INIT); at most that many bytes are written.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: bad struct_size, or out is misaligned.
 *
 * Threads: see type. Blocking: never (lock-free). Allocates: never. Since: 0.1.0.
 * Safety: snapshot must be NULL or a live handle; out must have room for as many bytes as its struct_size says.
 */
ALOG_API
alog_status alog_snapshot_stats(const struct alog_snapshot *snapshot,
                                struct alog_view_stats *out);

/**
 * Says in words what is wrong with a channel: "field price: offset 12 is not a multiple of the type's size; the field
 * can be at 16". For the start of a program: after a crash it is too late.
 *
 * @param log      The log that the channel is for.
 * @param channel  The channel, of struct_size bytes.
 * @param problem  Receives, whatever is returned, one line of text, cut off if it is longer than that, and a NUL
 *                 behind it; an empty one if nothing is wrong. May be NULL if size is 0.
 * @param size     Bytes that there is room for, the NUL's included. 240 are enough beside the name of a field.
 * @return ALOG_OK: nothing is wrong; ALOG_ERR_NULL: log, channel or problem is NULL; ALOG_ERR_HANDLE;
 *         ALOG_ERR_ARGUMENT: channel is misaligned, or struct_size or another member is not what alog_channel says.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: log must be NULL or a live handle; channel must be NULL or point to as many bytes as its struct_size says,
 * its texts end with NUL, and fields and schema are as long as it says; problem must have room for size bytes.
 */
ALOG_API
alog_status alog_channel_check(const struct alog_log *log,
                               const struct alog_channel *channel,
                               char *problem,
                               size_t size);

/**
 * Makes a recorder of the caller's memory, with no logs. Nothing ends it: it owns nothing.
 *
 * @param recorder  The memory.
 * @param sink      Where alog_recorder_write writes, copied. May be NULL: then only alog_recorder_write_fd can be
 *                  used.
 * @return ALOG_OK; ALOG_ERR_NULL: recorder or the sink's write is NULL; ALOG_ERR_ARGUMENT: a pointer is misaligned.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: recorder must be NULL or have room for an alog_recorder; sink must be NULL or point to an alog_sink.
 */
ALOG_API
alog_status alog_recorder_init(struct alog_recorder *recorder,
                               const struct alog_sink *sink);

/**
 * Adds a log, up to 16. It is not counted: keep the log alive for as long as the recorder is used. A handler of a
 * signal that interrupts the call and records finds the log or does not.
 *
 * @param recorder  The recorder.
 * @param log       The log.
 * @param channel   How its records are written; copied, except what it points to.
 * @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE: log, or a recorder that was not initialised; ALOG_ERR_ARGUMENT: a
 *         pointer is misaligned, or the channel is wrong, and alog_channel_check says why; ALOG_ERR_STATE: there are
 *         16 logs.
 *
 * Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: recorder must be NULL or point to an alog_recorder; log must be NULL or a live handle, and live for as long
 * as the recorder is used; channel as for alog_channel_check, and what it points to stays as it is for as long.
 */
ALOG_API
alog_status alog_recorder_add(struct alog_recorder *recorder,
                              struct alog_log *log,
                              const struct alog_channel *channel);

/**
 * Writes a whole file of MCAP to the recorder's sink: what each log shows now. Publications are whole, and the records
 * of a log are in order; one log follows the other.
 *
 * Async-signal-safe, if the sink is: it takes no lock, makes no system call, and may interrupt any function of the
 * library, also the writer's in the same thread, and itself. It needs less than 24 KiB of stack beside the sink's.
 * While it writes a log, it counts as a view of it for max_segments. Any number of threads may record at once, but
 * none while a log is added.
 *
 * @param recorder  The recorder.
 * @param out       Receives what was written. May be NULL.
 * @return ALOG_OK; ALOG_ERR_NULL: recorder; ALOG_ERR_HANDLE: it was not initialised; ALOG_ERR_ARGUMENT: a pointer is
 *         misaligned; ALOG_ERR_STATE: it has no sink; ALOG_ERR_IO: the sink returned what is no error; otherwise the
 *         error that the sink returned. Without ALOG_OK the file has no end.
 *
 * Threads: any. Blocking: never, except in the sink. Allocates: never. Since: 0.1.0.
 * Safety: recorder must be NULL or point to an alog_recorder; its logs must be alive.
 */
ALOG_API
alog_status alog_recorder_write(struct alog_recorder *recorder,
                                struct alog_recording *out);

/**
 * As alog_recorder_write, to a file descriptor. Short writes are continued, and EINTR is no failure; EAGAIN is one, so
 * let the descriptor be one that blocks.
 *
 * Async-signal-safe: its only system call is write. On Windows the descriptor must be a binary one (_O_BINARY).
 *
 * @param recorder  The recorder.
 * @param fd        Where to write; it stays open.
 * @param out       Receives what was written. May be NULL.
 * @return ALOG_OK; ALOG_ERR_NULL: recorder; ALOG_ERR_HANDLE: it was not initialised; ALOG_ERR_ARGUMENT: a pointer is
 *         misaligned; ALOG_ERR_IO: a write failed, and errno says why, or it wrote nothing. Without ALOG_OK the file
 * has no end.
 *
 * Threads: any. Blocking: never, except in write. Allocates: never. Since: 0.1.0.
 * Safety: recorder must be NULL or point to an alog_recorder; its logs must be alive.
 */
ALOG_API
alog_status alog_recorder_write_fd(struct alog_recorder *recorder,
                                   int fd,
                                   struct alog_recording *out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ALOG_ATOMIC_LOG_H */
