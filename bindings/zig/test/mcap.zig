//! A reader of MCAP that knows no more than the format's page (https://mcap.dev/spec), for files in memory. What is not
//! as the page says is an error.

const std = @import("std");
const same = std.testing.expectEqual;

pub const Schema = struct { name: []const u8, encoding: []const u8, text: []const u8 };
/// Its schema is 0 if it has none.
pub const Channel = struct { schema: u16, topic: []const u8, message_encoding: []const u8 };
pub const Message = struct { channel: u16, sequence: u32, log_time: u64, publish_time: u64, data: []const u8 };

/// What is left of a file or of a record.
pub const Bytes = struct {
    rest: []const u8,

    pub fn take(bytes: *Bytes, size: usize) ![]const u8 {
        if (size > bytes.rest.len) return error.BytesAreMissing;
        defer bytes.rest = bytes.rest[size..];
        return bytes.rest[0..size];
    }

    pub fn number(bytes: *Bytes, comptime T: type) !T {
        return std.mem.readInt(T, (try bytes.take(@sizeOf(T)))[0..@sizeOf(T)], .little);
    }

    fn text(bytes: *Bytes) ![]const u8 {
        return bytes.take(try bytes.number(u32));
    }

    fn magic(bytes: *Bytes) !void {
        try std.testing.expectEqualStrings("\x89MCAP0\r\n", try bytes.take(8));
    }

    fn record(bytes: *Bytes) !struct { u8, Bytes } {
        const kind = try bytes.number(u8);
        return .{ kind, .{ .rest = try bytes.take(try bytes.number(u64)) } };
    }
};

/// Goes through the messages of a file. Schemas and channels are known by then, by their numbers.
pub const Reader = struct {
    bytes: Bytes,
    profile: []const u8,
    schemas: [17]?Schema = @splat(null),
    channels: [17]?Channel = @splat(null),

    pub fn init(file: []const u8) !Reader {
        var bytes: Bytes = .{ .rest = file };
        try bytes.magic();
        const kind, var header = try bytes.record();
        try same(0x01, kind);
        const profile = try header.text();
        try std.testing.expectStringStartsWith(try header.text(), "atomic-log ");
        try same(0, header.rest.len);
        return .{ .bytes = bytes, .profile = profile };
    }

    /// The next message; null at the end of the file, which is looked at.
    pub fn next(reader: *Reader) !?Message {
        while (true) {
            const kind, var record = try reader.bytes.record();
            switch (kind) {
                0x03 => {
                    const id = try record.number(u16);
                    try same(null, reader.schemas[id]);
                    reader.schemas[id] = .{
                        .name = try record.text(),
                        .encoding = try record.text(),
                        .text = try record.text(),
                    };
                },
                0x04 => {
                    const id = try record.number(u16);
                    try same(null, reader.channels[id]);
                    const schema = try record.number(u16);
                    if (schema != 0 and reader.schemas[schema] == null) return error.NoSchema;
                    reader.channels[id] = .{
                        .schema = schema,
                        .topic = try record.text(),
                        .message_encoding = try record.text(),
                    };
                    try same(0, record.number(u32)); // metadata
                },
                0x05 => {
                    const message: Message = .{
                        .channel = try record.number(u16),
                        .sequence = try record.number(u32),
                        .log_time = try record.number(u64),
                        .publish_time = try record.number(u64),
                        .data = record.rest,
                    };
                    if (reader.channels[message.channel] == null) return error.NoChannel;
                    return message;
                },
                0x0f => {
                    try same(0, record.number(u32)); // no checksum
                    const last, const footer = try reader.bytes.record();
                    try same(0x02, last);
                    try std.testing.expectEqualSlices(u8, &@as([20]u8, @splat(0)), footer.rest); // no summary
                    try reader.bytes.magic();
                    try same(0, reader.bytes.rest.len);
                    return null;
                },
                else => return error.UnknownRecord,
            }
            try same(0, record.rest.len);
        }
    }
};
