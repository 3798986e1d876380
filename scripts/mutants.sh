#!/usr/bin/env bash
# Changes one expression of src at a time, and expects a test to fail (cargo-mutants). A mutant that survives is a
# promise that nothing holds up. It fails here, unless docs/testing/mutants.md says why it cannot be told from the
# library.
#
# Usage: scripts/mutants.sh [FILE]...    (only mutants in these files, such as src/raw/read/view.rs)
#
# The work is done on a copy of the tree, target/mutants/tree, where
#   - `unsafe fn` is `fn`: cargo-mutants leaves unsafe functions alone, and here these are the core;
#   - the parts of src/raw/futex are left out that no build here compiles;
#   - the Rust tests are one program, because linking would take most of the time. For the same reason only the
#     dependencies are optimised: rustc then builds anew only what a mutant changes.
#
# JOBS=2 at a time. With CONTINUE=1 an interrupted run goes on. The random programs of the models are the same ones for
# each mutant, four times PROPTEST_CASES=32 of them.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc python3
for tool in cargo-mutants@27.1.0 cargo-nextest@0.9.143; do
  command -v "${tool%@*}" >/dev/null || cargo install --locked --quiet "$tool"
done

root=$PWD
list=$root/docs/testing/mutants.md
place=$root/target/mutants
tree=$place/tree
unset CARGO_TARGET_DIR
export NEXTEST_PROFILE=mutants PROPTEST_CASES="${PROPTEST_CASES:-32}" PROPTEST_RNG_SEED=1 RUST_BACKTRACE=0 RUSTFLAGS="-Awarnings"

# The tree. Unchanged files keep their time, so that a second run builds little.
mkdir -p "$tree"
rm -rf "$tree"/{src,tests,c-tests,include,capi,scripts,abi,.cargo,.config}
cp -rp src tests c-tests include capi scripts abi .cargo .config Cargo.lock "$tree"
find "$tree/src" -name '*.rs' -exec sed -i -E 's/\bunsafe (extern "C" )?fn ([a-z])/\1fn \2/' {} +
(
  # cargo-mutants knows no `cfg_attr(..., path = ...)`.
  cd "$tree/src/raw/futex"
  mv linux.rs kernel.rs
  sed -i '/^#\[cfg_attr(.*path = /d; /^mod newer;/d; /^mod model;/d; /pub(crate) use model::/d' mod.rs
  sed -i '/^#\[cfg(any(loom, shuttle))\]$/d; /^#\[cfg(all(.*target_vendor = "apple"/d' mod.rs
  rm apple.rs freebsd.rs windows.rs windows_clock.rs newer.rs model.rs
)
for test in tests/*.rs; do
  name=$(basename "$test" .rs)
  # The first four are not about what src does, the fifth reads files of fuzz, and the last runs as a program of its
  # own.
  case $name in header | layout | promises | readme | fuzz_corpus | c_programs) continue ;; esac
  printf '#[path = "%s.rs"]\nmod %s;\n' "$name" "$name"
done >"$tree/tests/all.rs"
sed -e '/^# What measures stands apart/,$d' -e '/^cbindgen/d' \
  -e 's/^readme = .*/autotests = false/' -e 's/^\[features\]/[lib]\ntest = false\ndoctest = false\n\n[features]/' Cargo.toml >"$tree/Cargo.toml"
cat >>"$tree/Cargo.toml" <<'END'
[[test]]
name = "all"
[[test]]
name = "c_programs"
[profile.mutants]
inherits = "test"
debug = false
[profile.mutants.package."*"]
opt-level = 3
[workspace]
END

# One run without a mutant: all tests pass, and each job begins with what is built now.
cd "$tree"
NEXTEST_PROFILE=default cargo nextest run --cargo-profile mutants --run-ignored all --cargo-quiet --status-level fail
# A test that never ends is ended by the processor time that it takes, however busy the machine is.
printf '#!/bin/sh\nulimit -t 20\nexec "$@"\n' >"$place/limited"
chmod +x "$place/limited"
host=$(rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)
export "CARGO_TARGET_${host}_RUNNER=$place/limited"

keep() { # the results of a round: the next one makes its own files
  for outcome in caught unviable; do
    touch "$place/$outcome" "$place/mutants.out/$outcome.txt"
    sort -u -o "$place/$outcome" "$place/$outcome" "$place/mutants.out/$outcome.txt"
  done
  grep -lE '^ +TIMEOUT ' "$place"/mutants.out/log/*.log >>"$place/hung" || true
}
run() { # run ARGUMENT...: mutants that were not caught by the rounds before
  local status=0
  cargo mutants --iterate --baseline skip --copy-target true --jobs "${JOBS:-2}" --output "$place" --no-shuffle --no-times \
    --timeout "${TIMEOUT:-90}" "$@" || status=$?
  keep
  case $status in 0 | 2 | 3) ;; *) exit $status ;; esac # 2: some survive; 3: some do not end
}
if [ -n "${CONTINUE:-}" ]; then keep; else rm -rf "$place"/{mutants.out*,caught,unviable,hung}; fi
chosen=()
for file in "$@"; do chosen+=(--file "$file"); done
# First the tests that need only the library to be built, which find most; then all the others.
if [ $# -eq 0 ]; then
  for room in src/raw src/ffi; do run --file "$room/**/*.rs" --test-tool cargo --cargo-test-arg=--test=c_programs; done
fi
run --cargo-test-arg=--run-ignored=all "${chosen[@]}"

# Compares the surviving mutants with the list. The list counts, because two mutants of one function may have one name.
cp "$place"/mutants.out/{missed,timeout}.txt "$place"
cd "$place"
awk -v hung="$(wc -l <hung)" '
  function key(line) { sub(/:[0-9]+:[0-9]+:/, ":", line); return line }
  FILENAME ~ /mutants.md$/ { # | `mutant` | how many | why |
    gsub(/\\\|/, "\001") # a bar within a cell is written \|
    if (split($0, cell, / *\| */) == 5 && cell[2] ~ /^`src\/.*`$/) {
      name = substr(cell[2], 2, length(cell[2]) - 2)
      gsub("\001", "|", name)
      listed[name] = cell[3]
    }
    next
  }
  FILENAME == "unviable" { unviable++; next }
  FILENAME == "timeout.txt" { timeouts++; caught[key($0)]++; next }
  FILENAME == "caught" { caught[key($0)]++; killed++; next }
  { missed[key($0)]++; survived++ }
  END {
    for (name in missed) {
      if (missed[name] > listed[name]) {
        printf "  SURVIVED, and docs/testing/mutants.md lists %d of %d: %s\n", listed[name], missed[name], name
        bad++
      }
    }
    for (name in listed) {
      if (name in caught && missed[name] < listed[name]) {
        printf "  is listed, but a test fails now: %s\n", name
      }
    }
    printf "%d mutants: %d killed by a failing test, %d of them by one that hangs; %d by running out of time; %d survive; %d do not compile\n",
      killed + timeouts + survived + unviable, killed, hung, timeouts, survived, unviable
    if (bad) { printf "%d survivors are not listed: see the diffs in target/mutants/mutants.out/diff\n", bad; exit 1 }
    if (killed == 0) { print "nothing was killed: the harness is broken"; exit 1 }
  }' "$list" caught unviable timeout.txt missed.txt
