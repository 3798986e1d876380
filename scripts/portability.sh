#!/usr/bin/env bash
# Compiles the headers for targets on which the library has not been run: what the types, the layouts and the macros say
# must hold there, too. No program is linked, since that would take Rust's standard library for each target.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cc x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++ aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ i686:gnu/stubs-32.h

strict=(-Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only -Iinclude)
compiles() { # WHAT COMPILER...
  local what=$1
  shift
  "$@" || { echo "  FAILED    $what" >&2; exit 1; }
  echo "  compiles  $what"
}

for target in "Windows, x86-64|x86_64-w64-mingw32" "Linux, aarch64|aarch64-linux-gnu" "Linux, i686|"; do
  name=${target%|*} prefix=${target#*|}
  cc=("${prefix:+$prefix-}gcc") cxx=("$prefix-g++")
  [ -n "$prefix" ] || cc+=(-m32)
  for standard in c99 c11 c2x; do
    compiles "$name: atomic_log.h as ${standard^^}" "${cc[@]}" -std=$standard "${strict[@]}" c-tests/test_header_c.c
    compiles "$name: atomic_log_inline.h as ${standard^^}" "${cc[@]}" -std=$standard "${strict[@]}" c-tests/test_header_inline.c
  done
  compiles "$name: the layouts" "${cc[@]}" -std=c11 "${strict[@]}" c-tests/test_layout.c
  [ -n "$prefix" ] || continue # a 32-bit C++ library cannot be installed beside compilers for other machines
  compiles "$name: atomic_log_inline.h as C++11" "${cxx[@]}" -std=c++11 "${strict[@]}" -x c++ c-tests/test_header_inline.c
  compiles "$name: atomic_log.h as C++11" "${cxx[@]}" -std=c++11 "${strict[@]}" c-tests/test_header_cpp.cpp
  for standard in 17 20; do
    compiles "$name: atomic_log.hpp as C++$standard" "${cxx[@]}" -std=c++$standard "${strict[@]}" -x c++ cpp-tests/refused.cpp
  done
done

# That a fault would be found: one that is planted, and no other.
planted=$(printf '#include "c-tests/test_layout.c"\n_Static_assert(sizeof(alog_range) == 24, "planted");\n' |
  aarch64-linux-gnu-gcc -std=c11 "${strict[@]}" -I. -x c - 2>&1 || true)
if [ "$(grep -c 'error:' <<<"$planted")" -ne 1 ] || ! grep -q 'static assertion failed: "planted"' <<<"$planted"; then
  echo "portability.sh: a planted fault was not found: $planted" >&2
  exit 1
fi
