#!/usr/bin/env bash
# Checks the properties of the C library that matter to embedders: what it imports and defines, how large it is, and
# that it links into programs and plugins, beside other libraries in Rust, with the linkers and the link-time optimisers
# of gcc and clang.
#
# Usage: scripts/embed-test.sh [--update]
#
# abi/sizes.txt has the committed sizes, and the compiler that made them. A size that is more than 2 % above fails,
# until --update writes the file anew. With another compiler the limit is 25 %.
set -euo pipefail
cd "$(dirname "$0")/.."

CLANG=${CLANG:-clang}
LLD=${LLD:-ld.lld}
scripts/need.sh cargo cc "$CLANG" "$LLD"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=c-tests/embedded
include=(-Iinclude)

# shellcheck source=scripts/ways.sh
. scripts/ways.sh

CARGO_TARGET_DIR=$PWD/target/prove/own/cargo scripts/c-library.sh "$work/lib" --release --features prove
archive=$work/lib/libatomic_log.a
shared=$work/lib/libatomic_log.so.0
sed -n 's/^ *\(alog_[a-z0-9_]*\);$/\1/p' abi/atomic_log.map | sort >"$work/functions"

# What it is

# The imports that a library of Rust without std cannot avoid, and those from libc: a kernel's call, the clock, memory.
allowed='memcpy|memmove|memset|memcmp|bcmp|strlen|malloc|posix_memalign|free|clock_gettime|nanosleep|syscall|abort|write|__errno_location'
imports() {
  nm -D --undefined-only "$shared" | sed 's/^ *[Uw] //; s/@.*//' | sort >"$work/imports"
  cat "$work/imports"
  fails says -vxE "$allowed" <"$work/imports"
  says -x memcpy <"$work/imports" # the list is not empty
}
needs_libc_alone() { [ "$(readelf -d "$shared" | grep -c NEEDED)" = 1 ] && readelf -d "$shared" | says -F '[libc.so.'; }
archive_is_one_object() { [ "$(ar t "$archive" | wc -l)" = 1 ]; }
archive_defines_ours() { diff "$work/functions" <(nm -g --defined-only "$archive" | sed -n 's/^[0-9a-f]* [A-Z] //p' | sort); }
archive_imports() { nm --undefined-only "$archive" | sed -n 's/^ *[Uw] //p' | fails says -vxE "$allowed"; }
archive_hides() {
  [ "$(readelf -sW "$archive" | grep -c ' GLOBAL HIDDEN ')" = "$(wc -l <"$work/functions")" ]
  readelf -sW "$archive" | grep -E ' (GLOBAL|WEAK) +DEFAULT ' | fails says -v ' UND '
}
no_bitcode() { readelf -SW "$archive" | says -F .text; readelf -SW "$archive" | fails says -E 'llvmbc|llvmcmd|gnu[.]lto'; }
no_debug_information() { readelf -SW "$archive" "$shared" | fails says -F .debug_; }
debug_information() {
  DEBUG_INFO=1 CARGO_TARGET_DIR=$PWD/target/prove/own/cargo scripts/c-library.sh "$work/debug" --release --features prove
  readelf -SW "$work/debug/libatomic_log.a" | says -F .debug_line
  readelf -SW "$work/debug/libatomic_log.so.0" | says -F .debug_line
}
no_unwinder() { nm "$archive" "$shared" | fails says -iE 'eh_personality|_Unwind_|rust_begin_unwind|panic'; }

# Its sizes

sizes() {
  strip -o "$work/stripped.so" "$shared"
  cc -O2 "${include[@]}" $here/least.c "$archive" -Wl,--gc-sections -s -o "$work/least"
  "$work/least"
  echo "# $(compiler)"
  echo "archive $(stat -c %s "$archive")"
  echo "shared, stripped $(stat -c %s "$work/stripped.so")"
  echo "program that makes, writes and frees a log $(stat -c %s "$work/least")"
}
of_this_compiler() { grep -qxF "# $(compiler)" abi/sizes.txt; }
compiler() { rustc --version | sed 's/^\(rustc [0-9]*\.[0-9]*\).*/\1/'; }
at_most() { # NAME LIMIT
  local size more=25
  if of_this_compiler; then more=0; fi
  size=$(sed -n "s/^$1 //p" "$work/sizes")
  echo "$1: $size bytes, at most $2, and $more % more"
  [ -n "$size" ] && [ $((size * 100)) -le $(($2 * (100 + more))) ]
}
no_larger_than_committed() {
  local name size committed percent=25
  if of_this_compiler; then percent=2; fi
  while read -r line; do
    name=${line% *} size=${line##* }
    committed=$(sed -n "s/^$name //p" abi/sizes.txt)
    echo "$name: $size bytes, committed $committed, $percent % more at most"
    [ -n "$committed" ]
    [ $((size * 100)) -le $((committed * (100 + percent))) ]
  done < <(grep -v '^#' "$work/sizes")
}

told_in_install() {
  local name size
  while read -r line; do
    name=${line% *} size=${line##* }
    grep -F "$name" docs/INSTALL.md | says -F "$(sed ':a; s/\B[0-9]\{3\}\b/,&/; ta' <<<"$size")"
  done < <(grep -v '^#' abi/sizes.txt)
}
# An embedder's build that no compiler of ours has tried. Whatever that compiler proves, the library links, and prints
# where it would panic.
builds_otherwise() { # NAME=VALUE...
  env "$@" CARGO_TARGET_DIR="$work/otherwise" scripts/c-library.sh "$work/otherwise-lib" --release
  cc -O2 "${include[@]}" $here/least.c "$work/otherwise-lib/libatomic_log.a" -o "$work/otherwise-least"
  "$work/otherwise-least"
  cc -O2 "${include[@]}" $here/least.c -L"$work/otherwise-lib" -latomic_log -o "$work/otherwise-least"
  LD_LIBRARY_PATH=$work/otherwise-lib "$work/otherwise-least"
}

# What links the library

beside_rust() { # COMPILER FLAG...
  local compiler=$1
  shift
  for order in "$archive $work/libother.a" "$work/libother.a $archive"; do
    # shellcheck disable=SC2086 # two words
    "$compiler" -O2 -DBESIDE_RUST "${include[@]}" $here/least.c $order "$@" -lpthread -ldl -lm -o "$work/beside"
    "$work/beside"
  done
}
whole() { # COMPILER FLAG...: every member of both archives, whether something asks for it or not
  local compiler=$1
  shift
  "$compiler" -O2 -DBESIDE_RUST "${include[@]}" $here/least.c -Wl,--whole-archive "$archive" "$work/libother.a" \
    -Wl,--no-whole-archive "$@" -lpthread -ldl -lm -o "$work/beside"
  "$work/beside"
}
embeds() { # COMPILER FLAG...
  "$1" -O2 "${include[@]}" "${@:2}" $here/least.c "$archive" -o "$work/embeds"
  "$work/embeds"
}
plugin() { # NAME
  cc -O2 -fPIC -shared -fvisibility=hidden "${include[@]}" $here/plugin.c "$archive" -o "$work/$1"
}
exports_its_own() {
  plugin plugin.so
  nm -D --defined-only "$work/plugin.so" | sed 's/.* //' | sort >"$work/exports"
  diff <(printf 'plugin_append\nplugin_end\n') "$work/exports"
}
two_plugins() {
  plugin first.so
  plugin second.so
  cc -O2 $here/host.c -ldl -o "$work/host"
  "$work/host" "$work/first.so" "$work/second.so"
}

way "the shared library imports memory, the clock and the kernel's calls, and nothing else" imports
way "it needs libc alone" needs_libc_alone
way "the archive is one object" archive_is_one_object
way "its global symbols are the functions of the header" archive_defines_ours
way "they are hidden, so that what links it does not export them" archive_hides
way "it imports no more than the shared library" archive_imports
way "no bitcode, which clang -flto would take for its own" no_bitcode
way "nothing of an unwinder or of panics" no_unwinder
way "no debug information" no_debug_information
way "debug information on request: DEBUG_INFO=1" debug_information

sizes >"$work/sizes"
if [ "${1:-}" = --update ]; then cp "$work/sizes" abi/sizes.txt; fi
way "the archive has at most 2 MB" at_most archive 2000000
way "the shared library has at most 88 KiB, stripped" at_most "shared, stripped" 90112
way "a program that makes, writes and frees a log has at most 32 KiB" \
  at_most "program that makes, writes and frees a log" 32768
way "nothing is larger than abi/sizes.txt says" no_larger_than_committed

way "docs/INSTALL.md says these sizes" told_in_install
for level in 0 1 s z; do
  way "it builds and links with opt-level = $level" builds_otherwise CARGO_PROFILE_RELEASE_OPT_LEVEL=$level
done
way "it builds and links without link-time optimisation" builds_otherwise CARGO_PROFILE_RELEASE_LTO=off
way "it builds and links with debug assertions" builds_otherwise CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true

rustc -C opt-level=3 -C lto=fat -C codegen-units=1 --crate-type staticlib --edition 2024 $here/other.rs -o "$work/libother.a"
way "beside another Rust archive with std and LTO, in both orders: ld" beside_rust cc
way "the same: lld" beside_rust "$CLANG" -fuse-ld=lld "--ld-path=$(command -v "$LLD")"
way "the same, all members of both: ld" whole cc
way "the same, all members of both: lld" whole "$CLANG" -fuse-ld=lld "--ld-path=$(command -v "$LLD")"
way "gcc -flto" embeds cc -flto
way "clang -flto" embeds "$CLANG" -flto
way "clang -flto=thin, lld" embeds "$CLANG" -flto=thin -fuse-ld=lld "--ld-path=$(command -v "$LLD")"
way "a program that is static as a whole" embeds cc -static
way "a plugin with hidden visibility exports its own functions alone" exports_its_own
way "two plugins that carry the library, in one process" two_plugins
ways_end embed-test
