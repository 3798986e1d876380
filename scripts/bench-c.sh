#!/usr/bin/env bash
# Builds bench/c against the release library and runs it, in about 45 seconds. The C rows of the table go to
# target/bench/c.tsv, c-inline.tsv and c-recorder.tsv. The peers that a C programmer could use instead go to c-peers.tsv
# and c-readers.tsv there. Without the peers' headers (libck-dev and liburcu-dev) the peers are left out.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc
target=target/programs
library=target/lib
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

printf '%-26s %-17s %12s %12s %10s  %s\n' row subject "" control ratio "(quartiles)"
measure table c
measure inline c-inline
measure recorder c-recorder
if scripts/need.sh ck_ring.h urcu/urcu-memb.h; then
  measure peers c-peers -lurcu-memb -lurcu-qsbr -lurcu-common
  measure readers c-readers -lurcu-memb -lurcu-common
else
  rm -f "$results/c-peers.tsv" "$results/c-readers.tsv"
  echo "bench-c.sh: not measured without libck-dev and liburcu-dev: Concurrency Kit (ck_ring, ck_fifo, ck_sequence)," \
    "liburcu (RCU, wfcqueue) and a mutex, so the rows c/publish, c/follow, c/look, peers/c of the table" >&2
fi
