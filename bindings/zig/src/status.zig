//! Statuses: error statuses become Zig errors. Others become what the functions return.

const std = @import("std");
const c = @import("c.zig");

pub const Error = error{
    /// A required pointer is null.
    NullPointer,
    /// A value is not allowed.
    InvalidArgument,
    /// Not a live handle of its type.
    InvalidHandle,
    /// The allocator returned nothing. The log is unchanged and usable.
    OutOfMemory,
    /// The log already has a writer.
    Claimed,
    /// The record is larger than a segment, or the batch or group is larger than what the log can show at once.
    TooLarge,
    /// The log is of the other kind.
    WrongKind,
    /// All max_segments segments are in use: retained, held by readers, or part of the open group. The log is unchanged
    /// and usable.
    SegmentLimit,
    /// The call does not fit the handle's state.
    WrongState,
    /// The sequence or index is not in this view.
    OutOfRange,
    /// The log was finished and accepts no writer.
    Finished,
    /// The recording is incomplete.
    WriteFailed,
};

/// The status of an error.
pub fn of(err: Error) c.Status {
    return switch (err) {
        error.NullPointer => c.ALOG_ERR_NULL,
        error.InvalidArgument => c.ALOG_ERR_ARGUMENT,
        error.InvalidHandle => c.ALOG_ERR_HANDLE,
        error.OutOfMemory => c.ALOG_ERR_NO_MEMORY,
        error.Claimed => c.ALOG_ERR_CLAIMED,
        error.TooLarge => c.ALOG_ERR_TOO_LARGE,
        error.WrongKind => c.ALOG_ERR_KIND,
        error.SegmentLimit => c.ALOG_ERR_SEGMENT_LIMIT,
        error.WrongState => c.ALOG_ERR_STATE,
        error.OutOfRange => c.ALOG_ERR_OUT_OF_RANGE,
        error.Finished => c.ALOG_ERR_FINISHED,
        error.WriteFailed => c.ALOG_ERR_IO,
    };
}

/// The name of an error's status in C, such as "ALOG_ERR_CLAIMED".
pub fn name(err: Error) [:0]const u8 {
    return std.mem.span(c.alog_status_name(of(err)));
}

/// What an error means, in one plain sentence.
pub fn message(err: Error) [:0]const u8 {
    return std.mem.span(c.alog_status_message(of(err)));
}

/// For a function that can fail: success, or an error of the set. Any other error is a panic.
pub inline fn check(comptime Set: type, status: c.Status) Set!void {
    if (status < 0) return failure(Set, status);
}

fn failure(comptime Set: type, status: c.Status) Set {
    @branchHint(.cold);
    inline for (comptime std.meta.tags(Set)) |err| {
        if (status == of(err)) return err;
    }
    unexpected(status);
}

/// For a function that cannot fail: any error is a panic.
pub inline fn must(status: c.Status) void {
    if (status < 0) unexpected(status);
}

fn unexpected(status: c.Status) noreturn {
    @branchHint(.cold);
    std.debug.panic("{s}: {s}", .{ c.alog_status_name(status), c.alog_status_message(status) });
}

/// How a wait ended.
pub const Waited = enum {
    /// There is something newer.
    ready,
    /// Nothing was published in time.
    timeout,
    /// Another thread called `interrupt`.
    interrupted,
    /// Nothing is left to read, and nothing will come: the log is finished. Later waits return the same at once.
    finished,
};

pub fn waited(status: c.Status) Waited {
    return switch (status) {
        c.ALOG_OK => .ready,
        c.ALOG_TIMEOUT => .timeout,
        c.ALOG_INTERRUPTED => .interrupted,
        c.ALOG_FINISHED => .finished,
        else => unexpected(status),
    };
}
