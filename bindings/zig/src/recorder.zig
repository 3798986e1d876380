//! Writes what logs hold to an MCAP file.

const std = @import("std");
const c = @import("c.zig");
const check = @import("status.zig").check;
const must = @import("status.zig").must;

/// How the records of a log of values are recorded. The texts must exist while the recorder is used: literals do.
pub fn Channel(comptime Log: type) type {
    return struct {
        /// Name of the channel, such as "/ticks".
        topic: [:0]const u8,
        /// Name of the messages, such as "market/msg/Tick": a package and a name, as in ROS 2.
        schema_name: [:0]const u8,
        /// The field with a record's time in nanoseconds, a u64 or i64: .time. Without it, the recording uses the
        /// sequences as times.
        time: ?Time(Log.Value) = null,
        /// Writes only this many of the newest records. 0: all in view, and at most 268,435,455.
        max_records: u64 = 0,
        /// Writes only records whose time is at most this much before the time of the newest record. 0: all in view.
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

/// How records that are already encoded are recorded. The texts and the schema must exist while the recorder is used.
pub const Encoded = struct {
    /// Name of the channel, such as "/lines".
    topic: [:0]const u8,
    /// How a record is encoded, such as "json", "protobuf" or "cbor".
    message_encoding: [:0]const u8,
    /// The schema of the records, its name, and how it is encoded, such as "jsonschema". All of these or none.
    schema: []const u8 = "",
    schema_name: ?[:0]const u8 = null,
    schema_encoding: ?[:0]const u8 = null,
    /// Bytes from the begin of a record to its time, a u64 in nanoseconds.
    time_offset: ?u32 = null,
    /// Writes only this many of the newest records. 0: all in view, and at most 268,435,455.
    max_records: u64 = 0,
    /// Writes only records whose time is at most this much before the time of the newest record. 0: all in view.
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

/// Writes what logs hold to an MCAP file, which Foxglove, PlotJuggler, Rerun and the mcap libraries open. The file has a
/// chunk and its index for each log that shows records, and a summary. The recorder keeps the logs that were added. It
/// must not be moved after it was initialised.
pub const Recorder = struct {
    raw: c.alog_recorder,
    logs: [c.ALOG_RECORDER_LOGS]*c.alog_log,
    count: usize,
    /// Where `write` writes, during the call.
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

    /// Adds a log of values. The compiler finds their fields: integers, floats, booleans, enums, and arrays of these. A
    /// field of a struct within a record has both names: position_x. A field whose name begins with _ is left out. This
    /// is possible only where C also has padding, or at the end. A record that is not a struct has one field, "value".
    ///
    /// InvalidArgument: the channel is wrong, and `problem` tells why. WrongState: there are 16 logs.
    pub fn add(recorder: *Recorder, log: anytype, channel: Channel(@TypeOf(log))) AddError!void {
        return recorder.addRaw(log.handle, &channel.raw());
    }

    /// Adds a log of bytes or of values whose records are already encoded. Errors like `add`.
    pub fn addEncoded(recorder: *Recorder, log: anytype, channel: Encoded) AddError!void {
        return recorder.addRaw(log.handle, &channel.raw());
    }

    fn addRaw(recorder: *Recorder, log: *c.alog_log, channel: *const c.alog_channel) AddError!void {
        try check(AddError, c.alog_recorder_add(&recorder.raw, log, channel));
        recorder.logs[recorder.count] = c.alog_log_retain(log).?;
        recorder.count += 1;
    }

    /// Tells in words what is wrong with a channel. Null: nothing is wrong. The text is written to the buffer, cut to
    /// its size less one byte. 240 bytes are enough, plus the name of a field.
    pub fn problem(log: anytype, channel: Channel(@TypeOf(log)), buffer: []u8) ?[]const u8 {
        return problemRaw(log.handle, &channel.raw(), buffer);
    }

    /// The same for records that are already encoded.
    pub fn problemEncoded(log: anytype, channel: Encoded, buffer: []u8) ?[]const u8 {
        return problemRaw(log.handle, &channel.raw(), buffer);
    }

    fn problemRaw(log: *c.alog_log, channel: *const c.alog_channel, buffer: []u8) ?[]const u8 {
        const status = c.alog_channel_check(log, channel, buffer.ptr, buffer.len);
        return if (status == c.ALOG_OK) null else std.mem.sliceTo(buffer, 0);
    }

    pub const WriteError = error{WriteFailed};

    /// Writes a whole file: what each log shows now. It takes the views of all logs before it writes the first. While
    /// it writes, it counts as a view of each log for `max_segments`. It does not flush the writer. Only one thread at a
    /// time may call it.
    pub fn write(recorder: *Recorder, writer: *std.Io.Writer) WriteError!c.alog_recording {
        var out: c.alog_recording = undefined;
        recorder.writer = writer;
        defer recorder.writer = null;
        try check(WriteError, c.alog_recorder_write(&recorder.raw, &out));
        return out;
    }

    /// The same to a file descriptor of C, without a buffer. Any number of threads may call it at once, but not while a
    /// log is added. It is also for signal handlers, and for a panic. After a failure, errno tells why.
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

/// Returns why values of a type cannot be written by their fields. Null: they can.
pub fn refusal(comptime T: type) ?[:0]const u8 {
    comptime {
        const why = reason(T, "") orelse return null;
        return "no recording of " ++ @typeName(T) ++ ": " ++ why;
    }
}

/// Returns what is wrong with a type, or with a part of it. The path leads to the part: "a.b" for field b of field a.
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

/// The type of the elements of an array, or of an array of arrays. For another type: the type itself.
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

/// How many fields a type has in a recording.
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

/// Lists the fields of a type from `next` on, and returns the new `next`.
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

/// The fields that can hold a time, with their names in the recording. Their values are their offsets.
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
