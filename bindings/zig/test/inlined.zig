//! Operations without a call have the same result as the call; and what must be a call is one.

const std = @import("std");
const atomic_log = @import("atomic_log");
const help = @import("help.zig");
const c = atomic_log.c;
const same = std.testing.expectEqual;
const expect = std.testing.expect;

/// Whether the library is a checked one, which must see each call.
fn allAreCalls(writer: anytype) bool {
    return writer.hot.limit | writer.hot.notify_limit == 0;
}

test "an append, a notify and a refresh within a segment are no calls" {
    for ([_]bool{ false, true }) |notifies| {
        var log: help.Numbers = try .init(.{
            .retained_capacity = 64,
            .segment_capacity = 16,
            .auto_notify = notifies,
            .allocator = std.testing.allocator,
        });
        defer log.deinit();
        var writer = try log.writer();
        defer writer.deinit();
        if (allAreCalls(writer)) return;
        var snapshot = try log.snapshot();
        defer snapshot.deinit();
        try same(false, snapshot.update());
        var cursor = try log.cursor(.next);
        defer cursor.deinit();
        try same(false, cursor.refresh().changed);
        // With a null handle a call would be an error, and with another log's handle it would show nothing.
        const apart: help.Numbers.Writer = .{ .handle = null, .hot = writer.hot };
        var other = try help.numbers();
        defer other.deinit();
        var others = try other.snapshot();
        defer others.deinit();
        var cursors = try other.cursor(.next);
        defer cursors.deinit();
        var looking: help.Numbers.Snapshot = .{ .handle = others.handle, .glance = snapshot.glance };
        var following: help.Numbers.Cursor = .{ .handle = cursors.handle, .follower = cursor.follower };
        for (0..16) |number| {
            try same(null, looking.refresh());
            // Without it, a reader that is about to fall asleep would miss what was published.
            const epoch = writer.hot.epoch.*;
            try apart.append(&number);
            apart.notify();
            try same(epoch + 1 + @intFromBool(notifies), writer.hot.epoch.*);
            try same(number + 1, log.range().end);
            if (number % 2 == 0) {
                try same(number, following.readOn().?.record.*);
            } else {
                const unread = following.refresh();
                try same(number, unread.first_sequence);
                try same(1, unread.count);
                try same(true, unread.changed);
                try same(number, following.readOn().?.sequence);
            }
            try same(null, following.readOn());
            try same(true, looking.update());
            try same(false, looking.update());
            try same(number + 1, snapshot.range().end);
            try same(number + 1, cursor.position());
        }
        try same(atomic_log.Range{ .begin = 15, .end = 16 }, snapshot.latest());
        try help.shows(snapshot, 0, 16);
        if (notifies) try same(0, writer.hot.limit);
    }
}

test "byte records of every size are copied without a call" {
    var log = try help.bytes();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    const apart: atomic_log.BytesLog.Writer = if (allAreCalls(writer)) writer else .{ .handle = null, .hot = writer.hot };
    var bytes: [300]u8 = undefined;
    for (&bytes, 0..) |*byte, index| byte.* = @truncate(index * 167 + 13);
    for (0..bytes.len + 1) |size| try apart.append(bytes[bytes.len - size ..]);
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    for (0..bytes.len + 1) |size| {
        try std.testing.expectEqualSlices(u8, bytes[bytes.len - size ..], try snapshot.record(size));
    }
}

test "with a limit of 0 each append and notify is a call" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    const calling: help.Numbers.Writer = .{ .handle = writer.handle };
    try same(0, calling.hot.limit);
    try same(0, calling.hot.notify_limit);
    for (0..30) |number| {
        try if (number % 3 == 0) writer.append(&number) else calling.append(&number);
        calling.notify();
    }
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    try help.shows(snapshot, 12, 30);
    writer.finish();
    try same(0, writer.hot.limit); // so that a later append is an error rather than a write
    var bytes = try help.bytes();
    defer bytes.deinit();
    var scribe = try bytes.writer();
    defer scribe.deinit();
    const slow: atomic_log.BytesLog.Writer = .{ .handle = scribe.handle };
    try slow.append("one");
    try scribe.append("two");
    try same(2, bytes.range().end);
}

/// Two logs with the same options. On one, everything is done as the package does it; on the other, by calls.
fn Twins(comptime Log: type, comptime Record: type) type {
    return struct {
        random: std.Random,
        ours: Log,
        theirs: Log,
        writer: Log.Writer,
        called: *c.alog_writer,
        snapshot: Log.Snapshot,
        shown: *c.alog_snapshot,
        cursor: Log.Cursor,
        followed: *c.alog_cursor,
        read_on: u64 = 0,

        const Self = @This();

        fn init(random: std.Random, options: Log.Options) !Self {
            var twins: Self = undefined;
            twins.random = random;
            twins.read_on = 0;
            twins.ours = try .init(options);
            twins.theirs = try .init(options);
            twins.writer = try twins.ours.writer();
            twins.called = (try twins.theirs.writer()).handle.?;
            twins.snapshot = try twins.ours.snapshot();
            twins.shown = (try twins.theirs.snapshot()).handle;
            twins.cursor = try twins.ours.cursor(.oldest);
            twins.followed = (try twins.theirs.cursor(.oldest)).handle;
            return twins;
        }

        fn deinit(twins: *Self) void {
            twins.writer.deinit();
            c.alog_writer_release(twins.called);
            twins.snapshot.deinit();
            c.alog_snapshot_destroy(twins.shown);
            twins.cursor.deinit();
            c.alog_cursor_destroy(twins.followed);
            twins.ours.deinit();
            twins.theirs.deinit();
        }

        /// Records that cannot be appended, such as too many for a group, are refused by both.
        fn alike(status: c.Status, result: anytype) !void {
            const name = if (result) |_| "ALOG_OK" else |err| atomic_log.statusName(err);
            try std.testing.expectEqualStrings(std.mem.span(c.alog_status_name(status)), name);
        }

        fn append(twins: *Self) !void {
            if (Record == []const u8) {
                var bytes: [200]u8 = undefined;
                const record = bytes[0..twins.random.uintLessThan(usize, bytes.len)];
                twins.random.bytes(record);
                try alike(c.alog_writer_append(twins.called, record.ptr, record.len), twins.writer.append(record));
            } else {
                const record: Record = .{ .lanes = @splat(twins.random.int(u64)) };
                try alike(c.alog_writer_append(twins.called, &record, @sizeOf(Record)), twins.writer.append(&record));
            }
        }

        fn some(twins: *Self) !void {
            for (0..twins.random.uintLessThan(usize, 8)) |_| try twins.append();
        }

        fn write(twins: *Self) !void {
            switch (twins.random.uintLessThan(u8, 8)) {
                0 => {
                    var group = try twins.writer.begin();
                    try same(c.ALOG_OK, c.alog_writer_begin(twins.called));
                    try twins.some();
                    if (twins.random.boolean()) {
                        try group.publish();
                        try same(c.ALOG_OK, c.alog_writer_publish(twins.called));
                    } else {
                        group.abandon();
                        try same(c.ALOG_OK, c.alog_writer_abandon(twins.called));
                    }
                },
                1 => {
                    // It ends with an append, a commit or a cancel.
                    var room = try twins.writer.reserve(3);
                    var raw: c.alog_reservation = undefined;
                    try same(c.ALOG_OK, c.alog_writer_reserve(twins.called, 3, &raw));
                    switch (twins.random.uintLessThan(u8, 3)) {
                        0 => {
                            try twins.append();
                            try std.testing.expectError(error.WrongState, room.commit(1));
                        },
                        1 => {
                            const size = if (Record == []const u8) 3 else @sizeOf(Record);
                            const to: [*]u8 = @ptrCast(room.room.ptr);
                            @memset(to[0..size], 7);
                            @memset(raw.data.?[0..size], 7);
                            try room.commit(1);
                            try same(c.ALOG_OK, c.alog_writer_commit(twins.called, 1));
                        },
                        else => {
                            room.cancel();
                            try same(c.ALOG_OK, c.alog_writer_cancel(twins.called));
                        },
                    }
                },
                2 => twins.writer.notify(),
                else => try twins.some(),
            }
            try same(c.alog_writer_next_sequence(twins.called), twins.writer.nextSequence());
        }

        fn look(twins: *Self) !void {
            var delta: c.alog_delta = undefined;
            const status = c.alog_snapshot_refresh(twins.shown, &delta);
            if (twins.random.boolean()) {
                try same(status == c.ALOG_OK, twins.snapshot.update());
            } else {
                try same(if (status == c.ALOG_OK) delta else null, twins.snapshot.refresh());
            }
            const them: Log.Snapshot = .{ .handle = twins.shown };
            try same(them.range(), twins.snapshot.range());
            try same(them.latest(), twins.snapshot.latest());
            try same(them.chunkCount(), twins.snapshot.chunkCount());
            var records = twins.snapshot.records();
            var others = them.records();
            while (records.next()) |entry| {
                const other = others.next().?;
                try same(other.sequence, entry.sequence);
                if (Record == []const u8) {
                    try std.testing.expectEqualSlices(u8, other.record, entry.record);
                } else try same(other.record.*, entry.record.*);
            }
            try same(null, others.next());
        }

        fn follow(twins: *Self) !void {
            const reads_on = Record != []const u8 and twins.random.boolean();
            if (reads_on) {
                while (twins.cursor.readOn()) |entry| {
                    try same(entry.sequence + 1, twins.cursor.position());
                    twins.read_on += 1;
                    const all: Log.Snapshot = .{ .handle = twins.shown };
                    if (entry.sequence < all.range().end and entry.sequence >= all.range().begin) {
                        try same((try all.record(entry.sequence)).*, entry.record.*);
                    }
                    if (twins.random.uintLessThan(u8, 5) == 0) break;
                }
                // The other one goes where this one is.
                var delta: c.alog_delta = undefined;
                _ = c.alog_cursor_refresh(twins.followed, &delta);
                const position = twins.cursor.position();
                if (position >= delta.first_sequence) try same(c.ALOG_OK, c.alog_cursor_seek(twins.followed, position));
            }
            var delta: c.alog_delta = undefined;
            const status = c.alog_cursor_refresh(twins.followed, &delta);
            const unread = twins.cursor.refresh();
            try same(delta.first_sequence, unread.first_sequence);
            try same(delta.appended, unread.count);
            if (!reads_on) {
                try same(status == c.ALOG_OK, unread.changed);
                try same(delta.lost, unread.lost);
            }
            if (unread.changed) try std.testing.expectError(error.WrongState, twins.cursor.pin());
            if (twins.random.boolean()) return;
            var raw: c.alog_chunk = undefined;
            while (twins.cursor.next()) |chunk| {
                try same(c.ALOG_OK, c.alog_cursor_next(twins.followed, &raw));
                try same(raw.first_sequence, chunk.first_sequence);
                try same(raw.count, chunk.len());
                try same(raw.segment_sequence, chunk.segment_sequence);
                var pin = try twins.cursor.pin();
                pin.deinit();
            }
            try same(c.ALOG_END, c.alog_cursor_next(twins.followed, &raw));
        }
    };
}

fn runTwins(comptime Log: type, comptime Record: type, seed: u64, options: Log.Options) !u64 {
    errdefer std.debug.print("seed {d}, {any}\n", .{ seed, options });
    var prng: std.Random.DefaultPrng = .init(seed);
    var twins: Twins(Log, Record) = try .init(prng.random(), options);
    defer twins.deinit();
    for (0..400) |_| {
        try twins.write();
        if (prng.random().boolean()) try twins.look();
        if (prng.random().boolean()) try twins.follow();
    }
    return if (allAreCalls(twins.writer)) 1 else twins.read_on;
}

test "random programs leave the same log, with and without calls" {
    const Small = extern struct { lanes: [1]u64 };
    const Wide = extern struct { lanes: [11]u64 };
    var read_on: u64 = 0;
    for (0..12) |seed| {
        inline for (.{ Small, Wide }) |Record| {
            read_on += try runTwins(atomic_log.Log(Record), Record, seed, .{
                .retained_capacity = 8 + 5 * seed,
                .segment_capacity = 1 + 2 * seed,
                .auto_notify = seed % 3 == 0,
                .allocator = std.testing.allocator,
            });
        }
        _ = try runTwins(atomic_log.BytesLog, []const u8, seed, .{
            .retained_capacity = 1000 + 700 * seed,
            .segment_capacity = 256 + 300 * seed,
            .record_align = @as(u32, 1) << @intCast(seed % 7),
            .auto_notify = seed % 3 == 0,
            .allocator = std.testing.allocator,
        });
    }
    try expect(read_on > 500);
}

fn sleep(snapshot: help.Numbers.Snapshot, waited: *atomic_log.Waited) void {
    waited.* = snapshot.wait(10 * std.time.ns_per_s);
}

test "an append wakes who sleeps where the log notifies, and a notify elsewhere" {
    for ([_]bool{ false, true }) |notifies| {
        var log: help.Numbers = try .init(.{
            .retained_capacity = 4096,
            .segment_capacity = 1024,
            .auto_notify = notifies,
            .allocator = std.testing.allocator,
        });
        defer log.deinit();
        var writer = try log.writer();
        defer writer.deinit();
        for (0..10) |number| {
            var snapshot = try log.snapshot();
            defer snapshot.deinit();
            var waited: atomic_log.Waited = .timeout;
            const thread = try std.Thread.spawn(.{}, sleep, .{ snapshot, &waited });
            while (!allAreCalls(writer) and @atomicLoad(u64, writer.hot.waiters, .monotonic) == 0) try std.Thread.yield();
            try writer.append(&number);
            if (!notifies) writer.notify();
            thread.join();
            try same(.ready, waited);
        }
    }
}
