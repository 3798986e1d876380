const std = @import("std");
const atomic_log = @import("atomic_log");
const help = @import("help.zig");
const same = std.testing.expectEqual;

/// Ends a test that hangs. Otherwise no verdict depends on it.
const patience = 60 * std.time.ns_per_s;

const Record = extern struct { number: u64, mirrored: u64 };
const Records = atomic_log.Log(Record);
const batch = 7;
const total = 7 * 5000;

fn check(record: Record, sequence: u64) !void {
    try same(sequence, record.number);
    try same(~sequence, record.mirrored);
}

fn write(log: Records) !void {
    var writer = try log.writer();
    defer writer.deinit();
    var next: u64 = 0;
    while (next < total) : (next += batch) {
        var group = try writer.begin();
        defer group.abandon();
        for (next..next + batch) |number| try writer.append(&.{ .number = number, .mirrored = ~number });
        try group.publish();
        writer.notify();
    }
    writer.finish();
}

/// Follows the log through a cursor. Returns how many records it read and how many it lost.
fn follow(log: Records) !struct { u64, u64 } {
    var cursor = try log.cursor(.oldest);
    defer cursor.deinit();
    var read: u64 = 0;
    var lost: u64 = cursor.position();
    while (true) {
        switch (cursor.wait(patience)) {
            .ready => lost += cursor.refresh().lost,
            .finished => break,
            else => return error.NothingCame,
        }
        while (cursor.next()) |chunk| {
            for (chunk.records, chunk.first_sequence..) |record, sequence| try check(record, sequence);
            read += chunk.len();
        }
    }
    try same(total, cursor.position());
    return .{ read, lost };
}

/// Looks at stable views of the log, one after the other, and pins some of the segments that they show.
fn look(log: Records) !void {
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    while (true) {
        switch (snapshot.wait(patience)) {
            .ready => {},
            .finished => break,
            else => return error.NothingCame,
        }
        const delta = snapshot.refresh() orelse return error.NothingNew;
        try same(snapshot.range().end, delta.first_sequence + delta.appended);
        // Whole groups only.
        try same(batch, snapshot.latest().len());
        try same(0, snapshot.range().end % batch);
        var segment = try snapshot.pin(0);
        defer segment.deinit();
        var records = snapshot.records();
        while (records.next()) |entry| try check(entry.record.*, entry.sequence);
        var other = try snapshot.clone();
        _ = snapshot.refresh();
        try check(segment.chunk.records[0], segment.chunk.first_sequence);
        other.deinit();
    }
    try same(total, snapshot.range().end);
}

test "a writer and readers in threads of their own: whole groups, each record as it was written" {
    const io = std.testing.io;
    var log: Records = try .init(.{
        .retained_capacity = 512,
        .segment_capacity = 64,
        .allocator = std.testing.allocator,
    });
    defer log.deinit();
    var follower = try io.concurrent(follow, .{log});
    var first = try io.concurrent(look, .{log});
    var second = try io.concurrent(look, .{log});
    const written = write(log);
    const followed = follower.await(io);
    const looked = .{ first.await(io), second.await(io) };
    try written;
    try looked[0];
    try looked[1];
    const read, const lost = try followed;
    try same(total, read + lost);
    try same(0, log.stats().snapshots_live);
    try same(0, log.stats().segment_pins_live);
}

/// A lost wake-up shows only at the deadline, when the wait looks at the log once more. That counts as a timeout.
fn unlessLate(began: std.Io.Timestamp, ended: atomic_log.Waited) atomic_log.Waited {
    const late = began.untilNow(std.testing.io, .awake).nanoseconds >= patience;
    return if (late) .timeout else ended;
}

fn waitForNews(snapshot: help.Numbers.Snapshot) atomic_log.Waited {
    const began: std.Io.Timestamp = .now(std.testing.io, .awake);
    return unlessLate(began, snapshot.wait(patience));
}

fn waitForUnread(cursor: *help.Numbers.Cursor) atomic_log.Waited {
    const began: std.Io.Timestamp = .now(std.testing.io, .awake);
    return unlessLate(began, cursor.wait(patience));
}

test "a wait ends when its time is over, when there is something, and when it is interrupted" {
    const io = std.testing.io;
    for ([_]bool{ false, true }) |auto_notify| {
        var log: help.Numbers = try .init(.{
            .retained_capacity = 16,
            .segment_capacity = 4,
            .auto_notify = auto_notify,
            .allocator = std.testing.allocator,
        });
        defer log.deinit();
        var writer = try log.writer();
        defer writer.deinit();
        var snapshot = try log.snapshot();
        defer snapshot.deinit();
        var cursor = try log.cursor(.next);
        defer cursor.deinit();
        for ([_]u64{ 0, 1, 1_000_000 }) |timeout_ns| {
            try same(.timeout, snapshot.wait(timeout_ns));
            try same(.timeout, cursor.wait(timeout_ns));
        }

        for (0..100) |round| {
            var one = try io.concurrent(waitForNews, .{snapshot});
            var other = try io.concurrent(waitForUnread, .{&cursor});
            try writer.append(&round);
            if (!auto_notify) writer.notify();
            const ends = .{ one.await(io), other.await(io) };
            try same(.ready, ends[0]);
            try same(.ready, ends[1]);
            try same(1, snapshot.refresh().?.appended);
            try same(1, cursor.refresh().count);
            try same(.ready, cursor.wait(0));
            _ = cursor.next();
            try same(.timeout, cursor.wait(0));
        }

        // Again and again, because it does not end a wait that begins afterwards.
        var over: std.atomic.Value(bool) = .init(false);
        var waiting = try io.concurrent(struct {
            fn wait(view: help.Numbers.Snapshot, flag: *std.atomic.Value(bool)) atomic_log.Waited {
                defer flag.store(true, .release);
                return view.wait(atomic_log.forever);
            }
        }.wait, .{ snapshot, &over });
        while (!over.load(.acquire)) {
            log.interrupt();
            try std.Thread.yield();
        }
        try same(.interrupted, waiting.await(io));
    }
}

test "a wait misses no interrupt that came since it was counted" {
    const io = std.testing.io;
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    var cursor = try log.cursor(.next);
    defer cursor.deinit();
    for (0..3) |count| {
        const interrupts = log.interrupts();
        try same(count, interrupts);
        try same(.timeout, snapshot.waitSince(0, interrupts));
        try same(.timeout, cursor.waitSince(1_000_000, interrupts));
        log.interrupt();
        // Before something newer, and as often as it is asked.
        try writer.append(&count);
        for (0..2) |_| {
            try same(.interrupted, snapshot.waitSince(atomic_log.forever, interrupts));
            try same(.interrupted, cursor.waitSince(atomic_log.forever, interrupts));
        }
        try same(.ready, snapshot.waitSince(atomic_log.forever, log.interrupts()));
        try same(.ready, cursor.waitSince(atomic_log.forever, log.interrupts()));
        _ = snapshot.refresh();
        _ = cursor.refresh();
        _ = cursor.next();
    }

    // One call is enough, whether the other thread sleeps already or not.
    const Wait = struct {
        fn wait(view: help.Numbers.Snapshot, interrupts: u64) atomic_log.Waited {
            const began: std.Io.Timestamp = .now(std.testing.io, .awake);
            return unlessLate(began, view.waitSince(patience, interrupts));
        }
    };
    for (0..100) |_| {
        var waiting = try io.concurrent(Wait.wait, .{ snapshot, log.interrupts() });
        log.interrupt();
        try same(.interrupted, waiting.await(io));
    }
}

test "finishing a log wakes the readers that wait, for good" {
    const io = std.testing.io;
    for (0..100) |_| {
        var log = try help.numbers();
        defer log.deinit();
        var writer = try log.writer();
        defer writer.deinit();
        var snapshot = try log.snapshot();
        defer snapshot.deinit();
        var cursor = try log.cursor(.oldest);
        defer cursor.deinit();
        var one = try io.concurrent(waitForNews, .{snapshot});
        var other = try io.concurrent(waitForUnread, .{&cursor});
        writer.finish();
        const ends = .{ one.await(io), other.await(io) };
        try same(.finished, ends[0]);
        try same(.finished, ends[1]);
        try same(.finished, snapshot.wait(atomic_log.forever));
        try same(.finished, cursor.wait(atomic_log.forever));
    }
}
