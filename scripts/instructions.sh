#!/usr/bin/env bash
# Counts the instructions of each path of bench/src/bin/paths.rs, bench/paths.c and bench/paths.cpp, and, if there is a
# Zig, of bindings/zig/test/paths.zig. callgrind counts them, so the machine may be busy. Compares them with
# bench/instructions.txt: a change of more than 2 % fails, up or down, until the file is written anew with
# `scripts/instructions.sh --update` and the commit says why.
#
# Counts are valid for one compiler and one libc, whose memcpy is restricted to what every x86-64 processor has. With
# others the table is printed, and only a difference of more than 25 % fails.
set -euo pipefail
cd "$(dirname "$0")/.."

committed=bench/instructions.txt
target=target/programs
library=target/lib
compilers="$(rustc --version | cut -d' ' -f1,2), cc $(cc -dumpfullversion), $(getconf GNU_LIBC_VERSION 2>/dev/null || echo libc)"
plain_memcpy=glibc.cpu.hwcaps=-AVX,-AVX2,-AVX_Fast_Unaligned_Load,-AVX512F,-AVX512VL,-ERMS,-FSRM

# The directory that cargo is told to use.
paths=$(cargo build --release --quiet -p atomic-log-bench --message-format=json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*\/paths\)".*/\1/p')
mkdir -p "$target"
scripts/c-library.sh "$library" --release
cc -std=c11 -O2 -Iinclude bench/paths.c -L"$library" -latomic_log -Wl,-rpath,"$(realpath "$library")" -o "$target/paths-c"
c++ -std=c++17 -O2 -Iinclude bench/paths.cpp -L"$library" -latomic_log -Wl,-rpath,"$(realpath "$library")" -o "$target/paths-cpp"
programs=("$paths" "$target/paths-c" "$target/paths-cpp")

# Zig is not required: without one of the release, its paths are left out.
zig_paths=
for zig in zig python-zig "$PWD/build/tools/bin/python-zig"; do
  case "$("$zig" version 2>/dev/null)" in
    0.16.*) zig_paths=$(realpath "$target")/paths-zig; break ;;
  esac
done
if [ -n "$zig_paths" ]; then
  # For a processor that valgrind knows, and with the same library.
  (library=$(realpath "$library"); cd bindings/zig; ZIG_LOCAL_CACHE_DIR=../../build/zig "$zig" build paths -Dcpu=baseline -Doptimize=ReleaseFast \
    -Dlinkage=dynamic "-Datomic-log=$library" --prefix "$zig_paths")
  programs+=("$zig_paths/bin/paths")
else
  echo "instructions.sh: without Zig 0.16, the paths of the Zig package are not counted"
fi

counted=$(mktemp)
trap 'rm -f "$counted"' EXIT
count() { # count PROGRAM: a line "path instructions-per-time" for each of its paths
  "$1" | while read -r path times; do
    # Symbols are bound at start, so that no path pays for another's.
    total=$(LD_BIND_NOW=1 GLIBC_TUNABLES=$plain_memcpy valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect="$path" "$1" "$path" 2>&1 |
      sed -n 's/.*Collected : \([0-9]*\).*/\1/p')
    [ "${total:-0}" -gt 0 ] || { echo "instructions.sh: nothing was counted of $path" >&2; exit 1; }
    awk -v path="$path" -v total="$total" -v times="$times" 'BEGIN { printf "%-26s %8.2f\n", path, total / times }'
  done
}
for program in "${programs[@]}"; do count "$program"; done >"$counted"

if [ "${1:-}" = --update ]; then
  [ -n "$zig_paths" ] || { echo "instructions.sh: the file has Zig's paths, too: make zig installs one" >&2; exit 1; }
  { echo "# Instructions each time, rolls included; written by scripts/instructions.sh --update with $compilers"; cat "$counted"; } >"$committed"
  cat "$committed"
  exit 0
fi

tolerance=2
grep -qF "with $compilers" "$committed" || { tolerance=25; echo "compiled with $compilers, unlike $committed: 25 % are allowed"; }
awk -v tolerance="$tolerance" -v without_zig="$([ -n "$zig_paths" ] || echo 1)" '
  /^#/ { next }
  NR == FNR { was[$1] = $2; next }
  {
    seen[$1] = 1
    if (!($1 in was)) { printf "  %-26s %8.2f  NEW: not in the file\n", $1, $2; bad++; next }
    change = 100 * ($2 - was[$1]) / was[$1]
    verdict = (change > tolerance || change < -tolerance) ? "CHANGED" : "as before"
    if (verdict == "CHANGED") bad++
    printf "  %-26s %8.2f  was %8.2f  %+6.1f %%  %s\n", $1, $2, was[$1], change, verdict
  }
  END {
    for (path in was) if (!(path in seen) && !(without_zig && path ~ /^path_zig_/)) { printf "  %-26s is in the file, but was not counted\n", path; bad++ }
    if (bad) { print bad " paths differ: mend it, or write the file anew (scripts/instructions.sh --update) and say why"; exit 1 }
  }' "$committed" "$counted"
