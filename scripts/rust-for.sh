#!/bin/sh
# Finds a Rust that builds for a target, and prints the environment in which cargo uses it: NAME=VALUE, a line each.
#
# Usage: scripts/rust-for.sh TARGET [CRATES]      # aarch64-unknown-linux-gnu, for example
#
# First comes the user's own Rust, which RUSTC names, or else the PATH. If it has the target (`rustup target add
# TARGET`), it is used as it is. If it has the sources of the standard library (`rustup component add rust-src`), cargo
# builds CRATES of them for the target: core by default. If it has neither, Debian's newest Rust is unpacked with its
# sources into build/tools. This is not done with ATOMIC_LOG_EMBEDDED=1, for a project that embeds the library.
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
  if [ -n "${ATOMIC_LOG_EMBEDDED:-}" ] || ! command -v apt-get >/dev/null; then
    echo "rust-for.sh: ${rustc:+$rustc has no core for $target. }Install it with \`rustup target add $target\`." >&2
    exit 1
  fi
  rustc=$("$(dirname "$0")/debian-rust.sh" newest --sources)
fi
"$rustc" --print cfg --target "$target" >/dev/null 2>&1 || {
  echo "rust-for.sh: $("$rustc" --version) knows no target $target; \`rustc --print target-list\` lists what there is" >&2
  exit 1
}
echo "RUSTC=$rustc"
# Stable Rust builds the standard library only with a flag that accepts that this is unstable.
echo "RUSTC_BOOTSTRAP=1"
echo "CARGO_UNSTABLE_BUILD_STD=$crates"
