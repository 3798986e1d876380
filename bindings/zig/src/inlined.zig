//! What include/atomic_log_inline.h does, in Zig: the usual case of frequent functions, without a call. It works on the
//! frozen structs that the library shares (docs/ABI.md). Everything else is left to the functions of C: a new segment,
//! an open reservation, a sleeper to wake. With a limit of 0, or a word whose highest bit is set, every case is left to
//! them.

const std = @import("std");
const c = @import("c.zig");

/// With this, nothing is done without a call. It stands until the library was asked for the real struct, and for a
/// writer that is finished.
pub const never: *c.alog_hot = @constCast(&c.alog_hot{
    .slot = undefined,
    .word = 0,
    .limit = 0,
    .target = undefined,
    .record_size = std.math.maxInt(usize),
    .stride = 0,
    .offset = 0,
    .space = 0,
    .spans = null,
    .@"align" = 1,
    .notify_limit = 0,
    .epoch = undefined,
    .waiters = undefined,
});
pub const nobody: *c.alog_follower = @constCast(&c.alog_follower{
    .glance = .{ .published = &left, .word = 0 },
    .first_sequence = 0,
    .kept = .{ null, null },
    .position = 0,
    .records = null,
    .stride = 0,
});
pub const nothing: *const c.alog_glance = &nobody.glance;
/// The word of a segment that was left.
const left: u64 = 1 << 63;

/// Appends a value.
pub inline fn append(comptime T: type, writer: ?*c.alog_writer, hot: *c.alog_hot, record: *const T) c.Status {
    if (hot.word < hot.limit) {
        @branchHint(.likely);
        put(T, hot, record);
        return c.ALOG_OK;
    }
    if (hot.word < hot.notify_limit) {
        put(T, hot, record);
        wake(writer, hot);
        return c.ALOG_OK;
    }
    return c.alog_writer_append(writer, record, @sizeOf(T));
}

/// Appends bytes.
pub inline fn appendBytes(writer: ?*c.alog_writer, hot: *c.alog_hot, record: []const u8) c.Status {
    if (hot.word < hot.limit and fits(hot, record.len)) {
        @branchHint(.likely);
        putBytes(hot, record);
        return c.ALOG_OK;
    }
    if (hot.word < hot.notify_limit and fits(hot, record.len)) {
        putBytes(hot, record);
        wake(writer, hot);
        return c.ALOG_OK;
    }
    return c.alog_writer_append(writer, record.ptr, record.len);
}

/// Wakes all waiting readers.
pub inline fn notify(writer: ?*c.alog_writer, hot: *c.alog_hot) c.Status {
    if (hot.limit | hot.notify_limit == 0) return c.alog_writer_notify(writer);
    wake(writer, hot);
    return c.ALOG_OK;
}

/// Writes a value and publishes it. Values lie one behind the other, as in a slice.
inline fn put(comptime T: type, hot: *c.alog_hot, record: *const T) void {
    // Read first: for the compiler, the copy may overwrite anything.
    const slot = hot.slot;
    const word = hot.word + 1;
    const target = hot.target;
    const to: *align(@alignOf(T)) [@sizeOf(T)]u8 = @alignCast(slot[0..@sizeOf(T)]);
    const from = std.mem.asBytes(record);
    if (@sizeOf(T) <= 512) {
        // Piece by piece, so that the compiler makes moves. For the whole value it would make a call.
        comptime var at = 0;
        inline while (at < @sizeOf(T)) : (at += 64) {
            const end = comptime @min(at + 64, @sizeOf(T));
            @memcpy(to[at..end], from[at..end]);
        }
    } else {
        @memcpy(to, from);
    }
    hot.slot = slot + @sizeOf(T);
    hot.word = word;
    @atomicStore(u64, target, word, .release);
}

inline fn fits(hot: *const c.alog_hot, size: usize) bool {
    return hot.offset < hot.space and size <= hot.space - hot.offset;
}

inline fn putBytes(hot: *c.alog_hot, record: []const u8) void {
    const slot = hot.slot;
    const word = hot.word;
    const offset = hot.offset;
    const occupied = (record.len + hot.@"align" - 1) & ~(hot.@"align" - 1);
    const span = &hot.spans.?[@as(u32, @truncate(word))];
    const target = hot.target;
    copy(slot, record);
    span.* = .{ .offset = @intCast(offset), .size = @intCast(record.len) };
    hot.slot = slot + occupied;
    hot.offset = offset + occupied;
    hot.word = word + 1;
    @atomicStore(u64, target, word + 1, .release);
}

/// Copies by a few moves, the last of which may overlap the one before. They are cheaper than a call.
inline fn copy(to: [*]u8, from: []const u8) void {
    const size = from.len;
    if (size > 128) {
        @memcpy(to, from);
    } else inline for (.{ 64, 32, 16, 8, 4, 2, 1 }) |half| {
        if (size > half or size == half and half <= 8) {
            @memcpy(to[0..half], from[0..half]);
            @memcpy((to + size - half)[0..half], from[size - half ..][0..half]);
            return;
        }
    }
}

inline fn wake(writer: ?*c.alog_writer, hot: *c.alog_hot) void {
    _ = @atomicRmw(u64, hot.epoch, .Add, 1, .acq_rel);
    if (@atomicLoad(u64, hot.waiters, .monotonic) != 0) {
        @branchHint(.unlikely);
        _ = c.alog_writer_notify(writer);
    }
}

/// What the newest segment in view shows now. Null: the writer has left it for another segment.
pub inline fn shown(glance: *const c.alog_glance) ?u64 {
    const word = @atomicLoad(u64, glance.published, .acquire);
    return if (word >> 63 == 0) word else null;
}

/// How many records a word shows.
pub inline fn count(word: u64) u64 {
    return @as(u32, @truncate(word));
}

/// The next unread value. Null: nothing is new, or the next value lies in another segment.
pub inline fn next(comptime T: type, follower: *c.alog_follower) ?*const T {
    const records = follower.records orelse return null;
    const position = follower.position;
    // While the unread records begin in an older segment, this exceeds any count.
    const index = position -% follower.first_sequence;
    if (index >= count(follower.glance.word)) {
        const word = shown(&follower.glance) orelse return null;
        if (index >= count(word)) return null;
        follower.glance.word = word;
    }
    follower.position = position + 1;
    const values: [*]const T = @ptrCast(@alignCast(records));
    return &values[index];
}
