const std = @import("std");
const atomic_log = @import("atomic_log");
const help = @import("help.zig");
const same = std.testing.expectEqual;
const fails = std.testing.expectError;

test "a snapshot stays as it was taken, and a refresh says exactly what is new" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try help.count(writer, 0, 10);
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    for (0..20) |round| {
        try help.count(writer, 10 + 7 * round, 7);
        try help.shows(snapshot, 0, 10);
        try same(atomic_log.Range{ .begin = 0, .end = 10 }, snapshot.latest());
    }
    // The whole window moved on; the view of 3 segments is all that keeps them.
    try same(3, snapshot.stats().segments_held);
    try same(1, log.stats().snapshots_live);
    try same(atomic_log.Delta{ .first_sequence = 132, .appended = 18, .lost = 122 }, snapshot.refresh().?);
    try same(null, snapshot.refresh());
    try help.shows(snapshot, 132, 150);
    try same(atomic_log.Range{ .begin = 143, .end = 150 }, snapshot.latest());
    try same(false, snapshot.latest().contains(142));
    try same(true, snapshot.latest().contains(143));
    try same(true, snapshot.latest().contains(149));
    try same(false, snapshot.latest().contains(150));
    try fails(error.OutOfRange, snapshot.record(131));
    try fails(error.OutOfRange, snapshot.record(150));
    try fails(error.OutOfRange, snapshot.chunk(5));
    try fails(error.OutOfRange, snapshot.pin(5));

    var clone = try snapshot.clone();
    defer clone.deinit();
    try writer.append(&150);
    try same(atomic_log.Delta{ .first_sequence = 150, .appended = 1, .lost = 0 }, snapshot.refresh().?);
    try help.shows(clone, 132, 150);
    var other = snapshot.log();
    defer other.deinit();
    try same(log.handle, other.handle);
}

test "what is in view is gone through from any sequence on" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    var none = snapshot.recordsFrom(0);
    try same(null, none.next());
    try help.count(writer, 0, 17);
    try help.count(writer, 17, 12);
    _ = snapshot.refresh();
    for (0..31) |sequence| {
        var next = @max(sequence, snapshot.range().begin);
        var records = snapshot.recordsFrom(sequence);
        while (records.next()) |entry| : (next += 1) {
            try same(next, entry.sequence);
            try same(next, entry.record.*);
        }
        try same(@max(sequence, 29), next);
        next = @max(sequence, snapshot.range().begin);
        var chunks = snapshot.chunksFrom(sequence);
        while (chunks.next()) |chunk| : (next = chunk.end()) {
            try same(next, chunk.first_sequence);
            try same(next, chunk.at(0).*);
        }
        try same(@max(sequence, 29), next);
    }
}

/// Checks that each range of what is in view is gone through, cut at its ends, as in C; and that others are refused.
fn goesThroughRanges(snapshot: anytype) !void {
    const c = atomic_log.c;
    const Chunk = @typeInfo(Next(@TypeOf(snapshot).Chunks)).optional.child;
    const held = snapshot.range();
    for (held.begin..held.end) |sequence| {
        const place = try snapshot.find(sequence);
        const chunk = try snapshot.chunk(place.chunk);
        try same(sequence, chunk.first_sequence + place.record);
        const record = try snapshot.record(sequence);
        try same(record, chunk.at(place.record));
    }
    for ([_]u64{ held.begin - 1, held.end, 1 << 60 }) |sequence|
        try fails(error.OutOfRange, snapshot.find(sequence));
    for (held.begin - 2..held.end + 3) |begin| for (held.begin - 2..held.end + 3) |end| {
        const wanted: atomic_log.Range = .{ .begin = begin, .end = end };
        var raw: [10]c.alog_chunk = undefined;
        var written: usize = undefined;
        if (c.alog_snapshot_chunks_in(snapshot.handle, wanted, raw.len, &raw, &written) != c.ALOG_OK) {
            try fails(error.OutOfRange, snapshot.chunksIn(wanted));
            try fails(error.OutOfRange, snapshot.recordsIn(wanted));
            continue;
        }
        var chunks = try snapshot.chunksIn(wanted);
        for (raw[0..written]) |each| try same(Chunk.of(each), chunks.next().?);
        try same(null, chunks.next());
        var next = begin;
        var records = try snapshot.recordsIn(wanted);
        while (records.next()) |entry| : (next += 1) {
            try same(next, entry.sequence);
            try same(try snapshot.record(next), entry.record);
        }
        try same(end, next);
    };
}

test "a range of what is in view is found and gone through, such as the newest publication" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    for (0..5) |round| try help.count(writer, 10 * round, 10);
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    try goesThroughRanges(snapshot);
    var next: u64 = 40;
    var latest = try snapshot.recordsIn(snapshot.latest());
    while (latest.next()) |entry| : (next += 1) try same(next, entry.record.*);
    try same(50, next);

    var bytes: atomic_log.BytesLog = try .init(.{
        .retained_capacity = 512,
        .segment_capacity = 128,
        .allocator = std.testing.allocator,
    });
    defer bytes.deinit();
    var scribe = try bytes.writer();
    defer scribe.deinit();
    for (0..60) |size| try scribe.append((&[_]u8{'x'} ** 60)[0..size]);
    var view = try bytes.snapshot();
    defer view.deinit();
    try goesThroughRanges(view);
}

test "a cursor goes through everything once, and says what it lost" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try help.count(writer, 0, 10);
    var cursor = try log.cursor(.oldest);
    defer cursor.deinit();
    var late = try log.cursor(.next);
    defer late.deinit();
    try same(10, late.position());
    try same(null, late.next());

    const chunk = cursor.next().?;
    try std.testing.expectEqualSlices(u64, &.{ 0, 1, 2, 3 }, chunk.records);
    try same(0, chunk.segment_sequence);
    try same(4, cursor.position());
    try same(false, cursor.refresh().changed);
    try help.count(writer, 10, 3);
    const unread = cursor.refresh();
    try same(4, unread.first_sequence);
    try same(9, unread.count);
    try same(0, unread.lost);
    try same(true, unread.changed);

    // Stops within a chunk, and goes back.
    var records = cursor.records();
    try same(4, records.next().?.sequence);
    try same(5, records.next().?.sequence);
    try same(8, cursor.position());
    try cursor.seek(6);
    try fails(error.OutOfRange, cursor.seek(14));
    try same(6, cursor.position());
    var next: u64 = 6;
    records = cursor.records();
    while (records.next()) |entry| : (next += 1) {
        try same(next, entry.sequence);
        try same(next, entry.record.*);
    }
    try same(13, next);
    try same(null, cursor.next());

    for (0..10) |round| try help.count(writer, 13 + 10 * round, 10);
    const after = cursor.refresh();
    try same(log.range().begin, after.first_sequence);
    try same(after.first_sequence - 13, after.lost);
    try same(113, after.first_sequence + after.count);
}

fn Next(comptime Iterator: type) type {
    return @typeInfo(@TypeOf(Iterator.next)).@"fn".return_type.?;
}

test "a cursor and the chunks of a snapshot are gone through by the same loop" {
    inline for (.{ help.Numbers, atomic_log.BytesLog }) |Log| {
        comptime std.debug.assert(Next(Log.Cursor) == ?Log.Chunk);
        comptime std.debug.assert(Next(Log.Snapshot.Chunks) == ?Log.Chunk);
    }
    const goThrough = struct {
        fn goThrough(chunks: anytype, end: u64) !void {
            var next: u64 = 0;
            while (chunks.next()) |chunk| : (next = chunk.end()) {
                for (chunk.records, next..) |record, number| try same(number, record);
            }
            try same(end, next);
        }
    }.goThrough;
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try help.count(writer, 0, 10);
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    var chunks = snapshot.chunks();
    try goThrough(&chunks, 10);
    var cursor = try snapshot.cursor();
    defer cursor.deinit();
    try goThrough(&cursor, 10);
}

test "a log describes itself, as far as there is room" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    var buffer: [1024]u8 = undefined;
    const text = log.describe(&buffer);
    try std.testing.expect(std.mem.indexOf(u8, text, "\nreaders   1 view, 0 pins on segments\n") != null);
    try same('\n', text[text.len - 1]);
    for (0..text.len + 3) |room| {
        var other: [1024]u8 = undefined;
        @memset(&other, 'x');
        try std.testing.expectEqualStrings(text[0..@min(text.len, room -| 1)], log.describe(other[0..room]));
        try same('x', other[room]);
    }
}

test "each handle shows what it shows when all others are gone" {
    var log = try help.numbers();
    var writer = try log.writer();
    try help.count(writer, 0, 16);
    var snapshot = try log.snapshot();
    var cursor = try snapshot.cursor();
    writer.deinit();
    log.deinit();
    try help.shows(snapshot, 0, 16);
    snapshot.deinit();
    var next: u64 = 0;
    var records = cursor.records();
    while (records.next()) |entry| : (next += 1) try same(next, entry.record.*);
    try same(16, next);
    var segment = try cursor.pin();
    cursor.deinit();
    var other = segment.retain();
    segment.deinit();
    try same(3, other.sequence());
    try std.testing.expectEqualSlices(u64, &.{ 12, 13, 14, 15 }, other.chunk.records);
    other.deinit();
}

test "a pin keeps its chunk when the view, the writer and the log move on" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try help.count(writer, 0, 16);
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    var cursor = try log.cursor(.oldest);
    defer cursor.deinit();
    try fails(error.WrongState, cursor.pin());
    var of_view = try snapshot.pin(1);
    defer of_view.deinit();
    _ = cursor.next();
    var of_cursor = try cursor.pin();
    defer of_cursor.deinit();
    try same(4, cursor.position());
    for (1..10) |round| {
        try help.count(writer, 16 * round, 16);
        _ = snapshot.refresh();
        _ = cursor.refresh();
    }
    try fails(error.WrongState, cursor.pin());
    try std.testing.expectEqualSlices(u64, &.{ 4, 5, 6, 7 }, of_view.chunk.records);
    try std.testing.expectEqualSlices(u64, &.{ 0, 1, 2, 3 }, of_cursor.chunk.records);
    try same(of_view.chunk.segment_sequence, of_view.sequence());
    try same(2, log.stats().segment_pins_live);
}
