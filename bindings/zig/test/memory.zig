const std = @import("std");
const atomic_log = @import("atomic_log");
const help = @import("help.zig");
const same = std.testing.expectEqual;

/// Knows every block that is out, and checks that it comes back with the size and alignment that it was asked for with.
const Exact = struct {
    blocks: std.AutoHashMapUnmanaged(usize, Asked) = .empty,
    wrong: usize = 0,
    widest: std.mem.Alignment = .@"1",

    const Asked = struct { size: usize, alignment: std.mem.Alignment };
    const backing = std.testing.allocator;

    fn allocator(exact: *Exact) std.mem.Allocator {
        return .{ .ptr = exact, .vtable = &.{
            .alloc = alloc,
            .resize = std.mem.Allocator.noResize,
            .remap = std.mem.Allocator.noRemap,
            .free = free,
        } };
    }

    fn alloc(context: *anyopaque, size: usize, alignment: std.mem.Alignment, address: usize) ?[*]u8 {
        const exact: *Exact = @ptrCast(@alignCast(context));
        const block = backing.rawAlloc(size, alignment, address) orelse return null;
        const asked: Asked = .{ .size = size, .alignment = alignment };
        exact.blocks.put(backing, @intFromPtr(block), asked) catch @panic("no memory");
        if (@intFromPtr(block) % alignment.toByteUnits() != 0) exact.wrong += 1;
        exact.widest = .max(exact.widest, alignment);
        return block;
    }

    fn free(context: *anyopaque, block: []u8, alignment: std.mem.Alignment, address: usize) void {
        const exact: *Exact = @ptrCast(@alignCast(context));
        const asked = exact.blocks.fetchRemove(@intFromPtr(block.ptr)) orelse @panic("a block that is not out");
        if (asked.value.size != block.len or asked.value.alignment != alignment) exact.wrong += 1;
        backing.rawFree(block, alignment, address);
    }

    fn out(exact: *Exact) usize {
        return exact.blocks.count();
    }
};

test "all memory comes from the allocator, and is back, exactly, when the last handle goes" {
    const Last = enum { log, writer, snapshot, cursor, segment };
    for (std.enums.values(Last)) |last| {
        var exact: Exact = .{};
        defer exact.blocks.deinit(Exact.backing);
        var log: atomic_log.Log(extern struct { lanes: [16]u64 align(1024) }) = try .init(.{
            .retained_capacity = 8,
            .segment_capacity = 2,
            .preallocated_segments = 4,
            // A copy that is gone when `init` returns: the log keeps its own.
            .allocator = exact.allocator(),
        });
        var writer = try log.writer();
        for (0..30) |_| try writer.append(&.{ .lanes = @splat(1) });
        var snapshot = try log.snapshot();
        var cursor = try log.cursor(.oldest);
        var segment = try snapshot.pin(0);
        for (0..30) |_| try writer.append(&.{ .lanes = @splat(2) });
        const all = exact.out();
        try same(0, exact.wrong);
        try same(1024, exact.widest.toByteUnits());
        // The library counts the bytes that it took; the one block more is the allocator's own context.
        var bytes: usize = 0;
        var blocks = exact.blocks.valueIterator();
        while (blocks.next()) |block| bytes += block.size;
        try std.testing.expect(all > 8 and bytes > log.stats().bytes_allocated);
        try std.testing.expect(bytes <= log.stats().bytes_allocated + 64);
        if (last != .log) log.deinit();
        if (last != .writer) writer.deinit();
        if (last != .snapshot) snapshot.deinit();
        if (last != .cursor) cursor.deinit();
        if (last != .segment) segment.deinit();
        try std.testing.expect(exact.out() > 1);
        switch (last) {
            .log => log.deinit(),
            .writer => writer.deinit(),
            .snapshot => snapshot.deinit(),
            .cursor => cursor.deinit(),
            .segment => segment.deinit(),
        }
        try same(0, exact.out());
        try same(0, exact.wrong);
    }
}

/// Calls until the call fails for another reason than a lack of memory: the second time, with memory again.
const Walk = struct {
    failing: std.testing.FailingAllocator,
    failed: usize = 0,

    fn again(walk: *Walk, result: anytype) !?@typeInfo(@TypeOf(result)).error_union.payload {
        if (result) |value| return value else |err| {
            try same(error.OutOfMemory, @as(anyerror, err));
            walk.failed += 1;
            walk.failing.fail_index = std.math.maxInt(usize);
            return null;
        }
    }

    fn run(walk: *Walk) !void {
        const options: help.Numbers.Options = .{
            .retained_capacity = 16,
            .segment_capacity = 4,
            .preallocated_segments = 2,
            .allocator = walk.failing.allocator(),
        };
        var log = try walk.again(help.Numbers.init(options)) orelse try help.Numbers.init(options);
        defer log.deinit();
        const before = walk.failed;
        var writer = try walk.again(log.writer()) orelse try log.writer();
        defer writer.deinit();
        try walk.again(writer.append(&0)) orelse try writer.append(&0);
        var snapshot = try walk.again(log.snapshot()) orelse try log.snapshot();
        defer snapshot.deinit();
        var clone = try walk.again(snapshot.clone()) orelse try snapshot.clone();
        defer clone.deinit();
        var cursor = try walk.again(log.cursor(.oldest)) orelse try log.cursor(.oldest);
        defer cursor.deinit();
        _ = cursor.next();
        var other = try walk.again(snapshot.cursor()) orelse try snapshot.cursor();
        defer other.deinit();
        var pin = try walk.again(snapshot.pin(0)) orelse try snapshot.pin(0);
        defer pin.deinit();
        var last = try walk.again(cursor.pin()) orelse try cursor.pin();
        defer last.deinit();
        try walk.again(help.count(writer, 1, 11)) orelse try help.count(writer, 1, 11);
        try walk.again(help.count(writer, 12, 6)) orelse try help.count(writer, 12, 6);
        var reservation = try walk.again(writer.reserve(4)) orelse try writer.reserve(4);
        for (reservation.room, 18..) |*record, number| record.* = number;
        try reservation.commit(reservation.room.len);
        try same(log.stats().allocation_failures, walk.failed - before);
        _ = clone.refresh();
        try help.shows(clone, 0, 20);
        try help.shows(snapshot, 0, 1);
    }
};

test "each allocation may fail: the call says so, changes nothing, and succeeds when there is memory again" {
    var fail_index: usize = 0;
    while (true) : (fail_index += 1) {
        var walk: Walk = .{ .failing = .init(std.testing.allocator, .{ .fail_index = fail_index }) };
        try walk.run();
        try same(walk.failing.freed_bytes, walk.failing.allocated_bytes);
        if (!walk.failing.has_induced_failure) break;
        try same(1, walk.failed);
    }
    // As many as there were allocations: at least one for each handle and each segment.
    try std.testing.expect(fail_index > 12);
}
