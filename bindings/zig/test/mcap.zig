//! A reader of MCAP that knows only the format's page (https://mcap.dev/spec), for files in memory that have a chunk
//! for each channel with messages. A deviation from the page is an error.

const std = @import("std");
const same = std.testing.expectEqual;

pub const Schema = struct { name: []const u8, encoding: []const u8, text: []const u8 };
/// Its schema is 0 if it has none.
pub const Channel = struct { schema: u16, topic: []const u8, message_encoding: []const u8 };
pub const Message = struct { channel: u16, sequence: u32, log_time: u64, publish_time: u64, data: []const u8 };

/// The rest of a file or of a record.
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

    /// Whether the next record is of this kind.
    fn is(bytes: Bytes, kind: u8) bool {
        return bytes.rest.len > 0 and bytes.rest[0] == kind;
    }

    /// Takes a record, which must be of this kind.
    fn record(bytes: *Bytes, kind: u8) !Bytes {
        try same(kind, try bytes.number(u8));
        return .{ .rest = try bytes.take(try bytes.number(u64)) };
    }

    fn message(bytes: *Bytes) !Message {
        var content = try bytes.record(0x05);
        return .{
            .channel = try content.number(u16),
            .sequence = try content.number(u32),
            .log_time = try content.number(u64),
            .publish_time = try content.number(u64),
            .data = content.rest,
        };
    }

    /// Takes the numbers of a struct, which must be the expected ones.
    fn sameNumbers(bytes: *Bytes, wanted: anytype) !void {
        inline for (@typeInfo(@TypeOf(wanted)).@"struct".fields) |field| {
            try same(@field(wanted, field.name), try bytes.number(field.type));
        }
    }
};

/// The times of messages, and how many there are.
const Times = struct {
    earliest: u64 = 0,
    latest: u64 = 0,
    count: u64 = 0,

    fn add(times: *Times, time: u64) void {
        times.earliest = if (times.count == 0) time else @min(times.earliest, time);
        times.latest = @max(times.latest, time);
        times.count += 1;
    }
};

/// A chunk's index, as it is in the file. Its map has the one channel.
const ChunkIndex = struct {
    earliest: u64,
    latest: u64,
    begin: u64,
    length: u64,
    map_size: u32 = 10,
    channel: u16,
    index: u64,
    index_length: u64,
    compression: u32 = 0,
    size: u64,
    uncompressed: u64,
};

/// Checks a whole file. Then goes through its messages.
pub const Reader = struct {
    profile: []const u8,
    schemas: [17]?Schema = @splat(null),
    channels: [17]?Channel = @splat(null),
    chunks: [16]Bytes = undefined,
    chunk_count: usize = 0,
    /// The chunk whose messages are next.
    chunk: usize = 0,

    pub fn init(file: []const u8) !Reader {
        var bytes: Bytes = .{ .rest = file };
        try bytes.magic();
        var header = try bytes.record(0x01);
        var reader: Reader = .{ .profile = try header.text() };
        try std.testing.expectStringStartsWith(try header.text(), "atomic-log ");
        try same(0, header.rest.len);

        const begin = bytes.rest;
        var schema_count: u16 = 0;
        while (bytes.is(0x03)) : (schema_count += 1) {
            var record = try bytes.record(0x03);
            const id = try record.number(u16);
            try same(false, id == 0);
            try same(null, reader.schemas[id]);
            reader.schemas[id] = .{
                .name = try record.text(),
                .encoding = try record.text(),
                .text = try record.text(),
            };
            try same(0, record.rest.len);
        }
        var channel_count: u32 = 0;
        while (bytes.is(0x04)) : (channel_count += 1) {
            var record = try bytes.record(0x04);
            const id = try record.number(u16);
            try same(null, reader.channels[id]);
            const schema = try record.number(u16);
            if (schema != 0 and reader.schemas[schema] == null) return error.NoSchema;
            reader.channels[id] = .{
                .schema = schema,
                .topic = try record.text(),
                .message_encoding = try record.text(),
            };
            try same(0, try record.number(u32)); // metadata
            try same(0, record.rest.len);
        }
        const declared = begin[0 .. begin.len - bytes.rest.len];

        var all: Times = .{};
        var counts: [17]u64 = @splat(0);
        var indexes: [16]ChunkIndex = undefined;
        while (bytes.is(0x06)) : (reader.chunk_count += 1) {
            const at = file.len - bytes.rest.len;
            var chunk = try bytes.record(0x06);
            var numbers: Bytes = .{ .rest = try chunk.take(40) };
            const end = file.len - bytes.rest.len;
            var index = try bytes.record(0x07);
            const id = try index.number(u16);
            if (reader.channels[id] == null) return error.NoChannel;
            const index_size = try index.number(u32);
            try same(index.rest.len, index_size);
            var times: Times = .{};
            var records = chunk;
            while (records.rest.len > 0) {
                const offset = chunk.rest.len - records.rest.len;
                const message = try records.message();
                try same(id, message.channel);
                try index.sameNumbers(.{ message.log_time, @as(u64, offset) });
                times.add(message.log_time);
                all.add(message.log_time);
            }
            try same(0, index.rest.len);
            counts[id] += times.count;
            const size: u64 = chunk.rest.len;
            // No checksum, and no compression.
            try numbers.sameNumbers(.{ times.earliest, times.latest, size, @as(u64, 0), size });
            reader.chunks[reader.chunk_count] = chunk;
            indexes[reader.chunk_count] = .{
                .earliest = times.earliest,
                .latest = times.latest,
                .begin = at,
                .length = end - at,
                .channel = id,
                .index = end,
                .index_length = file.len - bytes.rest.len - end,
                .size = size,
                .uncompressed = size,
            };
        }
        var data_end = try bytes.record(0x0f);
        try same(0, try data_end.number(u32)); // no checksum
        try same(0, data_end.rest.len);

        const summary: u64 = file.len - bytes.rest.len;
        try std.testing.expectEqualSlices(u8, declared, try bytes.take(declared.len));
        var statistics = try bytes.record(0x0b);
        try statistics.sameNumbers(.{ all.count, schema_count, channel_count });
        try same(0, try statistics.number(u64)); // no attachments, no metadata
        try same(reader.chunk_count, try statistics.number(u32));
        try statistics.sameNumbers(.{ all.earliest, all.latest, 10 * channel_count });
        for (0..channel_count) |_| {
            const id = try statistics.number(u16);
            if (reader.channels[id] == null) return error.NoChannel;
            try same(counts[id], try statistics.number(u64));
            counts[id] = std.math.maxInt(u64); // no channel comes twice
        }
        try same(0, statistics.rest.len);
        for (indexes[0..reader.chunk_count]) |wanted| {
            var index = try bytes.record(0x08);
            try index.sameNumbers(wanted);
            try same(0, index.rest.len);
        }
        var footer = try bytes.record(0x02);
        // No offsets of the summary's parts, and no checksum.
        try footer.sameNumbers(.{ summary, @as(u64, 0), @as(u32, 0) });
        try same(0, footer.rest.len);
        try bytes.magic();
        try same(0, bytes.rest.len);
        return reader;
    }

    /// The next message; null at the end.
    pub fn next(reader: *Reader) !?Message {
        while (reader.chunk < reader.chunk_count) : (reader.chunk += 1) {
            const chunk = &reader.chunks[reader.chunk];
            if (chunk.rest.len > 0) return try chunk.message();
        }
        return null;
    }
};
