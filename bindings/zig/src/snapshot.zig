const std = @import("std");
const c = @import("c.zig");
const check = @import("status.zig").check;
const must = @import("status.zig").must;
const waited = @import("status.zig").waited;
const Waited = @import("status.zig").Waited;
const cursors = @import("cursor.zig");
const inlined = @import("inlined.zig");
const logs = @import("log.zig");
const segments = @import("segment.zig");

/// A stable view of the records that were retained when it was taken, or when it was last refreshed.
pub fn Snapshot(comptime Kind: type) type {
    return struct {
        handle: *c.alog_snapshot,
        /// What tells a refresh whether it needs a call. It is the snapshot's own from the first refresh on.
        glance: *const c.alog_glance = inlined.nothing,

        const Self = @This();
        pub const HandleError = error{OutOfMemory};

        /// Ends the view, and with it the chunks and records that nothing else covers.
        pub fn deinit(snapshot: *Self) void {
            c.alog_snapshot_destroy(snapshot.handle);
            snapshot.* = undefined;
        }

        /// Another snapshot that shows the same.
        pub fn clone(snapshot: Self) HandleError!Self {
            var handle: ?*c.alog_snapshot = null;
            try check(HandleError, c.alog_snapshot_clone(snapshot.handle, &handle));
            return .{ .handle = handle.? };
        }

        /// Captures the newest view, and returns what is new. Null: nothing was published since the last capture, and
        /// everything stays valid. Otherwise it ends the chunks and records that nothing else covers. It makes no call
        /// if nothing is new.
        pub inline fn refresh(snapshot: *Self) ?c.alog_delta {
            if (inlined.shown(snapshot.glance) == snapshot.glance.word) return null;
            return snapshot.refreshByCall();
        }

        /// Like `refresh`, but returns only whether something was new. It makes no call unless there is a new segment.
        pub inline fn update(snapshot: *Self) bool {
            const word = inlined.shown(snapshot.glance) orelse return snapshot.refreshByCall() != null;
            if (word == snapshot.glance.word) return false;
            // The snapshot's owner may write it. Others have a const pointer.
            @constCast(snapshot.glance).word = word;
            return true;
        }

        fn refreshByCall(snapshot: *Self) ?c.alog_delta {
            snapshot.glance = c.alog_snapshot_glance(snapshot.handle).?;
            var delta: c.alog_delta = undefined;
            const status = c.alog_snapshot_refresh(snapshot.handle, &delta);
            must(status);
            return if (status == c.ALOG_UNCHANGED) null else delta;
        }

        /// Sleeps until something newer than the view is published. It does not change the view: refresh it afterwards.
        /// The writer wakes it by `notify`, or by every publication with auto_notify. A timeout of 0 only looks.
        /// `forever` never times out.
        pub fn wait(snapshot: Self, timeout_ns: u64) Waited {
            return waited(c.alog_snapshot_wait(snapshot.handle, timeout_ns));
        }

        /// Waits like `wait`, but an interrupt before the call also ends it: any since `Log.interrupts` returned this
        /// count. An interrupt is reported before something newer.
        ///
        ///     const interrupts = log.interrupts();
        ///     if (stop.load(.acquire)) return;
        ///     const waited = snapshot.waitSince(atomic_log.forever, interrupts);
        pub fn waitSince(snapshot: Self, timeout_ns: u64, interrupts: u64) Waited {
            return waited(c.alog_snapshot_wait_since(snapshot.handle, timeout_ns, interrupts));
        }

        /// The sequences of the records in view.
        pub fn range(snapshot: Self) c.alog_range {
            var out: c.alog_range = undefined;
            must(c.alog_snapshot_range(snapshot.handle, &out));
            return out;
        }

        /// The sequences of the newest publication: one append, batch or group. They are always all in view.
        pub fn latest(snapshot: Self) c.alog_range {
            var out: c.alog_range = undefined;
            must(c.alog_snapshot_latest(snapshot.handle, &out));
            return out;
        }

        /// How many records are in view.
        pub fn len(snapshot: Self) u64 {
            return c.alog_snapshot_len(snapshot.handle);
        }

        /// Returns one record by its sequence.
        pub fn record(snapshot: Self, sequence: u64) error{OutOfRange}!Kind.Shown {
            var out: c.alog_slice = undefined;
            try check(error{OutOfRange}, c.alog_snapshot_record(snapshot.handle, sequence, &out));
            return Kind.shown(out);
        }

        /// Where a record lies: the index of its chunk, and its place in the chunk.
        pub const Place = struct { chunk: usize, record: usize };

        /// Finds where a record lies, by its sequence. Values: constant cost. Bytes: a binary search among the
        /// segments.
        pub fn find(snapshot: Self, sequence: u64) error{OutOfRange}!Place {
            var place: Place = undefined;
            const status = c.alog_snapshot_find(snapshot.handle, sequence, &place.chunk, &place.record);
            try check(error{OutOfRange}, status);
            return place;
        }

        pub fn chunkCount(snapshot: Self) usize {
            return c.alog_snapshot_chunk_count(snapshot.handle);
        }

        /// Returns one chunk: the records of one segment. Index 0 is the oldest.
        pub fn chunk(snapshot: Self, index: usize) error{OutOfRange}!Kind.Chunk {
            var out: c.alog_chunk = undefined;
            try check(error{OutOfRange}, c.alog_snapshot_chunk(snapshot.handle, index, &out));
            return .of(out);
        }

        /// Goes through the chunks in view, oldest first.
        pub fn chunks(snapshot: Self) Chunks {
            return .{ .snapshot = snapshot.handle };
        }

        /// Goes chunk by chunk through what is in view from a sequence on, such as a delta's first_sequence. The first
        /// chunk begins there.
        pub fn chunksFrom(snapshot: Self, sequence: u64) Chunks {
            const held = snapshot.range();
            const begin = @max(sequence, held.begin);
            return snapshot.chunksIn(.{ .begin = begin, .end = @max(begin, held.end) }) catch unreachable;
        }

        /// Goes chunk by chunk through a range of records, such as `latest`. The chunks are cut at the ends of the
        /// range. OutOfRange: a part of the range is not in view. An empty range has no chunks, wherever it is.
        pub fn chunksIn(snapshot: Self, wanted: c.alog_range) error{OutOfRange}!Chunks {
            var iterator: Chunks = .{ .snapshot = snapshot.handle, .begin = wanted.begin, .end = wanted.end };
            if (wanted.begin != wanted.end) {
                iterator.index = (try snapshot.find(wanted.begin)).chunk;
                if (wanted.end < wanted.begin or wanted.end > snapshot.range().end) return error.OutOfRange;
            }
            return iterator;
        }

        pub const Chunks = struct {
            snapshot: *c.alog_snapshot,
            index: usize = 0,
            begin: u64 = 0,
            end: u64 = std.math.maxInt(u64),

            pub fn next(iterator: *Chunks) ?Kind.Chunk {
                if (iterator.begin == iterator.end) return null;
                var out: c.alog_chunk = undefined;
                const status = c.alog_snapshot_chunk(iterator.snapshot, iterator.index, &out);
                if (status == c.ALOG_ERR_OUT_OF_RANGE) return null;
                must(status);
                var found: Kind.Chunk = .of(out);
                if (found.first_sequence >= iterator.end) return null;
                iterator.index += 1;
                if (found.first_sequence < iterator.begin) found = found.from(iterator.begin - found.first_sequence);
                if (found.end() > iterator.end) found = found.first(iterator.end - found.first_sequence);
                return found;
            }
        };

        /// Goes through the records in view, oldest first.
        pub fn records(snapshot: Self) Records {
            return .{ .chunks = snapshot.chunks() };
        }

        /// Goes through the records in view from a sequence on.
        pub fn recordsFrom(snapshot: Self, sequence: u64) Records {
            return .{ .chunks = snapshot.chunksFrom(sequence) };
        }

        /// Goes through a range of records. See `chunksIn`.
        pub fn recordsIn(snapshot: Self, wanted: c.alog_range) error{OutOfRange}!Records {
            return .{ .chunks = try snapshot.chunksIn(wanted) };
        }

        pub const Records = struct {
            chunks: Chunks,
            chunk: ?Kind.Chunk = null,
            index: usize = 0,

            pub const Entry = struct { sequence: u64, record: Kind.Shown };

            pub fn next(iterator: *Records) ?Entry {
                if (iterator.chunk == null or iterator.index == iterator.chunk.?.len()) {
                    iterator.chunk = iterator.chunks.next() orelse return null;
                    iterator.index = 0;
                }
                const current = iterator.chunk.?;
                defer iterator.index += 1;
                return .{ .sequence = current.first_sequence + iterator.index, .record = current.at(iterator.index) };
            }
        };

        pub const PinError = error{ OutOfRange, OutOfMemory };

        /// Pins the segment of one chunk. The chunk then outlives the snapshot, the log and the writer.
        pub fn pin(snapshot: Self, index: usize) PinError!segments.Segment(Kind) {
            const pinned = try snapshot.chunk(index);
            var handle: ?*c.alog_segment = null;
            try check(PinError, c.alog_snapshot_pin(snapshot.handle, index, &handle));
            return .{ .handle = handle.?, .chunk = pinned };
        }

        /// Makes a cursor over what the snapshot shows. It begins at the first record, and has a view of its own.
        pub fn cursor(snapshot: Self) HandleError!cursors.Cursor(Kind) {
            var handle: ?*c.alog_cursor = null;
            try check(HandleError, c.alog_cursor_create(snapshot.handle, &handle));
            return .{ .handle = handle.? };
        }

        /// Returns the snapshot's log. Call its `deinit`, too.
        pub fn log(snapshot: Self) logs.Of(Kind) {
            return .{ .handle = c.alog_snapshot_log(snapshot.handle).? };
        }

        pub fn stats(snapshot: Self) c.alog_view_stats {
            var out: c.alog_view_stats = .{};
            must(c.alog_snapshot_stats(snapshot.handle, &out));
            return out;
        }
    };
}
