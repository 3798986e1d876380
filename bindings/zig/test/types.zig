const std = @import("std");
const atomic_log = @import("atomic_log");
const help = @import("help.zig");
const same = std.testing.expectEqual;

const Mode = enum(u8) { calm, storm };
const Sample = extern struct { sensor: u32, mode: Mode, place: [3]f32, when: i64 };
const Flags = packed struct(u32) { alive: bool, mode: Mode, rest: u23 };
const Either = extern union { number: u64, halves: [2]u32 };
const Wide = extern struct { lanes: [16]u64 align(256) };

/// Appends values in every way, and sees each of them where it lies.
fn carries(comptime T: type, values: *const [10]T) !void {
    const Values = atomic_log.Log(T);
    var log: Values = try .init(.{
        .retained_capacity = 16,
        .segment_capacity = 4,
        .allocator = std.testing.allocator,
    });
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try writer.append(&values[0]);
    try writer.appendBatch(values[1..6]);
    try writer.appendBatch(&.{});
    var reservation = try writer.reserve(2);
    try same(2, reservation.room.len);
    @memcpy(reservation.room, values[6..8]);
    try reservation.commit(2);
    try writer.appendBatch(values[8..]);
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    var records = snapshot.records();
    while (records.next()) |entry| {
        try same(0, @intFromPtr(entry.record) % @alignOf(T));
        try std.testing.expectEqualSlices(u8, std.mem.asBytes(&values[entry.sequence]), std.mem.asBytes(entry.record));
    }
    try same(10, snapshot.len());
}

test "values of every type that has a layout are carried, each at its alignment" {
    var samples: [10]Sample = undefined;
    var flags: [10]Flags = undefined;
    var eithers: [10]Either = undefined;
    var wides: [10]Wide = undefined;
    var vectors: [10]@Vector(4, f32) = undefined;
    var triples: [10][3]u8 = undefined;
    for (0..10) |index| {
        // The padding is written too, so that all bytes can be compared.
        @memset(std.mem.asBytes(&samples[index]), 0);
        @memset(std.mem.asBytes(&wides[index]), @intCast(index));
        samples[index].sensor = @intCast(index);
        samples[index].mode = .storm;
        samples[index].when = -1;
        flags[index] = .{ .alive = index % 2 == 0, .mode = .calm, .rest = @intCast(index) };
        eithers[index] = .{ .number = index << 40 };
        vectors[index] = @splat(@floatFromInt(index));
        triples[index] = @splat(@intCast(index));
    }
    try carries(Sample, &samples);
    try carries(Flags, &flags);
    try carries(Either, &eithers);
    try carries(Wide, &wides);
    try carries(@Vector(4, f32), &vectors);
    try carries([3]u8, &triples);
    try carries(Mode, &(.{.storm} ** 10));
    try carries(bool, &(.{true} ** 10));
}

test "types without a layout, or with pointers, are refused, and the reason names the field" {
    const refused = struct {
        fn refused(comptime T: type, comptime why: []const u8) !void {
            const wanted = "no log of " ++ @typeName(T) ++ ": " ++ why;
            try std.testing.expectEqualStrings(wanted, comptime atomic_log.refusal(T).?);
        }
    }.refused;
    const layout = "is neither extern nor packed, so its layout is the compiler's affair";
    try refused(*u64, "it is a pointer");
    try refused([]const u8, "it is a pointer");
    try refused([4]*const fn () void, "it is a pointer");
    try refused(extern struct { a: extern struct { b: [2][*:0]const u8 } }, "field 'a.b' is a pointer");
    try refused(extern union { number: u64, text: [*]u8 }, "field 'text' is a pointer");
    try refused(struct { a: u64 }, "it " ++ layout);
    try refused(struct { u64, u64 }, "it " ++ layout);
    try refused(union(enum) { a: u64 }, "it " ++ layout);
    try refused(?u64, "it has no layout that is defined");
    try refused(anyerror, "it has no layout that is defined");
    try refused(anyerror!u64, "it has no layout that is defined");
    try refused(comptime_int, "it has no layout that is defined");
    try refused(type, "it has no layout that is defined");
    try refused(extern struct {}, "it has no size");
    try refused([0]u64, "it has no size");
    try refused(extern struct { a: u8 align(8192) }, "it asks for more than 4096 bytes of alignment");
    try same(null, comptime atomic_log.refusal(extern struct { a: u8 align(4096) }));
}

test "a log that C made is adopted if its records are values of the type" {
    const c = atomic_log.c;
    var options: c.alog_options = .{ .retained_capacity = 16, .segment_capacity = 4, .record_size = 8 };
    var handle: ?*c.alog_log = null;
    try same(c.ALOG_OK, c.alog_log_create_fixed(&options, &handle));
    try std.testing.expectError(error.InvalidArgument, atomic_log.Log(u32).adopt(handle.?));
    try std.testing.expectError(error.WrongKind, atomic_log.BytesLog.adopt(handle.?));
    var log: help.Numbers = try .adopt(handle.?);
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try writer.append(&7);
    try same(1, log.range().end);

    // Records of 8 bytes that lie 16 apart are no []const u64. Records at any byte are none that may be read as a u64.
    for ([_]u32{ 16, 1 }) |alignment| {
        options.record_align = alignment;
        try same(c.ALOG_OK, c.alog_log_create_fixed(&options, &handle));
        defer c.alog_log_release(handle);
        try std.testing.expectError(error.InvalidArgument, help.Numbers.adopt(handle.?));
    }
    var bytes = try help.bytes();
    defer bytes.deinit();
    try std.testing.expectError(error.WrongKind, help.Numbers.adopt(bytes.handle));
    var again: atomic_log.BytesLog = try .adopt(bytes.retain().handle);
    again.deinit();
}

test "options arrive, and come back with defaults filled in" {
    var log: atomic_log.Log([3]u32) = try .init(.{
        .retained_capacity = 100,
        .segment_capacity = 10,
        .preallocated_segments = 12,
        .max_segments = 40,
        .auto_notify = true,
        .prefault = true,
        .allocator = std.testing.allocator,
    });
    defer log.deinit();
    const fixed = log.resolved();
    try same(100, fixed.retained_capacity);
    try same(10, fixed.segment_capacity);
    try same(12, fixed.record_size);
    try same(4, fixed.record_align);
    try same(12, fixed.preallocated_segments);
    try same(40, fixed.max_segments);
    try same(atomic_log.c.ALOG_FLAG_AUTO_NOTIFY | atomic_log.c.ALOG_FLAG_PREFAULT, fixed.flags);

    var bytes: atomic_log.BytesLog = try .init(.{
        .retained_capacity = 4096,
        .segment_capacity = 1024,
        .record_align = 64,
        .segment_records = 33,
        .auto_notify = true,
    });
    defer bytes.deinit();
    const resolved = bytes.resolved();
    try same(0, resolved.record_size);
    try same(64, resolved.record_align);
    try same(33, resolved.segment_records);
    try same(atomic_log.c.ALOG_FLAG_AUTO_NOTIFY, resolved.flags);
    try same(null, resolved.allocator);
}

/// Checks that a log is refused for this option, and that the text says so as far as there is room.
fn refusedFor(comptime Log: type, options: Log.Options, option: []const u8) !void {
    try std.testing.expectError(error.InvalidArgument, Log.init(options));
    var whole: [160]u8 = undefined;
    const reason = Log.problem(options, &whole).?;
    try std.testing.expectStringStartsWith(reason, option);
    try std.testing.expect(reason.len < whole.len - 1);
    for (0..reason.len + 3) |room| {
        var buffer: [160]u8 = @splat('x');
        const text = Log.problem(options, buffer[0..room]).?;
        try std.testing.expectEqualStrings(reason[0..@min(reason.len, room -| 1)], text);
        try same('x', buffer[room]);
    }
}

test "options that no log can have are refused, and the problem is told in words" {
    const allocator = std.testing.allocator;
    var options: help.Numbers.Options = .{ .retained_capacity = 16, .segment_capacity = 4, .allocator = allocator };
    var buffer: [160]u8 = undefined;
    try same(null, help.Numbers.problem(options, &buffer));
    try same(null, help.Numbers.problem(options, buffer[0..0]));
    options.max_segments = 3;
    try refusedFor(help.Numbers, options, "max_segments 3 is less than 6");
    options.retained_capacity = 0;
    try refusedFor(help.Numbers, options, "retained_capacity 0 ");
    try refusedFor(atomic_log.BytesLog, .{
        .retained_capacity = 4096,
        .segment_capacity = 1024,
        .record_align = 3,
        .allocator = allocator,
    }, "record_align 3 is not a power of two");
    // What is right for a log of bytes alone.
    try same(null, atomic_log.BytesLog.problem(.{
        .retained_capacity = 4096,
        .segment_capacity = 1024,
        .segment_records = 7,
    }, &buffer));
}
