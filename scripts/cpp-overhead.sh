#!/usr/bin/env bash
# Counts, under callgrind, the instructions of each pair in bench/pairs.cpp: the same operation through the C functions
# and through include/atomic_log.hpp. An inline operation may take 1 instruction more in C++ than in C. A call may take
# 5 % and 2 instructions more (for a destructor's check), and a reservation, which the writer knows, 10. A record within
# a loop may take 2 % more, except in iterate_flat, which finds the chunks by itself: 2.2 instructions. `--compiler CXX`
# names the compiler; the default is c++.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=c++
[ "${1:-}" != --compiler ] || compiler=$2
target=target/programs
library=target/lib
plain_memcpy=glibc.cpu.hwcaps=-AVX,-AVX2,-AVX_Fast_Unaligned_Load,-AVX512F,-AVX512VL,-ERMS,-FSRM

mkdir -p "$target"
scripts/c-library.sh "$library" --release
"$compiler" -std=c++17 -O2 -Iinclude bench/pairs.cpp -L"$library" -latomic_log -Wl,-rpath,"$(realpath "$library")" -o "$target/pairs"

count() { # count PATH: the instructions of one run
  LD_BIND_NOW=1 GLIBC_TUNABLES=$plain_memcpy valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect="$1" "$target/pairs" "$1" 2>&1 |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

"$target/pairs" | while read -r pair times; do
  c=$(count "c_$pair")
  cpp=$(count "cpp_$pair")
  [ "${c:-0}" -gt 0 ] && [ "${cpp:-0}" -gt 0 ] || { echo "cpp-overhead.sh: nothing was counted of $pair" >&2; exit 1; }
  echo "$pair $times $c $cpp"
done | awk '
  BEGIN { printf "  %-22s %10s %10s\n", "", "C", "C++" }
  {
    more = ($4 - $3) / $2
    allowed = 0.05 * $3 / $2 + 2
    # 1, and a twentieth for what comes once before a loop.
    if ($1 ~ /^(append|append_bytes|emplace|notify|refresh|append_refresh_inline|read_on)$/) allowed = 1.05
    if ($1 == "reserve_commit") allowed = 10
    if ($1 ~ /^iterate/) allowed = 0.02 * $3 / $2
    if ($1 == "iterate_flat") allowed = 2.2
    verdict = more > allowed ? "MORE THAN ALLOWED" : "as allowed"
    bad += more > allowed
    printf "  %-22s %10.2f %10.2f  %+7.2f  %s\n", $1, $3 / $2, $4 / $2, more, verdict
  }
  END {
    if (NR == 0) { print "no pair was counted"; exit 1 }
    if (bad) { print bad " paths cost more in C++ than they may"; exit 1 }
  }'
