#!/usr/bin/env bash
# The packages as their users take them. lintian reports nothing about the .deb. Each package for another machine is
# unpacked outside of the tree, c-tests/installed/app.c is cross-compiled against it, and runs by qemu or Wine.
# scripts/package-test.sh tests those for this machine.
#
# Usage: scripts/package-cross-test.sh DIRECTORY-OF-PACKAGES [KIND...]      # lintian arm64 armhf musl windows by default
set -euo pipefail
packages=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- lintian arm64 armhf musl windows

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
major=${version%%.*}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
app=$PWD/c-tests/installed/app.c
# shellcheck source=scripts/ways.sh
. scripts/ways.sh

works() { "$@" | tr -d '\r' | tee "$work/said" && [ "$(cat "$work/said")" = "atomic-log $version works" ]; }

nothing_to_say() { ! lintian --allow-root --fail-on error,warning "$@" | grep .; }
# The file from which dpkg-shlibdeps makes dependencies: each function, as the library has it.
all_symbols() {
  local functions
  functions=$(sed -n 's/^ *\(alog_[a-z0-9_]*\);$/\1/p' abi/atomic_log.map | sort)
  diff <(echo "$functions") <(dpkg-deb -I "$1" symbols | sed -n "s/^ \(alog_[a-z0-9_]*\)@ATOMIC_LOG_$major [0-9.]*$/\1/p" | sort)
}

# linux ARCHITECTURE GNU EMULATOR: the two .deb, unpacked.
unpack_deb() {
  local package
  for package in "libatomic-log${major}_${version}_$1" "libatomic-log-dev_${version}_$1"; do
    dpkg-deb -x "$packages/$package.deb" "$work/$1"
  done
}
pkg() { # ROOT LIBRARY-DIRECTORY WORD...
  PKG_CONFIG_LIBDIR=$1/$2/pkgconfig PKG_CONFIG_SYSROOT_DIR=${SYSROOT-} pkg-config "${@:3}" atomic_log
}
linux_shared() {
  # shellcheck disable=SC2046 # words
  "$2-gcc" "$app" $(pkg "$work/$1" "usr/lib/$2" --cflags --libs) -o "$work/app-$1"
  works "$3" -L "/usr/$2" -E "LD_LIBRARY_PATH=$work/$1/usr/lib/$2" "$work/app-$1"
}
needs_libc_alone() {
  [ "$(readelf -d "$work/$1/usr/lib/$2/libatomic_log.so.$major" | grep -c NEEDED)" = 1 ]
  readelf -d "$work/$1/usr/lib/$2/libatomic_log.so.$major" | says -F '[libc.so.'
}
linux_static() {
  "$2-gcc" -static "$app" "-I$work/$1/usr/include" "$work/$1/usr/lib/$2/libatomic_log.a" -o "$work/app-$1-static"
  works "$3" "$work/app-$1-static"
}

unpack_musl() { mkdir "$work/musl"; tar -xzf "$packages/atomic-log-$version-Linux-x86_64-musl.tar.gz" -C "$work/musl" --strip-components=1; }
musl_shared() {
  # shellcheck disable=SC2046 # words
  musl-gcc "$app" $(pkg "$work/musl" lib --cflags --libs) -o "$work/app-musl"
  LD_LIBRARY_PATH=$work/musl/lib works "$work/app-musl"
}
musl_static() {
  musl-gcc -static "$app" "-I$work/musl/include" "$work/musl/lib/libatomic_log.a" -o "$work/app-musl-static"
  works "$work/app-musl-static"
}

unpack_windows() { unzip -q "$packages/atomic-log-$version-Windows-x86_64.zip" -d "$work" && mv "$work/atomic-log-$version-Windows-x86_64" "$work/windows"; }
windows_mingw() {
  cmake -S c-tests/installed -B "$work/mingw" -DCMAKE_BUILD_TYPE=Release "-DAtomicLog_DIR=$work/windows/lib/cmake/AtomicLog" \
    "-DCMAKE_TOOLCHAIN_FILE=$PWD/cmake/toolchains/x86_64-w64-mingw32.cmake"
  cmake --build "$work/mingw" --target app_shared app_static
  rm -f "$work/mingw/atomic_log.dll"
  works wine "$work/mingw/app_static.exe"
  fails wine "$work/mingw/app_shared.exe"
  cp "$work/windows/bin/atomic_log.dll" "$work/mingw"
  works wine "$work/mingw/app_shared.exe"
}
# lld imitates Microsoft's linker. There is no C library of theirs here, so the program needs none.
windows_msvc() {
  cat >"$work/least.c" <<'END'
#include <atomic_log.h>
int begin(void) {
  alog_options options;
  alog_log *log;
  alog_options_init(&options);
  options.record_size = 8, options.retained_capacity = 8, options.segment_capacity = 4;
  if (alog_version() != ALOG_VERSION || alog_log_create_fixed(&options, &log) != ALOG_OK) return 1;
  alog_log_release(log);
  return 42;
}
END
  clang --target=x86_64-pc-windows-msvc -fms-extensions -ffreestanding -fno-stack-protector -DALOG_DLL "-I$work/windows/include" \
    -c "$work/least.c" -o "$work/least.obj"
  lld-link -nodefaultlib -entry:begin -subsystem:console "-out:$work/least.exe" "$work/least.obj" "$work/windows/lib/atomic_log.lib"
  cp "$work/windows/bin/atomic_log.dll" "$work"
  local status=0
  wine "$work/least.exe" || status=$?
  [ $status -eq 42 ]
}
# CMake's settings of a project for Microsoft's compiler, as it would find the package there.
windows_msvc_target() {
  mkdir -p "$work/ask"
  cat >"$work/ask/ask.cmake" <<END
set(WIN32 TRUE)
set(MSVC TRUE)
function(add_library name)
  set_property(GLOBAL APPEND PROPERTY made "\${name}")
endfunction()
function(set_target_properties name)
  set_property(GLOBAL APPEND PROPERTY said "\${ARGN}")
endfunction()
include("$work/windows/lib/cmake/AtomicLog/AtomicLogConfig.cmake")
get_property(made GLOBAL PROPERTY made)
get_property(said GLOBAL PROPERTY said)
message(STATUS "\${made} | \${said}")
END
  cmake -P "$work/ask/ask.cmake" >"$work/ask/said"
  cat "$work/ask/said"
  says "$work/windows/lib/atomic_log.lib" "$work/ask/said"
  says "$work/windows/bin/atomic_log.dll" "$work/ask/said"
  fails says 'AtomicLog::static' "$work/ask/said"
}

for kind; do
  case $kind in
    lintian)
      scripts/need.sh lintian
      way "lintian has nothing to say of the .deb" nothing_to_say "$packages"/*.deb
      for package in "$packages"/libatomic-log"$major"_*.deb; do
        way "symbols of $(basename "$package"): each function" all_symbols "$package"
      done
      ;;
    arm64 | armhf)
      gnu=aarch64-linux-gnu emulator=qemu-aarch64
      if [ "$kind" = armhf ]; then gnu=arm-linux-gnueabihf emulator=qemu-arm; fi
      scripts/need.sh $gnu-gcc $emulator pkg-config
      unpack_deb "$kind"
      way "$kind: the library needs libc alone, on which its package depends" needs_libc_alone "$kind" $gnu
      way "$kind: pkg-config and the cross compiler, by qemu" linux_shared "$kind" $gnu $emulator
      way "$kind: the static library" linux_static "$kind" $gnu $emulator
      ;;
    musl)
      scripts/need.sh musl-gcc pkg-config
      unpack_musl
      way "musl: pkg-config and musl-gcc" musl_shared
      way "musl: a static program" musl_static
      ;;
    windows)
      scripts/need.sh x86_64-w64-mingw32-gcc-posix wine cmake unzip clang lld-link
      export WINEPREFIX=$work/wine WINEDEBUG=-all
      unpack_windows
      way "Windows: find_package for MinGW, static and shared, by Wine" windows_mingw
      way "Windows: Microsoft's import library links and runs, by Wine" windows_msvc
      way "Windows: find_package for Microsoft's compiler names that library, and no static one" windows_msvc_target
      ;;
  esac
done
ways_end package-cross-test
