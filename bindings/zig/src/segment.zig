const c = @import("c.zig");

/// A pin on one segment. It keeps a chunk readable, even after all other handles are gone.
pub fn Segment(comptime Kind: type) type {
    return struct {
        handle: *c.alog_segment,
        /// The pinned chunk. Valid until `deinit`.
        chunk: Kind.Chunk,

        const Self = @This();

        pub fn deinit(segment: *Self) void {
            c.alog_segment_release(segment.handle);
            segment.* = undefined;
        }

        /// Makes another pin on the same segment. Call its `deinit`, too.
        pub fn retain(segment: Self) Self {
            return .{ .handle = c.alog_segment_retain(segment.handle).?, .chunk = segment.chunk };
        }

        /// The segment's number: 0, 1, 2, ... in order of creation.
        pub fn sequence(segment: Self) u64 {
            return c.alog_segment_sequence(segment.handle);
        }
    };
}
