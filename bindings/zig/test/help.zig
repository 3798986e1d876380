const std = @import("std");
const atomic_log = @import("atomic_log");
const same = std.testing.expectEqual;

pub const Numbers = atomic_log.Log(u64);

/// A log of numbers: 16 retained, in segments of 4, so that a view holds up to 20.
pub fn numbers() !Numbers {
    return .init(.{ .retained_capacity = 16, .segment_capacity = 4, .allocator = std.testing.allocator });
}

pub fn bytes() !atomic_log.BytesLog {
    return .init(.{ .retained_capacity = 1 << 20, .segment_capacity = 1 << 16, .allocator = std.testing.allocator });
}

/// Appends first, first + 1, ... in one batch.
pub fn count(writer: Numbers.Writer, first: u64, comptime records: usize) !void {
    var batch: [records]u64 = undefined;
    for (&batch, first..) |*record, number| record.* = number;
    try writer.appendBatch(&batch);
}

/// Checks that a view shows the numbers of a range, each as its sequence, by records and by chunks.
pub fn shows(snapshot: Numbers.Snapshot, begin: u64, end: u64) !void {
    try same(atomic_log.Range{ .begin = begin, .end = end }, snapshot.range());
    try same(end - begin, snapshot.len());
    var next = begin;
    var records = snapshot.records();
    while (records.next()) |entry| : (next += 1) {
        try same(next, entry.sequence);
        try same(next, entry.record.*);
        try same(next, (try snapshot.record(next)).*);
    }
    try same(end, next);
    next = begin;
    var index: usize = 0;
    var chunks = snapshot.chunks();
    while (chunks.next()) |chunk| : (index += 1) {
        try same(chunk, try snapshot.chunk(index));
        try same(next, chunk.first_sequence);
        for (chunk.records, next..) |record, sequence| try same(sequence, record);
        next = chunk.end();
    }
    try same(end, next);
    try same(index, snapshot.chunkCount());
}
