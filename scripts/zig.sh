#!/usr/bin/env bash
# Checks the Zig package, bindings/zig, against the library in target/lib: its form; its tests with safety checks,
# without, and with the shared library; its example; that an append costs less than C's call; and a program of another
# package that fetches this one, linked in each way.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

scripts/need.sh cargo cc python3 valgrind zig
# need.sh puts Zig here if there is none of the release.
for zig in zig python-zig "$root/build/tools/bin/python-zig"; do
  case "$("$zig" version 2>/dev/null)" in
    0.16.*) break ;;
  esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Under the name that recipes use for it.
mkdir "$work/zig"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v "$zig")" >"$work/zig/zig"
chmod +x "$work/zig/zig"

export ZIG_LOCAL_CACHE_DIR=$root/build/zig
cd bindings/zig
"$zig" build fmt
for mode in Debug ReleaseFast; do
  "$zig" build test "-Doptimize=$mode" --summary new
done
"$zig" build test -Dlinkage=dynamic --summary new
"$zig" build example

# The library has the name that the target gives it: on Windows atomic_log.lib. This one has only the functions' names.
mkdir "$work/windows"
sed -n 's/^ *\(alog_[a-z0-9_]*\);$/export fn \1() void {}/p' "$root/abi/atomic_log.map" >"$work/windows/names.zig"
(cd "$work/windows" && "$zig" build-lib -target x86_64-windows-gnu --name atomic_log names.zig)
"$zig" build cost -Dtarget=x86_64-windows-gnu "-Datomic-log=$work/windows" --prefix "$work"
test -s "$work/bin/cost.exe"

# For a processor that valgrind knows.
"$zig" build cost -Dcpu=baseline -Doptimize=ReleaseFast --prefix "$work"
count() { # count SIZE WAY: the instructions of 4096 appends
  local appends counted=0
  for appends in 1000 5096; do
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/bin/cost" "$1" "$2" "$appends" 2>"$work/said"
    counted=$(($(sed -n 's/.*Collected : //p' "$work/said") - counted))
  done
  echo "$counted"
}
echo "   record  instructions of an append: by C's call, by the package, and with a copy"
for size in 8 64 256 1024; do
  c=$(count "$size" c)
  package=$(count "$size" package)
  copied=$(count "$size" copied)
  awk -v size="$size" -v c="$c" -v package="$package" -v copied="$copied" 'BEGIN {
    printf "%7d B %12.1f %7.1f %7.1f\n", size, c / 4096, package / 4096, copied / 4096
    if (package > c - 16 * 4096) { print "zig.sh: the package takes a call"; exit 1 }
    if (size > 8 && copied < package + 4 * 4096) { print "zig.sh: a copy would not be seen"; exit 1 }
  }'
done

# A package elsewhere, with a copy of the files that build.zig.zon lists.
mkdir "$work/program"
cp examples/follow.zig "$work/program"
{
  echo 'const std = @import("std");'
  echo 'const atomic_log = @import("atomic_log");'
  echo 'test "the first program of the README" {'
  echo 'const gpa = std.testing.allocator;'
  awk '/^```/ { if (inside) exit; inside = 1; next } inside' README.md
  echo '}'
} >"$work/program/readme.zig"
cat >"$work/program/build.zig.zon" <<'END'
.{
    .name = .program,
    .version = "0.0.0",
    .fingerprint = 0x92ed7784498e0184,
    .paths = .{""},
}
END
cat >"$work/program/build.zig" <<'END'
const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = b.standardTargetOptions(.{});
    const atomic_log = b.dependency("atomic_log", .{
        .target = target,
        .linkage = b.option(std.builtin.LinkMode, "linkage", "Of the library"),
        .@"atomic-log" = b.option(std.Build.LazyPath, "directory", "Where the library is"),
        .@"atomic-log-file" = b.option(std.Build.LazyPath, "file", "The library"),
    });
    const imports: []const std.Build.Module.Import = &.{
        .{ .name = "atomic_log", .module = atomic_log.module("atomic_log") },
    };
    b.installArtifact(b.addExecutable(.{ .name = "program", .root_module = b.createModule(.{
        .root_source_file = b.path("follow.zig"),
        .target = target,
        .imports = imports,
    }) }));
    const readme = b.addTest(.{ .root_module = b.createModule(.{
        .root_source_file = b.path("readme.zig"),
        .target = target,
        .imports = imports,
    }) });
    b.step("readme", "Run what the README shows").dependOn(&b.addRunArtifact(readme).step);
}
END
package=$PWD
cd "$work/program"
"$zig" fetch --save=atomic_log "$package"
# program SHARED OPTION...: builds the program, runs it elsewhere, and checks whether it needs the shared library.
program() {
  "$zig" build "${@:2}"
  (cd / && "$work/program/zig-out/bin/program" 2>/dev/null)
  local shared=no
  ! readelf -d zig-out/bin/program | grep -q 'NEEDED.*libatomic_log\.so\.0' || shared=yes
  [ "$shared" = "$1" ] || { echo "zig.sh: with ${*:2}, the shared library is needed: $shared" >&2; exit 1; }
}
cp "$root/target/lib/libatomic_log.a" "$work/other-name.a"
ln -s "$root/target/lib" "$work/lib"
program no "-Ddirectory=$root/target/lib"
program yes "-Ddirectory=$root/target/lib" -Dlinkage=dynamic
program no "-Dfile=$work/other-name.a"
program yes -Dfile=../lib/libatomic_log.so -Dlinkage=dynamic
program no --search-prefix "$work"
"$zig" build readme "-Ddirectory=$root/target/lib" 2>/dev/null
echo "A package elsewhere fetches this one. Its program runs, with either library, however that is named."

# On another processor: the same program, by qemu, with the library that is installed for it.
cd "$root"
scripts/need.sh make cmake aarch64-linux-gnu-gcc qemu-aarch64
eval "$(scripts/recipe.sh "Another processor, installed" sh)" >/dev/null
recipe=$(scripts/recipe.sh "Another processor, with Zig" sh)
cd "$work/program"
rm -r zig-out
ln -s "$root/build" build
PATH=$work/zig:$PATH bash -ec "$recipe"
readelf -h zig-out/bin/program | grep -q 'Machine: *AArch64'
qemu-aarch64 -L /usr/aarch64-linux-gnu zig-out/bin/program 2>/dev/null
echo "The program is built for aarch64, and runs there by qemu."
