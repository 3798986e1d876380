#!/bin/sh
# Refuses a Rust that is too old for the library, and says where it is. Cargo.toml has the oldest version that works.
#
# Usage: scripts/rust-age.sh TOOL...      # cargo rustc, for example
set -eu

least=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$(dirname "$0")/../Cargo.toml")
for tool; do
  version=$("$tool" --version | sed -n 's/^[a-z]* \([0-9][0-9.]*\).*/\1/p')
  minor=${version#*.}
  [ -n "$version" ] || { echo "atomic-log needs Rust $least or later, and $tool --version names no version" >&2; exit 1; }
  if [ "${version%%.*}" -ne 1 ] || [ "${minor%%.*}" -ge "${least#*.}" ]; then continue; fi
  echo "atomic-log needs Rust $least or later, and $(command -v "$tool") is $version. Put a later one first on the PATH," \
    "or name it: CARGO=/path/to/cargo RUSTC=/path/to/rustc" >&2
  exit 1
done
