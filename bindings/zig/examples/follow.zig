//! A writer of ticks, a reader that follows every one of them and is told what it missed, and another that looks at the
//! newest once in a while.

const std = @import("std");
const atomic_log = @import("atomic_log");

/// What the log holds: a fixed layout, without pointers.
const Tick = extern struct { number: u64, load: [4]f32 };
const Ticks = atomic_log.Log(Tick);

const ticks = 200_000;
const batch = 100;

pub fn main(init: std.process.Init) !void {
    const io = init.io;

    // 16384 ticks stay readable, in segments of 2048. Every batch wakes the readers that wait.
    var log: Ticks = try .init(.{
        .retained_capacity = 16384,
        .segment_capacity = 2048,
        .auto_notify = true,
        .allocator = init.gpa,
    });
    defer log.deinit();

    var following = try io.concurrent(follow, .{log});
    defer _ = following.cancel(io) catch {};
    var looking = try io.concurrent(look, .{log});
    defer looking.cancel(io) catch {};
    try write(io, log);
    try looking.await(io);
    const followed = try following.await(io);

    std.debug.print("{d} ticks written, {d} read, {d} lost\n", .{ ticks, followed.read, followed.lost });
    if (followed.read + followed.lost != ticks) return error.TicksAreMissing;
}

fn write(io: std.Io, log: Ticks) !void {
    var writer = try log.writer();
    defer writer.deinit();
    var next: u64 = 0;
    while (next < ticks) : (next += batch) {
        var records: [batch]Tick = undefined;
        for (&records, next..) |*record, number| {
            const load: f32 = @floatFromInt(number % 100);
            record.* = .{ .number = number, .load = @splat(load) };
        }
        // All of them at once, or none: what readers see is always whole batches.
        try writer.appendBatch(&records);
        // A pause now and then, or all would be written before anybody looks.
        if (next % 2000 == 0) try io.sleep(.fromMicroseconds(100), .awake);
    }
    // Nothing will come any more: the readers need not know how many ticks there are.
    writer.finish();
}

const Followed = struct { read: u64 = 0, lost: u64 = 0 };

/// Goes through every tick once. What was evicted before it came is counted as lost.
fn follow(log: Ticks) !Followed {
    var cursor = try log.cursor(.oldest);
    defer cursor.deinit();
    var followed: Followed = .{ .lost = cursor.position() };
    while (true) {
        switch (cursor.wait(10 * std.time.ns_per_s)) {
            .ready => followed.lost += cursor.refresh().lost,
            .finished => return followed,
            .timeout, .interrupted => return error.NothingCame,
        }
        while (cursor.next()) |chunk| {
            for (chunk.records, chunk.first_sequence..) |tick, sequence| {
                if (tick.number != sequence) return error.WrongTick;
            }
            followed.read += chunk.len();
        }
    }
}

/// Looks at the newest batch, over and over. However long it takes, the view stays as it is.
fn look(log: Ticks) !void {
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    var views: u64 = 0;
    while (true) : (views += 1) {
        switch (snapshot.wait(10 * std.time.ns_per_s)) {
            .ready => {},
            .finished => return,
            .timeout, .interrupted => return error.NothingCame,
        }
        const delta = snapshot.refresh() orelse return error.NothingNew;
        const latest = snapshot.latest();
        if (latest.len() != batch) return error.HalfABatch;
        if (views % 200 == 0) {
            var sum: f64 = 0;
            var records = snapshot.records();
            while (records.next()) |entry| sum += entry.record.load[0];
            const mean = sum / @as(f64, @floatFromInt(snapshot.len()));
            std.debug.print(
                "ticks {d} to {d}: {d} in view, {d} of them new, with a mean load of {d:.1}\n",
                .{ latest.begin, latest.end - 1, snapshot.len(), delta.appended, mean },
            );
        }
    }
}
