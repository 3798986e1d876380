#!/usr/bin/env bash
# Builds the library for 64-bit Windows with MinGW, and has Wine run the C tests, the C++ tests, the examples and the Rust tests.
# A program of c-tests, examples-c or examples-cpp that is neither run nor named, with the reason, fails; so does a test that
# is skipped.
# Usage: scripts/windows.sh BUILD-DIRECTORY [JOBS]
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=$1
jobs=${2:-2}
mkdir -p "$build"
build=$(cd "$build" && pwd)
work=$(mktemp -d)
# shellcheck source=scripts/ways.sh
. scripts/ways.sh

# Wine's own C: drive. Without its browser and .NET, for which it would ask, and without its log.
export WINEPREFIX=$build/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml='
trap 'wineserver_end; rm -rf "$work"' EXIT
wineserver_end() { [ ! -d "$WINEPREFIX" ] || wineserver -k || true; }

# name: why Wine does not run it, in addition to those that c-tests/CMakeLists.txt names
not_run='
test_header_c: is compiled, and not made a program
test_header_field: likewise
test_header_inline: likewise
test_header_quiet: likewise
test_checked: is for a checked build
canary_checked: likewise
canary_race: is for a build with ThreadSanitizer, which Windows does not have
canary_memory: is for a build with AddressSanitizer, which MinGW does not have
test_old_kernel: is for 32-bit Linux
sysmon: reads /proc
07_flight_recorder: handles signals, which POSIX alone has
'
# The Rust tests that cannot run there.
rust_not_run='
c_programs: runs the C compiler and what it makes, which are of the machine that builds
readme: likewise
header: compares files of the repository, which is the same on each machine
promises: likewise
crate: asks cargo what a package of the crate would have, which is the same on each machine
parity: compares files of the repository, likewise
rooms: likewise
'

programs_are_built() {
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    --toolchain "$root/cmake/toolchains/x86_64-w64-mingw32.cmake"
  cmake --build "$build" -j "$jobs"
}

wine_starts() { wineboot --init && [ "$(wine cmd /c echo works | tr -d '\r')" = works ]; }

# The tests as ctest lists them, and their results.
tests_pass() {
  ctest --test-dir "$build" -j "$jobs" --output-on-failure >"$build/tests.log" || { cat "$build/tests.log"; return 1; }
  local listed ran
  listed=$(ctest --test-dir "$build" -N | sed -n 's/^Total Tests: //p')
  ran=$(grep -c '^ *[0-9]*/[0-9]* Test .* Passed ' "$build/tests.log")
  echo "$ran of $listed tests were run"
  [ "$listed" -gt 0 ] && [ "$ran" -eq "$listed" ]
}

# "name: reason" of each program that is not run.
excuses() {
  sed -n 's/^    \([a-z][a-z_]*\)  *# \(.*\)$/\1: \2/p' "$root/c-tests/CMakeLists.txt"
  echo "$not_run"
}
programs_run() { ctest --test-dir "$build" -N -V | sed -n 's/.*Test command: .*wine.* ".*\/\([^/]*\)\.exe".*/\1/p' | sort -u; }
each_program_is_run_or_named() {
  local name missing=0
  programs_run >"$work/run"
  for source in "$root"/c-tests/*.c "$root"/examples-c/*.c "$root"/examples-cpp/*.cpp; do
    name=$(basename "$source")
    name=${name%.c*}
    if ! grep -qx "$name" "$work/run" && ! excuses | says "^$name: "; then
      echo "$name is neither run nor said not to be"
      missing=1
    fi
  done
  for program in "$build"/c-tests/*.exe "$build"/cpp-tests/*.exe "$build"/examples-c/*.exe "$build"/examples-cpp/*.exe; do
    name=$(basename "$program" .exe)
    if ! grep -qx "$name" "$work/run" && ! excuses | says "^$name: "; then
      echo "$program was built, and no test runs it"
      missing=1
    fi
  done
  return $missing
}

# Rust's std asks bcryptprimitives.dll for random numbers, which Wine has from version 9 on.
random_numbers() { # DIRECTORY
  cat >"$work/random.c" <<'END'
unsigned char __stdcall SystemFunction036(void *out, unsigned long size);
__declspec(dllexport) int __stdcall ProcessPrng(void *out, unsigned long long size) {
  return SystemFunction036(out, (unsigned long)size);
}
END
  x86_64-w64-mingw32-gcc-posix -shared -o "$1/bcryptprimitives.dll" "$work/random.c" -ladvapi32
}
rust_tests_pass() {
  local environment name tests=()
  environment=$(scripts/rust-for.sh x86_64-pc-windows-gnu std,panic_unwind,test)
  while IFS= read -r variable; do export "${variable?}"; done <<<"$environment"
  mkdir -p "$build/rust"
  random_numbers "$build/rust"
  for test in tests/*.rs; do
    name=$(basename "$test" .rs)
    says "^$name: " <<<"$rust_not_run" || tests+=(--test "$name")
  done
  # Slightly optimised, with a quarter of the random programs and a few of the small logs: Wine is slow.
  export CARGO_PROFILE_DEV_OPT_LEVEL=1 PROPTEST_CASES=${PROPTEST_CASES:-64} SEED_CAPACITY=${SEED_CAPACITY:-6}
  WINEPATH="Z:$build/rust" CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine \
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc-posix \
    "${CARGO:-cargo}" test --jobs "$jobs" --target x86_64-pc-windows-gnu --target-dir "$build/rust" --lib \
    "${tests[@]}" >"$build/rust.log" 2>&1 || { cat "$build/rust.log"; return 1; }
  awk '/^test result: ok/ { passed += $4 } END { print passed + 0 " Rust tests passed"; exit !passed }' "$build/rust.log"
}

way "the programs are built" programs_are_built
way "Wine starts" wine_starts
way "the C tests, the C++ tests and the examples pass" tests_pass
cat "$work/log"
way "each program is run, or named with a reason" each_program_is_run_or_named
way "the Rust tests pass" rust_tests_pass
tail -n 1 "$work/log"
programs_run >"$work/run"
excuses | sed '/^$/d' | grep -vf <(sed 's/^/^/; s/$/: /' "$work/run") | sed 's/^/  not run   /'
echo "$rust_not_run" | sed -n 's/^\(.*\): /  not run   tests\/\1.rs: /p'
ways_end windows.sh
