//! Each test holds up a promise of the package, which is its name. All memory is std.testing.allocator's, which reports
//! leaks.

test {
    _ = @import("declarations.zig");
    _ = @import("inlined.zig");
    _ = @import("memory.zig");
    _ = @import("model.zig");
    _ = @import("readers.zig");
    _ = @import("recorder.zig");
    _ = @import("threads.zig");
    _ = @import("types.zig");
    _ = @import("writer.zig");
}
