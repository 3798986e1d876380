#!/usr/bin/env bash
# Installs the core and mirror/ into a directory that is not where the tree was configured to be, and builds the C
# examples of mirror/ against it in every way in which the library can be had. The examples must carry what one
# publishes to the other.
#
# Usage: scripts/mirror-install-test.sh, from scripts/mirror-test.sh. PROFILE=dev installs what cargo's tests have
# built.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' mirror/Cargo.toml | head -1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=scripts/mirror-server.sh
. scripts/mirror-server.sh
prefix=$work/stage/opt/atomic-log # configured to be /opt/atomic-log
lib=$prefix/lib

# shellcheck source=scripts/ways.sh
. scripts/ways.sh

make_here() {
  make --no-print-directory "$@" BUILD="$work/build" PREFIX=/opt/atomic-log DESTDIR="$work/stage" \
    INSTALL_OPTIONS="-DCMAKE_INSTALL_LIBDIR=lib"
}
listed() { (cd "$prefix" && find . ! -type d -printf '%P\n' | sort); }
installs() {
  make_here install
  listed >"$work/core"
  make_here mirror-install
  listed >"$work/both"
  diff <(comm -13 "$work/core" "$work/both") - <<EOF
include/atomic_log_nats.h
lib/cmake/AtomicLogNats/AtomicLogNatsConfig.cmake
lib/cmake/AtomicLogNats/AtomicLogNatsConfigVersion.cmake
lib/libatomic_log_nats.a
lib/libatomic_log_nats.so
lib/libatomic_log_nats.so.${version%%.*}
lib/libatomic_log_nats.so.$version
lib/pkgconfig/atomic_log_nats.pc
share/doc/atomic_log_nats/LICENSE-APACHE
share/doc/atomic_log_nats/LICENSE-MIT
share/doc/atomic_log_nats/README.md
share/doc/atomic_log_nats/docs/FROM_ONE_TO_MANY.md
share/doc/atomic_log_nats/docs/WIRE.md
EOF
  local status=0
  grep -rnF -e "$root" -e "$work" -e /opt/atomic-log "$lib/cmake" "$lib/pkgconfig" || status=$?
  [ "$status" -eq 1 ] # the finders contain no path of the build
}

# Both programs have the library as they should. What one publishes reaches the other, by a server without streams.
carries() { # DIRECTORY loads|contains
  "$2" "$1/source"
  "$2" "$1/dashboard"
  mkdir "$work/server"
  start_server "$work/server"
  trap 'stop_server; rm -rf "$work/server"' EXIT
  LD_LIBRARY_PATH=$lib timeout 60 "$1/dashboard" "$url" &
  local dashboard=$!
  LD_LIBRARY_PATH=$lib timeout 60 "$1/source" "$url" 1
  wait "$dashboard"
}
loads() { readelf -d "$1" | says -F "[libatomic_log_nats.so.${version%%.*}]"; }
contains() { readelf -d "$1" | fails says -F libatomic_log; }
config() { PKG_CONFIG_PATH="$lib/pkgconfig" pkg-config "$@" atomic_log_nats; }
pkg_config() { # loads|contains FLAG...
  local kind=$1
  shift
  [ "$(config --modversion)" = "$version" ]
  mkdir -p "$work/programs"
  for program in source dashboard; do
    cc -std=c11 -Wall -Wextra -Werror "mirror/examples-c/$program.c" "$@" -o "$work/programs/$program"
  done
  carries "$work/programs" "$kind"
}
# shellcheck disable=SC2046 # one word per flag
shared() { pkg_config loads $(config --cflags --libs); }
# shellcheck disable=SC2046
static() {
  pkg_config contains $(config --cflags) \
    $(config --static --libs | sed 's/-latomic_log[a-z_]*/-Wl,-Bstatic & -Wl,-Bdynamic/g')
}
find_package() { # loads|contains OPTION...
  mkdir -p "$work/project"
  cat >"$work/project/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.21)
project(carried C)
find_package(AtomicLogNats 0.1 REQUIRED)
foreach(program source dashboard)
  add_executable(\${program} $root/mirror/examples-c/\${program}.c)
  target_link_libraries(\${program} PRIVATE AtomicLogNats::atomic_log_nats)
endforeach()
EOF
  rm -rf "$work/project/build"
  cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$prefix" "${@:2}"
  cmake --build "$work/project/build"
  carries "$work/project/build" "$1"
}
uninstalls() {
  make_here mirror-uninstall
  diff "$work/core" <(listed)
  [ ! -e "$lib/cmake/AtomicLogNats" ] && [ ! -e "$prefix/share/doc/atomic_log_nats" ]
}

way "make mirror-install: each file is there, and no other" installs
[ "$failures" -eq 0 ] || exit 1
way "pkg-config, shared" shared
way "pkg-config --static" static
way "CMake, find_package, shared" find_package loads
way "CMake, find_package, static" find_package contains -DBUILD_SHARED_LIBS=OFF
way "make mirror-uninstall: nothing of it is left, and the core is as it was" uninstalls
ways_end mirror-install-test
