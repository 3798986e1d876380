#!/bin/sh
# Puts one of Debian's Rust compilers into build/tools, beside any other Rust of the machine, and prints the path of its
# rustc. Nothing is installed, and root is not needed.
#
# Usage: scripts/debian-rust.sh VERSION [--sources]
#
# VERSION is 1.85, for example; `newest` is the newest version that exists. With --sources its standard library lies
# beside it as source, so that cargo can build it for other targets.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "debian-rust.sh: $*" >&2; exit 1; }
command -v apt-get >/dev/null || fail "there is no apt-get: give RUST_OLDEST and RUST_NEWEST the paths of two rustc (CONTRIBUTING.md)"

# Lines of a version and the suffix of its packages' names: -web for those that build web browsers in an older release.
known() { apt-cache madison rustc-web rustc 2>/dev/null | sed -n 's/^ *rustc\(-web\)\? *| *\([^ ]*\) .*/\2 \1/p' | sort -Vu; }
if [ -z "$(known)" ] && [ "$(id -u)" -eq 0 ]; then apt-get update -qq >&2; fi
case $1 in
  newest) found=$(known | tail -n 1) ;;
  *) found=$(known | grep "^$1\." | tail -n 1 || true) ;;
esac
[ -n "$found" ] || fail "Debian's packages of rustc have no version $1 here; they have: $(known | xargs)"
version=${found%% *} web=${found##* }
short=$(echo "$version" | cut -d. -f1,2)

place=$PWD/build/tools/rust-$version
# unpack PACKAGE...: into $place/root.
unpack() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  mkdir -p "$place"
  for package in "$@"; do
    # Again, in case the machine's list is an old one.
    download "$package" 2>/dev/null || { [ "$(id -u)" -ne 0 ] || apt-get update -qq >&2; download "$package" >&2; }
  done
  for package in "$work"/*.deb; do dpkg-deb -x "$package" "$place/root"; done
  rm -rf "$work"
}
download() { (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$1"); }
if [ ! -x "$place/rustc" ]; then
  echo "unpacking Rust $version into build/tools" >&2
  # What it links besides libc: LLVM in one package or another, and the libraries that LLVM needs.
  llvm=$(apt-cache depends --no-recommends --no-suggests "libstd-rust$web-$short" | sed -n 's/^ *Depends: \(libllvm.*\|rust-web-llvm.*\)/\1/p')
  # shellcheck disable=SC2086 # one word per package
  unpack "rustc$web=$version" "libstd-rust$web-dev=$version" "libstd-rust$web-$short" $llvm libz3-4
  libraries=$(cd "$place" && find root -name 'librustc_driver*.so' -o -name 'libLLVM*.so*' -o -name 'libz3.so*' |
    sed 's|^\(.*\)/[^/]*$|$here/\1|' | sort -u | tr '\n' ':')
  cat >"$place/rustc" <<END
#!/bin/sh
here=\$(dirname "\$0")
LD_LIBRARY_PATH="$libraries\$LD_LIBRARY_PATH" exec "\$here/root/usr/bin/rustc" "\$@"
END
  chmod +x "$place/rustc"
  "$place/rustc" --version >&2 || { rm -rf "$place"; fail "Rust $version does not run"; }
fi
if [ "${2:-}" = --sources ] && [ ! -e "$("$place/rustc" --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ]; then
  echo "unpacking the sources of Rust's standard library $version into build/tools" >&2
  # The version of the source package lacks the part that counts rebuilds of the binary packages.
  unpack "rust$web-src=${version%+b[0-9]*}"
fi
echo "$place/rustc"
