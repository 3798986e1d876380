const std = @import("std");
const atomic_log = @import("atomic_log");
const same = std.testing.expectEqual;

fn asBytes(record: anytype) []const u8 {
    return if (@TypeOf(record) == []const u8) record else std.mem.asBytes(record);
}

/// A log, and what it must equal: everything that was ever published, and what each reader must see.
fn Model(comptime Log: type, comptime Record: type) type {
    return struct {
        random: std.Random,
        arena: std.mem.Allocator,
        log: Log,
        writer: Log.Writer,
        published: std.ArrayList(Record) = .empty,
        latest: u64 = 0,
        views: std.ArrayList(View) = .empty,
        cursors: std.ArrayList(Reader) = .empty,
        pins: std.ArrayList(Log.Segment) = .empty,

        const Self = @This();
        const View = struct { snapshot: Log.Snapshot, held: atomic_log.Range, latest: u64 };
        const Reader = struct { cursor: Log.Cursor, position: u64, captured: atomic_log.Range };

        fn below(model: *Self, bound: usize) usize {
            return model.random.uintLessThan(usize, bound);
        }

        fn appendOne(model: *Self, one: *const Record) !void {
            try model.writer.append(if (Record == []const u8) one.* else one);
        }

        fn record(model: *Self) !Record {
            if (Record != []const u8) return model.random.int(Record);
            const bytes = try model.arena.alloc(u8, model.below(40));
            model.random.bytes(bytes);
            return bytes;
        }

        fn records(model: *Self) ![]const Record {
            const made = try model.arena.alloc(Record, 1 + model.below(9));
            for (made) |*one| one.* = try model.record();
            return made;
        }

        fn batch(model: *Self, made: []const Record) !void {
            if (Record != []const u8) return model.writer.appendBatch(made);
            const slices = try model.arena.alloc(atomic_log.Slice, made.len);
            for (slices, made) |*slice, one| slice.* = .of(one);
            if (model.random.boolean()) return model.writer.appendBatch(slices);
            const sizes = try model.arena.alloc(u32, made.len);
            for (sizes, made) |*size, one| size.* = @intCast(one.len);
            try model.writer.appendPacked(try std.mem.concat(model.arena, u8, made), sizes);
        }

        fn publish(model: *Self, made: []const Record) !void {
            try model.published.appendSlice(model.arena, made);
            model.latest = made.len;
        }

        fn append(model: *Self) !void {
            const made = try model.records();
            switch (model.below(4)) {
                0 => {
                    try model.appendOne(&made[0]);
                    try model.publish(made[0..1]);
                },
                1 => {
                    try model.batch(made);
                    try model.publish(made);
                },
                2 => {
                    var group = try model.writer.begin();
                    defer group.abandon();
                    try model.appendOne(&made[0]);
                    try model.batch(made[1..]);
                    try same(model.published.items.len + made.len, model.writer.nextSequence());
                    if (model.random.boolean()) return;
                    try group.publish();
                    try model.publish(made);
                },
                else => {
                    const want = if (Record == []const u8) made[0].len + model.below(5) else made.len;
                    var reservation = try model.writer.reserve(want);
                    defer reservation.cancel();
                    const given = reservation.room.len;
                    if (model.random.boolean()) return;
                    if (Record == []const u8) {
                        try same(want, given);
                        @memcpy(reservation.room[0..made[0].len], made[0]);
                        try reservation.commit(made[0].len);
                        try model.publish(made[0..1]);
                    } else {
                        try std.testing.expect(1 <= given and given <= want);
                        @memcpy(reservation.room, made[0..given]);
                        try reservation.commit(given);
                        try model.publish(made[0..given]);
                    }
                },
            }
            try same(model.published.items.len, model.log.range().end);
        }

        fn is(model: *Self, sequence: u64, shown: anytype) !void {
            const published = &model.published.items[sequence];
            const wanted = asBytes(if (Record == []const u8) published.* else published);
            try std.testing.expectEqualSlices(u8, wanted, asBytes(shown));
        }

        fn checkChunk(model: *Self, chunk: Log.Chunk) !void {
            for (0..chunk.len()) |index| try model.is(chunk.first_sequence + index, chunk.at(index));
        }

        fn checkView(model: *Self, view: View) !void {
            try same(view.held, view.snapshot.range());
            try same(view.held.len(), view.snapshot.len());
            try same(view.latest, view.snapshot.latest().len());
            try same(view.held.end, view.snapshot.latest().end);
            const from = view.held.begin + model.below(view.held.len() + 1);
            var next = from;
            var shown = view.snapshot.recordsFrom(from);
            while (shown.next()) |entry| : (next += 1) {
                try same(next, entry.sequence);
                try model.is(next, entry.record);
                try model.is(next, try view.snapshot.record(next));
                const place = try view.snapshot.find(next);
                try model.is(next, (try view.snapshot.chunk(place.chunk)).at(place.record));
            }
            try same(view.held.end, next);
            const to = from + model.below(view.held.end - from + 1);
            next = from;
            shown = try view.snapshot.recordsIn(.{ .begin = from, .end = to });
            while (shown.next()) |entry| : (next += 1) {
                try same(next, entry.sequence);
                try model.is(next, entry.record);
            }
            try same(to, next);
            next = view.held.begin;
            var chunks = view.snapshot.chunks();
            while (chunks.next()) |chunk| : (next = chunk.end()) {
                try same(next, chunk.first_sequence);
                try model.checkChunk(chunk);
            }
            try same(view.held.end, next);
        }

        fn stepViews(model: *Self) !void {
            const some = model.views.items.len > 0;
            const view = if (some) &model.views.items[model.below(model.views.items.len)] else undefined;
            switch (model.below(6)) {
                0 => try model.views.append(model.arena, .{
                    .snapshot = try model.log.snapshot(),
                    .held = model.log.range(),
                    .latest = model.latest,
                }),
                1 => if (some) {
                    var copy = view.*;
                    copy.snapshot = try view.snapshot.clone();
                    try model.views.append(model.arena, copy);
                },
                2 => if (some) {
                    const index = model.below(model.views.items.len);
                    var gone = model.views.swapRemove(index);
                    gone.snapshot.deinit();
                },
                3 => if (some and view.held.len() > 0) {
                    const index = model.below(view.snapshot.chunkCount());
                    try model.pins.append(model.arena, try view.snapshot.pin(index));
                },
                else => if (some) {
                    const now = model.log.range();
                    const delta = view.snapshot.refresh();
                    if (now.end == view.held.end) {
                        try same(null, delta);
                    } else {
                        const first = @max(view.held.end, now.begin);
                        try same(atomic_log.Delta{
                            .first_sequence = first,
                            .appended = now.end - first,
                            .lost = first - view.held.end,
                        }, delta.?);
                    }
                    view.held = now;
                    view.latest = model.latest;
                },
            }
        }

        fn stepCursors(model: *Self) !void {
            const some = model.cursors.items.len > 0;
            const reader = if (some) &model.cursors.items[model.below(model.cursors.items.len)] else undefined;
            switch (model.below(7)) {
                0 => {
                    const now = model.log.range();
                    const start: atomic_log.Start = if (model.random.boolean()) .oldest else .next;
                    try model.cursors.append(model.arena, .{
                        .cursor = try model.log.cursor(start),
                        .position = if (start == .oldest) now.begin else now.end,
                        .captured = now,
                    });
                },
                1 => if (some) {
                    const index = model.below(model.cursors.items.len);
                    var gone = model.cursors.swapRemove(index);
                    gone.cursor.deinit();
                },
                2 => if (some) {
                    reader.position = reader.captured.begin + model.below(reader.captured.len() + 1);
                    try reader.cursor.seek(reader.position);
                },
                3 => if (some) {
                    const now = model.log.range();
                    const unread = reader.cursor.refresh();
                    const first = @max(reader.position, now.begin);
                    try same(now.end != reader.captured.end, unread.changed);
                    try same(first, unread.first_sequence);
                    try same(now.end - first, unread.count);
                    try same(first - reader.position, unread.lost);
                    reader.position = first;
                    reader.captured = now;
                },
                4 => if (some) {
                    var entries = reader.cursor.records();
                    while (entries.next()) |entry| : (reader.position += 1) {
                        try same(reader.position, entry.sequence);
                        try model.is(reader.position, entry.record);
                    }
                    try same(reader.captured.end, reader.position);
                },
                else => if (some) {
                    if (reader.cursor.next()) |chunk| {
                        try same(reader.position, chunk.first_sequence);
                        try model.checkChunk(chunk);
                        reader.position = chunk.end();
                        if (model.random.boolean()) try model.pins.append(model.arena, try reader.cursor.pin());
                    } else try same(reader.captured.end, reader.position);
                },
            }
            for (model.cursors.items) |each| try same(each.position, each.cursor.position());
        }

        fn step(model: *Self) !void {
            switch (model.below(8)) {
                0...3 => try model.append(),
                4, 5 => try model.stepViews(),
                6 => try model.stepCursors(),
                else => if (model.pins.items.len > 0 and model.random.boolean()) {
                    var gone = model.pins.swapRemove(model.below(model.pins.items.len));
                    gone.deinit();
                } else model.writer.trim(),
            }
            for (model.views.items) |view| try model.checkView(view);
            for (model.pins.items) |pin| try model.checkChunk(pin.chunk);
        }

        fn deinit(model: *Self) void {
            model.log.deinit();
            for (model.views.items) |*view| view.snapshot.deinit();
            model.writer.deinit();
            for (model.pins.items) |*pin| pin.deinit();
            for (model.cursors.items) |*reader| reader.cursor.deinit();
        }
    };
}

fn run(comptime Log: type, comptime Record: type, seed: u64, options: Log.Options) !void {
    errdefer std.debug.print("seed {d}, {any}\n", .{ seed, options });
    var prng: std.Random.DefaultPrng = .init(seed);
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    var log: Log = try .init(options);
    const writer = log.writer() catch |err| {
        log.deinit();
        return err;
    };
    var model: Model(Log, Record) = .{
        .random = prng.random(),
        .arena = arena.allocator(),
        .log = log,
        .writer = writer,
    };
    defer model.deinit();
    for (0..300) |_| try model.step();
}

test "random operations on a log of values, compared with plain Zig after each" {
    for (0..20) |seed| {
        var prng: std.Random.DefaultPrng = .init(seed);
        const random = prng.random();
        try run(atomic_log.Log(u32), u32, seed, .{
            .retained_capacity = 10 + random.uintLessThan(u64, 60),
            .segment_capacity = 1 + random.uintLessThan(u64, 12),
            .allocator = std.testing.allocator,
        });
    }
}

test "random operations on a log of bytes, compared with plain Zig after each" {
    for (0..20) |seed| {
        var prng: std.Random.DefaultPrng = .init(seed);
        const random = prng.random();
        try run(atomic_log.BytesLog, []const u8, seed, .{
            .retained_capacity = 1000 + random.uintLessThan(u64, 4000),
            .segment_capacity = 256 + random.uintLessThan(u64, 1000),
            .allocator = std.testing.allocator,
        });
    }
}
