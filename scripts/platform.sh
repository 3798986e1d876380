#!/usr/bin/env bash
# Builds the library for another machine, and runs the C tests, the C++ tests and the examples there, by an emulator.
#
# Usage: scripts/platform.sh PLATFORM BUILD-DIRECTORY [JOBS]      # PLATFORM: aarch64, armv7, riscv64, s390x or musl
#
# Everything that ctest lists is run, except what is named below, with the reason. A name without a test fails, and so
# does a test that is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

platform=$1
build=$2/$platform
jobs=${3:-2}

# test: why it is not run here, which is under an emulator
not_run_here='
realtime: needs a filter for system calls, which qemu does not have
sandbox: likewise
describe_steps: asks the processor to trap after each instruction, which qemu does not do
process: starts itself again, which would need the emulator; what it tests before that works
example_sysmon_described: Python starts the program, and would need the emulator
'
# The same for a program that is static as a whole.
static='
asleep: looks libc up by dlsym, behind a syscall() of its own
stopped_notify: likewise
process: likewise
names: looks at a program that loads the shared library, and these carry the static one
names_check_can_fail: likewise
'
# The same everywhere: what the compilers report about the headers is tested natively (`make c-test`, `make
# portability`).
headers='^header_'

case $platform in
  aarch64) toolchain=aarch64-linux-gnu needs="aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64" ;;
  armv7) toolchain=armv7-linux-gnueabihf needs="arm-linux-gnueabihf-gcc arm-linux-gnueabihf-g++ qemu-arm" ;;
  riscv64) toolchain=riscv64-linux-gnu needs="riscv64-linux-gnu-gcc riscv64-linux-gnu-g++ qemu-riscv64" ;;
  s390x) toolchain=s390x-linux-gnu needs="s390x-linux-gnu-gcc s390x-linux-gnu-g++ qemu-s390x" ;;
  musl) toolchain=x86_64-linux-musl needs=musl-gcc not_run_here=$static ;;
  *) echo "platform.sh: there is no platform $platform; there are aarch64, armv7, riscv64, s390x and musl" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086 # one word per command
scripts/need.sh cargo cc cmake ninja python3 $needs

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DATOMIC_LOG_STRESS_SECONDS=1 \
  -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/toolchains/$toolchain.cmake" >/dev/null
cmake --build "$build" -j "$jobs"

listed() { ctest --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: //p'; }
mapfile -t tests < <(listed | grep -v "$headers")
mapfile -t not_run < <(sed -n 's/:.*//p' <<<"$not_run_here")
for name in "${not_run[@]}"; do
  printf '%s\n' "${tests[@]}" | grep -qx "$name" || { echo "platform.sh: $name is said not to be run, but there is no such test" >&2; exit 1; }
done
expected=$((${#tests[@]} - ${#not_run[@]}))
[ "$expected" -ge 60 ] || { echo "platform.sh: there are $expected tests, which is too few to be true" >&2; exit 1; }

left_out=$headers
for name in "${not_run[@]}"; do left_out+="|^$name\$"; done
log=$build/platform.log
ctest --test-dir "$build" --output-on-failure -j "$jobs" -E "$left_out" | tee "$log"
grep -qx "100% tests passed, 0 tests failed out of $expected" "$log" || { echo "platform.sh: $expected tests were to pass" >&2; exit 1; }
if grep -q '\*\*\*Skipped' "$log"; then echo "platform.sh: a test was skipped" >&2; exit 1; fi
sed -n 's/^\(.*\): /  not run   \1: /p' <<<"$not_run_here"
echo "$platform: $expected tests passed"
