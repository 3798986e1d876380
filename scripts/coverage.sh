#!/usr/bin/env bash
# Which lines of src the Rust tests and the C programs run, taken together: a table by file, the ranges that nothing runs,
# and target/coverage/html. Fails below the floor in docs/testing/uncovered.md, and for a function with lines that nothing
# runs, unless that file says why.
#
# The programs of c-tests load the instrumented library, by way of tests/c_programs.rs. Another build has the feature
# `checked`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc python3
LLVM_COV=${LLVM_COV:-llvm-cov-$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')}
LLVM_PROFDATA=${LLVM_PROFDATA:-${LLVM_COV/llvm-cov/llvm-profdata}}
scripts/need.sh "$LLVM_COV" "$LLVM_PROFDATA"

place=$PWD/target/coverage
export RUSTFLAGS="-Cinstrument-coverage" PROPTEST_CASES="${PROPTEST_CASES:-32}"
rm -rf "$place"/{profiles,html}

# cover NAME ARGUMENT...: builds and runs these tests, and exports which lines they ran. Each build is a report of its own:
# exported functions have one name in all of them, and llvm-cov would take the counts of one for another's.
cover() {
  local build=$place/$1 objects=() executable
  export CARGO_TARGET_DIR=$build
  # Eight files for each program, in which all processes of it add up.
  export LLVM_PROFILE_FILE="$place/profiles/$1-%8m.profraw"
  while read -r executable; do
    objects+=(-object "$executable")
  done < <(cargo test --no-run --message-format=json "${@:2}" | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
  cargo test --quiet "${@:2}" -- ${INCLUDE_IGNORED:-}
  executable=$build/debug/deps/libatomic_log.so
  [ ! -e "$executable" ] || objects+=(-object "$executable")
  "$LLVM_PROFDATA" merge -sparse "$place/profiles/$1"-*.profraw -o "$place/$1.profdata"
  "$LLVM_COV" export -format=lcov -instr-profile "$place/$1.profdata" "${objects[@]:1}" --sources src >"$place/$1.lcov"
  "$LLVM_COV" show -format=html -instr-profile "$place/$1.profdata" "${objects[@]:1}" --sources src \
    -output-dir "$place/html/$1"
}
cover unit --lib
INCLUDE_IGNORED=--include-ignored cover plain --test '*'
cover checked --features checked --test c_programs

python3 scripts/coverage.py docs/testing/uncovered.md "$place"/{unit,plain,checked}.lcov
