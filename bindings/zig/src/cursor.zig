const c = @import("c.zig");
const check = @import("status.zig").check;
const must = @import("status.zig").must;
const waited = @import("status.zig").waited;
const Waited = @import("status.zig").Waited;
const inlined = @import("inlined.zig");
const segments = @import("segment.zig");

/// Where a cursor begins.
pub const Start = enum(u32) {
    /// At the oldest retained record.
    oldest = c.ALOG_START_OLDEST,
    /// After the newest record: the cursor reads what is published from now on.
    next = c.ALOG_START_NEXT,
};

/// A reader that follows the log: a view of its own, and the sequence of the next unread record. It belongs to one
/// thread at a time.
pub fn Cursor(comptime Kind: type) type {
    return struct {
        handle: *c.alog_cursor,
        /// What `next` returned last, for `pin`.
        last: ?Kind.Chunk = null,
        /// What reading without a call works on. It is the cursor's own from the first refresh or `readOn` on.
        follower: *c.alog_follower = inlined.nobody,

        const Self = @This();

        /// Ends the cursor, and with it the chunks that nothing else covers.
        pub fn deinit(cursor: *Self) void {
            c.alog_cursor_destroy(cursor.handle);
            cursor.* = undefined;
        }

        /// Returns the next chunk of the captured view: what is unread of one segment. Null: all were returned.
        pub fn next(cursor: *Self) ?Kind.Chunk {
            var out: c.alog_chunk = undefined;
            const status = c.alog_cursor_next(cursor.handle, &out);
            must(status);
            if (status == c.ALOG_END) return null;
            cursor.last = .of(out);
            return cursor.last;
        }

        /// Goes through what is unread of the captured view, record by record. When it comes to a chunk, the whole
        /// chunk counts as read: if the loop stops within a chunk, go back by `seek`.
        pub fn records(cursor: *Self) Records {
            return .{ .cursor = cursor };
        }

        pub const Records = struct {
            cursor: *Self,
            chunk: ?Kind.Chunk = null,
            index: usize = 0,

            pub const Entry = struct { sequence: u64, record: Kind.Shown };

            pub fn next(iterator: *Records) ?Entry {
                if (iterator.chunk == null or iterator.index == iterator.chunk.?.len()) {
                    iterator.chunk = iterator.cursor.next() orelse return null;
                    iterator.index = 0;
                }
                const current = iterator.chunk.?;
                defer iterator.index += 1;
                return .{ .sequence = current.first_sequence + iterator.index, .record = current.at(iterator.index) };
            }
        };

        /// Returns the next unread record of the newest segment in view, without a call, also one that was published
        /// since the last refresh. Null: nothing is new, or the next record lies in another segment. Then call
        /// `refresh`, which returns what was lost, and continue with `next` or `records`:
        ///
        ///     while (cursor.readOn()) |entry| use(entry.record);
        ///     lost += cursor.refresh().lost;
        ///     while (cursor.next()) |chunk| useAll(chunk.records);
        ///
        /// It does not end the lifetime of chunks. `pin` still pins what `next` returned last.
        pub inline fn readOn(cursor: *Self) ?Records.Entry {
            if (!Kind.is_fixed) @compileError("readOn is a cursor's on a log of values");
            if (cursor.follower == inlined.nobody) cursor.follower = c.alog_cursor_follower(cursor.handle).?;
            const found = inlined.next(Kind.Value, cursor.follower) orelse return null;
            return .{ .sequence = cursor.follower.position - 1, .record = found };
        }

        /// Moves the cursor to a record of the captured view, or to the view's end. OutOfRange: the sequence is not in
        /// the captured view, and the cursor stays.
        pub fn seek(cursor: *Self, sequence: u64) error{OutOfRange}!void {
            try check(error{OutOfRange}, c.alog_cursor_seek(cursor.handle, sequence));
        }

        /// What there is to read after a refresh.
        pub const Unread = struct {
            /// The first unread record: the cursor's position.
            first_sequence: u64,
            /// How many records are unread.
            count: u64,
            /// How many records were published and evicted unread.
            lost: u64,
            /// False: nothing was published since the last capture, and the chunks stay valid.
            changed: bool,
        };

        /// Captures the newest view. The cursor continues with what is unread. If something is new, it ends the chunks
        /// that nothing else covers. It makes no call unless there is a new segment.
        pub inline fn refresh(cursor: *Self) Unread {
            const follower = cursor.follower;
            const word = inlined.shown(&follower.glance) orelse return cursor.refreshByCall();
            const changed = word != follower.glance.word;
            if (changed) {
                follower.glance.word = word;
                cursor.last = null;
            }
            const end = follower.first_sequence + inlined.count(word);
            return .{
                .first_sequence = follower.position,
                .count = end - follower.position,
                .lost = 0,
                .changed = changed,
            };
        }

        fn refreshByCall(cursor: *Self) Unread {
            cursor.follower = c.alog_cursor_follower(cursor.handle).?;
            var delta: c.alog_delta = undefined;
            const status = c.alog_cursor_refresh(cursor.handle, &delta);
            must(status);
            return .{
                .first_sequence = delta.first_sequence,
                .count = delta.appended,
                .lost = delta.lost,
                .changed = status != c.ALOG_UNCHANGED,
            };
        }

        /// Sleeps until something is unread: in the captured view, or published since. See `Snapshot.wait`.
        pub fn wait(cursor: *Self, timeout_ns: u64) Waited {
            return waited(c.alog_cursor_wait(cursor.handle, timeout_ns));
        }

        /// Waits like `wait`, but an interrupt before the call also ends it. See `Snapshot.waitSince`.
        pub fn waitSince(cursor: *Self, timeout_ns: u64, interrupts: u64) Waited {
            return waited(c.alog_cursor_wait_since(cursor.handle, timeout_ns, interrupts));
        }

        /// The sequence of the next unread record.
        pub fn position(cursor: Self) u64 {
            return c.alog_cursor_position(cursor.handle);
        }

        pub const PinError = error{ WrongState, OutOfMemory };

        /// Pins the segment of the chunk that `next` returned last. The chunk then outlives the cursor's next refresh.
        /// WrongState: no chunk was returned since the cursor was made, or since a refresh brought something.
        pub fn pin(cursor: Self) PinError!segments.Segment(Kind) {
            const pinned = cursor.last orelse return error.WrongState;
            var handle: ?*c.alog_segment = null;
            try check(PinError, c.alog_cursor_pin(cursor.handle, &handle));
            return .{ .handle = handle.?, .chunk = pinned };
        }
    };
}
