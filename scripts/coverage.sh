#!/usr/bin/env bash
# The lines of src that the Rust tests and the C programs run, taken together: a table by file, the ranges that nothing
# runs, and target/coverage/html. Fails below the floor in docs/testing/uncovered.md. Fails also for a function with
# lines that nothing runs, unless that file gives a reason.
#
# The programs of c-tests load the instrumented library that tests/c_programs.rs has made. Another build has the feature
# `checked`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc python3
LLVM_COV=${LLVM_COV:-llvm-cov-$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')}
LLVM_PROFDATA=${LLVM_PROFDATA:-${LLVM_COV/llvm-cov/llvm-profdata}}
scripts/need.sh "$LLVM_COV" "$LLVM_PROFDATA"

place=$PWD/target/coverage
# Always passed to cargo, so that no configuration file of cargo's builds for another system, or elsewhere.
target=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="-Cinstrument-coverage" PROPTEST_CASES="${PROPTEST_CASES:-32}"
# For scripts/c-library.sh: the runtime that writes the counts when a program that loaded the library ends.
export KEEP=__llvm_profile_runtime
rm -rf "$place"/{profiles,html,*.lcov}

# cover NAME ARGUMENT...: builds and runs these tests, and exports which lines they ran. Each build has a report of its
# own: exported functions have the same name in all builds, and llvm-cov would take the counts of one for another's.
cover() {
  local build=$place/$1 objects=() executable
  export CARGO_TARGET_DIR=$build
  # Eight files for each program, in which the counts of all its processes add up.
  export LLVM_PROFILE_FILE="$place/profiles/$1-%8m.profraw"
  while read -r executable; do
    objects+=(-object "$executable")
  done < <(cargo test --target "$target" --no-run --message-format=json "${@:2}" | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
  cargo test --target "$target" --quiet "${@:2}" -- ${INCLUDE_IGNORED:-}
  "$LLVM_PROFDATA" merge -sparse "$place/profiles/$1"-*.profraw -o "$place/$1.profdata"
  report "$1" "$1" "${objects[@]:1}"
}

# cover_library NAME DIRECTORY: exports which lines of the C library the C programs ran, in the tests of `cover NAME`.
cover_library() {
  local library=$place/$1/$target/debug/$2/libatomic_log.so.0
  [ -f "$library" ] || { echo "coverage.sh: there is no $library" >&2; exit 1; }
  report "$1" "$1-c" "$library"
  # The exported functions have counts from the Rust tests, too. The functions below them have other names there.
  awk '/^SF:/ { below = /\/src\/raw\// } below && /^DA:[0-9]+,[1-9]/ { run = 1; exit } END { exit !run }' "$place/$1-c.lcov" ||
    { echo "coverage.sh: $library wrote no counts" >&2; exit 1; }
}

# report PROFILE NAME OBJECT...: the lines of src in these objects, with the counts of a profile.
report() {
  "$LLVM_COV" export -format=lcov -instr-profile "$place/$1.profdata" "${@:3}" --sources src >"$place/$2.lcov"
  "$LLVM_COV" show -format=html -instr-profile "$place/$1.profdata" "${@:3}" --sources src -output-dir "$place/html/$2"
}
cover unit --lib
INCLUDE_IGNORED=--include-ignored cover plain --test '*'
cover_library plain c-programs
cover checked --features checked --test c_programs
cover_library checked c-programs-checked

python3 scripts/coverage.py docs/testing/uncovered.md "$place"/*.lcov
