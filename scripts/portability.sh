#!/usr/bin/env bash
# Compiles the headers for other targets and in the way of other compilers: the types, the layouts and the macros must
# be right there, too. No program is linked.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cc x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++ aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ \
  i686:gnu/stubs-32.h clang-16
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

strict=(-Wall -Wextra -Wpedantic -Wconversion -Wundef -Werror -fsyntax-only -Iinclude)
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
    compiles "$name: atomic_log.h as ${standard^^}" \
      "${cc[@]}" -std=$standard "${strict[@]}" -Wc++-compat c-tests/test_header_c.c
    compiles "$name: atomic_log_inline.h as ${standard^^}" \
      "${cc[@]}" -std=$standard "${strict[@]}" -Wc++-compat c-tests/test_header_inline.c
  done
  compiles "$name: the layouts" "${cc[@]}" -std=c11 "${strict[@]}" c-tests/test_layout.c
  [ -n "$prefix" ] || continue # a 32-bit C++ library cannot be installed beside compilers for other machines
  compiles "$name: atomic_log_inline.h as C++11" "${cxx[@]}" -std=c++11 "${strict[@]}" -x c++ c-tests/test_header_inline.c
  compiles "$name: atomic_log.h as C++11" "${cxx[@]}" -std=c++11 "${strict[@]}" c-tests/test_header_cpp.cpp
  for standard in 17 20; do
    compiles "$name: atomic_log.hpp as C++$standard" "${cxx[@]}" -std=c++$standard "${strict[@]}" -x c++ cpp-tests/refused.cpp
  done
done

# As Microsoft's compiler reads them, which clang imitates; with and without ALOG_DLL. The system headers that clang
# does not bring stand in $work, except for C++: MinGW's are used there. These need a GNU compiler, and the headers that
# come after them must not see one.
cat >"$work/intrin.h" <<'END'
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
void _ReadWriteBarrier(void);
__int64 _InterlockedIncrement64(__int64 volatile *);
void __stlr64(unsigned __int64 volatile *, unsigned __int64);
unsigned __int64 __ldar64(unsigned __int64 volatile *);
void *memcpy(void *, const void *, size_t);
#ifdef __cplusplus
}
#endif
END
touch "$work/string.h"
{
  sed -n 's/^#include <\([a-z_]*\)>$/#include <\1>/p' include/atomic_log.hpp
  echo '#include <string>'
  echo '#undef __GNUC__'
  echo '#include "cpp-tests/refused.cpp"'
} >"$work/hpp.cpp"
mingw=$(x86_64-w64-mingw32-g++ -print-file-name=include/c++)
msvc() { # PROCESSOR WORD...
  clang-16 "--target=$1-pc-windows-msvc" -fms-extensions -fms-compatibility "${strict[@]}" -I. "${@:2}"
}
msvc_c() { msvc "$@" -ffreestanding -isystem "$work"; }
msvc_hpp() {
  msvc "$@" -Xclang -fcxx-exceptions -nostdinc++ -isystem "$mingw" -isystem "$mingw/x86_64-w64-mingw32" \
    -isystem "$(clang-16 -print-resource-dir)/include" -isystem /usr/x86_64-w64-mingw32/include \
    -D__GNUC__=12 -D__GNUC_MINOR__=2 -D_UCRT -D__GLIBCXX_TYPE_INT_N_0=__int128 -D__GLIBCXX_BITSIZE_INT_N_0=128 \
    '-Wno-#warnings' -Wno-ignored-attributes "$work/hpp.cpp"
}
for processor in x86_64 aarch64; do
  for dll in "" -DALOG_DLL; do
    name="MSVC mode, $processor${dll:+, ALOG_DLL}"
    for standard in c99 c11 c2x; do
      compiles "$name: atomic_log.h as ${standard^^}" msvc_c $processor $dll -std=$standard c-tests/test_header_c.c
    done
    for standard in 11 17 20; do
      # The test declares a function again, as another program would.
      compiles "$name: atomic_log.h as C++$standard" \
        msvc_c $processor $dll -std=c++$standard -Wno-inconsistent-dllimport c-tests/test_header_cpp.cpp
    done
    # Without -std, Microsoft's compiler does not tell which C it speaks.
    compiles "$name: atomic_log.h, without __STDC_VERSION__" \
      msvc_c $processor $dll -std=c11 -U__STDC_VERSION__ -Wno-builtin-macro-redefined c-tests/test_header_c.c
    for standard in c99 c11 c2x c++11 c++17; do
      compiles "$name: atomic_log_inline.h as ${standard^^}" msvc_c $processor $dll -std=$standard -U__clang__ \
        -Wno-builtin-macro-redefined -Wno-language-extension-token -x "${standard//[0-9x]/}" c-tests/test_header_inline.c
    done
    [ $processor = x86_64 ] || continue # there are no C++ headers for it
    for standard in 17 20; do
      compiles "$name: atomic_log.hpp as C++$standard" msvc_hpp $processor $dll -std=c++$standard
    done
  done
done

# Shows that a fault would be found: one that is planted, and no other.
# planted WORD COMPILER...: the compiler reads the faulty program, and finds one error, whose text has the word.
planted() {
  local word=$1 said
  shift
  said=$("$@" 2>&1 || true)
  if [ "$(grep -c 'error:' <<<"$said")" -ne 1 ] || ! grep -qe "$word" <<<"$said"; then
    echo "portability.sh: a planted fault was not found: $said" >&2
    exit 1
  fi
  echo "  is found  $word"
}
printf '#include "c-tests/test_layout.c"\n_Static_assert(sizeof(alog_range) == 24, "planted");\n' >"$work/layout.c"
planted 'static assertion failed: "planted"' aarch64-linux-gnu-gcc -std=c11 "${strict[@]}" -I. "$work/layout.c"
printf '#include <atomic_log.h>\nALOG_API ALOG_NODISCARD int alog_planted(void);\n' >"$work/order.cpp"
planted "an attribute list cannot appear here" msvc_c x86_64 -std=c++17 -DALOG_DLL "$work/order.cpp"
printf '#include <atomic_log.h>\n#if __STDC_VERSION__ >= 202311L\n#endif\n' >"$work/undefined.c"
planted "'__STDC_VERSION__' is not defined" msvc_c x86_64 -std=c11 -U__STDC_VERSION__ "$work/undefined.c" -Wno-builtin-macro-redefined
printf '#include <atomic_log.h>\ntypedef int alog_two;\nenum alog_two { ALOG_TWO };\n' >"$work/two.c"
planted 'as both a typedef and a tag' cc -std=c11 "${strict[@]}" -Wc++-compat "$work/two.c"
