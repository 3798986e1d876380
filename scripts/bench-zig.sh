#!/usr/bin/env bash
# Builds bindings/zig/test/bench.zig against the release library and runs it, in a second: the Zig rows of the table go
# to target/bench/zig.tsv. Without a Zig there are no rows, and that is no failure.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! scripts/need.sh zig; then
  echo "bench-zig.sh: no Zig 0.16, so an append from Zig is not measured" >&2
  exit 0
fi
for zig in zig python-zig "$PWD/build/tools/bin/python-zig"; do
  case "$("$zig" version 2>/dev/null)" in
    0.16.*) break ;;
  esac
done
library=target/lib
results=target/bench
mkdir -p "$results"
scripts/c-library.sh "$library" --release
place=$(realpath "$library")
root=$PWD
(cd bindings/zig && ZIG_LOCAL_CACHE_DIR=$root/build/zig "$zig" build bench -Doptimize=ReleaseFast "-Datomic-log=$place" \
  --prefix "$root/build/zig/bench")

printf '%-20s %-12s %12s %12s %10s  %s\n' row subject "" control ratio "(quartiles)"
build/zig/bench/bin/bench "$results/zig.part"
mv "$results/zig.part" "$results/zig.tsv"
