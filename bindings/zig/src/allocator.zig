//! An alog_allocator that takes its memory from a std.mem.Allocator.

const std = @import("std");
const c = @import("c.zig");

/// The context of an alog_allocator. It lies in the allocator's own memory. It is freed when the last block comes back:
/// this is the library's last call.
pub const Bridge = struct {
    allocator: std.mem.Allocator,
    /// How many blocks are allocated, plus one for the call that creates the log.
    count: std.atomic.Value(usize),

    /// A bridge with one count. The caller releases it after it has created the log, or failed to.
    pub fn create(allocator: std.mem.Allocator) error{OutOfMemory}!*Bridge {
        const bridge = try allocator.create(Bridge);
        bridge.* = .{ .allocator = allocator, .count = .init(1) };
        return bridge;
    }

    pub fn release(bridge: *Bridge) void {
        // Release, Acquire: the bridge is destroyed after each use of it.
        if (bridge.count.fetchSub(1, .acq_rel) == 1) {
            const allocator = bridge.allocator;
            allocator.destroy(bridge);
        }
    }

    pub fn raw(bridge: *Bridge) c.alog_allocator {
        return .{ .context = bridge, .allocate = allocate, .deallocate = deallocate };
    }

    fn of(context: ?*anyopaque) *Bridge {
        return @ptrCast(@alignCast(context.?));
    }

    fn allocate(context: ?*anyopaque, size: usize, alignment: usize) callconv(.c) ?*anyopaque {
        const bridge = of(context);
        const block = bridge.allocator.rawAlloc(size, .fromByteUnits(alignment), @returnAddress()) orelse return null;
        // Monotonic: meanwhile the call that creates the log, or another block of the log, holds a count.
        _ = bridge.count.fetchAdd(1, .monotonic);
        return block;
    }

    fn deallocate(context: ?*anyopaque, block: ?*anyopaque, size: usize, alignment: usize) callconv(.c) void {
        const bridge = of(context);
        const bytes: [*]u8 = @ptrCast(block.?);
        bridge.allocator.rawFree(bytes[0..size], .fromByteUnits(alignment), @returnAddress());
        bridge.release();
    }
};
