#!/bin/sh
# fuzz.sh SECONDS: runs every fuzz target under AddressSanitizer for its share of the time, from the committed corpus,
# and prints what it did. Fails if an input fails, and prints how to run it again. New inputs stay under target/fuzz.
set -eu

seconds=$1
targets="calls model"
# On stable Rust the sanitizer needs an unstable flag.
export RUSTC_BOOTSTRAP=1
export CARGO_TERM_COLOR=never

if ! cargo fuzz --version >/dev/null 2>&1; then
  echo "installing cargo-fuzz"
  cargo install --quiet cargo-fuzz --locked --version 0.13.2
fi

cargo clippy --quiet --manifest-path fuzz/Cargo.toml --target-dir target/fuzz -- -D warnings
cargo fuzz build --target-dir target/fuzz

share=$((seconds / 2))
[ "$share" -gt 0 ] || share=1 # to libFuzzer, 0 is for ever
failed=
for target in $targets; do
  new=target/fuzz/new/$target
  found=target/fuzz/found/$target
  log=target/fuzz/$target.log
  mkdir -p "$new" "$found"
  before=$(find "$new" -type f | wc -l)
  status=0
  # A step of a model is three bytes, and everything is checked after it.
  longest=300
  [ "$target" = calls ] || longest=150
  cargo fuzz run --target-dir target/fuzz "$target" "$new" "fuzz/corpus/$target" -- \
    -max_total_time="$share" -max_len="$longest" -len_control=0 -timeout=20 -print_final_stats=1 -artifact_prefix="$found/" \
    >"$log" 2>&1 || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  known=$(find "fuzz/corpus/$target" -type f | wc -l)
  units=$(($(find "$new" -type f | wc -l) - before))
  echo "$target: ${runs:-0} programs in $share s from $known inputs, ${edges:-0} edges covered, $units new inputs in $new"
  if [ "$status" -eq 0 ] && { [ "${runs:-0}" -eq 0 ] || [ "${edges:-0}" -eq 0 ]; }; then
    echo "$target ran nothing: see $log" >&2
    failed=1
  fi
  if [ "$status" -ne 0 ]; then
    failed=1
    input=$(sed -n 's/.*Test unit written to \(.*\)/\1/p' "$log" | tail -n 1)
    grep -m 1 -A 1 -E "panicked at|ERROR: (Address|Leak)Sanitizer|ERROR: libFuzzer" "$log" >&2 || tail -n 20 "$log" >&2
    cat >&2 <<EOF
$target failed; all of it is in $log. To run the input again:
  RUSTC_BOOTSTRAP=1 cargo fuzz run --target-dir target/fuzz $target $input
  ATOMIC_LOG_FUZZ_INPUT=$input cargo test --test fuzz_corpus $target -- --nocapture
EOF
  fi
done
[ -z "$failed" ]
