const std = @import("std");
const builtin = @import("builtin");
const atomic_log = @import("atomic_log");
const help = @import("help.zig");
const mcap = @import("mcap.zig");
const Recorder = atomic_log.Recorder;
const same = std.testing.expectEqual;
const sameText = std.testing.expectEqualStrings;

const Mode = enum(u16) { calm, storm };
const Flags = packed struct(u8) { on: bool, rest: u7 };
const Vector = extern struct { x: f64, y: f64 };
/// A field of each type. C has padding before position and big.
const Everything = extern struct {
    time: u64,
    id: u32,
    flags: Flags,
    _padding: [3]u8 = @splat(0xee),
    position: Vector,
    levels: [2][3]i16,
    port: u16,
    on: bool,
    small: i8,
    speed: f32,
    mode: Mode,
    debt: i32,
    big: i64,
    raw: [3]u8,
    _rest: [5]u8 = @splat(0xee),
};
const Everythings = atomic_log.Log(Everything);

const everything_schema =
    \\uint64 time
    \\uint32 id
    \\uint8 flags
    \\float64 position_x
    \\float64 position_y
    \\int16[6] levels
    \\uint16 port
    \\bool on
    \\int8 small
    \\float32 speed
    \\uint16 mode
    \\int32 debt
    \\int64 big
    \\uint8[3] raw
    \\
;

fn everythingOf(i: u64) Everything {
    const number: u31 = @intCast(i);
    return .{
        .time = 1000 + 10 * i,
        .id = 7,
        .flags = .{ .on = true, .rest = 5 },
        .position = .{ .x = 0.5, .y = @floatFromInt(number) },
        .levels = .{ .{ 1, 2, 3 }, .{ 4, 5, @intCast(number) } },
        .port = 65535,
        .on = i % 2 == 1,
        .small = -1,
        .speed = 0.25,
        .mode = .storm,
        .debt = -1000,
        .big = std.math.minInt(i64),
        .raw = .{ 1, 2, 3 },
    };
}

/// 8 retained, in segments of 4, with this many records.
fn logOf(records: u64) !Everythings {
    var log: Everythings = try .init(.{
        .retained_capacity = 8,
        .segment_capacity = 4,
        .allocator = std.testing.allocator,
    });
    errdefer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    for (0..records) |i| try writer.append(&everythingOf(i));
    return log;
}

const channel: atomic_log.Channel(Everythings) = .{
    .topic = "/everything",
    .schema_name = "test/msg/Everything",
    .time = .time,
};

/// Checks that what follows in CDR is this value: each number at a multiple of its size, and zeros between.
fn checkValue(data: *mcap.Bytes, begin: usize, wanted: anytype) !void {
    const T = @TypeOf(wanted);
    switch (@typeInfo(T)) {
        .array => for (wanted) |each| try checkValue(data, begin, each),
        .@"struct" => |info| if (info.layout == .@"packed") {
            try checkValue(data, begin, @as(info.backing_integer.?, @bitCast(wanted)));
        } else inline for (info.fields) |field| {
            if (field.name[0] != '_') try checkValue(data, begin, @field(wanted, field.name));
        },
        .@"enum" => try checkValue(data, begin, @intFromEnum(wanted)),
        .bool => try checkValue(data, begin, @as(u8, @intFromBool(wanted))),
        else => {
            while ((begin - data.rest.len) % @sizeOf(T) != 0) try same(0, data.number(u8));
            const Bits = std.meta.Int(.unsigned, @bitSizeOf(T));
            try same(wanted, @as(T, @bitCast(try data.number(Bits))));
        },
    }
}

fn checkEverything(message: ?mcap.Message, i: u64) !void {
    const wanted = everythingOf(i);
    try same(i, message.?.sequence);
    try same(wanted.time, message.?.log_time);
    try same(wanted.time, message.?.publish_time);
    var data: mcap.Bytes = .{ .rest = message.?.data };
    try sameText("\x00\x01\x00\x00", try data.take(4));
    try checkValue(&data, data.rest.len, wanted);
    try same(0, data.rest.len);
}

test "fields of every type are read back" {
    var recorder: Recorder = undefined;
    recorder.init();
    defer recorder.deinit();
    var log = try logOf(21);
    try recorder.add(log, channel);
    log.deinit(); // the recorder keeps it
    var file: std.Io.Writer.Allocating = .init(std.testing.allocator);
    defer file.deinit();
    const recording = try recorder.write(&file.writer);
    try same(file.written().len, recording.bytes);
    try same(9, recording.records);
    try same(12, recording.older);
    try same(0, recording.left_out);
    try same(atomic_log.Range{ .begin = 12, .end = 21 }, recording.ranges[0]);
    var reader: mcap.Reader = try .init(file.written());
    for (12..21) |i| try checkEverything(try reader.next(), i);
    try same(null, try reader.next());
    try sameText("ros2", reader.profile);
    try sameText("/everything", reader.channels[1].?.topic);
    try sameText("cdr", reader.channels[1].?.message_encoding);
    try same(1, reader.channels[1].?.schema);
    try sameText("test/msg/Everything", reader.schemas[1].?.name);
    try sameText("ros2msg", reader.schemas[1].?.encoding);
    try sameText(everything_schema, reader.schemas[1].?.text);
}

test "several logs are in one file" {
    var recorder: Recorder = undefined;
    recorder.init();
    defer recorder.deinit();
    var log = try logOf(5);
    defer log.deinit();
    var newest = channel;
    newest.max_records = 2;
    try recorder.add(log, newest);
    var lines = try help.bytes();
    defer lines.deinit();
    try recorder.addEncoded(lines, .{ .topic = "/lines", .message_encoding = "json" });
    try recorder.addEncoded(lines, .{
        .topic = "/same",
        .message_encoding = "json",
        .schema = "{}",
        .schema_name = "Line",
        .schema_encoding = "jsonschema",
        .time_offset = 1,
        .max_records = 1,
    });
    var aged = channel;
    aged.max_age = 10;
    try recorder.add(log, aged);
    try recorder.addEncoded(log, .{ .topic = "/raw", .message_encoding = "everything" });
    var numbers = try help.numbers();
    defer numbers.deinit();
    try recorder.add(numbers, .{ .topic = "/numbers", .schema_name = "test/Number", .time = .value });
    {
        var writer = try lines.writer();
        defer writer.deinit();
        try writer.append("{}");
        try writer.append("-\x07\x00\x00\x00\x00\x00\x00\x00");
        var number_writer = try numbers.writer();
        defer number_writer.deinit();
        try number_writer.append(&99);
    }
    var file: std.Io.Writer.Allocating = .init(std.testing.allocator);
    defer file.deinit();
    const recording = try recorder.write(&file.writer);
    try same(2 + 2 + 1 + 2 + 5 + 1, recording.records);
    try same(3 + 1 + 3, recording.left_out);
    var reader: mcap.Reader = try .init(file.written());
    try checkEverything(try reader.next(), 3);
    try checkEverything(try reader.next(), 4);
    const line = (try reader.next()).?;
    try same(2, line.channel);
    try same(0, line.log_time);
    try sameText("{}", line.data);
    try same(1, (try reader.next()).?.log_time);
    try same(7, (try reader.next()).?.log_time);
    try checkEverything(try reader.next(), 3);
    try checkEverything(try reader.next(), 4);
    for (0..5) |i| {
        const raw = (try reader.next()).?;
        try same(i, raw.sequence);
        try same(@sizeOf(Everything), raw.data.len);
        // By fields: the padding before big has no value.
        try same(everythingOf(i), std.mem.bytesToValue(Everything, raw.data));
    }
    const number = (try reader.next()).?;
    try same(99, number.log_time);
    try sameText("\x00\x01\x00\x00\x63\x00\x00\x00\x00\x00\x00\x00", number.data);
    try same(null, try reader.next());
    try sameText("", reader.profile);
    try same(0, reader.channels[2].?.schema);
    try sameText("Line", reader.schemas[3].?.name);
    try sameText("jsonschema", reader.schemas[3].?.encoding);
    try sameText("{}", reader.schemas[3].?.text);
    try sameText("uint64 value\n", reader.schemas[6].?.text);
}

test "a file descriptor gets the same, and what cannot be written is an error" {
    var recorder: Recorder = undefined;
    recorder.init();
    defer recorder.deinit();
    var log = try logOf(5);
    defer log.deinit();
    try recorder.add(log, channel);
    var file: std.Io.Writer.Allocating = .init(std.testing.allocator);
    defer file.deinit();
    _ = try recorder.write(&file.writer);

    var ends: [2]c_int = undefined;
    try same(0, std.c.pipe(&ends));
    defer _ = std.c.close(ends[0]);
    const recording = try recorder.writeFd(ends[1]);
    _ = std.c.close(ends[1]);
    try same(file.written().len, recording.bytes);
    var buffer: [8192]u8 = undefined;
    const size: usize = @intCast(std.c.read(ends[0], &buffer, buffer.len));
    try std.testing.expectEqualSlices(u8, file.written(), buffer[0..size]);

    try std.testing.expectError(error.WriteFailed, recorder.writeFd(-1));
    try same(@as(c_int, @intFromEnum(std.c.E.BADF)), std.c._errno().*);
    for (0..file.written().len) |room| {
        var short: std.Io.Writer = .fixed(buffer[0..room]);
        try std.testing.expectError(error.WriteFailed, recorder.write(&short));
    }
    var enough: std.Io.Writer = .fixed(buffer[0..file.written().len]);
    _ = try recorder.write(&enough);
    try std.testing.expectEqualSlices(u8, file.written(), enough.buffered());
}

fn isRefused(log: anytype, wrong: atomic_log.Channel(@TypeOf(log)), words: []const u8) !void {
    var recorder: Recorder = undefined;
    recorder.init();
    defer recorder.deinit();
    try std.testing.expectError(error.InvalidArgument, recorder.add(log, wrong));
    var buffer: [300]u8 = undefined;
    try std.testing.expectStringStartsWith(Recorder.problem(log, wrong, &buffer).?, words);
}

test "wrong channels are told in words" {
    var log = try logOf(1);
    defer log.deinit();
    var buffer: [300]u8 = undefined;
    try same(null, Recorder.problem(log, channel, &buffer));
    var wrong = channel;
    wrong.topic = "";
    try isRefused(log, wrong, "topic is empty");
    wrong = channel;
    wrong.schema_name = "Everything";
    try isRefused(log, wrong, "schema_name is none that readers of ROS 2 messages take");
    inline for (.{
        .{ extern struct { speedLimit: f32 }, "field speedLimit: the name is none" },
        .{ extern struct { a: u32, _b: u32, c: u32 }, "field c: offset 8 leaves bytes before the field" },
        .{ extern struct { a: u8, b: extern struct { c: u8, d: u64 } }, "field b_c: offset 8 leaves bytes before" },
        .{ extern struct { a: extern struct { b: u8 }, a_b: u8 }, "field a_b: two fields have this name" },
    }) |pair| {
        const Values = atomic_log.Log(pair[0]);
        var values: Values = try .init(.{ .retained_capacity = 8, .segment_capacity = 4 });
        defer values.deinit();
        try isRefused(values, .{ .topic = "/t", .schema_name = "test/msg/T" }, pair[1]);
    }
    const encoded: atomic_log.Encoded = .{ .topic = "/t", .message_encoding = "" };
    var recorder: Recorder = undefined;
    recorder.init();
    defer recorder.deinit();
    try std.testing.expectError(error.InvalidArgument, recorder.addEncoded(log, encoded));
    const problem = Recorder.problemEncoded(log, encoded, &buffer).?;
    try std.testing.expectStringStartsWith(problem, "there are neither fields nor a message_encoding");

    for (0..16) |_| try recorder.add(log, channel);
    try std.testing.expectError(error.WrongState, recorder.add(log, channel));
    var discarding: std.Io.Writer.Discarding = .init(&buffer);
    try same(16, (try recorder.write(&discarding.writer)).records);
}

test "types without fields that readers know are refused, and the reason names the field" {
    const refused = struct {
        fn refused(comptime T: type, comptime field: []const u8) !void {
            const wanted = "no recording of " ++ @typeName(T) ++ ": " ++ field ++
                " is no integer of 8, 16, 32 or 64 bits, float of 32 or 64, bool or enum, nor an array of these";
            try sameText(wanted, comptime atomic_log.recordingRefusal(T).?);
        }
    }.refused;
    try refused(extern struct { a: u8, b: extern struct { c: u128 } }, "field 'b.c'");
    try refused(extern struct { points: [2]Vector }, "field 'points'");
    try refused(extern struct { either: extern union { a: u8, b: i8 } }, "field 'either'");
    try refused(@Vector(4, f32), "it");
    try refused([]const u8, "it");
    try same(null, comptime atomic_log.recordingRefusal(Everything));
    try same(null, comptime atomic_log.recordingRefusal([2][2]f32));
}
