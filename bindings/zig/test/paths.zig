//! As bench/paths.c, for what the package does without a call. `paths NAME` runs one; `paths` lists them.

const std = @import("std");
const atomic_log = @import("atomic_log");

const times = 4096;
const segment = 1024;

fn Record(comptime size: usize) type {
    return extern struct { lanes: [size / 8]u64 };
}

/// A log that is warm, its writer, and a record to be appended.
fn Warm(comptime size: usize) type {
    return struct {
        const Log = atomic_log.Log(Record(size));
        var log: Log = undefined;
        var writer: Log.Writer = undefined;
        var record: Record(size) = .{ .lanes = @splat(0) };

        fn init() !void {
            log = try .init(.{ .retained_capacity = 16 * segment, .segment_capacity = segment });
            writer = try log.writer();
            for (0..20 * segment) |_| try writer.append(&record);
        }
    };
}

const eight = Warm(8);
const wide = Warm(64);
const wider = Warm(256);
var bytes: atomic_log.BytesLog.Writer = undefined;
var view: wide.Log.Snapshot = undefined;
var cursor: wide.Log.Cursor = undefined;
var data: [256]u8 = @splat(0);
var sink: u64 = 0;

/// The counter knows each by its name. They are called through a pointer, so none is inlined.
const paths = struct {
    pub export fn path_zig_append_8() void {
        for (0..times) |_| eight.writer.append(&eight.record) catch unreachable;
    }
    pub export fn path_zig_append_64() void {
        for (0..times) |_| wide.writer.append(&wide.record) catch unreachable;
    }
    pub export fn path_zig_append_256() void {
        for (0..times) |_| wider.writer.append(&wider.record) catch unreachable;
    }
    pub export fn path_zig_bytes_40() void {
        for (0..times) |_| bytes.append(data[0..40]) catch unreachable;
    }
    pub export fn path_zig_bytes_any() void {
        for (0..times) |index| bytes.append(data[0 .. index * 7 % 128]) catch unreachable;
    }
    pub export fn path_zig_notify() void {
        for (0..times) |_| wide.writer.notify();
    }
    pub export fn path_zig_unchanged() void {
        for (0..times) |_| if (view.refresh() != null) unreachable;
    }
    pub export fn path_zig_update() void {
        for (0..times) |_| {
            wide.writer.append(&wide.record) catch unreachable;
            if (!view.update()) unreachable;
        }
    }
    pub export fn path_zig_follow() void {
        for (0..times) |_| {
            wide.writer.append(&wide.record) catch unreachable;
            if (cursor.readOn()) |entry| {
                sink +%= entry.sequence;
            } else {
                sink +%= cursor.refresh().lost;
                while (cursor.next()) |chunk| sink +%= chunk.records.len;
            }
        }
    }
};

pub fn main(init: std.process.Init) !void {
    try eight.init();
    try wide.init();
    try wider.init();
    var log: atomic_log.BytesLog = try .init(.{ .retained_capacity = 1 << 20, .segment_capacity = 1 << 16 });
    bytes = try log.writer();
    for (0..40_000) |_| try bytes.append(data[0..40]);
    view = try wide.log.snapshot();
    if (view.update()) return error.Changed;
    cursor = try wide.log.cursor(.next);
    const arguments = try init.minimal.args.toSlice(init.arena.allocator());
    var list: std.ArrayList(u8) = .empty;
    inline for (@typeInfo(paths).@"struct".decls) |path| {
        if (arguments.len < 2) {
            try list.appendSlice(init.arena.allocator(), path.name ++ std.fmt.comptimePrint(" {d}\n", .{times}));
        } else if (std.mem.eql(u8, arguments[1], path.name)) {
            var run: *const fn () callconv(.c) void = @field(paths, path.name);
            std.mem.doNotOptimizeAway(&run);
            run();
        }
    }
    try std.Io.File.stdout().writeStreamingAll(init.io, list.items);
    std.mem.doNotOptimizeAway(sink);
}
