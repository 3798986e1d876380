const std = @import("std");
const c = @import("c.zig");
const Bridge = @import("allocator.zig").Bridge;
const check = @import("status.zig").check;
const must = @import("status.zig").must;
const cursors = @import("cursor.zig");
const segments = @import("segment.zig");
const snapshots = @import("snapshot.zig");
const writers = @import("writer.zig");

/// A log of one kind of records. It lives while a handle on it lives.
pub fn Of(comptime Kind: type) type {
    return struct {
        handle: *c.alog_log,

        const Self = @This();
        pub const Options = Kind.Options;
        /// The kind of record.
        pub const Value = Kind.Value;
        pub const Writer = writers.Writer(Kind);
        pub const Group = writers.Group;
        pub const Reservation = writers.Reservation(Kind);
        pub const Snapshot = snapshots.Snapshot(Kind);
        pub const Cursor = cursors.Cursor(Kind);
        pub const Segment = segments.Segment(Kind);
        pub const Chunk = Kind.Chunk;

        pub const InitError = error{ InvalidArgument, OutOfMemory };

        /// Creates a log, without a writer. InvalidArgument: an option is not allowed, and `problem` tells which.
        pub fn init(options: Options) InitError!Self {
            var raw = options.raw();
            const bridge: ?*Bridge = if (options.allocator) |allocator| try Bridge.create(allocator) else null;
            // From here on the log's blocks keep the bridge.
            defer if (bridge) |made| made.release();
            const allocator = if (bridge) |made| made.raw() else null;
            if (allocator) |*made| raw.allocator = made;
            var handle: ?*c.alog_log = null;
            try check(InitError, Kind.create(&raw, &handle));
            return .{ .handle = handle.? };
        }

        /// Tells in words which option is wrong and what is allowed, such as "record_align 3 is not a power of two".
        /// Null: the options are right, and `init` can only fail for memory. The text is written to the buffer, cut to
        /// its size less one byte. 160 bytes are enough.
        ///
        ///     var buffer: [160]u8 = undefined;
        ///     if (Samples.problem(options, &buffer)) |text| std.log.err("{s}", .{text});
        pub fn problem(options: Options, buffer: []u8) ?[]const u8 {
            const raw = options.raw();
            const status = c.alog_options_problem(&raw, !Kind.is_fixed, buffer.ptr, buffer.len);
            return if (status == c.ALOG_OK) null else std.mem.sliceTo(buffer, 0);
        }

        /// Takes over a count of a log that C functions created. WrongKind, InvalidArgument: the log has other records,
        /// or they do not lie as in a slice. Then the count stays the caller's.
        pub fn adopt(handle: *c.alog_log) error{ WrongKind, InvalidArgument }!Self {
            const log: Self = .{ .handle = handle };
            try Kind.check(log.resolved());
            return log;
        }

        pub fn deinit(log: *Self) void {
            c.alog_log_release(log.handle);
            log.* = undefined;
        }

        /// Makes another handle on the same log. Call its `deinit`, too.
        pub fn retain(log: Self) Self {
            return .{ .handle = c.alog_log_retain(log.handle).? };
        }

        /// The options of the log in C's form, with all defaults filled in.
        pub fn resolved(log: Self) c.alog_options {
            var out: c.alog_options = .{};
            must(c.alog_log_options(log.handle, &out));
            return out;
        }

        /// The sequences that a snapshot taken now would show. The answer may be out of date on return.
        pub fn range(log: Self) c.alog_range {
            var out: c.alog_range = undefined;
            must(c.alog_log_range(log.handle, &out));
            return out;
        }

        /// Ends every wait that is in progress on the log. Later waits are unaffected, except those by `waitSince`.
        pub fn interrupt(log: Self) void {
            must(c.alog_log_interrupt(log.handle));
        }

        /// How many times `interrupt` was called on the log. To miss no interrupt, read this count first, then check
        /// your stop flag, then call `waitSince` with the count.
        pub fn interrupts(log: Self) u64 {
            return c.alog_log_interrupts(log.handle);
        }

        /// Whether `Writer.finish` ended the log. The retained records stay readable. True stays true.
        pub fn isFinished(log: Self) bool {
            return c.alog_log_is_finished(log.handle);
        }

        /// Whether the log has a writer. The answer may be out of date on return.
        pub fn hasWriter(log: Self) bool {
            return c.alog_log_has_writer(log.handle);
        }

        pub fn stats(log: Self) c.alog_stats {
            var out: c.alog_stats = .{};
            must(c.alog_log_stats(log.handle, &out));
            return out;
        }

        /// Writes the state of the log as lines of text for people: for a debugger, or for a handler of signals or
        /// crashes. Returns the text, cut to the buffer's size less one byte. 1024 bytes are enough for a log with few
        /// views.
        pub fn describe(log: Self, buffer: []u8) []const u8 {
            const whole = c.alog_log_describe(log.handle, buffer.ptr, buffer.len);
            return buffer[0..@min(whole, buffer.len -| 1)];
        }

        pub const WriterError = error{ Claimed, Finished, OutOfMemory };

        /// Claims the log's writer. It continues exactly where the last writer stopped. Claimed: the log has a writer.
        /// Finished: the log was finished.
        pub fn writer(log: Self) WriterError!Writer {
            var handle: ?*c.alog_writer = null;
            try check(WriterError, c.alog_writer_claim(log.handle, &handle));
            return .{ .handle = handle.?, .hot = c.alog_writer_hot(handle).? };
        }

        pub const ReaderError = error{OutOfMemory};

        /// Takes a stable view of what is retained now. The cost is constant.
        pub fn snapshot(log: Self) ReaderError!Snapshot {
            var handle: ?*c.alog_snapshot = null;
            try check(ReaderError, c.alog_snapshot_create(log.handle, &handle));
            return .{ .handle = handle.? };
        }

        /// Makes a reader that follows the log.
        pub fn cursor(log: Self, start: cursors.Start) ReaderError!Cursor {
            var handle: ?*c.alog_cursor = null;
            try check(ReaderError, c.alog_cursor_open(log.handle, @intFromEnum(start), &handle));
            return .{ .handle = handle.? };
        }
    };
}
