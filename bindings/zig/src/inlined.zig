//! What include/atomic_log_inline.h does, in Zig: the usual case of what is done all the time, without a call. It works on the
//! frozen structs that the library shares (docs/ABI.md), and leaves everything else to the functions of C: a new segment, an
//! open reservation, a sleeper to wake. With a limit of 0, and with a word whose highest bit is set, it leaves them all.

const std = @import("std");
const c = @import("c.zig");

/// By which nothing is done without a call: until the library was asked for what there is, and of a writer that is finished.
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
/// That of a segment that was left.
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

/// Wakes the readers that wait.
pub inline fn notify(writer: ?*c.alog_writer, hot: *c.alog_hot) c.Status {
    if (hot.limit | hot.notify_limit == 0) return c.alog_writer_notify(writer);
    wake(writer, hot);
    return c.ALOG_OK;
}

/// Values lie one behind the other, as in a slice.
inline fn put(comptime T: type, hot: *c.alog_hot, record: *const T) void {
    // Read first: the record may be anything, for all that the compiler knows.
    const slot = hot.slot;
    const word = hot.word + 1;
    const target = hot.target;
    const to: *align(@alignOf(T)) [@sizeOf(T)]u8 = @alignCast(slot[0..@sizeOf(T)]);
    const from = std.mem.asBytes(record);
    if (@sizeOf(T) <= 512) {
        // Piece by piece: moves, where the compiler would call for the whole.
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

/// A few moves, of which the last overlaps the one before: cheaper than a call.
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

/// What the newest segment in view shows now; null if it was left for another one.
pub inline fn shown(glance: *const c.alog_glance) ?u64 {
    const word = @atomicLoad(u64, glance.published, .acquire);
    return if (word >> 63 == 0) word else null;
}

/// How many records the newest segment shows.
pub inline fn count(word: u64) u64 {
    return @as(u32, @truncate(word));
}

/// The next unread value; null if there is nothing new, or another segment comes.
pub inline fn next(comptime T: type, follower: *c.alog_follower) ?*const T {
    const records = follower.records orelse return null;
    const position = follower.position;
    // Beyond any count while what is unread begins in an older segment.
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
