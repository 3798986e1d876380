#!/usr/bin/env bash
# Checks the Zig package, bindings/zig, against the library in target/lib: its form, its tests with safety checks and
# without, its example, and a program of another package that fetches it.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

scripts/need.sh cargo cc python3 zig
# Where need.sh puts Zig if there is none of the release.
for zig in zig python-zig "$root/build/tools/bin/python-zig"; do
  case "$("$zig" version 2>/dev/null)" in
    0.16.*) break ;;
  esac
done

export ZIG_LOCAL_CACHE_DIR=$root/build/zig
cd bindings/zig
"$zig" build fmt
for mode in Debug ReleaseFast; do
  "$zig" build test "-Doptimize=$mode" --summary new
done
"$zig" build example

# A package elsewhere, with a copy of what build.zig.zon says is this one's.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp examples/follow.zig "$work"
cat >"$work/build.zig.zon" <<'END'
.{
    .name = .program,
    .version = "0.0.0",
    .fingerprint = 0x92ed7784498e0184,
    .paths = .{""},
}
END
cat >"$work/build.zig" <<'END'
const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = b.standardTargetOptions(.{});
    const atomic_log = b.dependency("atomic_log", .{
        .target = target,
        .@"atomic-log" = b.option(std.Build.LazyPath, "library", "Where libatomic_log.a is").?,
    });
    const program = b.addExecutable(.{ .name = "program", .root_module = b.createModule(.{
        .root_source_file = b.path("follow.zig"),
        .target = target,
        .imports = &.{.{ .name = "atomic_log", .module = atomic_log.module("atomic_log") }},
    }) });
    b.installArtifact(program);
}
END
package=$PWD
cd "$work"
"$zig" fetch --save=atomic_log "$package"
"$zig" build "-Dlibrary=$root/target/lib"
zig-out/bin/program 2>/dev/null
echo "A package elsewhere fetches this one, and its program runs."
