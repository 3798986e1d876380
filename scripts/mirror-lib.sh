#!/bin/sh
# Builds the C library of mirror/: libatomic_log_nats.so.0, with the name that programs are linked by beside it, and
# libatomic_log_nats.a.
#
# Usage: scripts/mirror-lib.sh CORE DIRECTORY
#
# CORE is the directory of libatomic_log.so (`make lib` puts it into target/lib). The shared library asks for it by its
# name, and so has no core of its own. A program that links the static library also links libatomic_log. Rust's standard
# library and the dependencies of async-nats are in both. PROFILE=dev builds it as cargo's tests are built, and uses
# what these have built.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
core=$1
place=$2
mkdir -p "$place"
if [ ! -e "$core/libatomic_log.so" ]; then
  echo "mirror-lib.sh: no libatomic_log.so in $core; \`make lib\` makes one" >&2
  exit 1
fi
name=libatomic_log_nats.so.$(sed -n 's/^version = "\([0-9]*\)\..*/\1/p' "$root/mirror/Cargo.toml" | head -1)
core=$(cd "$core" && pwd)

profile=${PROFILE:-release}
case $profile in dev) made=debug ;; *) made=$profile ;; esac
library() {
  "${CARGO:-cargo}" rustc --quiet --profile "$profile" --lib --manifest-path "$root/mirror/Cargo.toml" \
    --target-dir "$root/mirror/target" --no-default-features --crate-type "$@"
}
library staticlib
# --no-undefined: all that it lacks is in libatomic_log.
library cdylib -- -L "native=$core" -C link-arg=-Wl,--no-as-needed -C link-arg=-latomic_log \
  -C link-arg=-Wl,--as-needed -C link-arg=-Wl,--no-undefined -C "link-arg=-Wl,-soname,$name" -C strip=symbols
put() { cmp -s "$1" "$2" || cp "$1" "$2"; }
put "$root/mirror/target/$made/libatomic_log_nats.so" "$place/$name"
put "$root/mirror/target/$made/libatomic_log_nats.a" "$place/libatomic_log_nats.a"
ln -sf "$name" "$place/libatomic_log_nats.so"
