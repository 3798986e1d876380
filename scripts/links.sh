#!/usr/bin/env bash
# Builds the library for machines on which no test runs, and links a program with it. Zig's C compiler links it, because
# it brings what their systems' libraries define. The program must be one for that machine.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc python3 zig
# need.sh puts Zig here if there is none of the release.
for zig in zig python-zig "$PWD/build/tools/bin/python-zig"; do
  case "$("$zig" version 2>/dev/null)" in 0.16.*) break ;; esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ZIG_LOCAL_CACHE_DIR=$PWD/build/zig

# shellcheck source=scripts/ways.sh
. scripts/ways.sh

# links RUST-TARGET ZIG-TARGET BYTES: with the archive as cargo makes it. The program contains these bytes, a Perl
# pattern.
links() {
  local environment made=target/c/links
  environment=$(scripts/rust-for.sh "$1")
  mapfile -t environment <<<"$environment"
  env "${environment[@]}" "${CARGO:-cargo}" build --quiet --release --manifest-path capi/Cargo.toml --target-dir $made --target "$1"
  made=$(ls $made/"$1"/release/{libatomic_log.a,atomic_log.lib} 2>/dev/null || true)
  "$zig" cc -target "$2" -O2 -Iinclude c-tests/embedded/least.c "$made" -o "$work/$1"
  LC_ALL=C grep -qaP "$3" "$work/$1"
}
way "macOS on aarch64" links aarch64-apple-darwin aarch64-macos '^\xcf\xfa\xed\xfe\x0c\x00\x00\x01'
way "macOS on x86-64" links x86_64-apple-darwin x86_64-macos '^\xcf\xfa\xed\xfe\x07\x00\x00\x01'
way "Windows on aarch64" links aarch64-pc-windows-gnullvm aarch64-windows-gnu 'PE\x00\x00\x64\xaa'
way "Linux on 32-bit x86, glibc" links i686-unknown-linux-gnu x86-linux-gnu '^\x7fELF\x01\x01\x01[\x00-\xff]{9}[\x02\x03]\x00\x03\x00'
# The program's header has no number of this system. But only this system's loader has that name.
way "FreeBSD on x86-64" links x86_64-unknown-freebsd x86_64-freebsd '/libexec/ld-elf[.]so[.]1\x00'
ways_end links
