#!/usr/bin/env bash
# Breaks one step of the protocol at a time, and expects the random programs of tests/shuttle.rs to fail. Orderings are
# not broken: shuttle treats them all as the strongest (scripts/loom-mutants.sh weakens them). A mutant that survives is
# a step that the programs, or their comparisons, do not reach: exit 1.
#
# Usage: scripts/shuttle-mutants.sh [PATTERN]    (only mutants whose name contains PATTERN)
set -euo pipefail
cd "$(dirname "$0")/.."

# Mutants of src/raw/loom_tests belong to models that only loom runs.
mutants=$(grep -rhoE '\bmutant!\([A-Z0-9_]+' --exclude-dir=loom_tests src/raw | sed 's/.*(//' | sort -u)

export RUSTFLAGS="--cfg shuttle ${RUSTFLAGS:-}"
# The same programs and schedules each time, and as many as are needed.
export SEED=1 ITERATIONS=100000 SCHEDULE=
binary=$(cargo test --release --manifest-path models/Cargo.toml --target-dir target/shuttle --test shuttle --no-run --message-format=json 2>/dev/null |
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
[ -x "$binary" ] || { echo "shuttle-mutants: the programs do not build (try: make shuttle)"; exit 1; }

survivors=0 count=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
for mutant in $mutants; do
  [[ "$mutant" == *"${1:-}"* ]] || continue
  count=$((count + 1))
  # Without the mutant the programs pass (make shuttle). With it, a check must fail.
  for test in values_that_are_dropped_exactly_once records_of_any_size; do
    status=0
    { ATOMIC_LOG_MUTANT="$mutant" timeout 120 "$binary" --exact "$test" >"$output" 2>&1 || status=$?; } 2>/dev/null
    if [ "$status" -ne 0 ] && [ "$status" -ne 124 ] && grep -q "^$test failed: " "$output"; then
      seed=$(sed -n 's/^To run it again: .* SEED=\([0-9]*\) .*/\1/p' "$output" | head -n 1)
      printf '  %-22s found by %s, program %s: %s\n' "$mutant" "$test" "$seed" \
        "$(sed -n "s/^$test failed: //p" "$output" | head -n 1 | cut -c 1-80)"
    else
      printf '  %-22s SURVIVED %s (exit %s)\n' "$mutant" "$test" "$status"
      survivors=$((survivors + 1))
    fi
  done
done
echo "$count mutants, $survivors times not found"
[ "$survivors" -eq 0 ] && [ "$count" -gt 0 ]
