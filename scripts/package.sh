#!/usr/bin/env bash
# Makes packages in build/packages:
#
#   deb      libatomic-log0 and libatomic-log-dev for this machine's architecture
#   tgz      one archive for it, to unpack anywhere
#   arm64    the two .deb for 64-bit ARM, by Debian's cross compiler
#   armhf    and for 32-bit ARM
#   musl     one archive for x86-64 with musl, as Alpine has it
#   windows  a .zip for Windows on x86-64: the DLL, MinGW's and Microsoft's import libraries, headers, what CMake needs
#
# Usage: scripts/package.sh BUILD-DIRECTORY HTML-REFERENCE [KIND...]     # all by default
set -euo pipefail
build=$(realpath -m "$1") html=$(realpath -m "$2")
shift 2
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- deb tgz arm64 armhf musl windows

# The library in a package was proven not to panic.
options=(-DCMAKE_BUILD_TYPE=Release -DATOMIC_LOG_BUILD_TESTS=OFF -DATOMIC_LOG_BUILD_EXAMPLES=OFF -DATOMIC_LOG_PROVE=ON
  "-DATOMIC_LOG_HTML=$html")
deb=(-DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_DOCDIR=share/doc/libatomic-log-dev)
archive=(-DCMAKE_INSTALL_LIBDIR=lib)

# package KIND GENERATOR OPTION...
package() {
  echo "package: $1"
  mkdir -p "$build/package-$1"
  rm -f "$build/package-$1/CMakeCache.txt" # it would keep the options of the last time
  cmake -S . -B "$build/package-$1" "${options[@]}" "${@:3}" >/dev/null
  cmake --build "$build/package-$1" >/dev/null
  # It warns about the scripts that are not there (cmake/AtomicLogPackage.cmake).
  (cd "$build/package-$1" && cpack -G "$2" -B "$build/packages" >cpack.log 2>&1 || { cat cpack.log; exit 1; })
  sed -n 's/^CPack: - package: \(.*\) generated\.$/  \1/p' "$build/package-$1/cpack.log"
  rm -rf "$build/packages/_CPack_Packages"
}
# cross FILE: CMake's toolchain of that name.
cross() { echo "-DCMAKE_TOOLCHAIN_FILE=$PWD/cmake/toolchains/$1.cmake"; }

rm -rf "$build/packages"
for kind; do
  case $kind in
    deb)
      scripts/need.sh dpkg-shlibdeps file # CPack asks `file` which files to look at
      package deb DEB "${deb[@]}"
      ;;
    tgz) package tgz TGZ "${archive[@]}" ;;
    arm64)
      scripts/need.sh aarch64-linux-gnu-gcc
      package arm64 DEB "${deb[@]}" -DCMAKE_INSTALL_LIBDIR=lib/aarch64-linux-gnu "$(cross aarch64-linux-gnu)"
      ;;
    armhf)
      scripts/need.sh arm-linux-gnueabihf-gcc
      package armhf DEB "${deb[@]}" -DCMAKE_INSTALL_LIBDIR=lib/arm-linux-gnueabihf "$(cross armv7-linux-gnueabihf)"
      ;;
    musl)
      scripts/need.sh musl-gcc
      package musl TGZ "${archive[@]}" -DCMAKE_C_COMPILER=musl-gcc -DATOMIC_LOG_RUST_TARGET=x86_64-unknown-linux-musl
      ;;
    windows)
      scripts/need.sh x86_64-w64-mingw32-gcc-posix x86_64-w64-mingw32-g++-posix llvm-dlltool
      package windows ZIP "${archive[@]}" "$(cross x86_64-w64-mingw32)"
      ;;
    *)
      echo "package.sh: there is no kind $kind; there are deb, tgz, arm64, armhf, musl and windows" >&2
      exit 1
      ;;
  esac
done
