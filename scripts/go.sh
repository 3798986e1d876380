#!/usr/bin/env bash
# Checks the Go module, bindings/go, against the library in target/lib: its form, go vet, its tests with and without the
# race detector, its example, and a program of another module that uses it. Downloads no module.
#
# Usage: scripts/go.sh test | bench
#
# bench prints what records cost; BENCH chooses benchmarks, BENCHTIME says how long each runs.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

scripts/need.sh go pkg-config
# Where need.sh puts Go if there is none that is new enough.
[ ! -x build/tools/bin/go ] || PATH="$root/build/tools/bin:$PATH"
export GOTOOLCHAIN=local GOPROXY=off GOWORK=off GOFLAGS=
PATH="$(go env GOROOT)/bin:$PATH"

# Go does not look into a library that the linker is given, and would go on with what it built for another one.
CGO_CFLAGS="-O2 -g -DATOMIC_LOG_LIBRARY=$(cksum <target/lib/libatomic_log.a | tr ' ' _)"
export CGO_CFLAGS
cd bindings/go

if [ "$1" = bench ]; then
  exec go test -run '^$' -bench "${BENCH:-.}" -benchtime "${BENCHTIME:-200ms}" .
fi

unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
  echo "not as gofmt would have it: $unformatted" >&2
  exit 1
fi
go vet ./...
go test -count=1 ./...
go test -count=1 -race ./...
go run ./examples/follow

# A module elsewhere, for which pkg-config finds the library.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/atomic_log.pc" <<END
Name: atomic_log
Description: The library in target/lib
Version: 0
Cflags: -I$root/include
Libs: -L$root/target/lib -latomic_log
END
cp examples/follow/main.go "$work"
cd "$work"
go mod init program 2>/dev/null
go mod edit -require=atomic-log/bindings/go@v0.0.0 -replace=atomic-log/bindings/go="$root/bindings/go"
PKG_CONFIG_PATH=$work go build -tags atomiclog_pkgconfig -o program .
export LD_LIBRARY_PATH=$root/target/lib
ldd program | grep -q "$root/target/lib/libatomic_log.so"
./program >/dev/null
echo "A module elsewhere builds with pkg-config, and runs."
