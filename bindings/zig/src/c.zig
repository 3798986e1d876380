//! The functions and structs of include/atomic_log.h, as the header declares them. Some have a method. A test compares
//! the two.

pub const Status = i32;

pub const ALOG_OK: Status = 0;
pub const ALOG_UNCHANGED: Status = 1;
pub const ALOG_END: Status = 2;
pub const ALOG_TIMEOUT: Status = 3;
pub const ALOG_INTERRUPTED: Status = 4;
pub const ALOG_FINISHED: Status = 5;
pub const ALOG_ERR_NULL: Status = -1;
pub const ALOG_ERR_ARGUMENT: Status = -2;
pub const ALOG_ERR_HANDLE: Status = -3;
pub const ALOG_ERR_NO_MEMORY: Status = -4;
pub const ALOG_ERR_CLAIMED: Status = -5;
pub const ALOG_ERR_TOO_LARGE: Status = -6;
pub const ALOG_ERR_KIND: Status = -7;
pub const ALOG_ERR_SEGMENT_LIMIT: Status = -8;
pub const ALOG_ERR_STATE: Status = -9;
pub const ALOG_ERR_OUT_OF_RANGE: Status = -10;
pub const ALOG_ERR_INTERNAL: Status = -11;
pub const ALOG_ERR_FINISHED: Status = -12;
pub const ALOG_ERR_IO: Status = -13;

pub const ALOG_FLAG_AUTO_NOTIFY: u32 = 1;
pub const ALOG_FLAG_PREFAULT: u32 = 2;
pub const ALOG_WAIT_FOREVER: u64 = 18446744073709551615;
pub const ALOG_START_OLDEST: u32 = 0;
pub const ALOG_START_NEXT: u32 = 1;

pub const ALOG_RECORDER_LOGS = 16;
pub const ALOG_TYPE_BOOL: u32 = 257;
pub const ALOG_TYPE_CHAR: u32 = 513;
pub const ALOG_TYPE_I8: u32 = 769;
pub const ALOG_TYPE_U8: u32 = 1025;
pub const ALOG_TYPE_I16: u32 = 1282;
pub const ALOG_TYPE_U16: u32 = 1538;
pub const ALOG_TYPE_I32: u32 = 1796;
pub const ALOG_TYPE_U32: u32 = 2052;
pub const ALOG_TYPE_I64: u32 = 2312;
pub const ALOG_TYPE_U64: u32 = 2568;
pub const ALOG_TYPE_F32: u32 = 2820;
pub const ALOG_TYPE_F64: u32 = 3080;
pub const ALOG_NO_TIME: u32 = 4294967295;

pub const alog_log = opaque {};
pub const alog_writer = opaque {};
pub const alog_snapshot = opaque {};
pub const alog_cursor = opaque {};
pub const alog_segment = opaque {};

pub const alog_allocator = extern struct {
    context: ?*anyopaque,
    allocate: ?*const fn (context: ?*anyopaque, size: usize, alignment: usize) callconv(.c) ?*anyopaque,
    deallocate: ?*const fn (context: ?*anyopaque, block: ?*anyopaque, size: usize, alignment: usize) callconv(.c) void,
};

/// `.{}` is ALOG_OPTIONS_INIT.
pub const alog_options = extern struct {
    struct_size: u32 = @sizeOf(alog_options),
    flags: u32 = 0,
    retained_capacity: u64 = 0,
    segment_capacity: u64 = 0,
    record_size: u64 = 0,
    record_align: u32 = 0,
    segment_records: u32 = 0,
    preallocated_segments: u32 = 0,
    max_segments: u32 = 0,
    allocator: ?*const alog_allocator = null,
};

/// Sequences of records. end is one more than the last sequence.
pub const alog_range = extern struct {
    begin: u64,
    end: u64,

    pub fn len(range: alog_range) u64 {
        return range.end - range.begin;
    }

    pub fn contains(range: alog_range, sequence: u64) bool {
        return range.begin <= sequence and sequence < range.end;
    }
};

/// Some bytes.
pub const alog_slice = extern struct {
    data: ?[*]const u8,
    size: usize,

    pub fn of(bytes: []const u8) alog_slice {
        return .{ .data = bytes.ptr, .size = bytes.len };
    }
};

pub const alog_reservation = extern struct { data: ?[*]u8, capacity: usize, stride: usize };

/// What a refresh brought: the first new record, how many are new, and how many were evicted unseen or skipped.
pub const alog_delta = extern struct { first_sequence: u64, appended: u64, lost: u64 };

/// Where a record of a byte log lies in its chunk.
pub const alog_span = extern struct { offset: u32, size: u32 };

/// What an inline append works on. The library and src/inlined.zig share it. Frozen, like the next two structs.
pub const alog_hot = extern struct {
    slot: [*]u8,
    word: u64,
    limit: u64,
    target: *u64,
    record_size: usize,
    stride: usize,
    offset: usize,
    space: usize,
    spans: ?[*]alog_span,
    @"align": usize,
    notify_limit: u64,
    epoch: *u64,
    waiters: *u64,
};

/// What tells whether something is new.
pub const alog_glance = extern struct { published: *const u64, word: u64 };

/// What inline reading in the newest segment works on.
pub const alog_follower = extern struct {
    glance: alog_glance,
    first_sequence: u64,
    kept: [2]?*const anyopaque,
    position: u64,
    records: ?[*]const u8,
    stride: usize,
};

/// Checks that a struct has the layout that docs/ABI.md gives for 64-bit targets: the places of its members, and its
/// size.
fn isFrozen(comptime T: type, comptime places: []const usize, comptime size: usize) void {
    if (@sizeOf(usize) != 8) return;
    for (@typeInfo(T).@"struct".fields, places) |field, place| {
        if (@offsetOf(T, field.name) != place) @compileError(@typeName(T) ++ "." ++ field.name ++ " is frozen elsewhere");
    }
    if (@sizeOf(T) != size) @compileError(@typeName(T) ++ " is frozen with another size");
}
comptime {
    isFrozen(alog_hot, &.{ 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96 }, 104);
    isFrozen(alog_glance, &.{ 0, 8 }, 16);
    isFrozen(alog_follower, &.{ 0, 16, 24, 40, 48, 56 }, 64);
}

pub const alog_chunk = extern struct {
    data: ?[*]const u8,
    count: usize,
    stride: usize,
    spans: ?[*]const alog_span,
    first_sequence: u64,
    segment_sequence: u64,
};

/// What a log holds, and for whom. `.{}` is ALOG_STATS_INIT.
pub const alog_stats = extern struct {
    struct_size: u32 = @sizeOf(alog_stats),
    reserved: u32 = 0,
    records_appended: u64 = 0,
    segments_created: u64 = 0,
    segments_live: u64 = 0,
    segments_pooled: u64 = 0,
    segments_held_by_readers: u64 = 0,
    windows_live: u64 = 0,
    snapshots_live: u64 = 0,
    segment_pins_live: u64 = 0,
    bytes_allocated: u64 = 0,
    rolls: u64 = 0,
    segment_limit_hits: u64 = 0,
    allocation_failures: u64 = 0,
    oldest_view_age: u64 = 0,
};

/// What one view holds. `.{}` is ALOG_VIEW_STATS_INIT.
pub const alog_view_stats = extern struct {
    struct_size: u32 = @sizeOf(alog_view_stats),
    reserved: u32 = 0,
    segments: u64 = 0,
    segments_held: u64 = 0,
    bytes_held: u64 = 0,
    age: u64 = 0,
};

/// A member of a record.
pub const alog_field = extern struct {
    name: ?[*:0]const u8,
    type: u32,
    offset: u32,
    count: u32,
};

/// How the records of a log are recorded. `.{}` is ALOG_CHANNEL_INIT.
pub const alog_channel = extern struct {
    struct_size: u32 = @sizeOf(alog_channel),
    flags: u32 = 0,
    topic: ?[*:0]const u8 = null,
    schema_name: ?[*:0]const u8 = null,
    fields: ?[*]const alog_field = null,
    field_count: usize = 0,
    time_offset: u32 = ALOG_NO_TIME,
    message_encoding: ?[*:0]const u8 = null,
    schema_encoding: ?[*:0]const u8 = null,
    schema: ?*const anyopaque = null,
    schema_size: usize = 0,
    max_records: u64 = 0,
    max_age: u64 = 0,
};

pub const alog_recorder = extern struct { private_: [272]u64 };

pub const alog_sink = extern struct {
    context: ?*anyopaque,
    write: ?*const fn (context: ?*anyopaque, data: ?*const anyopaque, size: usize) callconv(.c) Status,
};

/// What was written: records and bytes of the file, records that were older than the views, and records in view that
/// were left out. For each log, in the order in which they were added: the records from the first that was written.
pub const alog_recording = extern struct {
    records: u64,
    bytes: u64,
    older: u64,
    left_out: u64,
    ranges: [ALOG_RECORDER_LOGS]alog_range,
};

pub extern fn alog_version() u32;
pub extern fn alog_version_string() [*:0]const u8;
pub extern fn alog_status_name(status: i32) [*:0]const u8;
pub extern fn alog_status_message(status: i32) [*:0]const u8;
pub extern fn alog_options_init(options: ?*alog_options) void;
pub extern fn alog_options_problem(options: *const alog_options, bytes: bool, text: ?[*]u8, size: usize) Status;

pub extern fn alog_log_create_fixed(options: *const alog_options, out: *?*alog_log) Status;
pub extern fn alog_log_create_bytes(options: *const alog_options, out: *?*alog_log) Status;
pub extern fn alog_log_retain(log: ?*alog_log) ?*alog_log;
pub extern fn alog_log_release(log: ?*alog_log) void;
pub extern fn alog_log_options(log: *const alog_log, out: *alog_options) Status;
pub extern fn alog_log_range(log: *const alog_log, out: *alog_range) Status;
pub extern fn alog_log_describe(log: *const alog_log, buffer: ?[*]u8, size: usize) usize;
pub extern fn alog_log_interrupt(log: *alog_log) Status;
pub extern fn alog_log_interrupts(log: *const alog_log) u64;
pub extern fn alog_log_is_finished(log: *const alog_log) bool;
pub extern fn alog_log_has_writer(log: *const alog_log) bool;
pub extern fn alog_log_stats(log: *const alog_log, out: *alog_stats) Status;
pub extern fn alog_stats_init(stats: ?*alog_stats) void;

pub extern fn alog_writer_claim(log: *alog_log, out: *?*alog_writer) Status;
pub extern fn alog_writer_release(writer: ?*alog_writer) void;
pub extern fn alog_writer_finish(writer: ?*alog_writer) Status;
pub extern fn alog_writer_append(writer: ?*alog_writer, record: ?*const anyopaque, size: usize) Status;
pub extern fn alog_writer_append_batch(writer: ?*alog_writer, records: ?*const anyopaque, count: usize) Status;
pub extern fn alog_writer_append_slices(writer: ?*alog_writer, records: ?[*]const alog_slice, count: usize) Status;
pub extern fn alog_writer_append_packed(
    writer: ?*alog_writer,
    data: ?*const anyopaque,
    sizes: ?[*]const u32,
    count: usize,
) Status;
pub extern fn alog_writer_begin(writer: ?*alog_writer) Status;
pub extern fn alog_writer_publish(writer: ?*alog_writer) Status;
pub extern fn alog_writer_abandon(writer: ?*alog_writer) Status;
pub extern fn alog_writer_reserve(writer: ?*alog_writer, want: usize, out: *alog_reservation) Status;
pub extern fn alog_writer_commit(writer: ?*alog_writer, used: usize) Status;
pub extern fn alog_writer_cancel(writer: ?*alog_writer) Status;
pub extern fn alog_writer_next_sequence(writer: ?*const alog_writer) u64;
pub extern fn alog_writer_skip(writer: ?*alog_writer, next_sequence: u64) Status;
pub extern fn alog_writer_notify(writer: ?*alog_writer) Status;
pub extern fn alog_writer_trim(writer: ?*alog_writer) Status;
pub extern fn alog_writer_log(writer: ?*const alog_writer) ?*alog_log;

pub extern fn alog_writer_hot(writer: ?*alog_writer) ?*alog_hot;

pub extern fn alog_snapshot_create(log: *const alog_log, out: *?*alog_snapshot) Status;
pub extern fn alog_snapshot_clone(snapshot: *const alog_snapshot, out: *?*alog_snapshot) Status;
pub extern fn alog_snapshot_destroy(snapshot: ?*alog_snapshot) void;
pub extern fn alog_snapshot_refresh(snapshot: *alog_snapshot, out: ?*alog_delta) Status;
pub extern fn alog_snapshot_wait(snapshot: *const alog_snapshot, timeout_ns: u64) Status;
pub extern fn alog_snapshot_wait_since(snapshot: *const alog_snapshot, timeout_ns: u64, interrupts: u64) Status;
pub extern fn alog_snapshot_range(snapshot: *const alog_snapshot, out: *alog_range) Status;
pub extern fn alog_snapshot_latest(snapshot: *const alog_snapshot, out: *alog_range) Status;
pub extern fn alog_snapshot_len(snapshot: *const alog_snapshot) u64;
pub extern fn alog_snapshot_record(snapshot: *const alog_snapshot, sequence: u64, out: *alog_slice) Status;
pub extern fn alog_snapshot_chunk_count(snapshot: *const alog_snapshot) usize;
pub extern fn alog_snapshot_chunk(snapshot: *const alog_snapshot, index: usize, out: *alog_chunk) Status;
pub extern fn alog_snapshot_chunks(
    snapshot: *const alog_snapshot,
    first: usize,
    max: usize,
    out: ?[*]alog_chunk,
    written: *usize,
) Status;
pub extern fn alog_snapshot_find(
    snapshot: *const alog_snapshot,
    sequence: u64,
    chunk: *usize,
    record: *usize,
) Status;
pub extern fn alog_snapshot_chunks_in(
    snapshot: *const alog_snapshot,
    range: alog_range,
    max: usize,
    out: ?[*]alog_chunk,
    written: *usize,
) Status;
pub extern fn alog_snapshot_pin(snapshot: *const alog_snapshot, index: usize, out: *?*alog_segment) Status;
pub extern fn alog_snapshot_log(snapshot: *const alog_snapshot) ?*alog_log;
pub extern fn alog_snapshot_stats(snapshot: *const alog_snapshot, out: *alog_view_stats) Status;
pub extern fn alog_snapshot_glance(snapshot: ?*const alog_snapshot) ?*const alog_glance;
pub extern fn alog_view_stats_init(stats: ?*alog_view_stats) void;

pub extern fn alog_cursor_create(snapshot: *const alog_snapshot, out: *?*alog_cursor) Status;
pub extern fn alog_cursor_open(log: *const alog_log, start: u32, out: *?*alog_cursor) Status;
pub extern fn alog_cursor_destroy(cursor: ?*alog_cursor) void;
pub extern fn alog_cursor_next(cursor: *alog_cursor, out: *alog_chunk) Status;
pub extern fn alog_cursor_seek(cursor: *alog_cursor, sequence: u64) Status;
pub extern fn alog_cursor_refresh(cursor: *alog_cursor, out: ?*alog_delta) Status;
pub extern fn alog_cursor_wait(cursor: *alog_cursor, timeout_ns: u64) Status;
pub extern fn alog_cursor_wait_since(cursor: *alog_cursor, timeout_ns: u64, interrupts: u64) Status;
pub extern fn alog_cursor_position(cursor: *const alog_cursor) u64;
pub extern fn alog_cursor_pin(cursor: *const alog_cursor, out: *?*alog_segment) Status;
pub extern fn alog_cursor_glance(cursor: ?*const alog_cursor) ?*const alog_glance;
pub extern fn alog_cursor_follower(cursor: ?*alog_cursor) ?*alog_follower;

pub extern fn alog_segment_retain(segment: ?*alog_segment) ?*alog_segment;
pub extern fn alog_segment_release(segment: ?*alog_segment) void;
pub extern fn alog_segment_sequence(segment: *const alog_segment) u64;

pub extern fn alog_channel_check(
    log: ?*const alog_log,
    channel: ?*const alog_channel,
    problem: ?[*]u8,
    size: usize,
) Status;
pub extern fn alog_recorder_init(recorder: ?*alog_recorder, sink: ?*const alog_sink) Status;
pub extern fn alog_recorder_add(recorder: ?*alog_recorder, log: ?*alog_log, channel: ?*const alog_channel) Status;
pub extern fn alog_recorder_write(recorder: ?*alog_recorder, out: ?*alog_recording) Status;
pub extern fn alog_recorder_write_fd(recorder: ?*alog_recorder, fd: c_int, out: ?*alog_recording) Status;
