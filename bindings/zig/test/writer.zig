const std = @import("std");
const atomic_log = @import("atomic_log");
const help = @import("help.zig");
const same = std.testing.expectEqual;
const fails = std.testing.expectError;

test "a log has one writer, and the next goes on where the last one stopped" {
    var log = try help.numbers();
    defer log.deinit();
    try same(false, log.hasWriter());
    var writer = try log.writer();
    try same(true, log.hasWriter());
    try fails(error.Claimed, log.writer());
    try help.count(writer, 0, 5);
    writer.deinit();
    writer = try log.writer();
    defer writer.deinit();
    try same(5, writer.nextSequence());
    try writer.append(&5);
    try same(atomic_log.Range{ .begin = 0, .end = 6 }, log.range());
    var other = writer.log();
    defer other.deinit();
    try same(log.handle, other.handle);
}

test "what cannot be appended is refused, and the log goes on" {
    var log: help.Numbers = try .init(.{
        .retained_capacity = 16,
        .segment_capacity = 4,
        .max_segments = 6,
        .allocator = std.testing.allocator,
    });
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try fails(error.TooLarge, help.count(writer, 0, 1000));
    try fails(error.InvalidArgument, writer.reserve(0));
    try help.count(writer, 0, 20);

    // A snapshot holds all that max_segments allows: the writer is refused until it goes.
    var snapshot = try log.snapshot();
    var next: u64 = 20;
    const refused = while (next < 100) : (next += 1) {
        writer.append(&next) catch |err| break err;
    } else error.NeverRefused;
    try same(error.SegmentLimit, refused);
    try same(1, log.stats().segment_limit_hits);
    try fails(error.SegmentLimit, writer.reserve(1));
    try same(next, log.range().end);
    snapshot.deinit();
    try writer.append(&next);
    writer.trim();

    var bytes = try help.bytes();
    defer bytes.deinit();
    var scribe = try bytes.writer();
    defer scribe.deinit();
    try fails(error.TooLarge, scribe.append(&(.{0} ** ((1 << 16) + 1))));
    try fails(error.TooLarge, scribe.reserve((1 << 16) + 1));
    try fails(error.InvalidArgument, scribe.appendPacked("abc", &.{ 1, 1 }));
    try fails(error.InvalidArgument, scribe.appendPacked("abc", &.{ 1, 3 }));
    try same(0, bytes.range().end);
}

test "a log goes on at a later sequence" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try writer.skipTo(100); // where an empty log begins
    try same(atomic_log.Range{ .begin = 100, .end = 100 }, log.range());
    try writer.append(&1);
    try writer.append(&2);
    var old = try log.snapshot();
    defer old.deinit();
    var view = try log.snapshot();
    defer view.deinit();

    try fails(error.InvalidArgument, writer.skipTo(101));
    try fails(error.InvalidArgument, writer.skipTo(std.math.maxInt(u64)));
    try writer.skipTo(102); // nothing happens
    var group = try writer.begin();
    try fails(error.WrongState, writer.skipTo(200));
    group.abandon();
    var reservation = try writer.reserve(1);
    try writer.skipTo(102); // nothing happens to it, either
    reservation.cancel();
    try same(atomic_log.Range{ .begin = 100, .end = 102 }, log.range());

    try writer.skipTo(200);
    try writer.append(&3);
    try same(atomic_log.Range{ .begin = 200, .end = 201 }, log.range());
    const delta = view.refresh().?;
    try same(98, delta.lost);
    try same(1, delta.appended);
    try same(3, (try view.record(200)).*);
    try same(2, (try old.record(101)).*);
    try same(3, log.stats().records_appended);
}

test "bytes of every size are appended in every way" {
    var log = try help.bytes();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    const large = "large" ** 2000;
    try writer.append("one");
    try writer.append("");
    try writer.appendBatch(&.{ .of(large), .of(""), .of("four") });
    try writer.appendBatch(&.{});
    try writer.appendPacked("abbccc", &.{ 1, 2, 0, 3 });
    try writer.appendPacked("", &.{});
    var reservation = try writer.reserve(100);
    try same(100, reservation.room.len);
    @memcpy(reservation.room[0..5], "hello");
    try reservation.commit(5);
    reservation = try writer.reserve(0);
    try reservation.commit(0);
    const want = [_][]const u8{ "one", "", large, "", "four", "a", "bb", "", "ccc", "hello", "" };
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    try same(want.len, snapshot.len());
    var records = snapshot.records();
    while (records.next()) |entry| {
        try std.testing.expectEqualStrings(want[entry.sequence], entry.record);
        try std.testing.expectEqualStrings(entry.record, try snapshot.record(entry.sequence));
    }
    try same(atomic_log.Range{ .begin = 10, .end = 11 }, snapshot.latest());
}

test "a finished log takes no writer any more, and stays readable" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit(); // does nothing after finish
    try help.count(writer, 0, 10);
    _ = try writer.begin();
    try writer.append(&10);
    try same(false, log.isFinished());
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    writer.finish();
    try same(true, log.isFinished());
    try same(false, log.hasWriter());
    try fails(error.Finished, log.writer());
    // The open group never was.
    try same(atomic_log.Range{ .begin = 0, .end = 10 }, log.range());
    try same(null, snapshot.refresh());
    try help.shows(snapshot, 0, 10);
    try same(.finished, snapshot.wait(atomic_log.forever));
    try same(.finished, snapshot.wait(0));

    // What is unread comes first.
    var cursor = try log.cursor(.oldest);
    defer cursor.deinit();
    try same(.ready, cursor.wait(atomic_log.forever));
    while (cursor.next()) |_| {}
    try same(.finished, cursor.wait(atomic_log.forever));
    try same(.finished, cursor.waitSince(0, log.interrupts()));
    try cursor.seek(9);
    try same(.ready, cursor.wait(0));
}

fn halfOfTwo(writer: help.Numbers.Writer) !void {
    var group = try writer.begin();
    defer group.abandon();
    try writer.append(&0);
    try fails(error.WrongState, writer.begin());
    try help.count(writer, 1, 1000);
    try group.publish();
}

test "groups are seen whole, or never" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try fails(error.TooLarge, halfOfTwo(writer));
    try same(0, writer.nextSequence());
    var group = try writer.begin();
    for (0..3) |part| {
        try help.count(writer, 3 * part, 3);
        try same(0, log.range().end);
    }
    try group.publish();
    try same(9, log.range().end);
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    try same(atomic_log.Range{ .begin = 0, .end = 9 }, snapshot.latest());
    try help.shows(snapshot, 0, 9);

    // A group that is over neither publishes nor abandons the next.
    var next = try writer.begin();
    try writer.append(&9);
    try fails(error.WrongState, group.publish());
    group.abandon();
    try next.publish();
    try same(10, log.range().end);
    next = try writer.begin();
    try writer.append(&10);
    next.abandon();
    try same(10, writer.nextSequence());
    group = try writer.begin();
    next.abandon();
    try writer.append(&10);
    try group.publish();
    try same(11, log.range().end);
}

test "reservations are written in place, and end once" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    var reservation = try writer.reserve(10);
    try same(4, reservation.room.len);
    reservation.room[0..2].* = .{ 0, 1 };
    const where = @intFromPtr(&reservation.room[1]);
    try fails(error.InvalidArgument, reservation.commit(5));
    try reservation.commit(2);
    try fails(error.WrongState, reservation.commit(1));
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    try same(where, @intFromPtr(try snapshot.record(1)));

    // One that is over does nothing to the next.
    var next = try writer.reserve(1);
    reservation.cancel();
    next.room[0] = 2;
    try next.commit(1);
    next = try writer.reserve(1);
    next.cancel();
    try fails(error.WrongState, next.commit(1));
    next = try writer.reserve(1);
    try writer.append(&3);
    try fails(error.WrongState, next.commit(1));
    next.cancel();
    reservation = try writer.reserve(1);
    next.cancel();
    reservation.room[0] = 4;
    try reservation.commit(1);
    _ = snapshot.refresh();
    try help.shows(snapshot, 0, 5);
}
