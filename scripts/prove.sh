#!/usr/bin/env bash
# Shows that the C library cannot panic, with three compilers: the machine's own, the oldest that the crate supports and the
# newest that Debian has. A panic that one of them does not prove to be impossible is an error here, which names the function.
# Then it plants a panic, and expects that error. The oldest compiles the Rust tests, too.
#
# RUST_OLDEST and RUST_NEWEST name two rustc where there is no Debian.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc
oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
place=$PWD/target/prove

# proves NAME RUSTC: builds the library in $tree.
proves() {
  mkdir -p "$place/$1"
  RUSTC=$2 CARGO_TARGET_DIR="$place/$1/cargo" "$tree/scripts/c-library.sh" "$place/$1" --release --features prove
}

tree=$PWD
for which in own oldest newest; do
  case $which in
    own) rustc=$(command -v rustc) ;;
    oldest) rustc=${RUST_OLDEST:-$(scripts/debian-rust.sh "$oldest")} ;;
    newest) rustc=${RUST_NEWEST:-$(scripts/debian-rust.sh newest)} ;;
  esac
  version=$("$rustc" --version)
  if [ $which = oldest ] && [[ $version != "rustc $oldest."* ]]; then
    echo "prove.sh: Cargo.toml says that $oldest is the oldest, and this is $version" >&2
    exit 1
  fi
  proves $which "$rustc"
  echo "  cannot panic    $version ($which)"
  if [ $which = oldest ]; then
    RUSTC=$rustc cargo check --quiet --tests --target-dir "$place/oldest/cargo"
    echo "  the tests compile with it, too"
  fi
done

# What only other systems compile: waits that look again and again.
RUSTFLAGS="--cfg alog_polls ${RUSTFLAGS:-}" proves polls "$(command -v rustc)"
echo "  cannot panic    with waits as on systems without a futex of 64 bits"

# A copy with an unwrap in it of a value that is known only at run time.
tree=$place/planted-tree
rm -rf "$tree"
mkdir -p "$tree"
cp -r Cargo.toml src capi abi scripts README.md docs "$tree"
sed -i '/^pub unsafe extern "C" fn alog_snapshot_len(/a core::hint::black_box(None::<()>).unwrap();' "$tree/src/ffi/snapshot.rs"
! cmp -s src/ffi/snapshot.rs "$tree/src/ffi/snapshot.rs"
if proves planted "$(command -v rustc)" >"$place/said" 2>&1; then
  echo "prove.sh: an unwrap was planted, and the library was built nevertheless" >&2
  exit 1
fi
if ! grep -q '  alog_snapshot_len calls .*unwrap_failed' "$place/said"; then
  cat "$place/said" >&2
  echo "prove.sh: an unwrap was planted, and the error does not name the function" >&2
  exit 1
fi
echo "  a planted unwrap is an error: $(grep '  alog_snapshot_len calls' "$place/said" | xargs)"
