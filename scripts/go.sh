#!/usr/bin/env bash
# Checks the Go module, bindings/go, against the library in target/lib: its form, go vet, its tests with and without the
# race detector, its example, and a program of another module that uses it. Downloads no module.
#
# Usage: scripts/go.sh test | bench
#
# bench prints what a record costs in batches of 1 to 1024: the least of COUNT=5 runs, each of BENCHTIME=100ms.
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
  go test -run '^$' -bench . -benchtime "${BENCHTIME:-100ms}" -count "${COUNT:-5}" . | awk '
    /^Benchmark/ {
      name = $1
      sub(/^Benchmark/, "", name)
      sub(/-[0-9]+$/, "", name)
      batch = name ~ /batch=/ ? name : 1
      sub(/.*batch=/, "", batch)
      sub(/\/batch=.*/, "", name)
      if (!(name in seen)) { seen[name]; order[++names] = name }
      if (!((name, batch) in least) || $3 < least[name, batch]) least[name, batch] = $3
    }
    /^(FAIL|---|panic)/ { print > "/dev/stderr"; failed = 1 }
    END {
      count = split("1 4 16 64 256 1024", sizes, " ")
      printf "%-26s", "ns per record, batches of"
      for (i = 1; i <= count; i++) printf "%9d", sizes[i]
      for (n = 1; n <= names; n++) {
        printf "\n%-26s", order[n]
        for (i = 1; i <= count; i++)
          if ((order[n], sizes[i]) in least) printf "%9.1f", least[order[n], sizes[i]]
      }
      print ""
      exit failed || names == 0
    }'
  exit
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
