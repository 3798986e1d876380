//! What logs hold, as a file of MCAP.

const std = @import("std");
const c = @import("c.zig");
const check = @import("status.zig").check;
const must = @import("status.zig").must;

/// What the records of a log of values are in a recording. The texts must last as long as the recorder, as literals do.
pub fn Channel(comptime Log: type) type {
    return struct {
        /// What the channel is called, such as "/ticks".
        topic: [:0]const u8,
        /// What its messages are called, such as "market/msg/Tick": a package and a name, as in ROS 2.
        schema_name: [:0]const u8,
        /// The field, a u64 or i64, that has a record's time in nanoseconds: .time. Without one, readers are told the
        /// sequence.
        time: ?Time(Log.Value) = null,
        /// Only so many of the newest records are written; 0: all in view.
        max_records: u64 = 0,
        /// Only records are written whose time is at most so much before the newest record's; 0: all in view.
        max_age: u64 = 0,

        fn raw(channel: @This()) c.alog_channel {
            const fields = comptime &fieldsOf(Log.Value);
            // The value of an enum that has none cannot be asked for.
            const has_times = @typeInfo(Time(Log.Value)).@"enum".fields.len > 0;
            return .{
                .topic = channel.topic,
                .schema_name = channel.schema_name,
                .fields = fields,
                .field_count = fields.len,
                .time_offset = if (has_times and channel.time != null) @intFromEnum(channel.time.?) else c.ALOG_NO_TIME,
                .max_records = channel.max_records,
                .max_age = channel.max_age,
            };
        }
    };
}

/// What records are in a recording that are encoded already. The texts and the schema must last as long as the
/// recorder.
pub const Encoded = struct {
    /// What the channel is called, such as "/lines".
    topic: [:0]const u8,
    /// How a record is encoded, such as "json", "protobuf", "cbor".
    message_encoding: [:0]const u8,
    /// What describes the records, what it is called and how it is encoded, such as "jsonschema"; all or none.
    schema: []const u8 = "",
    schema_name: ?[:0]const u8 = null,
    schema_encoding: ?[:0]const u8 = null,
    /// Bytes from a record's begin to its time, a u64 of nanoseconds.
    time_offset: ?u32 = null,
    /// Only so many of the newest records are written; 0: all in view.
    max_records: u64 = 0,
    /// Only records are written whose time is at most so much before the newest record's; 0: all in view.
    max_age: u64 = 0,

    fn raw(channel: Encoded) c.alog_channel {
        return .{
            .topic = channel.topic,
            .schema_name = if (channel.schema_name) |name| name else null,
            .message_encoding = channel.message_encoding,
            .schema_encoding = if (channel.schema_encoding) |encoding| encoding else null,
            .schema = channel.schema.ptr,
            .schema_size = channel.schema.len,
            .time_offset = channel.time_offset orelse c.ALOG_NO_TIME,
            .max_records = channel.max_records,
            .max_age = channel.max_age,
        };
    }
};

/// Writes what logs hold as a file of MCAP, which Foxglove, PlotJuggler, Rerun and the mcap libraries open. It keeps
/// the logs that were added. It must stay where it was initialised.
pub const Recorder = struct {
    raw: c.alog_recorder,
    logs: [c.ALOG_RECORDER_LOGS]*c.alog_log,
    count: usize,
    /// Where `write` writes, while it does.
    writer: ?*std.Io.Writer,

    pub fn init(recorder: *Recorder) void {
        recorder.count = 0;
        recorder.writer = null;
        must(c.alog_recorder_init(&recorder.raw, &.{ .context = recorder, .write = pass }));
    }

    pub fn deinit(recorder: *Recorder) void {
        for (recorder.logs[0..recorder.count]) |log| c.alog_log_release(log);
        recorder.* = undefined;
    }

    pub const AddError = error{ InvalidArgument, WrongState };

    /// Adds a log of values, whose fields the compiler finds: integers, floats, booleans, enums, and arrays of these.
    /// Fields of a struct within a record have both names: position_x. A field whose name begins with _ is left out,
    /// which readers can do without only where C has padding, too, or at the end. Records that are no struct have one
    /// field, "value".
    ///
    /// InvalidArgument: the channel is wrong, and `problem` says why. WrongState: there are 16 logs.
    pub fn add(recorder: *Recorder, log: anytype, channel: Channel(@TypeOf(log))) AddError!void {
        return recorder.addRaw(log.handle, &channel.raw());
    }

    /// Adds a log of bytes, or of values, whose records are encoded in a way of their own. Errors as `add`.
    pub fn addEncoded(recorder: *Recorder, log: anytype, channel: Encoded) AddError!void {
        return recorder.addRaw(log.handle, &channel.raw());
    }

    fn addRaw(recorder: *Recorder, log: *c.alog_log, channel: *const c.alog_channel) AddError!void {
        try check(AddError, c.alog_recorder_add(&recorder.raw, log, channel));
        recorder.logs[recorder.count] = c.alog_log_retain(log).?;
        recorder.count += 1;
    }

    /// What is wrong with a channel, in words; null: nothing is. The text is written to the buffer, cut off where the
    /// buffer, less a byte, ends. 240 bytes are enough beside the name of a field.
    pub fn problem(log: anytype, channel: Channel(@TypeOf(log)), buffer: []u8) ?[]const u8 {
        return problemRaw(log.handle, &channel.raw(), buffer);
    }

    /// The same of records that are encoded in a way of their own.
    pub fn problemEncoded(log: anytype, channel: Encoded, buffer: []u8) ?[]const u8 {
        return problemRaw(log.handle, &channel.raw(), buffer);
    }

    fn problemRaw(log: *c.alog_log, channel: *const c.alog_channel, buffer: []u8) ?[]const u8 {
        const status = c.alog_channel_check(log, channel, buffer.ptr, buffer.len);
        return if (status == c.ALOG_OK) null else std.mem.sliceTo(buffer, 0);
    }

    pub const WriteError = error{WriteFailed};

    /// Writes a whole file: what each log shows now. The writer is not flushed. For one thread at a time.
    pub fn write(recorder: *Recorder, writer: *std.Io.Writer) WriteError!c.alog_recording {
        var out: c.alog_recording = undefined;
        recorder.writer = writer;
        defer recorder.writer = null;
        try check(WriteError, c.alog_recorder_write(&recorder.raw, &out));
        return out;
    }

    /// The same to a file descriptor of C's, without a buffer. For any number of threads at a time, but none while a
    /// log is added; also for handlers of signals, and for a panic. errno says why it failed.
    pub fn writeFd(recorder: *const Recorder, fd: c_int) WriteError!c.alog_recording {
        var out: c.alog_recording = undefined;
        try check(WriteError, c.alog_recorder_write_fd(@constCast(&recorder.raw), fd, &out));
        return out;
    }

    fn pass(context: ?*anyopaque, data: ?*const anyopaque, size: usize) callconv(.c) c.Status {
        const recorder: *Recorder = @ptrCast(@alignCast(context.?));
        const bytes: [*]const u8 = @ptrCast(data.?);
        recorder.writer.?.writeAll(bytes[0..size]) catch return c.ALOG_ERR_IO;
        return c.ALOG_OK;
    }
};

/// Why values of a type cannot be written by their fields; null if they can.
pub fn refusal(comptime T: type) ?[:0]const u8 {
    comptime {
        const why = reason(T, "") orelse return null;
        return "no recording of " ++ @typeName(T) ++ ": " ++ why;
    }
}

/// What is wrong with a type, or with what it is made of. The path leads to it: "a.b" for field b of field a.
fn reason(comptime T: type, comptime path: []const u8) ?[:0]const u8 {
    if (structOf(T)) |info| {
        for (info.fields) |field| {
            const inner = if (path.len == 0) field.name else path ++ "." ++ field.name;
            if (isLeftOut(field.name)) continue;
            if (reason(field.type, inner)) |why| return why;
        }
        return null;
    }
    if (numberOf(Element(T)) != null) return null;
    const subject = if (path.len == 0) "it" else "field '" ++ path ++ "'";
    return subject ++ " is no integer of 8, 16, 32 or 64 bits, float of 32 or 64, bool or enum, nor an array of these";
}

fn structOf(comptime T: type) ?std.builtin.Type.Struct {
    const info = @typeInfo(T);
    return if (info == .@"struct" and info.@"struct".layout == .@"extern") info.@"struct" else null;
}

fn isLeftOut(comptime name: []const u8) bool {
    return name[0] == '_';
}

/// What an array of arrays is made of in the end; the type itself if it is none.
fn Element(comptime T: type) type {
    return switch (@typeInfo(T)) {
        .array => |info| Element(info.child),
        else => T,
    };
}

fn numberOf(comptime T: type) ?u32 {
    return switch (@typeInfo(T)) {
        .bool => c.ALOG_TYPE_BOOL,
        .float => |info| switch (info.bits) {
            32 => c.ALOG_TYPE_F32,
            64 => c.ALOG_TYPE_F64,
            else => null,
        },
        .int => |info| switch (info.bits) {
            8 => if (info.signedness == .signed) c.ALOG_TYPE_I8 else c.ALOG_TYPE_U8,
            16 => if (info.signedness == .signed) c.ALOG_TYPE_I16 else c.ALOG_TYPE_U16,
            32 => if (info.signedness == .signed) c.ALOG_TYPE_I32 else c.ALOG_TYPE_U32,
            64 => if (info.signedness == .signed) c.ALOG_TYPE_I64 else c.ALOG_TYPE_U64,
            else => null,
        },
        .@"enum" => |info| numberOf(info.tag_type),
        .@"struct" => |info| if (info.backing_integer) |integer| numberOf(integer) else null,
        else => null,
    };
}

/// How many fields a type has.
fn count(comptime T: type) usize {
    const info = structOf(T) orelse return 1;
    var sum: usize = 0;
    for (info.fields) |field| {
        if (!isLeftOut(field.name)) sum += count(field.type);
    }
    return sum;
}

fn fieldsOf(comptime T: type) [count(T)]c.alog_field {
    if (refusal(T)) |why| @compileError(why);
    var list: [count(T)]c.alog_field = undefined;
    _ = fill(&list, 0, T, "", 0);
    return list;
}

/// Lists the fields of a type at `next`, and returns what is next then.
fn fill(comptime list: []c.alog_field, next: usize, comptime T: type, comptime name: [:0]const u8, offset: usize) usize {
    const info = structOf(T) orelse {
        const number = numberOf(Element(T)).?;
        list[next] = .{
            .name = if (name.len == 0) "value" else name,
            .type = number,
            .offset = offset,
            .count = @sizeOf(T) / (number & 0xff),
        };
        return next + 1;
    };
    var end = next;
    for (info.fields) |field| {
        if (isLeftOut(field.name)) continue;
        const full = if (name.len == 0) field.name else name ++ "_" ++ field.name;
        end = fill(list, end, field.type, full, offset + @offsetOf(T, field.name));
    }
    return end;
}

/// The fields that can hold a time, by their names in the recording; their values are their offsets.
fn Time(comptime T: type) type {
    var names: []const []const u8 = &.{};
    var offsets: []const u32 = &.{};
    for (fieldsOf(T)) |field| {
        if (field.count != 1 or (field.type != c.ALOG_TYPE_U64 and field.type != c.ALOG_TYPE_I64)) continue;
        names = names ++ .{std.mem.span(field.name.?)};
        offsets = offsets ++ .{field.offset};
    }
    return @Enum(u32, .exhaustive, names, offsets[0..names.len]);
}
