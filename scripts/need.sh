#!/bin/sh
# Sees to it that the named commands and C headers are there: installs their Debian packages when run as root, else says
# how to.
set -eu

there() {
  case "$1" in
    *.h) echo "#include <$1>" | cc -E - ;;
    *) command -v "$1" ;;
  esac
}

missing=
for command in "$@"; do
  there "$command" >/dev/null 2>&1 && continue
  case "$command" in
    cc) package=gcc ;;
    c++) package=g++ ;;
    ninja) package=ninja-build ;;
    abidw | abidiff) package=abigail-tools ;;
    ck_*.h) package=libck-dev ;;
    urcu/*.h) package=liburcu-dev ;;
    pkg-config) package=pkgconf ;;
    dpkg-shlibdeps) package=dpkg-dev ;;
    cmake | debootstrap | valgrind | python3 | gcc | clang-*) package=$command ;;
    llvm-cov-* | llvm-profdata-*) package=llvm-${command##*-} ;;
    cargo)
      echo "atomic-log needs Rust 1.88 or newer, which Debian 12 does not have: https://rustup.rs installs it." >&2
      exit 1
      ;;
    *)
      echo "need.sh: no package is known for $command" >&2
      exit 1
      ;;
  esac
  missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086 # one word per package
  apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
  echo "missing:$missing. On Debian or Ubuntu: sudo apt-get install$missing" >&2
  exit 1
fi
