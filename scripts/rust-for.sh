#!/bin/sh
# Finds a Rust that builds for a target, and prints what cargo must have in its environment to use it: NAME=VALUE, a line each.
#
# Usage: scripts/rust-for.sh TARGET [CRATES]      # aarch64-unknown-linux-gnu, say
#
# First comes the user's own Rust, which RUSTC names, or else the PATH. If it has the target (`rustup target add TARGET`), it is
# used as it is. If it has the sources of the standard library (`rustup component add rust-src`), cargo builds CRATES of them for
# the target: core, unless said. If it has neither, Debian's newest Rust is unpacked with its sources into build/tools, but not with
# ATOMIC_LOG_EMBEDDED=1, for a project that embeds the library.
set -eu
target=$1
crates=${2:-core}

there() { [ -e "$1" ]; }
has_target() { # RUSTC
  libraries=$("$1" --print target-libdir --target "$target" 2>/dev/null) && [ -n "$libraries" ] || return 1
  for library in "$libraries"/libcore-*.rlib; do there "$library" && return 0; done
  return 1
}
has_sources() { # RUSTC
  there "$("$1" --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock"
}

rustc=$(command -v "${RUSTC:-rustc}" || true)
if [ -n "$rustc" ] && has_target "$rustc"; then
  echo "RUSTC=$rustc"
  exit 0
fi
if [ -z "$rustc" ] || ! has_sources "$rustc"; then
  command -v apt-get >/dev/null && [ -z "${ATOMIC_LOG_EMBEDDED:-}" ] || {
    echo "rust-for.sh: ${rustc:+$rustc has no core for $target. }Install it with \`rustup target add $target\`." >&2
    exit 1
  }
  rustc=$("$(dirname "$0")/debian-rust.sh" newest --sources)
fi
"$rustc" --print cfg --target "$target" >/dev/null 2>&1 || {
  echo "rust-for.sh: $("$rustc" --version) knows no target $target; \`rustc --print target-list\` lists what there is" >&2
  exit 1
}
echo "RUSTC=$rustc"
# Stable Rust builds the standard library only for those who say that they know it to be unstable.
echo "RUSTC_BOOTSTRAP=1"
echo "CARGO_UNSTABLE_BUILD_STD=$crates"
