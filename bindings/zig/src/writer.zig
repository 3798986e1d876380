const c = @import("c.zig");
const check = @import("status.zig").check;
const must = @import("status.zig").must;
const inlined = @import("inlined.zig");
const logs = @import("log.zig");

const AppendError = error{ TooLarge, SegmentLimit, OutOfMemory };
const RoomError = AppendError || error{InvalidArgument};
const StateError = error{WrongState};
const SkipError = StateError || error{ InvalidArgument, SegmentLimit, OutOfMemory };

/// The one writer of a log. It belongs to one thread at a time.
pub fn Writer(comptime Kind: type) type {
    return struct {
        /// Null: finished.
        handle: ?*c.alog_writer,
        /// By what records are appended without a call. The one that is there unless said leaves all to calls.
        hot: *c.alog_hot = inlined.never,

        const Self = @This();

        /// Gives the claim back, unless the log is finished. An open reservation or group is abandoned; the retained
        /// records stay.
        pub fn deinit(writer: *Self) void {
            c.alog_writer_release(writer.handle);
            writer.* = undefined;
        }

        /// Ends the log for good, and the writer with it: `deinit` does nothing then, and may be deferred all the same.
        /// An open reservation or group is abandoned, and must not be used afterwards; the retained records stay.
        ///
        /// There is no later writer: `Log.writer` gives Finished. A reader's wait is `.ready` while something is
        /// unread, and then `.finished`. Readers that sleep now are woken.
        pub fn finish(writer: *Self) void {
            must(c.alog_writer_finish(writer.handle));
            writer.* = .{ .handle = null };
        }

        /// Appends a copy of one record, and publishes it unless a group is open. After an error nothing is appended; an
        /// open group stays open with what it had.
        ///
        /// Values are passed by pointer, such as `&sample` or `&.{ .sensor = 1, .value = 20.5 }`, bytes as a slice. There
        /// is no call unless it begins a segment, ends a reservation, or wakes somebody: the record is copied here.
        pub inline fn append(writer: Self, record: Kind.Record) AppendError!void {
            try check(AppendError, Kind.append(writer.handle, writer.hot, record));
        }

        /// Appends records: visible all at once, or not at all.
        pub fn appendBatch(writer: Self, records: Kind.Batch) AppendError!void {
            try check(AppendError, Kind.appendBatch(writer.handle, records));
        }

        /// Appends byte records that lie back to back: visible all at once, or not at all. InvalidArgument: the sizes
        /// do not add up to the data.
        pub fn appendPacked(writer: Self, data: []const u8, sizes: []const u32) RoomError!void {
            if (Kind.is_fixed) @compileError("appendPacked is a BytesLog's");
            // A sum of as many u32 as memory can hold fits.
            var sum: u128 = 0;
            for (sizes) |size| sum += size;
            if (sum != data.len) return error.InvalidArgument;
            try check(RoomError, c.alog_writer_append_packed(writer.handle, data.ptr, sizes.ptr, sizes.len));
        }

        /// Opens a group: from here on, what the writer appends or commits stays invisible until `publish`. WrongState:
        /// one is open.
        pub fn begin(writer: Self) StateError!Group {
            try check(StateError, c.alog_writer_begin(writer.handle));
            return .{ .writer = writer.handle };
        }

        /// Hands out room in the log, to be written in place. Values: 1 to want of them, contiguous; InvalidArgument:
        /// want is 0. Bytes: a record of exactly as many.
        ///
        /// The reservation ends with commit, cancel, any append, another reserve, begin, publish, abandon, or the
        /// writer's deinit.
        pub fn reserve(writer: Self, want: usize) RoomError!Reservation(Kind) {
            var raw: c.alog_reservation = undefined;
            try check(RoomError, c.alog_writer_reserve(writer.handle, want, &raw));
            return .{ .writer = writer.handle, .room = Kind.room(raw) };
        }

        /// The sequence that the next record will have; the open group's records count.
        pub fn nextSequence(writer: Self) u64 {
            return c.alog_writer_next_sequence(writer.handle);
        }

        /// Goes on at a later sequence: the next record has exactly this one. What was retained leaves the log's view at once,
        /// and views that were taken before stay what they are. A refresh across it counts what was skipped, and what went
        /// unseen with it, as lost, and a wait returns. A log that is empty begins there. To the next sequence: nothing happens.
        ///
        /// WrongState: a group is open. InvalidArgument: backwards, or so far that no segment fits behind it. After an error
        /// nothing has changed. A reservation ends, except with these two.
        pub fn skipTo(writer: Self, sequence: u64) SkipError!void {
            try check(SkipError, c.alog_writer_skip(writer.handle, sequence));
        }

        /// Wakes the readers that wait for something new; a call if there are any. Publishing alone wakes nobody, unless the
        /// log has auto_notify.
        pub inline fn notify(writer: Self) void {
            must(inlined.notify(writer.handle, writer.hot));
        }

        /// Gives pooled segments back to the allocator, down to what the log needs without readers.
        pub fn trim(writer: Self) void {
            must(c.alog_writer_trim(writer.handle));
        }

        /// The log, with a `deinit` of its own.
        pub fn log(writer: Self) logs.Of(Kind) {
            return .{ .handle = c.alog_writer_log(writer.handle).? };
        }
    };
}

/// Everything that the writer appends before `publish`, which makes it visible at one instant.
///
///     var group = try writer.begin();
///     defer group.abandon();
///     try writer.append(&one);
///     try writer.append(&other);
///     try group.publish();
pub const Group = struct {
    /// Null: published or abandoned.
    writer: ?*c.alog_writer,

    const Self = @This();

    /// Makes all of the group visible at one instant, however many segments it spans. WrongState: it is over.
    pub fn publish(group: *Self) StateError!void {
        const writer = group.writer orelse return error.WrongState;
        try check(StateError, c.alog_writer_publish(writer));
        group.writer = null;
    }

    /// Forgets the group, unless it is published: nobody ever sees it. To be deferred, where the writer outlives
    /// it.
    pub fn abandon(group: *Self) void {
        const writer = group.writer orelse return;
        group.writer = null;
        check(StateError, c.alog_writer_abandon(writer)) catch {};
    }
};

/// Room in the log that the writer may fill before a commit.
pub fn Reservation(comptime Kind: type) type {
    return struct {
        /// Null: committed or cancelled.
        writer: ?*c.alog_writer,
        /// Values that are to be written, or the bytes of one record. Not initialised.
        room: Kind.Room,

        const Self = @This();
        pub const CommitError = error{ InvalidArgument, WrongState };

        /// Appends what was written, and publishes it unless a group is open. Values: how many, from the first on; 0
        /// publishes nothing. Bytes: the record's final size. InvalidArgument: more than was reserved, and the
        /// reservation stays; WrongState: it is over.
        pub fn commit(reservation: *Self, used: usize) CommitError!void {
            const writer = reservation.writer orelse return error.WrongState;
            try check(CommitError, c.alog_writer_commit(writer, used));
            reservation.* = .{ .writer = null, .room = &.{} };
        }

        /// Ends the reservation, unless it is committed; nothing is appended. To be deferred, where the writer outlives
        /// it.
        pub fn cancel(reservation: *Self) void {
            const writer = reservation.writer orelse return;
            reservation.* = .{ .writer = null, .room = &.{} };
            check(StateError, c.alog_writer_cancel(writer)) catch {};
        }
    };
}
