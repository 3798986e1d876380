#!/bin/sh
# Runs every C test, stress program and example of a build under memcheck: no error, no leak. First it checks that
# memcheck reports the faults that are planted in the canary. A program of c-tests, examples-c or examples-cpp that is
# neither run nor named below, with the reason, fails; so does a name without a program.
# Usage: scripts/valgrind.sh BUILD-DIRECTORY [JOBS]
set -eu

build=$(cd "$1" && pwd)
jobs=${2:-2}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$build" # where a program may leave a file: 07_flight_recorder does

# name: why it is not run
not_run='
test_notify_syscalls: its filter lets no system call through, and ends the process for those of valgrind itself
test_recorder_fd: has a sandbox that lets write alone through, and ends the process for the calls of valgrind itself
test_describe_steps: asks the processor to trap after each instruction, which the one that valgrind plays does not do
test_old_kernel: is for 32-bit processors
test_checked: is for a checked build, which keeps the memory of dead handles to report their use
soak: holds resident memory to a bound, and memcheck takes more than that
canary_checked: is for a checked build, and its threads never end
canary_race: races, which memcheck does not look for
test_header_c: is compiled, and not made a program
test_header_field: likewise
test_header_inline: likewise
test_header_quiet: likewise
'
# The faults of the canary that memcheck must report. The others are for other tools.
planted='past_chunk after_last_handle dead_handle short_record leak'

memcheck='valgrind --quiet --fair-sched=yes --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all --error-exitcode=9'

fail() { echo "valgrind.sh: $*" >&2; exit 1; }

for mode in $planted; do
  status=0
  $memcheck "$build/c-tests/canary_memory" "$mode" >"$build/c-tests/canary_memory.valgrind" 2>&1 || status=$?
  [ "$status" -eq 9 ] || fail "canary_memory $mode ended with $status: memcheck does not report what it is there for"
  echo "  reported  canary_memory $mode"
done

programs=$(find "$build/c-tests" "$build/cpp-tests" "$build/examples-c" "$build/examples-cpp" -maxdepth 1 -type f -perm -u+x | sort)
[ -n "$programs" ] || fail "no programs in $build"
names=$(echo "$programs" | sed 's|.*/||')
listed=$(echo "$not_run" | sed -n 's/:.*//p')

for name in $listed; do
  [ -e "$root/c-tests/$name.c" ] || fail "$name is said not to be run, but there is no such program"
done
for source in "$root"/c-tests/*.c "$root"/examples-c/*.c "$root"/examples-cpp/*.cpp; do
  name=$(basename "$source" .c)
  name=${name%.cpp}
  echo "$names
$listed" | grep -qx "$name" || fail "$name is neither run nor said not to be"
done

# The slowest first, so that no long test remains at the end.
lines=
for program in $programs; do
  name=${program##*/}
  if echo "$listed" | grep -qx "$name"; then continue; fi
  case $name in
    canary_memory) ;; # above
    stress_*) lines="$program 2
$lines" ;;
    sysmon) lines="$program --seconds 2
$program --seconds 3 --retain 200 --stall-alarm 400 --lines $root/README.md
$lines" ;;
    game_loop) lines="$program --headless --seconds 2 --stall-at 0.5 --stall-for 1
$lines" ;;
    *) lines="$lines
$program" ;;
  esac
done
echo "$lines" | sed '/^$/d' | xargs -P "$jobs" -I '{}' sh -c '
  set -- {}
  report=$1.$(echo "$*" | cksum | cut -d" " -f1).valgrind
  if '"$memcheck"' "$@" >"$report" 2>&1
  then echo "  clean     $(basename "$1")"
  else echo "  FAILED    $*"; cat "$report"; exit 255
  fi'
echo "$not_run" | sed -n 's/^\(.*\): /  not run   \1: /p'
