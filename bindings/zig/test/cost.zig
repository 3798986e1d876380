//! Appends a record that lies in memory: `cost SIZE WAY COUNT`. scripts/zig.sh counts the instructions of an append in
//! each way: by the function of `c`, by the `package`, and `copied` first, to show that a copy would be seen.

const std = @import("std");
const atomic_log = @import("atomic_log");

const Way = enum { c, package, copied };

pub fn main(init: std.process.Init) !void {
    const arguments = try init.minimal.args.toSlice(init.arena.allocator());
    const size = try std.fmt.parseInt(usize, arguments[1], 10);
    const way = std.meta.stringToEnum(Way, arguments[2]) orelse return error.OtherWay;
    const count = try std.fmt.parseInt(usize, arguments[3], 10);
    switch (size) {
        inline 8, 64, 256, 1024 => |fixed| switch (way) {
            inline else => |each| try append(extern struct { lanes: [fixed / 8]u64 }, each, count),
        },
        else => return error.OtherSize,
    }
}

fn append(comptime Record: type, comptime way: Way, count: usize) !void {
    var log: atomic_log.Log(Record) = try .init(.{
        .retained_capacity = 4096,
        .segment_capacity = 1024,
        .preallocated_segments = 6,
    });
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    var record: Record = .{ .lanes = @splat(1) };
    for (0..count) |number| {
        record.lanes[0] = number;
        switch (way) {
            .c => {
                const status = atomic_log.c.alog_writer_append(writer.handle, &record, @sizeOf(Record));
                if (status != atomic_log.c.ALOG_OK) return error.Refused;
            },
            .package => try writer.append(&record),
            .copied => try appendCopy(Record, writer, record),
        }
    }
}

noinline fn appendCopy(comptime Record: type, writer: atomic_log.Log(Record).Writer, record: Record) !void {
    try writer.append(&record);
}
