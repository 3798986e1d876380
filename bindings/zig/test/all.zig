const std = @import("std");
const atomic_log = @import("atomic_log");

test "smoke" {
    var log = try atomic_log.Log(u64).init(.{ .retained_capacity = 16, .segment_capacity = 4, .allocator = std.testing.allocator });
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try writer.append(1);
    try std.testing.expectEqual(1, log.range().end);
}
