//! What an append costs, compared with the least that publishing a record can cost in Zig: a copy into a ring and one
//! Release store. `bench FILE` writes the rows that bench/src/rows.rs calls zig/..., as bench/c/turns.h does: the
//! machine may be shared, so log and ring take turns of some microseconds, and the result is the median of the turns'
//! ratios.

const std = @import("std");
const atomic_log = @import("atomic_log");

const segment = 1024;
const retained = 16 * segment;
const ring_records = 17 * segment;
const appends = 4096;
const warm_up_ns = 50_000_000;
const measured_ns = 300_000_000;

fn now() u64 {
    var time: std.c.timespec = undefined;
    if (std.c.clock_gettime(.MONOTONIC, &time) != 0) unreachable;
    return @as(u64, @intCast(time.sec)) * std.time.ns_per_s + @as(u64, @intCast(time.nsec));
}

/// The compiler must forget all that it knows of the memory, as in a program that does something else between two
/// appends. Otherwise it keeps the ring's state, which no other thread has, in registers from one record to the next.
inline fn forget() void {
    asm volatile ("" ::: .{ .memory = true });
}

/// Records, and a counter on a cache line of its own. No reader can use it safely: the writer overwrites what a reader
/// reads.
fn Ring(comptime T: type) type {
    return struct {
        slots: [*]T,
        next: usize = 0,
        count: u64 = 0,
        published: u64 align(128) = 0,

        inline fn push(ring: *@This(), record: *const T) void {
            const next = ring.next;
            const count = ring.count + 1;
            @memcpy(std.mem.asBytes(&ring.slots[next]), std.mem.asBytes(record));
            ring.next = if (next + 1 == ring_records) 0 else next + 1;
            ring.count = count;
            @atomicStore(u64, &ring.published, count, .release);
        }
    };
}

fn Pair(comptime size: usize) type {
    const T = extern struct { lanes: [size / 8]u64 };
    return struct {
        const Log = atomic_log.Log(T);
        writer: Log.Writer,
        ring: Ring(T),
        record: *const T,

        noinline fn control(pair: *@This()) void {
            const ring, const record = .{ &pair.ring, pair.record };
            for (0..appends) |_| {
                ring.push(record);
                forget();
            }
        }
        noinline fn subject(pair: *@This()) void {
            const writer, const record = .{ pair.writer, pair.record };
            for (0..appends) |_| {
                writer.append(record) catch @panic("append");
                forget();
            }
        }
    };
}

const Round = struct { ours: f64, theirs: f64 };

fn turn(run: anytype, pair: anytype) f64 {
    const begin = now();
    run(pair);
    return @as(f64, @floatFromInt(now() - begin)) / appends;
}

fn row(comptime size: usize, gpa: std.mem.Allocator, out: *std.ArrayList(u8)) !void {
    const P = Pair(size);
    const T = @typeInfo(@FieldType(P, "record")).pointer.child;
    var log: P.Log = try .init(.{ .retained_capacity = retained, .segment_capacity = segment });
    defer log.deinit();
    const memory = try gpa.alignedAlloc(u8, .fromByteUnits(4096), 2 * 4096 + ring_records * size);
    defer gpa.free(memory);
    @memset(memory, 1);
    const sources = try gpa.alignedAlloc(u8, .fromByteUnits(4096), 2 * 4096);
    defer gpa.free(sources);
    @memset(sources, 1);
    var pair: P = .{ .writer = try log.writer(), .ring = undefined, .record = undefined };
    defer pair.writer.deinit();
    const first: T = .{ .lanes = @splat(1) };
    for (0..2 * ring_records) |_| try pair.writer.append(&first);
    {
        // Processors mistake a load for one of what was just stored if both have the same offset within their pages,
        // and then the load waits. So the ring's slots have the log's offsets, and the source lies 512 bytes from where
        // a slot begins.
        var snapshot = try log.snapshot();
        defer snapshot.deinit();
        const phase = @intFromPtr((try snapshot.chunk(0)).records.ptr) % 4096;
        pair.ring = .{ .slots = @ptrCast(@alignCast(memory.ptr + phase)) };
        pair.record = @ptrCast(@alignCast(sources.ptr + (phase + 512) % 4096));
    }
    const it = &pair;
    var rounds: std.ArrayList(Round) = .empty;
    defer rounds.deinit(gpa);
    const begin = now();
    var number: usize = 0;
    while (now() < begin + warm_up_ns + measured_ns) : (number += 1) {
        // The first side alternates, so that neither always finds the caches warm.
        var round: Round = undefined;
        if (number % 2 == 0) round.theirs = turn(P.control, it);
        round.ours = turn(P.subject, it);
        if (number % 2 == 1) round.theirs = turn(P.control, it);
        if (now() > begin + warm_up_ns) try rounds.append(gpa, round);
    }
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    if (snapshot.len() < retained) return error.TooFewAreRetained;
    var last = try snapshot.recordsIn(snapshot.latest());
    if (!std.mem.eql(u8, std.mem.asBytes(last.next().?.record), std.mem.asBytes(pair.record))) return error.NotWhatWasAppended;

    const count = rounds.items.len;
    const values = try gpa.alloc(f64, 3 * count);
    defer gpa.free(values);
    const ours, const theirs, const ratios = .{ values[0..count], values[count .. 2 * count], values[2 * count ..] };
    for (rounds.items, ours, theirs, ratios) |round, *our, *their, *ratio| {
        our.* = round.ours;
        their.* = round.theirs;
        ratio.* = round.ours / round.theirs;
    }
    for ([_][]f64{ ours, theirs, ratios }) |each| std.mem.sort(f64, each, {}, std.sort.asc(f64));
    const figures = .{ ours[count / 2], theirs[count / 2], ratios[count / 2], ratios[count / 4], ratios[count * 3 / 4] };
    const name = std.fmt.comptimePrint("zig/append/{d}", .{size});
    try out.print(gpa, name ++ "\tatomic-log\t{d:.4}\t{d:.4}\t{d:.4}\t{d:.4}\t{d:.4}\n", figures);
    std.debug.print("{s:<20} {s:<12} {d:>9.2} ns {d:>9.2} ns {d:>8.2} x  ({d:.2} to {d:.2})\n", .{ name, "atomic-log" } ++ figures);
}

pub fn main(init: std.process.Init) !void {
    const arguments = try init.minimal.args.toSlice(init.arena.allocator());
    if (arguments.len != 2) return error.NameTheFile;
    var out: std.ArrayList(u8) = .empty;
    inline for (.{ 8, 64, 256 }) |size| try row(size, init.arena.allocator(), &out);
    try std.Io.Dir.cwd().writeFile(init.io, .{ .sub_path = arguments[1], .data = out.items });
}
