//! Needs a library with the cargo feature `hooks`, by which panics are planted: see src/hooks.rs.

const std = @import("std");
const atomic_log = @import("atomic_log");
const help = @import("help.zig");
const same = std.testing.expectEqual;
const fails = std.testing.expectError;

const entry = 1;
const answer = 2;
extern fn alog_hook_panic(place: u32, countdown: u64) u64;

test "a panic in the library comes out as error.Internal, through what Zig links, and readers stay valid" {
    var log = try help.numbers();
    defer log.deinit();
    var writer = try log.writer();
    defer writer.deinit();
    try help.count(writer, 0, 10);
    var snapshot = try log.snapshot();
    defer snapshot.deinit();
    var cursor = try log.cursor(.oldest);
    defer cursor.deinit();
    for ([_]u32{ entry, answer }) |place| {
        _ = alog_hook_panic(place, 1);
        try fails(error.Internal, log.snapshot());
        _ = alog_hook_panic(place, 1);
        try fails(error.Internal, snapshot.refresh());
        _ = alog_hook_panic(place, 1);
        try fails(error.Internal, snapshot.wait(0));
        _ = alog_hook_panic(place, 1);
        try fails(error.Internal, cursor.next());
        _ = alog_hook_panic(place, 1);
        try fails(error.Internal, writer.notify());
        try same(0, alog_hook_panic(0, 0));
        try help.shows(snapshot, 0, 10);
    }
    _ = alog_hook_panic(entry, 1);
    try fails(error.Internal, writer.append(10));
    try writer.append(10);
    try same(1, (try snapshot.refresh()).?.appended);
    try help.shows(snapshot, 0, 11);
}
