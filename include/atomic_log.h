/*
 * atomic_log.h: a rolling log inside one process. One writer appends records. Any number of readers look at the newest
 * records where they lie, without a copy, and never slow the writer. Records are structs or bytes of yours: this is no
 * library for log messages.
 *
 *   typedef struct tick { uint64_t time; double price; } tick;
 *
 *   alog_options options = ALOG_OPTIONS_INIT; // keep the newest 4096 ticks, in segments of 1024
 *   options.retained_capacity = 4096;
 *   options.segment_capacity = 1024;
 *   options.record_size = sizeof(tick);
 *   alog_log *log;
 *   if (alog_log_create_fixed(&options, &log) != ALOG_OK) return 1;
 *
 *   alog_writer *writer; // one, in its thread
 *   if (alog_writer_claim(log, &writer) != ALOG_OK) return 1;
 *   tick now = {1, 20.5};
 *   if (alog_writer_append(writer, &now, sizeof now) != ALOG_OK) return 1;
 *
 *   alog_cursor *cursor; // any number, in their threads
 *   alog_chunk chunk;
 *   if (alog_cursor_open(log, ALOG_START_OLDEST, &cursor) != ALOG_OK) return 1;
 *   while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
 *     const tick *ticks = chunk.data;
 *     for (size_t i = 0; i < chunk.count; i++) use(&ticks[i]);
 *   }
 *
 *   alog_cursor_destroy(cursor);
 *   alog_writer_release(writer);
 *   alog_log_release(log);
 *
 * Contents, from simple to advanced
 *  1. Version and status     5. Waiting, and the end of a log     9. Recorder
 *  2. Logs                   6. Groups, reservations, skips      10. State of the inline functions
 *  3. Writers                7. Pins, and parts of a view        11. Allocators
 *  4. Snapshots and cursors  8. Inspection and memory
 *
 * Conventions
 * - Functions are called alog_<noun>_<verb>. The handle comes first, outputs come last.
 * - Zero and positive statuses are success, negative ones are errors. alog_status_message() explains each.
 * - Outputs are written only on success, all or nothing. Only the texts of alog_options_problem and alog_channel_check
 *   are always written.
 * - A call that is refused changes nothing.
 * - Handles are independent: end them in any order, in any thread. What a handle shows stays readable while the handle
 *   lives, even after the log and the writer are gone. destroy and release accept NULL.
 * - Only alog_snapshot_wait, alog_snapshot_wait_since, alog_cursor_wait and alog_cursor_wait_since block. No function
 *   takes a lock. System calls happen only to sleep in a wait, to wake waiters, in the allocator, and to write a
 *   recording.
 * - The library cannot panic: the linker checks this. No function returns ALOG_ERR_INTERNAL.
 * - Do not use a handle after its destroy or release. The library often notices this, but not always.
 *
 * Defaults. A comment tells only what differs from these:
 * - Threads: the type of the first parameter tells. If it is no handle: any.
 * - Blocking: never.
 * - Progress: wait-free.
 * - Allocates: never.
 * - Lifetime: a handle that you receive lives until you give it to its destroy or release function.
 * - Since: 0.1.0.
 * - Safety: each pointer is NULL, or points to what its type and comment tell: a live handle, a struct of struct_size
 *   bytes, size bytes. What a call reads does not change during the call.
 * - A pointer is required, unless its comment tells when it may be NULL.
 * - A function that returns a status also returns ALOG_ERR_NULL if a required pointer is NULL, ALOG_ERR_HANDLE if a
 *   handle is wrong, and ALOG_ERR_ARGUMENT if a pointer is misaligned. Wrong means: not a live handle of this type.
 * - A function without a status does nothing with NULL, a wrong handle or a misaligned pointer, and returns 0, false or
 *   NULL if it returns something.
 *
 * Words
 * - any: from any number of threads at once. owner: from one thread at a time, which may change; the library does not
 *   check for calls at the same time.
 * - wait-free: takes a bounded number of steps, whatever other threads do. lock-free: may try again, but only because
 *   another thread made progress meanwhile; a stopped thread stops no other. An allocation has the progress of the
 *   allocator.
 * - publish: make records visible to readers. evict: stop retaining the oldest segment. To cover a segment: to keep its
 *   records readable.
 *
 * Generated from src/ffi by cbindgen (make header). Do not edit.
 */

#ifndef ALOG_ATOMIC_LOG_H
#define ALOG_ATOMIC_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Stands before every function. Define ALOG_DLL to import from a DLL, or define ALOG_API itself. */
#ifndef ALOG_API
#if defined(_WIN32) && defined(ALOG_DLL)
#define ALOG_API __declspec(dllimport)
#elif defined(__GNUC__)
#define ALOG_API __attribute__((visibility("default")))
#else
#define ALOG_API
#endif
#endif

/** Stands before functions whose result must not be ignored. Define it empty to switch the warnings off. */
#ifndef ALOG_NODISCARD
#if defined(__GNUC__)
#define ALOG_NODISCARD __attribute__((warn_unused_result))
#elif defined(__cplusplus) && __cplusplus >= 201703L
#define ALOG_NODISCARD [[nodiscard]]
#else
#define ALOG_NODISCARD
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* =================================================================================================================
 * 1. Version and status
 * ============================================================================================================== */

/** Version of this header. alog_version() returns the library's. */
#define ALOG_VERSION_MAJOR 0
/** See ALOG_VERSION_MAJOR. */
#define ALOG_VERSION_MINOR 1
/** See ALOG_VERSION_MAJOR. */
#define ALOG_VERSION_PATCH 0
/** The version as one number, as alog_version() returns it. A later version has a larger number. */
#define ALOG_VERSION ((ALOG_VERSION_MAJOR << 16) | (ALOG_VERSION_MINOR << 8) | ALOG_VERSION_PATCH)
/** The version as text, as alog_version_string() returns it. */
#define ALOG_VERSION_STRING "0.1.0"
/** True if the header has this version or a later one. */
#define ALOG_VERSION_AT_LEAST(major, minor, patch) (ALOG_VERSION >= (((major) << 16) | ((minor) << 8) | (patch)))

/**
 * Returns the version of the linked library: MAJOR << 16 | MINOR << 8 | PATCH.
 *
 * @return The number that ALOG_VERSION is in the header of the same version.
 */
ALOG_API uint32_t alog_version(void);

/**
 * Returns the version of the linked library as text, such as "0.1.0".
 *
 * @return A string, never NULL.
 *
 * Lifetime: static.
 */
ALOG_API const char *alog_version_string(void);

/**
 * What a function returns. Zero and positive values are success; negative values are errors. The values never change.
 */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
enum alog_status : int32_t
#else
typedef int32_t alog_status;
enum alog_status_value
#endif
{
  /** Done. */
  ALOG_OK = 0,
  /** Refresh: nothing was published since the last refresh. */
  ALOG_UNCHANGED = 1,
  /** Cursor: every chunk of the captured view was returned. Refresh to go on. */
  ALOG_END = 2,
  /** Wait: nothing was published in time. */
  ALOG_TIMEOUT = 3,
  /** Wait: alog_log_interrupt ended it. */
  ALOG_INTERRUPTED = 4,
  /** Wait: the writer finished the log, and everything was read. Nothing more will come. */
  ALOG_FINISHED = 5,
  /** A required pointer is NULL. */
  ALOG_ERR_NULL = -1,
  /**
   * A value is not allowed: a capacity of 0, a wrong size, an overflow, an unknown flag, a bad struct_size, or a
   * misaligned pointer.
   */
  ALOG_ERR_ARGUMENT = -2,
  /** The pointer is not a live handle of this type. The check is best effort: it reads a tag. */
  ALOG_ERR_HANDLE = -3,
  /** The allocator returned NULL. The log is unchanged and usable. */
  ALOG_ERR_NO_MEMORY = -4,
  /** The log already has a writer. */
  ALOG_ERR_CLAIMED = -5,
  /**
   * The record is larger than a segment, or the batch or group is larger than a view can show, or than max_segments
   * allows even without readers. Trying again does not help.
   */
  ALOG_ERR_TOO_LARGE = -6,
  /** The call is for the other kind of log: a fixed log has records of one size, a byte log has records of any size. */
  ALOG_ERR_KIND = -7,
  /**
   * All max_segments segments are in use: retained, held by readers, or part of the open group. The log is unchanged
   * and usable.
   */
  ALOG_ERR_SEGMENT_LIMIT = -8,
  /**
   * The call does not fit the current state: commit or cancel without a reservation, publish or abandon without an
   * open group, begin inside a group, skip inside a group, alog_cursor_pin without a current chunk,
   * alog_recorder_add to a full recorder, alog_recorder_write without a sink.
   */
  ALOG_ERR_STATE = -9,
  /** The sequence or index is not in this view. */
  ALOG_ERR_OUT_OF_RANGE = -10,
  /** Reserved. No function returns it. */
  ALOG_ERR_INTERNAL = -11,
  /** The log was finished and accepts no writer. */
  ALOG_ERR_FINISHED = -12,
  /** The recording is incomplete: the sink refused bytes, or write failed. After a failed write, errno tells why. */
  ALOG_ERR_IO = -13,
};
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
typedef enum alog_status alog_status;
#endif

/**
 * Returns the name of a status, such as "ALOG_ERR_CLAIMED".
 *
 * @param status  Any integer.
 * @return A string, never NULL. "ALOG_STATUS_UNKNOWN" if this version has no such status.
 *
 * Lifetime: static.
 */
ALOG_API const char *alog_status_name(int32_t status);

/**
 * Returns one plain sentence: what the status means, and for an error what to do.
 *
 * @param status  Any integer.
 * @return A string, never NULL.
 *
 * Lifetime: static.
 */
ALOG_API const char *alog_status_message(int32_t status);

/* =================================================================================================================
 * 2. Logs
 *
 * Say what to keep, and create the log. If that fails, ask what is wrong:
 *
 *   char problem[160];
 *   if (alog_log_create_fixed(&options, &log) != ALOG_OK) {
 *     alog_options_problem(&options, false, problem, sizeof problem);
 *     fprintf(stderr, "%s\n", problem);
 *   }
 * ============================================================================================================== */

/**
 * A log. It is counted: a function that hands it out adds a count, and alog_log_release gives one count back.
 *
 * Threads: any.
 */
typedef struct alog_log alog_log;

/**
 * How large a log is, where its memory comes from, and how much memory it may use. A log keeps records in segments. A
 * view shows at most the newest K segments, where K = ceil(retained_capacity / segment_capacity) + 1.
 *
 * "Fixed" means a log of alog_log_create_fixed, "Bytes" a log of alog_log_create_bytes.
 *
 * 56 bytes on 64-bit targets. Later versions may add members at the end. struct_size may be anything from the first
 * release's size to 4096. Bytes that the library does not know must be zero.
 */
typedef struct alog_options {
  /** Set by ALOG_OPTIONS_INIT or alog_options_init. */
  uint32_t struct_size;
  /** ALOG_FLAG_* combined by |, or 0. */
  uint32_t flags;
  /**
   * Minimum history kept readable. Required. Fixed: records. Bytes: bytes of segment space; each record takes its
   * size rounded up to record_align, and an unusable segment end counts as used. At most 2^32 - 4 segments.
   */
  uint64_t retained_capacity;
  /** Size of one segment, in the same unit. Required. At most 2^32 - 1. */
  uint64_t segment_capacity;
  /** Fixed: bytes per record. Required. Bytes: 0. */
  uint64_t record_size;
  /**
   * Records lie at multiples of it. A power of two, at most 4096. 0: for fixed, the largest power of two that
   * divides record_size, at most 64; for bytes, 8.
   */
  uint32_t record_align;
  /**
   * Bytes: how many records a segment can index. Each takes 8 bytes beside segment_capacity. A segment ends when its
   * index is full, so set more for small records, and less for large ones. 0: segment_capacity / 32, or /
   * record_align if that is more than 32; at least 16. The default adds a quarter to the memory. Fixed: 0.
   */
  uint32_t segment_records;
  /**
   * Segments allocated at creation. They come with two windows, plus one per segment beyond K + 1. 0: one segment.
   * There is no upper limit: if memory does not suffice, creating the log gives all of it back and returns
   * ALOG_ERR_NO_MEMORY.
   */
  uint32_t preallocated_segments;
  /**
   * Most segments that may be alive at once, pooled ones included. At least K + 1, and at least
   * preallocated_segments. 0: no limit. With V views and p pins, K * (V + 1) + 1 + p never refuses a plain append. A
   * view is a snapshot, a cursor, or a call in another thread that takes, refreshes, drops or looks at one, such as
   * alog_log_range, alog_log_stats and alog_log_describe. A group that begins g segments needs K + g, so 2K is
   * enough for any group that fits a view.
   */
  uint32_t max_segments;
  /** Serves every allocation of the log and its handles. Copied. NULL: malloc and free. */
  const struct alog_allocator *allocator;
} alog_options;

/** Initialises an alog_options: alog_options options = ALOG_OPTIONS_INIT; */
#define ALOG_OPTIONS_INIT {sizeof(alog_options), 0, 0, 0, 0, 0, 0, 0, 0, NULL}

/**
 * Every publication notifies, so that no alog_writer_notify is needed. Each publication then costs a few
 * nanoseconds more, has the progress of alog_writer_notify, and may make its system call.
 */
#define ALOG_FLAG_AUTO_NOTIFY 1
/**
 * The library touches every page that it allocates at once. A writer that stays within the preallocated memory
 * then causes no page fault.
 */
#define ALOG_FLAG_PREFAULT 2

/**
 * Sets struct_size, and everything else to zero. For languages that cannot use ALOG_OPTIONS_INIT.
 *
 * @param options  What to initialise. The function writes the first release's 56 bytes (on 64-bit targets) in every
 *                 version, so it never overruns the struct of a program that was compiled with an older header.
 */
ALOG_API void alog_options_init(alog_options *options);

/**
 * Creates a log of records that all have one size. It has no writer yet.
 *
 * @param options  Capacities in records, record_size in bytes. Other members may be 0.
 * @param out      Receives the log, with one count.
 * @return ALOG_OK; ALOG_ERR_NULL: also if the allocator lacks a function; ALOG_ERR_ARGUMENT: a member of options is
 *         not allowed, and alog_options_problem tells which; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: the log, its first segment, and what is preallocated.
 * Lifetime: the records stay until the last handle of any kind on the log is gone.
 */
ALOG_NODISCARD ALOG_API alog_status alog_log_create_fixed(const alog_options *options, alog_log **out);

/**
 * Creates a log of records of any size. It has no writer yet.
 *
 * @param options  Capacities in bytes of segment space, record_size 0. Other members may be 0.
 * @param out      Receives the log, with one count.
 * @return ALOG_OK; ALOG_ERR_NULL: also if the allocator lacks a function; ALOG_ERR_ARGUMENT: a member of options is
 *         not allowed, and alog_options_problem tells which; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: the log, its first segment, and what is preallocated.
 * Lifetime: the records stay until the last handle of any kind on the log is gone.
 */
ALOG_NODISCARD ALOG_API alog_status alog_log_create_bytes(const alog_options *options, alog_log **out);

/**
 * Tells in words which member of the options is wrong and what is allowed: "record_align 3 is not a power of two".
 *
 * @param options  The options, of struct_size bytes.
 * @param bytes    True: for alog_log_create_bytes. False: for alog_log_create_fixed.
 * @param text     Receives one line of text, whatever is returned. The text is cut to size, always ends with a NUL,
 *                 and is empty if nothing is wrong. May be NULL if size is 0.
 * @param size     Room in bytes, including the NUL. 160 are enough.
 * @return ALOG_OK: the options are right, and creating the log can only fail for memory; ALOG_ERR_NULL: options or
 *         text is NULL, or a function of the allocator; ALOG_ERR_ARGUMENT: a member is not what alog_options allows.
 */
ALOG_API alog_status alog_options_problem(const alog_options *options, bool bytes, char *text, size_t size);

/**
 * Adds a count to a log. Release each count once.
 *
 * @param log  The log. NULL and a wrong handle are returned as they are.
 * @return log.
 */
ALOG_API alog_log *alog_log_retain(alog_log *log);

/**
 * Gives a count back. The log lives on while a writer, snapshot, cursor or segment pin lives.
 *
 * @param log  The log.
 *
 * Allocates: never; the last handle of any kind frees everything.
 * Safety: one count of log ends here.
 */
ALOG_API void alog_log_release(alog_log *log);

/** Sequences of records. A record's sequence is its number since the log began: 0, 1, 2, ... */
typedef struct alog_range {
  /** The first sequence. */
  uint64_t begin;
  /** One more than the last sequence. */
  uint64_t end;
} alog_range;

/**
 * Reads which records a snapshot taken now would show.
 *
 * @param log  The log.
 * @param out  Receives the range. Both ends never decrease. The answer may be out of date on return.
 * @return ALOG_OK.
 *
 * Progress: lock-free.
 */
ALOG_API alog_status alog_log_range(const alog_log *log, alog_range *out);

/* =================================================================================================================
 * 3. Writers
 *
 * A log has at most one writer. A record is visible to readers as soon as its append returns.
 * ============================================================================================================== */

/**
 * The one writer of a log. It may move from thread to thread.
 *
 * Threads: owner.
 */
typedef struct alog_writer alog_writer;

/**
 * Makes the one writer of a log. It continues exactly where the last writer stopped.
 *
 * @param log  The log.
 * @param out  Receives the writer.
 * @return ALOG_OK; ALOG_ERR_CLAIMED: the log has a writer; ALOG_ERR_FINISHED: the log was finished;
 *         ALOG_ERR_NO_MEMORY.
 *
 * Allocates: the handle.
 */
ALOG_NODISCARD ALOG_API alog_status alog_writer_claim(alog_log *log, alog_writer **out);

/**
 * Ends the writer, so that another can be claimed. An open reservation or group is abandoned. The retained records
 * stay. It notifies waiting readers once. A reader that has read everything waits on, because another writer may
 * come: to end the log, use alog_writer_finish.
 *
 * @param writer  The writer.
 *
 * Blocking: never; one system call if a thread waits.
 * Progress: lock-free.
 * Safety: writer ends here.
 */
ALOG_API void alog_writer_release(alog_writer *writer);

/**
 * Appends one record. Publishes it, unless a group is open. After an error nothing was appended, and an open group
 * stays open with what it had.
 *
 * @param writer  The writer.
 * @param record  The record, copied. Bytes: may be NULL if size is 0.
 * @param size    Bytes. Fixed: must equal record_size.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: size is not record_size, or the record lies in the open reservation (commit
 *         that instead); ALOG_ERR_TOO_LARGE: the record exceeds a segment, or would make the open group larger than a
 *         view can show; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: only if it begins a segment and the pools are empty.
 */
ALOG_NODISCARD ALOG_API alog_status alog_writer_append(alog_writer *writer, const void *record, size_t size);

/**
 * Appends many fixed records. They become visible all at once. After an error none was appended.
 *
 * @param writer   The writer of a fixed log.
 * @param records  The records, record_size bytes apart; copied. May be NULL if count is 0.
 * @param count    How many records. With 0 nothing happens.
 * @return ALOG_OK; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count overflows, or a record lies in the open reservation;
 *         ALOG_ERR_TOO_LARGE: more than a view can show; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: only if it begins segments and the pools are empty.
 */
ALOG_NODISCARD ALOG_API alog_status alog_writer_append_batch(alog_writer *writer, const void *records, size_t count);

/** Some bytes: a record in the log, or bytes of the caller. */
typedef struct alog_slice {
  /** The first byte. May be NULL if size is 0. */
  const void *data;
  /** How many bytes. */
  size_t size;
} alog_slice;

/**
 * Appends many byte records, one per slice. They become visible all at once. After an error none was appended.
 *
 * @param writer   The writer of a byte log.
 * @param records  The slices; their bytes are copied. May be NULL if count is 0. The data of an empty record may be
 *                 NULL.
 * @param count    How many records. With 0 nothing happens.
 * @return ALOG_OK; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count overflows, or a record lies in the open reservation;
 *         ALOG_ERR_TOO_LARGE: a record exceeds a segment, or all together more than a view can show;
 *         ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: only if it begins segments and the pools are empty.
 */
ALOG_NODISCARD ALOG_API alog_status alog_writer_append_slices(alog_writer *writer, const alog_slice *records,
                                                              size_t count);

/**
 * Appends many byte records that lie back to back. They become visible all at once. After an error none was appended.
 * This is one call for many records, for languages where a call is expensive.
 *
 * @param writer  The writer of a byte log.
 * @param data    The first byte of the first record; copied. May be NULL if all sizes are 0.
 * @param sizes   The size of each record in bytes. May be NULL if count is 0.
 * @param count   How many records. With 0 nothing happens.
 * @return ALOG_OK; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count or the sum of sizes overflows, or a record lies in the
 *         open reservation; ALOG_ERR_TOO_LARGE: a record exceeds a segment, or all together more than a view can
 *         show; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: only if it begins segments and the pools are empty.
 */
ALOG_NODISCARD ALOG_API alog_status alog_writer_append_packed(alog_writer *writer, const void *data,
                                                              const uint32_t *sizes, size_t count);

/**
 * Returns the sequence that the next record will have. Records of an open group count.
 *
 * @param writer  The writer.
 * @return A sequence.
 */
ALOG_API uint64_t alog_writer_next_sequence(const alog_writer *writer);

/**
 * Returns the writer's log, and adds a count to it.
 *
 * @param writer  The writer.
 * @return The pointer that the create function gave. Release it once.
 */
ALOG_NODISCARD ALOG_API alog_log *alog_writer_log(const alog_writer *writer);

/* =================================================================================================================
 * 4. Snapshots and cursors
 *
 * A snapshot shows the newest records, again and again. A cursor reads each record once. Both hold a view, and only a
 * refresh changes it.
 * ============================================================================================================== */

/** Where a record of a byte log lies in its chunk. */
typedef struct alog_span {
  /** Bytes from the chunk's data to the record. */
  uint32_t offset;
  /** The record's size in bytes. */
  uint32_t size;
} alog_span;

/**
 * Records of one segment, in order. Plain data: the records stay in the log, and are readable while a snapshot,
 * cursor or pin covers their segment.
 *
 * Record i: fixed: (const char *)data + i * stride. Bytes: (const char *)data + spans[i].offset, of spans[i].size
 * bytes.
 */
typedef struct alog_chunk {
  /** Fixed: the first record. Bytes: what the spans' offsets count from. */
  const void *data;
  /** How many records. A chunk is never empty. */
  size_t count;
  /** Fixed: bytes from one record to the next. Bytes: 0. */
  size_t stride;
  /** Bytes: one per record. Fixed: NULL. */
  const alog_span *spans;
  /** Sequence of the chunk's first record. */
  uint64_t first_sequence;
  /** The segment's number: 0, 1, 2, ... in order of creation. */
  uint64_t segment_sequence;
} alog_chunk;

/**
 * What a refresh brought. All numbers are exact. "Old" is the end of the snapshot before the refresh, or the position
 * of the cursor.
 */
typedef struct alog_delta {
  /** The first new record: the larger of old and the view's new begin. For a cursor this is its new position. */
  uint64_t first_sequence;
  /**
   * How many records are new: the view's new end - first_sequence. For a cursor this includes what was already
   * unread.
   */
  uint64_t appended;
  /** Records that were published and evicted before they were seen, and skipped sequences: first_sequence - old. */
  uint64_t lost;
} alog_delta;

/**
 * A stable view of the records that were retained when it was taken, or when it was last refreshed.
 *
 * Threads: any for const calls, owner for others. While a call that is not const runs, no other call may run.
 */
typedef struct alog_snapshot alog_snapshot;

/**
 * Takes a snapshot of a log. The cost is constant, however many segments it shows.
 *
 * @param log  The log.
 * @param out  Receives the snapshot. It outlives the log's handle and the writer.
 * @return ALOG_OK; ALOG_ERR_NO_MEMORY.
 *
 * Progress: lock-free.
 * Allocates: the handle.
 */
ALOG_NODISCARD ALOG_API alog_status alog_snapshot_create(const alog_log *log, alog_snapshot **out);

/**
 * Ends a snapshot. Its chunks and slices end, unless something else covers their segments.
 *
 * @param snapshot  The snapshot.
 *
 * Progress: lock-free.
 * Safety: snapshot ends here.
 */
ALOG_API void alog_snapshot_destroy(alog_snapshot *snapshot);

/**
 * Captures the newest view. Afterwards the snapshot shows exactly what a new snapshot would. If nothing is new, it
 * costs one load. Chunks and slices of records that are no longer in view end, unless something else covers their
 * segments.
 *
 * @param snapshot  The snapshot.
 * @param out       Receives what the refresh brought. May be NULL.
 * @return ALOG_OK; ALOG_UNCHANGED: nothing was published since the last capture.
 *
 * Progress: lock-free; wait-free if the view stays within its newest segment.
 */
ALOG_API alog_status alog_snapshot_refresh(alog_snapshot *snapshot, alog_delta *out);

/**
 * Reads which records are in view.
 *
 * @param snapshot  The snapshot.
 * @param out       Receives the range.
 * @return ALOG_OK.
 */
ALOG_API alog_status alog_snapshot_range(const alog_snapshot *snapshot, alog_range *out);

/**
 * Returns how many records are in view.
 *
 * @param snapshot  The snapshot.
 * @return Records.
 */
ALOG_API uint64_t alog_snapshot_len(const alog_snapshot *snapshot);

/**
 * Reads which records the newest publication has: one append, batch or group. They are always all in view.
 *
 * @param snapshot  The snapshot.
 * @param out       Receives the range: one record after an append, all records of a batch or group. For an empty
 *                  view: an empty range at the view's end.
 * @return ALOG_OK.
 */
ALOG_API alog_status alog_snapshot_latest(const alog_snapshot *snapshot, alog_range *out);

/**
 * Finds one record by its sequence. Fixed: constant cost. Bytes: a binary search among the segments.
 *
 * @param snapshot  The snapshot.
 * @param sequence  The record's sequence.
 * @param out       Receives where the record is.
 * @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE.
 *
 * Lifetime: while a handle covers the segment.
 */
ALOG_API alog_status alog_snapshot_record(const alog_snapshot *snapshot, uint64_t sequence, alog_slice *out);

/**
 * Returns how many chunks the view has: one for each segment that holds records.
 *
 * @param snapshot  The snapshot.
 * @return Chunks.
 */
ALOG_API size_t alog_snapshot_chunk_count(const alog_snapshot *snapshot);

/**
 * Reads one chunk: the records of one segment. Constant cost.
 *
 * @param snapshot  The snapshot.
 * @param index     0 for the oldest chunk, up to alog_snapshot_chunk_count - 1.
 * @param out       Receives the chunk.
 * @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE.
 *
 * Lifetime: while a handle covers the segment.
 */
ALOG_API alog_status alog_snapshot_chunk(const alog_snapshot *snapshot, size_t index, alog_chunk *out);

/**
 * Makes another snapshot that shows the same.
 *
 * @param snapshot  The snapshot.
 * @param out       Receives the other one. The two are independent.
 * @return ALOG_OK; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: the handle.
 */
ALOG_NODISCARD ALOG_API alog_status alog_snapshot_clone(const alog_snapshot *snapshot, alog_snapshot **out);

/**
 * Returns the snapshot's log, and adds a count to it.
 *
 * @param snapshot  The snapshot.
 * @return The pointer that the create function gave. Release it once.
 */
ALOG_NODISCARD ALOG_API alog_log *alog_snapshot_log(const alog_snapshot *snapshot);

/**
 * A reader that follows the log: a view of its own, and the sequence of the next unread record.
 *
 * Threads: owner.
 */
typedef struct alog_cursor alog_cursor;

/** Where a cursor begins: ALOG_START_OLDEST or ALOG_START_NEXT. */
typedef uint32_t alog_start;

/** At the oldest retained record. */
#define ALOG_START_OLDEST 0
/** After the newest record: the cursor reads what is published from now on. */
#define ALOG_START_NEXT 1

/**
 * Makes a cursor on a log.
 *
 * @param log    The log.
 * @param start  ALOG_START_OLDEST or ALOG_START_NEXT.
 * @param out    Receives the cursor.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: unknown start; ALOG_ERR_NO_MEMORY.
 *
 * Progress: lock-free.
 * Allocates: the handle.
 */
ALOG_NODISCARD ALOG_API alog_status alog_cursor_open(const alog_log *log, alog_start start, alog_cursor **out);

/**
 * Makes a cursor over what a snapshot shows. It begins at the first record.
 *
 * @param snapshot  The snapshot. The cursor has a view of its own and does not need the snapshot afterwards.
 * @param out       Receives the cursor.
 * @return ALOG_OK; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: the handle.
 */
ALOG_NODISCARD ALOG_API alog_status alog_cursor_create(const alog_snapshot *snapshot, alog_cursor **out);

/**
 * Ends a cursor. Its chunks end, unless something else covers their segments.
 *
 * @param cursor  The cursor.
 *
 * Progress: lock-free.
 * Safety: cursor ends here.
 */
ALOG_API void alog_cursor_destroy(alog_cursor *cursor);

/**
 * Reads the next chunk of the captured view: what is unread of one segment.
 *
 * @param cursor  The cursor.
 * @param out     Receives the chunk. With ALOG_END nothing is written.
 * @return ALOG_OK; ALOG_END: all chunks were returned.
 *
 * Lifetime: until the next refresh, or while something else covers the segment.
 */
ALOG_API alog_status alog_cursor_next(alog_cursor *cursor, alog_chunk *out);

/**
 * Captures the newest view. The cursor continues with what is unread. Unread records that were evicted count as lost.
 * Chunks that were returned end, unless something else covers their segments.
 *
 * @param cursor  The cursor.
 * @param out     Receives what there is to read now, also with ALOG_UNCHANGED. May be NULL.
 * @return ALOG_OK; ALOG_UNCHANGED: nothing was published since the last capture. Chunks may still be unread.
 *
 * Progress: lock-free; wait-free if the view stays within its newest segment.
 */
ALOG_API alog_status alog_cursor_refresh(alog_cursor *cursor, alog_delta *out);

/**
 * Returns the sequence of the next unread record.
 *
 * @param cursor  The cursor.
 * @return A sequence.
 */
ALOG_API uint64_t alog_cursor_position(const alog_cursor *cursor);

/**
 * Moves the cursor to a record of the captured view, or to the view's end.
 *
 * @param cursor    The cursor.
 * @param sequence  From the view's begin to its end, inclusive.
 * @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE: the sequence is not in the captured view, and the cursor stays.
 */
ALOG_API alog_status alog_cursor_seek(alog_cursor *cursor, uint64_t sequence);

/* =================================================================================================================
 * 5. Waiting, and the end of a log
 *
 * A thread that follows a log until the writer finishes it, or until another thread sets stop and interrupts it:
 *
 *   for (;;) {
 *     const uint64_t interrupts = alog_log_interrupts(log); // first this, then the flag, then the wait
 *     if (atomic_load(&stop)) break;
 *     const alog_status status = alog_cursor_wait_since(cursor, ALOG_WAIT_FOREVER, interrupts);
 *     if (status == ALOG_INTERRUPTED) continue;
 *     if (status != ALOG_OK) break; // ALOG_FINISHED: all was read. Negative: an error
 *     alog_delta delta;
 *     if (alog_cursor_refresh(cursor, &delta) < 0) break;
 *     if (delta.lost > 0) report_lost(delta.lost);
 *     while (alog_cursor_next(cursor, &chunk) == ALOG_OK) use_all(&chunk);
 *   }
 *
 * The writer's thread:
 *
 *   if (alog_writer_append(writer, &now, sizeof now) == ALOG_OK) alog_writer_notify(writer);
 *   ...
 *   alog_writer_finish(writer); // the end of the log; to let another writer come, alog_writer_release
 * ============================================================================================================== */

/** No timeout: a wait ends when there is something to read, when it is interrupted, or when the log is finished. */
#define ALOG_WAIT_FOREVER 18446744073709551615ull

/**
 * Sleeps until something newer than the view is published. It does not change the view: refresh it afterwards.
 *
 * It looks at the log on entry, at each notify, and at the deadline. Publishing alone wakes no thread: the writer
 * must call alog_writer_notify, or the log must have ALOG_FLAG_AUTO_NOTIFY. A notify with nothing new does not end a
 * wait. Releasing the writer does not end a wait, because another writer may come. Finishing the log does.
 *
 * @param snapshot    The snapshot.
 * @param timeout_ns  Nanoseconds of the monotonic clock. 0 only looks. ALOG_WAIT_FOREVER never times out.
 * @return ALOG_OK: there is something newer; ALOG_TIMEOUT; ALOG_INTERRUPTED: alog_log_interrupt was called during the
 *         wait; ALOG_FINISHED: there is nothing newer, and nothing will come.
 *
 * Blocking: yes, at most timeout_ns.
 */
ALOG_API alog_status alog_snapshot_wait(const alog_snapshot *snapshot, uint64_t timeout_ns);

/**
 * Sleeps until something is unread: in the captured view, or published since. See alog_snapshot_wait.
 *
 * Releasing the writer does not end a wait, because another writer may come. Finishing the log does.
 *
 * @param cursor      The cursor.
 * @param timeout_ns  Nanoseconds of the monotonic clock. 0 only looks. ALOG_WAIT_FOREVER never times out.
 * @return ALOG_OK: something is unread; ALOG_TIMEOUT; ALOG_INTERRUPTED: alog_log_interrupt was called during the
 *         wait; ALOG_FINISHED: nothing is unread, and nothing will come.
 *
 * Blocking: yes, at most timeout_ns.
 */
ALOG_API alog_status alog_cursor_wait(alog_cursor *cursor, uint64_t timeout_ns);

/**
 * Wakes all threads that wait for something new. Publishing alone wakes no thread, unless the log has
 * ALOG_FLAG_AUTO_NOTIFY.
 *
 * @param writer  The writer.
 * @return ALOG_OK.
 *
 * Blocking: never; one system call if a thread waits.
 * Progress: lock-free.
 */
ALOG_API alog_status alog_writer_notify(alog_writer *writer);

/**
 * Ends the log for good, and the writer with it. An open reservation or group is abandoned. The retained records
 * stay.
 *
 * Sleeping readers wake up. From now on each wait returns ALOG_OK while something is unread, and then ALOG_FINISHED
 * at once. Later claims return ALOG_ERR_FINISHED.
 *
 * @param writer  The writer, which ends if ALOG_OK is returned.
 * @return ALOG_OK.
 *
 * Blocking: never; one system call if a thread waits.
 * Progress: lock-free.
 * Safety: writer is not used again after ALOG_OK.
 */
ALOG_API alog_status alog_writer_finish(alog_writer *writer);

/**
 * Tells whether alog_writer_finish ended the log. Nothing will be appended to a finished log. The retained records
 * stay readable.
 *
 * @param log  The log.
 * @return True if it is finished. True stays true.
 */
ALOG_API bool alog_log_is_finished(const alog_log *log);

/**
 * Ends every wait in progress on the log: each returns ALOG_INTERRUPTED. Use it to shut down, or to cancel a request.
 *
 * Later waits are unaffected. A thread that checks a stop flag before waiting can miss this call: use
 * alog_snapshot_wait_since or alog_cursor_wait_since.
 *
 * @param log  The log.
 * @return ALOG_OK.
 *
 * Blocking: never; one system call if a thread waits.
 * Progress: lock-free.
 */
ALOG_API alog_status alog_log_interrupt(alog_log *log);

/**
 * Returns how many times alog_log_interrupt was called on the log. Read this count first, then check your stop flag,
 * then wait by a wait_since function: it returns at once if an interrupt came in between.
 *
 * @param log  The log.
 * @return The count.
 */
ALOG_API uint64_t alog_log_interrupts(const alog_log *log);

/**
 * Waits like alog_snapshot_wait, but an interrupt before the call also ends it. So no interrupt is missed between a
 * look at a stop flag and the wait. An interrupt is reported before something newer.
 *
 * @param snapshot    The snapshot.
 * @param timeout_ns  Nanoseconds of the monotonic clock. 0 only looks. ALOG_WAIT_FOREVER never times out.
 * @param interrupts  What alog_log_interrupts returned before you looked at the flag.
 * @return ALOG_OK: there is something newer; ALOG_TIMEOUT; ALOG_INTERRUPTED: the log's count is no longer interrupts;
 *         ALOG_FINISHED: there is nothing newer, and nothing will come.
 *
 * Blocking: yes, at most timeout_ns.
 */
ALOG_API alog_status alog_snapshot_wait_since(const alog_snapshot *snapshot, uint64_t timeout_ns, uint64_t interrupts);

/**
 * Waits like alog_cursor_wait, but an interrupt before the call also ends it. So no interrupt is missed between a
 * look at a stop flag and the wait. An interrupt is reported before something unread.
 *
 * @param cursor      The cursor.
 * @param timeout_ns  Nanoseconds of the monotonic clock. 0 only looks. ALOG_WAIT_FOREVER never times out.
 * @param interrupts  What alog_log_interrupts returned before you looked at the flag.
 * @return ALOG_OK: something is unread; ALOG_TIMEOUT; ALOG_INTERRUPTED: the log's count is no longer interrupts;
 *         ALOG_FINISHED: nothing is unread, and nothing will come.
 *
 * Blocking: yes, at most timeout_ns.
 */
ALOG_API alog_status alog_cursor_wait_since(alog_cursor *cursor, uint64_t timeout_ns, uint64_t interrupts);

/* =================================================================================================================
 * 6. Groups, reservations and skips
 *
 * A group makes many appends visible at one instant. A reservation lets the writer write a record where it will lie. A
 * skip leaves sequences out.
 * ============================================================================================================== */

/**
 * Opens a group. What is appended or committed from now on stays invisible until alog_writer_publish.
 *
 * If a call fails inside the group, the group stays open with what it had. Publishing then publishes an incomplete
 * group: abandon a group that must be whole.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_STATE: a group is open.
 */
ALOG_API alog_status alog_writer_begin(alog_writer *writer);

/**
 * Makes the whole group visible at one instant, however many segments it spans. It cannot fail for lack of memory. An
 * empty group publishes nothing.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_STATE: no group is open.
 */
ALOG_API alog_status alog_writer_publish(alog_writer *writer);

/**
 * Drops the group. No reader ever sees its records. The next records get their sequences.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_STATE: no group is open.
 */
ALOG_API alog_status alog_writer_abandon(alog_writer *writer);

/** Room in the log that the writer fills before it commits. */
typedef struct alog_reservation {
  /** Where the first record goes. The bytes are not initialised. */
  void *data;
  /** Fixed: records. Bytes: bytes of the one record. */
  size_t capacity;
  /** Fixed: bytes from one record to the next. Bytes: 0. */
  size_t stride;
} alog_reservation;

/**
 * Hands out room in the log, to be written in place. It secures all memory that the commit needs.
 *
 * These calls end the reservation: commit, cancel, an append or batch of at least one record, reserve, begin,
 * publish, abandon, skip, release, finish. A call that is refused for its arguments or state does not end it.
 *
 * Bytes: commit gives back what it does not use. But if want bytes do not fit into the current segment, the log
 * begins a new one, whatever commit uses. So reserve what the record may need, and no more.
 *
 * @param writer  The writer.
 * @param want    Fixed: records, at least 1. The room is contiguous, for 1 to want records. Bytes: the size of one
 *                record; the room has exactly this size.
 * @param out     Receives the room.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: fixed, and want is 0; ALOG_ERR_TOO_LARGE: the record exceeds a segment, or
 *         would make the open group larger than a view can show; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: only if it begins a segment and the pools are empty.
 * Lifetime: until the reservation ends.
 */
ALOG_NODISCARD ALOG_API alog_status alog_writer_reserve(alog_writer *writer, size_t want, alog_reservation *out);

/**
 * Appends what was written into the reservation. Publishes it, unless a group is open. It cannot fail for lack of
 * memory.
 *
 * @param writer  The writer.
 * @param used    Fixed: how many records, counted from the first; 0 ends the reservation and publishes nothing.
 *                Bytes: the record's final size; 0 publishes an empty record.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: used exceeds the capacity, and the reservation stays; ALOG_ERR_STATE: nothing
 *         is reserved.
 *
 * Safety: all records or bytes that are used must be initialised.
 */
ALOG_NODISCARD ALOG_API alog_status alog_writer_commit(alog_writer *writer, size_t used);

/**
 * Ends the reservation. Nothing is appended.
 *
 * @param writer  The writer.
 * @return ALOG_OK; ALOG_ERR_STATE: nothing is reserved.
 */
ALOG_API alog_status alog_writer_cancel(alog_writer *writer);

/**
 * Continues at a later sequence: the next record has exactly this sequence. The retained records leave the log's
 * newest view at once. An open reservation ends.
 *
 * No view shows records from both sides. Older views stay as they are. A refresh across the gap counts as lost what
 * was skipped, and what was not yet seen before it. A wait ends with ALOG_OK. An empty log then begins at this
 * sequence.
 *
 * @param writer         The writer.
 * @param next_sequence  The sequence of the next record. If it already has this sequence, nothing happens.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: the sequence is lower than the next one, or so high that no segment fits after
 *         it; ALOG_ERR_STATE: a group is open; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error nothing has
 *         changed, except that the last two have ended an open reservation.
 *
 * Blocking: never; one system call if the log has ALOG_FLAG_AUTO_NOTIFY and a thread waits.
 * Allocates: only if the pools are empty, because it begins a segment.
 */
ALOG_NODISCARD ALOG_API alog_status alog_writer_skip(alog_writer *writer, uint64_t next_sequence);

/* =================================================================================================================
 * 7. Pins, and parts of a view
 *
 * A pin keeps the records of one segment, and lets the rest of a view go.
 * ============================================================================================================== */

/**
 * Reads many chunks in one call.
 *
 * @param snapshot  The snapshot.
 * @param first     Index of the first chunk, at most alog_snapshot_chunk_count.
 * @param max       Room in out, in chunks.
 * @param out       Receives the chunks.
 * @param written   Receives how many were written. 0 if none is left.
 * @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE: first exceeds the count.
 *
 * Lifetime: while a handle covers each segment.
 */
ALOG_API alog_status alog_snapshot_chunks(const alog_snapshot *snapshot, size_t first, size_t max, alog_chunk *out,
                                          size_t *written);

/**
 * Finds in which chunk a record lies, and at which place. Fixed: constant cost. Bytes: a binary search among the
 * segments.
 *
 * @param snapshot  The snapshot.
 * @param sequence  The record's sequence.
 * @param chunk     Receives the chunk's index.
 * @param record    Receives the record's place in the chunk: 0 is the first.
 * @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE.
 */
ALOG_API alog_status alog_snapshot_find(const alog_snapshot *snapshot, uint64_t sequence, size_t *chunk,
                                        size_t *record);

/**
 * Reads the chunks of a range of records, cut at the ends of the range. With the range of alog_snapshot_latest: the
 * chunks of the newest publication.
 *
 * @param snapshot  The snapshot.
 * @param range     Sequences, all in view. An empty range has no chunks.
 * @param max       Room in out, in chunks. With 0 nothing is written, whatever the range.
 * @param out       Receives the chunks. If there are more, call again with the range that begins after the last
 *                  chunk.
 * @param written   Receives how many were written.
 * @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE: a part of the range is not in view.
 *
 * Lifetime: while a handle covers each segment.
 */
ALOG_API alog_status alog_snapshot_chunks_in(const alog_snapshot *snapshot, alog_range range, size_t max,
                                             alog_chunk *out, size_t *written);

/**
 * A pin on one segment. Its records stay readable while the pin lives, even after all other handles are gone.
 * Counted, like a log.
 *
 * Threads: any.
 */
typedef struct alog_segment alog_segment;

/**
 * Pins the segment of one chunk. The chunk then outlives the snapshot, the log's handle and the writer.
 *
 * @param snapshot  The snapshot.
 * @param index     The chunk's index.
 * @param out       Receives the pin, with one count.
 * @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: the handle.
 */
ALOG_NODISCARD ALOG_API alog_status alog_snapshot_pin(const alog_snapshot *snapshot, size_t index, alog_segment **out);

/**
 * Pins the segment of the chunk that was returned last. The chunk then outlives the cursor's next refresh.
 *
 * @param cursor  The cursor.
 * @param out     Receives the pin, with one count.
 * @return ALOG_OK; ALOG_ERR_STATE: no chunk was returned since the cursor was made, or since a refresh brought
 *         something; ALOG_ERR_NO_MEMORY.
 *
 * Allocates: the handle.
 */
ALOG_NODISCARD ALOG_API alog_status alog_cursor_pin(const alog_cursor *cursor, alog_segment **out);

/**
 * Adds a count to a pin. Release each count once.
 *
 * @param segment  The pin. NULL and a wrong handle are returned as they are.
 * @return segment.
 */
ALOG_API alog_segment *alog_segment_retain(alog_segment *segment);

/**
 * Gives a count back. The last one ends the pin: its chunks end, unless something else covers the segment.
 *
 * @param segment  The pin.
 *
 * Progress: lock-free.
 * Safety: one count of segment ends here.
 */
ALOG_API void alog_segment_release(alog_segment *segment);

/**
 * Returns the number of the segment, as in alog_chunk.segment_sequence.
 *
 * @param segment  The pin.
 * @return 0, 1, 2, ... in order of creation.
 */
ALOG_API uint64_t alog_segment_sequence(const alog_segment *segment);

/* =================================================================================================================
 * 8. Inspection and memory
 * ============================================================================================================== */

/**
 * Reads the options of a log, with all defaults filled in.
 *
 * @param log  The log.
 * @param out  Its struct_size must be set: use ALOG_OPTIONS_INIT. At most struct_size bytes are written. The
 *             allocator is NULL for malloc's; otherwise it points into the log.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
 *
 * Lifetime: the allocator is readable while the log lives.
 */
ALOG_API alog_status alog_log_options(const alog_log *log, alog_options *out);

/**
 * Tells whether the log has a writer.
 *
 * @param log  The log.
 * @return True if it has. The answer may be out of date on return.
 */
ALOG_API bool alog_log_has_writer(const alog_log *log);

/**
 * Writes the state of a log as lines of text, for a debugger or a crash handler: geometry, newest view, memory, open
 * group, whether it is finished, and for each window that views use, how many views use it and how old it is. The
 * first line has the log's address.
 *
 * The text is for people and may change with each release. Programs use alog_log_stats. While the log is in use,
 * numbers may be slightly out of date, and may count views that just come or go. While a group goes on in another
 * segment, the count of its records may be wrong. While the call runs in a thread that is not the writer's, it counts
 * as a view for max_segments.
 *
 * Async-signal-safe: it takes no lock and makes no system call. It may interrupt any function of the library, also
 * the writer's in the same thread. It needs less than 8 KiB of stack.
 *
 * @param log     The log.
 * @param buffer  Receives the text, cut to size. It always ends with a NUL. May be NULL if size is 0.
 * @param size    Room in bytes, including the NUL. 1024 are enough for a log with few views.
 * @return Length of the full text without the NUL. A result >= size means truncated. For NULL and a wrong handle
 *         nothing is written.
 *
 * Progress: lock-free.
 * Safety: log must stay alive during the call.
 */
ALOG_API size_t alog_log_describe(const alog_log *log, char *buffer, size_t size);

/**
 * What a log holds, and for whom. Numbers of segments and windows, and oldest_view_age, are from the writer's last
 * roll or trim. All others are current; what other threads do at the moment may not be counted yet. A roll begins a
 * new segment.
 *
 * Later versions may add members at the end.
 */
typedef struct alog_stats {
  /** Set by ALOG_STATS_INIT. */
  uint32_t struct_size;
  /** 0. */
  uint32_t reserved;
  /** Records ever published. */
  uint64_t records_appended;
  /** Segments ever allocated, except those that a call allocated and, when it failed, gave back. */
  uint64_t segments_created;
  /** Segments allocated now, pooled ones included. */
  uint64_t segments_live;
  /** Segments in the writer's pool, ready to be used again. */
  uint64_t segments_pooled;
  /** Segments that live only because a snapshot, cursor or pin holds them. */
  uint64_t segments_held_by_readers;
  /** Windows that views may use, the current one included. A window lists the segments of a view. */
  uint64_t windows_live;
  /**
   * Snapshots and cursors. Exact while no other thread is in a call. A pin or a writer that just comes or goes may
   * count as one.
   */
  uint64_t snapshots_live;
  /** Pins on single segments. */
  uint64_t segment_pins_live;
  /** Bytes that were taken from the allocator and not given back. */
  uint64_t bytes_allocated;
  /** How many segments were published after the first. */
  uint64_t rolls;
  /** Calls that failed because readers held all that max_segments allows. */
  uint64_t segment_limit_hits;
  /** Allocator calls that returned NULL. */
  uint64_t allocation_failures;
  /** How many segments the oldest view is behind the newest. */
  uint64_t oldest_view_age;
} alog_stats;

/** Initialises an alog_stats: alog_stats stats = ALOG_STATS_INIT; */
#define ALOG_STATS_INIT {sizeof(alog_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/**
 * Sets struct_size, and everything else to zero. For languages that cannot use ALOG_STATS_INIT.
 *
 * @param stats  What to initialise: always the first release's 112 bytes.
 */
ALOG_API void alog_stats_init(alog_stats *stats);

/**
 * Reads what a log holds, and for whom. It answers "which readers hold my memory?". It costs appends nothing.
 *
 * @param log  The log.
 * @param out  Its struct_size must be set: use ALOG_STATS_INIT. At most struct_size bytes are written.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
 *
 * Progress: lock-free.
 */
ALOG_API alog_status alog_log_stats(const alog_log *log, alog_stats *out);

/** What one view holds. Later versions may add members at the end. */
typedef struct alog_view_stats {
  /** Set by ALOG_VIEW_STATS_INIT. */
  uint32_t struct_size;
  /** 0. */
  uint32_t reserved;
  /** Segments in view. */
  uint64_t segments;
  /** Segments in view that the log no longer retains. Only this view and other readers keep them alive. */
  uint64_t segments_held;
  /** The bytes of these segments, headers included. */
  uint64_t bytes_held;
  /** How many segments the view is behind the newest. */
  uint64_t age;
} alog_view_stats;

/** Initialises an alog_view_stats: alog_view_stats stats = ALOG_VIEW_STATS_INIT; */
#define ALOG_VIEW_STATS_INIT {sizeof(alog_view_stats), 0, 0, 0, 0, 0}

/**
 * Sets struct_size, and everything else to zero. For languages that cannot use ALOG_VIEW_STATS_INIT.
 *
 * @param stats  What to initialise: always the first release's 40 bytes.
 */
ALOG_API void alog_view_stats_init(alog_view_stats *stats);

/**
 * Reads what one view holds: the segments and bytes that the log no longer needs.
 *
 * @param snapshot  The snapshot.
 * @param out       Its struct_size must be set: use ALOG_VIEW_STATS_INIT. At most struct_size bytes are written.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
 *
 * Progress: lock-free.
 */
ALOG_API alog_status alog_snapshot_stats(const alog_snapshot *snapshot, alog_view_stats *out);

/**
 * Gives pooled segments, and the tables that listed them, back to the allocator. Use it after readers held many old
 * segments for a time.
 *
 * These stay: what readers hold; K + 1 segments, or preallocated_segments if that is more; and windows, which take
 * 256 bytes each and stay until the log ends.
 *
 * @param writer  The writer.
 * @return ALOG_OK.
 *
 * Progress: lock-free.
 * Allocates: never; it frees.
 */
ALOG_API alog_status alog_writer_trim(alog_writer *writer);

/* =================================================================================================================
 * 9. Recorder
 *
 * Writes what logs hold to an MCAP file, also from a signal handler after a crash. Prepare it when the program starts:
 *
 *   const alog_field fields[] = {ALOG_FIELD(tick, time, ALOG_TYPE_U64), ALOG_FIELD(tick, price, ALOG_TYPE_F64)};
 *   alog_channel channel = ALOG_CHANNEL_INIT;
 *   channel.topic = "/ticks";
 *   channel.schema_name = "market/msg/Tick";
 *   channel.fields = fields;
 *   channel.field_count = 2;
 *   channel.time_offset = offsetof(tick, time);
 *   static alog_recorder recorder;
 *   if (alog_recorder_init(&recorder, NULL) != ALOG_OK) return 1;
 *   if (alog_recorder_add(&recorder, log, &channel) != ALOG_OK) return 1;
 *
 * And record: alog_recorder_write_fd(&recorder, fd, NULL).
 * ============================================================================================================== */

/** A byte that is 0 or 1. */
#define ALOG_TYPE_BOOL 257
/** One byte of a text. */
#define ALOG_TYPE_CHAR 513
/** int8_t. */
#define ALOG_TYPE_I8 769
/** uint8_t. */
#define ALOG_TYPE_U8 1025
/** int16_t. */
#define ALOG_TYPE_I16 1282
/** uint16_t. */
#define ALOG_TYPE_U16 1538
/** int32_t. */
#define ALOG_TYPE_I32 1796
/** uint32_t. */
#define ALOG_TYPE_U32 2052
/** int64_t. */
#define ALOG_TYPE_I64 2312
/** uint64_t. */
#define ALOG_TYPE_U64 2568
/** float of 32 bits. */
#define ALOG_TYPE_F32 2820
/** double of 64 bits. */
#define ALOG_TYPE_F64 3080

/** One member of a record. Make one by ALOG_FIELD. */
typedef struct alog_field {
  /** Lower-case letters, digits and single _; a letter first. Readers of ROS 2 messages require this. */
  const char *name;
  /** One of ALOG_TYPE_*. */
  uint32_t type;
  /** Bytes from the begin of the record. */
  uint32_t offset;
  /** How many values: 1, or the length of an array. */
  uint32_t count;
} alog_field;

/** Makes an alog_field for a member of a struct: ALOG_FIELD(tick, price, ALOG_TYPE_F64). The member may be an array.
 * The count comes from its size, which must be a multiple of the type's size. If it is none, the compiler complains of
 * an array with a negative size. */
#define ALOG_FIELD(struct_type, member, type)                                                                      \
  {#member, (type), (uint32_t)offsetof(struct_type, member),                                                       \
   (uint32_t)(sizeof(((struct_type *)0)->member) / ((type) & 0xff) *                                               \
              sizeof(char[sizeof(((struct_type *)0)->member) % ((type) & 0xff) == 0 ? 1 : -1]))}

/**
 * How the records of one log are recorded. ALOG_CHANNEL_INIT sets struct_size and time_offset. What the members point
 * to belongs to the caller and must not change while the recorder is used.
 *
 * 96 bytes on 64-bit targets. Later versions may add members at the end. struct_size may be anything from the first
 * release's size to 4096. Bytes that the library does not know must be zero.
 */
typedef struct alog_channel {
  /** Set by ALOG_CHANNEL_INIT. */
  uint32_t struct_size;
  /** 0. */
  uint32_t flags;
  /** Name of the channel, such as "/ticks". Required. This text and the others are UTF-8 and end with a NUL. */
  const char *topic;
  /**
   * Name of the messages, such as "market/msg/Tick". Required with fields, as package/msg/Name or package/Name. Some
   * readers of ROS 2 recordings, such as rosbags, take only package/msg/Name. Required with a schema.
   */
  const char *schema_name;
  /**
   * For records of one size: their members, in order of their offsets. Each lies where CDR puts it: at the next
   * multiple of its type's size. A C struct of numbers and fixed arrays lies like this. NULL: records are encoded as
   * message_encoding tells.
   */
  const alog_field *fields;
  /** How many fields. */
  size_t field_count;
  /**
   * Bytes from the begin of a record to its time, a uint64_t in nanoseconds. ALOG_NO_TIME: none. A byte record that
   * is too short gets the time of the record before it.
   */
  uint32_t time_offset;
  /** Without fields: how a record is encoded, such as "json", "protobuf" or "cbor"; required. With fields: NULL. */
  const char *message_encoding;
  /** Without fields: how the schema is encoded, such as "jsonschema" or "protobuf". NULL if there is no schema. */
  const char *schema_encoding;
  /** Without fields: the schema, or NULL. */
  const void *schema;
  /** Bytes of the schema. */
  size_t schema_size;
  /** Writes only this many of the newest records. 0: all in view, and at most 268,435,455. */
  uint64_t max_records;
  /** Writes only records whose time is at most this much before the time of the newest record. 0: all in view. */
  uint64_t max_age;
} alog_channel;

/** For alog_channel.time_offset: the records have no time. The recording uses their sequences as times. */
#define ALOG_NO_TIME UINT32_MAX

/** Initialises an alog_channel: alog_channel channel = ALOG_CHANNEL_INIT; */
#define ALOG_CHANNEL_INIT {sizeof(alog_channel), 0, NULL, NULL, NULL, 0, ALOG_NO_TIME, NULL, NULL, NULL, 0, 0, 0}

/**
 * Tells in words what is wrong with a channel: "field price: offset 12 is not a multiple of the type's size; the
 * field can be at 16". Call it when the program starts: after a crash it is too late.
 *
 * @param log      The log that the channel is for.
 * @param channel  The channel, of struct_size bytes.
 * @param problem  Receives one line of text, whatever is returned. The text is cut to size, always ends with a NUL,
 *                 and is empty if nothing is wrong. May be NULL if size is 0.
 * @param size     Room in bytes, including the NUL. 240 are enough, plus the name of a field.
 * @return ALOG_OK: nothing is wrong; ALOG_ERR_ARGUMENT: a member is not what alog_channel allows.
 *
 * Safety: fields and schema are as long as the channel tells.
 */
ALOG_API alog_status alog_channel_check(const alog_log *log, const alog_channel *channel, char *problem, size_t size);

/**
 * A list of logs, and how to write each. The memory is the caller's: alog_recorder_init makes a recorder of it.
 * Nothing ends a recorder. It must not be moved or copied.
 */
typedef struct alog_recorder {
  /** For the library only. */
  uint64_t private_[272];
} alog_recorder;

/** Where a recording goes. */
typedef struct alog_sink {
  /** Passed to write; may be NULL. */
  void *context;
  /**
   * Takes all these bytes; they follow the bytes of the call before. Returns ALOG_OK, or another status to end the
   * recording. It runs in the thread that records. size is never 0. A record of 4 KiB or more is passed where it
   * lies in the log. It must be async-signal-safe if a signal handler makes the recording.
   */
  alog_status (*write)(void *context, const void *data, size_t size);
} alog_sink;

/** What was written. */
typedef struct alog_recording {
  /** Records of all logs. */
  uint64_t records;
  /** Bytes of the file. */
  uint64_t bytes;
  /** Records of all logs that were published, but were older than the views. */
  uint64_t older;
  /** Records of all logs that the views showed, and that max_records or max_age left out. */
  uint64_t left_out;
  /**
   * For each log, in the order in which they were added: the sequence of the first record that was written, and the
   * view's end.
   */
  alog_range ranges[16];
} alog_recording;

/**
 * Makes a recorder without logs from the caller's memory. It owns nothing, so nothing needs to end it.
 *
 * @param recorder  The memory.
 * @param sink      Where alog_recorder_write writes; copied. May be NULL: then only alog_recorder_write_fd works.
 * @return ALOG_OK; ALOG_ERR_NULL: also if the sink has no write.
 *
 * Threads: owner.
 */
ALOG_API alog_status alog_recorder_init(alog_recorder *recorder, const alog_sink *sink);

/** Most logs that a recorder takes. */
#define ALOG_RECORDER_LOGS 16

/**
 * Adds a log, at most 16. The log is not retained: keep it alive while the recorder is used. If a signal handler
 * interrupts this call and records, the recording has the new log or not.
 *
 * @param recorder  The recorder.
 * @param log       The log.
 * @param channel   How to write its records. Copied, except what it points to.
 * @return ALOG_OK; ALOG_ERR_HANDLE: also if the recorder is not initialised; ALOG_ERR_ARGUMENT: the channel is wrong,
 *         and alog_channel_check tells why; ALOG_ERR_STATE: there are 16 logs.
 *
 * Threads: owner.
 * Safety: log must stay alive while the recorder is used. fields and schema are as long as the channel tells. What
 * the channel points to must not change.
 */
ALOG_API alog_status alog_recorder_add(alog_recorder *recorder, alog_log *log, const alog_channel *channel);

/**
 * Writes a whole MCAP file to the recorder's sink: what each log shows now. The records of a log are in order, and
 * its newest publication is whole. The logs follow one after the other. The file has an index, so a reader may begin
 * anywhere.
 *
 * Async-signal-safe if the sink is: it takes no lock and makes no system call. It may interrupt any function of the
 * library, also the writer's in the same thread, and also itself. It needs less than 24 KiB of stack, plus the
 * sink's. It takes its views of all logs at the beginning, and keeps them to the end: it counts as a view of each for
 * max_segments. Any number of threads may record at once, but not while a log is added.
 *
 * @param recorder  The recorder.
 * @param out       Receives what was written. May be NULL.
 * @return ALOG_OK; ALOG_ERR_HANDLE: the recorder is not initialised; ALOG_ERR_STATE: it has no sink; ALOG_ERR_IO: the
 *         sink returned a status that is no error; any error that the sink returned. Without ALOG_OK the file is
 *         incomplete.
 *
 * Blocking: never, except in the sink.
 * Progress: lock-free.
 * Safety: the logs must be alive.
 */
ALOG_API alog_status alog_recorder_write(alog_recorder *recorder, alog_recording *out);

/**
 * Like alog_recorder_write, but to a file descriptor. It continues after short writes and EINTR. EAGAIN is an error,
 * so the descriptor should be a blocking one.
 *
 * Async-signal-safe: its only system call is write. On Windows the descriptor must be binary (_O_BINARY).
 *
 * @param recorder  The recorder.
 * @param fd        Where to write. It stays open.
 * @param out       Receives what was written. May be NULL.
 * @return ALOG_OK; ALOG_ERR_HANDLE: the recorder is not initialised; ALOG_ERR_IO: a write failed, and errno tells
 *         why; or it wrote nothing. Without ALOG_OK the file is incomplete.
 *
 * Blocking: never, except in write.
 * Progress: lock-free.
 * Safety: the logs must be alive.
 */
ALOG_API alog_status alog_recorder_write_fd(alog_recorder *recorder, int fd, alog_recording *out);

/* =================================================================================================================
 * 10. State of the inline functions
 *
 * For atomic_log_inline.h. Programs ask for a pointer once, and pass it to the inline functions.
 * ============================================================================================================== */

/**
 * What an inline append works on. The library and the inline functions share it. Only the writer's owner, and calls
 * on the writer, read and write it.
 */
typedef struct alog_hot {
  /** Where the next record goes. */
  unsigned char *slot;
  /** What publishing the last record alone would have stored. The next publication stores word + 1. */
  uint64_t word;
  /** An append may be inline while word < limit. 0: never. */
  uint64_t limit;
  /** Atomic: receives the word, with release order. */
  uint64_t *target;
  /** Fixed: bytes per record. Bytes: SIZE_MAX. */
  size_t record_size;
  /** Fixed: bytes from one record to the next. Bytes: 0. */
  size_t stride;
  /** Bytes: where slot is in its segment. */
  size_t offset;
  /** Bytes: the bytes of a segment. Fixed: 0. */
  size_t space;
  /** Bytes: one per record. The next one's index is the lower 32 bits of word. Fixed: NULL. */
  alog_span *spans;
  /** Bytes: records lie at multiples of it, a power of two. */
  size_t align;
  /** An append may be inline while word < notify_limit, if a notify follows it. 0: never. */
  uint64_t notify_limit;
  /** Atomic: a notify adds 1, with acquire and release order. */
  uint64_t *epoch;
  /** Atomic: how many threads may be asleep. If it is not 0 after the addition, the notify must be a call. */
  uint64_t *waiters;
} alog_hot;

/**
 * Returns the state that alog_append_inline, alog_append_bytes_inline and alog_notify_inline use: see
 * atomic_log_inline.h.
 *
 * @param writer  The writer.
 * @return What an append works on. In a checked library its limit is 0, so that every append is a call.
 *
 * Lifetime: until alog_writer_release or alog_writer_finish.
 */
ALOG_API alog_hot *alog_writer_hot(alog_writer *writer);

/** What tells whether something is new. Nothing is new if *published equals word. */
typedef struct alog_glance {
  /** Atomic: what the newest segment in view shows. */
  const uint64_t *published;
  /** What it showed when the view was captured. */
  uint64_t word;
} alog_glance;

/**
 * Returns the state that alog_is_newest_inline and alog_refresh_inline use: see atomic_log_inline.h.
 *
 * @param snapshot  The snapshot.
 * @return What tells whether a refresh would bring something. A refresh changes it.
 *
 * Lifetime: until alog_snapshot_destroy.
 */
ALOG_API const alog_glance *alog_snapshot_glance(const alog_snapshot *snapshot);

/**
 * Returns the state that alog_is_newest_inline uses for a cursor: see atomic_log_inline.h.
 *
 * @param cursor  The cursor.
 * @return What tells whether a refresh would bring something. A refresh changes it.
 *
 * Lifetime: until alog_cursor_destroy.
 */
ALOG_API const alog_glance *alog_cursor_glance(const alog_cursor *cursor);

/**
 * What inline reading in the newest segment works on. The library and the inline functions share it. Only the
 * cursor's owner, and calls on the cursor, read and write it.
 */
typedef struct alog_follower {
  /**
   * The newest segment in view. The lower 32 bits of its word are how many records it shows. Its highest bit is
   * never set.
   */
  alog_glance glance;
  /** Sequence of that segment's first record. */
  uint64_t first_sequence;
  /** For the library only. */
  const void *kept[2];
  /** Sequence of the next unread record. */
  uint64_t position;
  /** Fixed: that segment's first record. Bytes: NULL. */
  const unsigned char *records;
  /** Fixed: bytes from one record to the next. */
  size_t stride;
} alog_follower;

/**
 * Returns the state that alog_next_inline uses: see atomic_log_inline.h.
 *
 * @param cursor  The cursor.
 * @return What inline reading works on. In a checked library it has nothing to read, so that each record comes by a
 *         call.
 *
 * Lifetime: until alog_cursor_destroy.
 */
ALOG_API alog_follower *alog_cursor_follower(alog_cursor *cursor);

/* =================================================================================================================
 * 11. Allocators
 * ============================================================================================================== */

/**
 * Where memory comes from. Both functions are required. The library calls them from any thread, several at once,
 * never with NULL or size 0. They must not call alog_* functions and must not unwind. They must work until the last
 * handle of the log is gone.
 */
typedef struct alog_allocator {
  /** Passed to both functions; may be NULL. */
  void *context;
  /** Returns size bytes aligned to align (a power of two), or NULL. */
  void *(*allocate)(void *context, size_t size, size_t align);
  /** Takes back what allocate returned, with the same size and align. */
  void (*deallocate)(void *context, void *block, size_t size, size_t align);
} alog_allocator;

/* =================================================================================================================
 * Sizes are given for 64-bit targets. On 32-bit targets they are: alog_options 52 (56 where uint64_t is aligned to 8),
 * alog_hot 64 (72), alog_glance 12 (16), alog_follower 44 (48), alog_channel 60 (64), alog_field 16, alog_sink 8,
 * alog_chunk 32, alog_slice and alog_span 8, alog_reservation and alog_allocator 12, alog_range 16, alog_delta 24.
 * ============================================================================================================== */

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ALOG_ATOMIC_LOG_H */
