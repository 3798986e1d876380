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
        /// Null: the log was finished.
        handle: ?*c.alog_writer,
        /// What an append without a call works on. The default leaves everything to calls.
        hot: *c.alog_hot = inlined.never,

        const Self = @This();

        /// Gives the claim back, unless the log is finished. An open reservation or group is abandoned. The retained
        /// records stay.
        pub fn deinit(writer: *Self) void {
            c.alog_writer_release(writer.handle);
            writer.* = undefined;
        }

        /// Ends the log for good, and the writer with it. Then `deinit` does nothing, so you can still defer it. An
        /// open reservation or group is abandoned, and must not be used afterwards. The retained records stay.
        ///
        /// There is no later writer: `Log.writer` returns Finished. A reader's wait returns `.ready` while something is
        /// unread, and then `.finished`. Sleeping readers wake up.
        pub fn finish(writer: *Self) void {
            must(c.alog_writer_finish(writer.handle));
            writer.* = .{ .handle = null };
        }

        /// Appends a copy of one record. Publishes it, unless a group is open. After an error nothing was appended, and
        /// an open group stays open with what it had.
        ///
        /// Pass a value by pointer, such as `&sample` or `&.{ .sensor = 1, .value = 20.5 }`, and bytes as a slice. The
        /// record is copied here. It makes a call only to begin a segment, to end a reservation, or to wake a thread.
        pub inline fn append(writer: Self, record: Kind.Record) AppendError!void {
            try check(AppendError, Kind.append(writer.handle, writer.hot, record));
        }

        /// Appends records. They become visible all at once, or not at all.
        pub fn appendBatch(writer: Self, records: Kind.Batch) AppendError!void {
            try check(AppendError, Kind.appendBatch(writer.handle, records));
        }

        /// Appends byte records that lie back to back. They become visible all at once, or not at all. InvalidArgument:
        /// the sizes do not add up to the data.
        pub fn appendPacked(writer: Self, data: []const u8, sizes: []const u32) RoomError!void {
            if (Kind.is_fixed) @compileError("appendPacked is a BytesLog's");
            // The sum of as many u32 as memory can hold fits.
            var sum: u128 = 0;
            for (sizes) |size| sum += size;
            if (sum != data.len) return error.InvalidArgument;
            try check(RoomError, c.alog_writer_append_packed(writer.handle, data.ptr, sizes.ptr, sizes.len));
        }

        /// Opens a group. What the writer appends or commits from now on stays invisible until `publish`. WrongState: a
        /// group is open.
        pub fn begin(writer: Self) StateError!Group {
            try check(StateError, c.alog_writer_begin(writer.handle));
            return .{ .writer = writer.handle };
        }

        /// Hands out room in the log, to be written in place. Values: contiguous room for 1 to want values.
        /// InvalidArgument: want is 0. Bytes: room for one record of exactly want bytes.
        ///
        /// These calls end the reservation: commit, cancel, an append or batch of at least one record, reserve, begin,
        /// publish, abandon, skipTo, deinit, finish. A call that is refused for its arguments or state does not end it.
        pub fn reserve(writer: Self, want: usize) RoomError!Reservation(Kind) {
            var raw: c.alog_reservation = undefined;
            try check(RoomError, c.alog_writer_reserve(writer.handle, want, &raw));
            return .{ .writer = writer.handle, .room = Kind.room(raw) };
        }

        /// The sequence that the next record will have. Records of an open group count.
        pub fn nextSequence(writer: Self) u64 {
            return c.alog_writer_next_sequence(writer.handle);
        }

        /// Continues at a later sequence: the next record has exactly this sequence. The retained records leave the
        /// log's newest view at once. If the next record already has this sequence, nothing happens.
        ///
        /// Older views stay as they are. A refresh across the gap counts as lost what was skipped, and what was not yet
        /// seen before it. A wait ends. An empty log then begins at this sequence.
        ///
        /// WrongState: a group is open. InvalidArgument: the sequence is lower than the next one, or so high that no
        /// segment fits after it. After an error nothing has changed. A reservation ends, except with these two errors.
        pub fn skipTo(writer: Self, sequence: u64) SkipError!void {
            try check(SkipError, c.alog_writer_skip(writer.handle, sequence));
        }

        /// Wakes all readers that wait for something new. It makes a call only if there are any. Publishing alone wakes
        /// no thread, unless the log has auto_notify.
        pub inline fn notify(writer: Self) void {
            must(inlined.notify(writer.handle, writer.hot));
        }

        /// Gives pooled segments back to the allocator, except those that the log needs without readers.
        pub fn trim(writer: Self) void {
            must(c.alog_writer_trim(writer.handle));
        }

        /// Returns the writer's log. Call its `deinit`, too.
        pub fn log(writer: Self) logs.Of(Kind) {
            return .{ .handle = c.alog_writer_log(writer.handle).? };
        }
    };
}

/// An open group: what the writer appends before `publish`, which makes all of it visible at one instant.
///
///     var group = try writer.begin();
///     defer group.abandon();
///     try writer.append(&one);
///     try writer.append(&other);
///     try group.publish();
pub const Group = struct {
    /// Null: the group was published or abandoned.
    writer: ?*c.alog_writer,

    const Self = @This();

    /// Makes the whole group visible at one instant, however many segments it spans. WrongState: the group has ended.
    pub fn publish(group: *Self) StateError!void {
        const writer = group.writer orelse return error.WrongState;
        try check(StateError, c.alog_writer_publish(writer));
        group.writer = null;
    }

    /// Drops the group, unless it is published: no reader ever sees its records. Defer it where the writer outlives the
    /// group.
    pub fn abandon(group: *Self) void {
        const writer = group.writer orelse return;
        group.writer = null;
        check(StateError, c.alog_writer_abandon(writer)) catch {};
    }
};

/// Room in the log that the writer fills before it commits.
pub fn Reservation(comptime Kind: type) type {
    return struct {
        /// Null: the reservation was committed or cancelled.
        writer: ?*c.alog_writer,
        /// The values to write, or the bytes of one record. Not initialised.
        room: Kind.Room,

        const Self = @This();
        pub const CommitError = error{ InvalidArgument, WrongState };

        /// Appends what was written. Publishes it, unless a group is open. Values: how many, counted from the first; 0
        /// publishes nothing. Bytes: the record's final size. InvalidArgument: more than was reserved, and the
        /// reservation stays. WrongState: the reservation has ended.
        pub fn commit(reservation: *Self, used: usize) CommitError!void {
            const writer = reservation.writer orelse return error.WrongState;
            try check(CommitError, c.alog_writer_commit(writer, used));
            reservation.* = .{ .writer = null, .room = &.{} };
        }

        /// Ends the reservation, unless it is committed. Nothing is appended. Defer it where the writer outlives the
        /// reservation.
        pub fn cancel(reservation: *Self) void {
            const writer = reservation.writer orelse return;
            reservation.* = .{ .writer = null, .room = &.{} };
            check(StateError, c.alog_writer_cancel(writer)) catch {};
        }
    };
}
