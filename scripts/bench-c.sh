#!/usr/bin/env bash
# Builds bench/c against the release library and runs it, in about 20 seconds: the C rows of the table go to
# target/bench/c.tsv, and what else a C programmer would choose to target/bench/c-peers.tsv. Without the peers' headers
# (libck-dev and liburcu-dev) the peers are left out.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc
target=${CARGO_TARGET_DIR:-target}/release
library=${CARGO_TARGET_DIR:-target}/lib
results=target/bench
mkdir -p "$results"

mkdir -p "$target"
scripts/c-library.sh "$library" --release
cc -std=c11 -O2 -Wall -Wextra -fPIC -shared bench/c/floor.c -o "$target/libalog_floor.so"

measure() { # measure PROGRAM RESULTS LIBRARY...
  local program="$target/c-$1" file="$results/$2"
  cc -std=c11 -O2 -Wall -Wextra -Iinclude "bench/c/$1.c" -L"$library" -latomic_log -L"$target" -lalog_floor "${@:3}" \
    -lpthread -Wl,-rpath,"$(realpath "$library"):$(realpath "$target")" -o "$program"
  "$program" "$file.part"
  mv "$file.part" "$file.tsv"
}

printf '%-20s %-12s %10s %13s %10s  %s\n' row subject "" control ratio "(quartiles)"
measure table c
if scripts/need.sh ck_ring.h urcu/urcu-memb.h; then
  measure peers c-peers -lurcu-memb -lurcu-common
else
  echo "bench-c.sh: no peers without libck-dev and liburcu-dev" >&2
fi
