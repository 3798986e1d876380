#!/usr/bin/env bash
# Tests mirror/: its Rust tests, against nats-servers of their own, and its C library beside libatomic_log in
# target/lib. SHORT=1: without lints, and without the tests of faults, which wait for seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
manifest=mirror/Cargo.toml
minor=$("$cargo" --version | sed -n 's/^cargo 1\.\([0-9]*\)\..*/\1/p')
if [ "${minor:-999}" -lt 89 ]; then
  echo "mirror-test: mirror/ needs Rust 1.89, and this is $("$cargo" --version)" >&2
  # `make test` is for the core, which needs only an older Rust.
  [ -n "${SHORT:-}" ]
  exit
fi
if [ -z "${SHORT:-}" ]; then
  "$cargo" fmt --manifest-path "$manifest" --check
  "$cargo" clippy --quiet --manifest-path "$manifest" --all-targets -- -D warnings
  "$cargo" clippy --quiet --manifest-path "$manifest" --no-default-features -- -D warnings
  RUSTDOCFLAGS="-D warnings" "$cargo" doc --quiet --no-deps --manifest-path "$manifest"
  "$cargo" test --quiet --manifest-path "$manifest"
  "$cargo" test --quiet --manifest-path "$manifest" --test servers -- --ignored
else
  "$cargo" test --quiet --manifest-path "$manifest" --lib --test header --test servers
fi

place=mirror/target/lib
PROFILE=${SHORT:+dev} scripts/mirror-lib.sh target/lib "$place"

# The library contains nothing of the core, and exports only its own functions.
header=mirror/include/atomic_log_nats.h
declared=$(grep -h '^ALOG_.*\balog_nats_[a-z_]*(' $header | grep -o 'alog_nats_[a-z_]*(' | tr -d '(' | sort)
exported=$(nm -D --defined-only "$place/libatomic_log_nats.so" | sed 's/.* //' | sort)
[ "$declared" = "$exported" ] || { diff <(echo "$declared") <(echo "$exported"); exit 1; }
objdump -p "$place/libatomic_log_nats.so" | grep -q 'NEEDED *libatomic_log.so.0'
python3 mirror/c-tests/comments.py
python3 mirror/c-tests/comments.py --prove
for function in $declared; do
  grep -q "$function" mirror/c-tests/test_boundary.c || { echo "test_boundary.c does not name $function" >&2; exit 1; }
done

programs=mirror/target/programs
mkdir -p "$programs"
work=$(mktemp -d)
# shellcheck source=scripts/mirror-server.sh
. scripts/mirror-server.sh
trap 'stop_server; rm -rf "$work"' EXIT
start_server "$work"

flags="-O2 -Wall -Wextra -Wpedantic -Wconversion -Werror -Iinclude -Imirror/include -Ic-tests"
run() { # name of the program, argument
  "$programs/$1" ${2:+"$2"} >"$work/$1" || { cat "$work/$1"; exit 1; }
}
for test in boundary carried; do
  argument=
  [ $test = boundary ] || argument=$url
  # shellcheck disable=SC2086 # several words
  ${CC:-cc} -std=c11 $flags mirror/c-tests/test_$test.c -L"$place" -Ltarget/lib -latomic_log_nats -latomic_log \
    -Wl,-rpath,"$PWD/$place:$PWD/target/lib" -lpthread -o "$programs/$test"
  run $test $argument
done
# Both are static. The streams exist, and are finished, so this needs another server.
stop_server
rm -rf "$work/store"
start_server "$work"
# shellcheck disable=SC2086
${CC:-cc} -std=c11 $flags mirror/c-tests/test_carried.c "$place/libatomic_log_nats.a" target/lib/libatomic_log.a \
  -lpthread -lm -ldl -o "$programs/carried_static"
run carried_static "$url"
# The header is C++, too.
echo '#include <atomic_log_nats.h>' |
  ${CXX:-c++} -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -Imirror/include -fsyntax-only -x c++ -
PROFILE=${SHORT:+dev} scripts/mirror-install-test.sh
echo "mirror-test: all passed"
