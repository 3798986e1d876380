#!/usr/bin/env bash
# Builds and runs all C tests and examples with several compilers in several configurations, and prints one table. A
# cell that does not build, has no tests, or has a test that fails, makes the whole run fail.
# Usage: scripts/matrix.sh BUILD-DIRECTORY [JOBS]
#
#   COMPILERS        default "gcc clang-16 clang-22": Debian's package of that name is installed if necessary
#   CONFIGURATIONS   default all: release (-O3), debug (-O0, cargo's dev profile), checked, thread, address
set -euo pipefail
cd "$(dirname "$0")/.."

build=$(realpath -m "$1")
jobs=${2:-2}
read -ra compilers <<<"${COMPILERS:-gcc clang-16 clang-22}"
read -ra configurations <<<"${CONFIGURATIONS:-release debug checked thread address}"

options_of() {
  case $1 in
    release) echo -DCMAKE_BUILD_TYPE=Release ;;
    debug) echo -DCMAKE_BUILD_TYPE=Debug -DATOMIC_LOG_PROFILE=dev ;;
    checked) echo -DCMAKE_BUILD_TYPE=Release -DATOMIC_LOG_CHECKED=ON ;;
    thread | address) echo -DCMAKE_BUILD_TYPE=Release -DATOMIC_LOG_SANITIZER="$1" ;;
    *) return 1 ;;
  esac
}

# cell COMPILER CONFIGURATION: sets verdict.
cell() {
  local compiler=$1 configuration=$2 cell="$build/matrix/$1-$2" options
  options=$(options_of "$configuration") || { echo "matrix.sh: there is no configuration $configuration" >&2; exit 2; }
  # The library is the same for all compilers of the programs: cargo builds it once, where make tsan and the like have
  # it too.
  case $configuration in
    checked | thread | address)
      mkdir -p "$cell/atomic-log" "$build/$configuration/atomic-log/cargo-$configuration"
      ln -sfnT "$build/$configuration/atomic-log/cargo-$configuration" "$cell/atomic-log/cargo-$configuration"
      ;;
  esac
  verdict="no build"
  {
    # shellcheck disable=SC2086 # one word per option
    cmake -S . -B "$cell" -G Ninja -DCMAKE_C_COMPILER="$compiler" \
      -DCMAKE_CXX_COMPILER="$(sed 's/^gcc/g++/; s/^clang/clang++/' <<<"$compiler")" -DATOMIC_LOG_STRESS_SECONDS=1 \
      -DATOMIC_LOG_CARGO_TARGET_DIR="$PWD/target/c" $options &&
      cmake --build "$cell" -j "$jobs"
  } >"$cell.log" 2>&1 || return 0
  ctest --test-dir "$cell" --output-on-failure -j "$jobs" >>"$cell.log" 2>&1 || true
  verdict=$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests failed out of ([0-9]+)$/\1 \2/p' "$cell.log" |
    awk '$2 == 0 { print "no tests" } $1 > 0 { print "FAILED " $1 " of " $2 } $1 == 0 && $2 > 0 { print "passed " $2 }')
  [ -n "$verdict" ] || verdict="no tests"
}

scripts/need.sh cargo cmake ninja python3 c++ "${compilers[@]}"
mkdir -p "$build/matrix"
bad=0
table=$(printf '%-18s' compiler; printf '%-16s' "${configurations[@]}")
for compiler in "${compilers[@]}"; do
  row=$(printf '%-18s' "$compiler $("$compiler" -dumpfullversion -dumpversion)")
  for configuration in "${configurations[@]}"; do
    cell "$compiler" "$configuration"
    echo "$compiler $configuration: $verdict, after $SECONDS s"
    row+=$(printf '%-16s' "$verdict")
    if [[ $verdict != passed* ]]; then
      bad=$((bad + 1))
      tail -n 60 "$build/matrix/$compiler-$configuration.log"
    fi
  done
  table+=$'\n'$row
done
printf '\n%s\n' "$table"
if [ "$bad" -gt 0 ]; then
  echo "matrix.sh: $bad cells did not pass" >&2
  exit 1
fi
