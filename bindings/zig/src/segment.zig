const c = @import("c.zig");

/// A pin on one segment: keeps a chunk readable, whatever else is gone.
pub fn Segment(comptime Kind: type) type {
    return struct {
        handle: *c.alog_segment,
        /// What was pinned. Valid until `deinit`.
        chunk: Kind.Chunk,

        const Self = @This();

        pub fn deinit(segment: *Self) void {
            c.alog_segment_release(segment.handle);
            segment.* = undefined;
        }

        /// Another pin on the same segment, with a `deinit` of its own.
        pub fn retain(segment: Self) Self {
            return .{ .handle = c.alog_segment_retain(segment.handle).?, .chunk = segment.chunk };
        }

        /// 0, 1, 2, ... in order of creation.
        pub fn sequence(segment: Self) u64 {
            return c.alog_segment_sequence(segment.handle);
        }
    };
}
