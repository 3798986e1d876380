#!/usr/bin/env bash
# Checks the Go module, bindings/go, against the library in target/lib: its form; go vet; its tests, also with the race
# detector, with AddressSanitizer, with calls alone and against a library that reports misuse; its example; what a
# program needs at run time; the error where there is no cgo; and a program of another module that uses it. Downloads no
# module.
#
# Usage: scripts/go.sh test | bench
#
# bench prints what a record costs in batches of 1 to 1024: the least of COUNT=5 runs, each of BENCHTIME=100ms. Then it
# prints operations without a call, beside the same by calls, a channel and a ring in Go: the least of COUNT runs of
# TURNS=400 bursts, which take turns.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

scripts/need.sh go pkg-config
# need.sh puts Go here if there is none that is new enough.
[ ! -x build/tools/bin/go ] || PATH="$root/build/tools/bin:$PATH"
export GOTOOLCHAIN=local GOPROXY=off GOWORK=off GOFLAGS=
PATH="$(go env GOROOT)/bin:$PATH"

# Go does not look into a library that the linker gets, and would go on with what it built for another one.
CGO_CFLAGS="-O2 -g -DATOMIC_LOG_LIBRARY=$(cksum <target/lib/libatomic_log.a | tr ' ' _)"
export CGO_CFLAGS
cd bindings/go
module=$(go list -m)

if [ "$1" = bench ]; then
  go test -run '^$' -bench '^Benchmark[^H]' -benchtime "${BENCHTIME:-100ms}" -count "${COUNT:-5}" . | awk '
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
  echo
  go test -run '^$' -bench '^BenchmarkHot$' -benchtime "${TURNS:-400}x" -count "${COUNT:-5}" . | awk '
    /^BenchmarkHot/ {
      name = $1
      sub(/^BenchmarkHot\//, "", name)
      sub(/-[0-9]+$/, "", name)
      if (!(name in seen)) { seen[name]; order[++names] = name }
      for (i = 3; i < NF; i += 2) {
        way = $(i + 1)
        sub(/^ns\//, "", way)
        if (!((name, way) in least) || $i < least[name, way]) least[name, way] = $i
      }
    }
    /^(FAIL|---|panic)/ { print > "/dev/stderr"; failed = 1 }
    END {
      count = split("inline from bytes call channel receive ring", ways, " ")
      printf "%-26s", "ns"
      for (i = 1; i <= count; i++) printf "%9s", ways[i]
      for (n = 1; n <= names; n++) {
        printf "\n%-26s", order[n]
        for (i = 1; i <= count; i++)
          if ((order[n], ways[i]) in least) printf "%9.1f", least[order[n], ways[i]]
          else printf "%9s", ""
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
# With AddressSanitizer, Go itself allocates where it otherwise does not.
go test -count=1 -asan -skip '^TestNoAllocations$' ./...
# Everything by calls, as with the race detector, and on processors that have no inline.go.
go test -count=1 -tags atomiclog_calls .
go vet -tags atomiclog_calls ./...
CGO_ENABLED=0 GOARCH=arm64 go vet ./internal/order
go run ./examples/follow

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A library that must see every call says so in what it shares. It is found as any other is.
ONLY=static CARGO_TARGET_DIR=$root/target/c "$root/scripts/c-library.sh" "$root/target/lib-checked" --release --features checked
cat >"$work/atomic_log.pc" <<END
Name: atomic_log
Description: The library that reports misuse
Version: 0
Cflags: -I$root/include
Libs: $root/target/lib-checked/libatomic_log.a
END
CGO_CFLAGS="-O2 -g -DATOMIC_LOG_LIBRARY=$(cksum <"$root/target/lib-checked/libatomic_log.a" | tr ' ' _)" \
  PKG_CONFIG_PATH=$work go test -count=1 -tags atomiclog_pkgconfig .

# The program contains the library, which needs libc and nothing else.
go build -o "$work/follow" ./examples/follow
needed=$(readelf -d "$work/follow" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
if [ -z "$needed" ] || grep -vE '^(libc|libpthread|ld-linux[^.]*)\.so\.[0-9]+$' <<<"$needed"; then
  echo "a program needs at run time: $needed" >&2
  exit 1
fi

# Without cgo there is one error, which names what is missing. Without a C compiler it is the same.
for without in CGO_ENABLED=0 "PATH=$(go env GOROOT)/bin"; do
  if said=$(env -u CGO_ENABLED "$without" go build . 2>&1) || [ "$(wc -l <<<"$said")" != 2 ] ||
    ! grep -q 'atomic-log needs cgo: set CGO_ENABLED=1, and install a C compiler' <<<"$said"; then
    echo "with $without, go build says: $said" >&2
    exit 1
  fi
done

# README.md has the path under which the module is imported.
grep -qF "import atomiclog \"$module\"" README.md
grep -qF -- "-require=$module@v0.0.0 -replace=$module=" README.md

# A module elsewhere, for which pkg-config finds the library.
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
go mod edit -require="$module@v0.0.0" -replace="$module=$root/bindings/go"
PKG_CONFIG_PATH=$work go build -tags atomiclog_pkgconfig -o program .
export LD_LIBRARY_PATH=$root/target/lib
grep -q "$root/target/lib/libatomic_log.so" <<<"$(ldd program)"
./program >/dev/null
echo "A module elsewhere builds with pkg-config, and runs."

# On another processor: the example and the tests, by qemu, with the library that is installed for it.
cd "$root"
scripts/need.sh make cmake aarch64-linux-gnu-gcc qemu-aarch64
(
  eval "$(scripts/recipe.sh "Another processor, installed" sh)" >/dev/null
  CGO_CFLAGS="-O2 -g -DATOMIC_LOG_LIBRARY=$(cksum <build/aarch64/installed/lib/libatomic_log.a | tr ' ' _)"
  eval "$(scripts/recipe.sh "Another processor, with Go" sh)"
  emulator="qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$root/build/aarch64/installed/lib"
  $emulator "$root/build/aarch64/follow"
  go test -count=1 -tags atomiclog_pkgconfig -exec "$emulator" .
)
