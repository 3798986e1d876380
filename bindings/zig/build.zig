const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = b.standardTargetOptions(.{});
    const optimize = b.standardOptimizeOption(.{});
    const linkage = b.option(
        std.builtin.LinkMode,
        "linkage",
        "Link the static library, or the shared one: static unless said",
    ) orelse .static;
    const directory = path(
        b,
        "atomic-log",
        "The directory that the library is in; ../../target/lib unless said",
    ) orelse besides(b, "../../target/lib");
    const file = path(
        b,
        "atomic-log-file",
        "The library itself, if its name is not the usual one",
    );

    const atomic_log = b.addModule("atomic_log", .{
        .root_source_file = b.path("src/root.zig"),
        .target = target,
        .optimize = optimize,
        .link_libc = true,
    });
    if (file) |named| {
        atomic_log.addObjectFile(named);
    } else {
        // The linker knows how the target names a library, static or shared. It looks where libraries are installed, too.
        if (directory) |place| atomic_log.addLibraryPath(place);
        atomic_log.linkSystemLibrary("atomic_log", .{
            .use_pkg_config = .no,
            .preferred_link_mode = linkage,
            .search_strategy = .no_fallback,
        });
    }
    // A program finds the shared library where it was linked.
    if (linkage == .dynamic) {
        if (if (file) |named| named.dirname() else directory) |place| atomic_log.addRPath(place);
    }

    // What the header declares, for the test that compares src/c.zig with it.
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

    // For scripts/instructions.sh and scripts/bench-zig.sh.
    for ([_][]const u8{ "paths", "bench" }) |name| {
        const program = b.addExecutable(.{ .name = name, .root_module = b.createModule(.{
            .root_source_file = b.path(b.fmt("test/{s}.zig", .{name})),
            .target = target,
            .optimize = optimize,
            .imports = &.{.{ .name = "atomic_log", .module = atomic_log }},
        }) });
        b.step(name, b.fmt("Build test/{s}.zig", .{name})).dependOn(&b.addInstallArtifact(program, .{}).step);
    }

    const cost = b.addExecutable(.{ .name = "cost", .root_module = b.createModule(.{
        .root_source_file = b.path("test/cost.zig"),
        .target = target,
        .optimize = optimize,
        .imports = &.{.{ .name = "atomic_log", .module = atomic_log }},
    }) });
    b.step("cost", "Build test/cost.zig").dependOn(&b.addInstallArtifact(cost, .{}).step);

    const fmt = b.addFmt(.{
        .paths = &.{ "build.zig", "build.zig.zon", "src", "test", "examples" },
        .check = true,
    });
    b.step("fmt", "Check the form of the sources").dependOn(&fmt.step);
}

/// An option that is a path. Absolute, since programs may be run elsewhere.
fn path(b: *std.Build, name: []const u8, description: []const u8) ?std.Build.LazyPath {
    return switch (b.option(std.Build.LazyPath, name, description) orelse return null) {
        .cwd_relative => |said| .{ .cwd_relative = b.pathResolve(&.{ b.graph.cache.cwd, said }) },
        else => |said| said,
    };
}

/// A directory of the repository, which is not there beside a copy of this package.
fn besides(b: *std.Build, directory: []const u8) ?std.Build.LazyPath {
    b.build_root.handle.access(b.graph.io, directory, .{}) catch return null;
    return b.path(directory);
}
