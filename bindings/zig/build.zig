const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = b.standardTargetOptions(.{});
    const optimize = b.standardOptimizeOption(.{});
    const library = b.option(
        std.Build.LazyPath,
        "atomic-log",
        "The directory that libatomic_log.a is in; ../../target/lib unless said",
    ) orelse b.path("../../target/lib");

    const atomic_log = b.addModule("atomic_log", .{
        .root_source_file = b.path("src/root.zig"),
        .target = target,
        .optimize = optimize,
        .link_libc = true,
    });
    atomic_log.addObjectFile(library.path(b, "libatomic_log.a"));

    // What the header says, for the test that compares src/c.zig with it.
    const header = b.addTranslateC(.{
        .root_source_file = b.path("../../include/atomic_log.h"),
        .target = target,
        .optimize = optimize,
    });

    const package = b.addOptions();
    package.addOption([]const u8, "version", @import("build.zig.zon").version);

    const tests = b.addTest(.{ .root_module = b.createModule(.{
        .root_source_file = b.path("test/all.zig"),
        .target = target,
        .optimize = optimize,
        .imports = &.{
            .{ .name = "atomic_log", .module = atomic_log },
            .{ .name = "header", .module = header.createModule() },
            .{ .name = "package", .module = package.createModule() },
        },
    }) });
    const test_step = b.step("test", "Run the tests");
    test_step.dependOn(&b.addRunArtifact(tests).step);

    // A log of what cannot be a record does not compile, and the compiler says why.
    const refused = b.addObject(.{ .name = "refused", .root_module = b.createModule(.{
        .root_source_file = b.path("test/refused.zig"),
        .target = target,
        .imports = &.{.{ .name = "atomic_log", .module = atomic_log }},
    }) });
    refused.expect_errors = .{ .contains = "error: no log of refused.Named: field 'name' is a pointer" };
    test_step.dependOn(&refused.step);

    const follow = b.addExecutable(.{ .name = "follow", .root_module = b.createModule(.{
        .root_source_file = b.path("examples/follow.zig"),
        .target = target,
        .optimize = optimize,
        .imports = &.{.{ .name = "atomic_log", .module = atomic_log }},
    }) });
    const example = b.addRunArtifact(follow);
    example.has_side_effects = true; // runs each time, and shows what it prints
    b.step("example", "Run examples/follow.zig").dependOn(&example.step);

    const fmt = b.addFmt(.{
        .paths = &.{ "build.zig", "build.zig.zon", "src", "test", "examples" },
        .check = true,
    });
    b.step("fmt", "Check the form of the sources").dependOn(&fmt.step);
}
