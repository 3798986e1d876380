#!/bin/sh
# Links the shared library that programs are given, libatomic_log.so.0, with the symbol versions of abi/atomic_log.map,
# and puts the name that programs are linked by beside it. cargo's own cdylib has no versions: rustc hands the linker an
# anonymous version script, beside which GNU ld refuses a named one, and lld ignores it.
#
# Usage: scripts/link-shared.sh CARGO-DIRECTORY DIRECTORY [LIBRARY...]
#
# CARGO-DIRECTORY holds what cargo built, DIRECTORY gets the library, and each LIBRARY is a flag for one of the
# system's; without any, rustc is asked which. CC and LDFLAGS mean what they always do. A library that would come out
# the same stays as it is. Where there is no ELF, the library is cargo's.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
made=$1
place=$2
shift 2
mkdir -p "$place"
major=$(sed -n 's/^version = "\([0-9]*\)\..*/\1/p' "$root/Cargo.toml")

if [ "$(uname -s)" = Darwin ]; then
  cp "$made/libatomic_log.dylib" "$place/libatomic_log.$major.dylib"
  ln -sf "libatomic_log.$major.dylib" "$place/libatomic_log.dylib"
  exit 0
fi

soname=libatomic_log.so.$major
work=$(mktemp -d "$place/link-XXXXXX")
trap 'rm -rf "$work"' EXIT

if [ $# -eq 0 ]; then
  libraries=$("${RUSTC:-rustc}" --crate-type staticlib --print native-static-libs -o "$work/empty.a" - 2>&1 </dev/null |
    sed -n 's/.*native-static-libs: //p')
  # shellcheck disable=SC2086 # one word per library
  set -- $libraries
fi
# The archive's members are taken for the functions that they define; what no function needs is left out.
functions=$(sed -n 's/^ *\(alog_[a-z0-9_]*\);$/-Wl,-u,\1/p' "$root/abi/atomic_log.map")
# shellcheck disable=SC2086 # one word per flag
${CC:-cc} -shared -o "$work/$soname" -Wl,-soname,"$soname" -Wl,--version-script="$root/abi/atomic_log.map" \
  -Wl,--gc-sections -Wl,-z,defs -Wl,-z,relro,-z,now -Wl,-z,noexecstack ${LDFLAGS:-} $functions "$made/libatomic_log.a" \
  -Wl,--as-needed "$@"

cmp -s "$work/$soname" "$place/$soname" || mv "$work/$soname" "$place/$soname"
ln -sf "$soname" "$place/libatomic_log.so"
