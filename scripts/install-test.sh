#!/usr/bin/env bash
# Installs the library into a directory, and builds one program, c-tests/installed/app.c, against it in every way in
# which the library can be had. One line tells how each way went. Programs that use an installed library are built
# without an environment and without cargo and rustc on the PATH. The tree that they use is not where it was configured
# to be.
#
# Usage: scripts/install-test.sh, from make, which provides the tools.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
app=$root/c-tests/installed
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
IFS=. read -r major minor patch <<<"$version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/stage
prefix=$stage/opt/atomic-log # configured to be /opt/atomic-log
lib=$prefix/lib

# The tools of this machine, except Rust's.
mkdir "$work/tools" "$work/home"
ln -s /usr/bin/* /bin/* "$work/tools" 2>/dev/null || true # where /bin is /usr/bin, each is there twice
for tool in cc c++ cmake ninja pkg-config valgrind; do ln -sf "$(command -v "$tool")" "$work/tools/$tool"; done
rm -f "$work"/tools/cargo* "$work"/tools/rust*
clean() { env -i PATH="$work/tools" HOME="$work/home" LC_ALL=C "$@"; }
if clean sh -c 'command -v cargo || command -v rustc'; then
  echo "install-test.sh: Rust is on the PATH that should have none" >&2
  exit 1
fi

# shellcheck source=scripts/ways.sh
. scripts/ways.sh

# runs PROGRAM [NAME=VALUE...]: checks that it works.
runs() {
  local program=$1
  shift
  clean "$@" "$program" | says -x "atomic-log $version works"
}
# loads PROGRAM, carries PROGRAM: checks that the library is loaded at run time, by its SONAME; that it is not.
loads() { readelf -d "$1" | says -F "Shared library: [libatomic_log.so.$major]"; }
carries() {
  readelf -d "$1" | fails says -F libatomic_log
  nm "$1" | says ' alog_log_create_fixed$'
}

# The installed tree

# expected PREFIX: each file of a tree that was configured to be there.
expected() {
  cat <<EOF
include/atomic_log.h
lib/cmake/AtomicLog/AtomicLogConfig.cmake
lib/cmake/AtomicLog/AtomicLogConfigVersion.cmake
lib/libatomic_log.a
lib/libatomic_log.so
lib/libatomic_log.so.$major
lib/libatomic_log.so.$version
lib/pkgconfig/atomic_log.pc
share/atomic_log/atomic_log_gdb.py
share/doc/atomic_log/CHANGELOG.md
share/doc/atomic_log/LICENSE-APACHE
share/doc/atomic_log/LICENSE-MIT
share/doc/atomic_log/README.md
share/gdb/auto-load$1/lib/libatomic_log.so.$version-gdb.py
EOF
  (find include -name '*.hpp' -o -name '*_inline.h'; find docs -type f ! -path 'docs/doxygen/*' -printf 'share/doc/atomic_log/%p\n')
}
make_here() { make --no-print-directory "$@" BUILD="$work/build" PREFIX=/opt/atomic-log DESTDIR="$stage"; }
installs() {
  make_here install INSTALL_OPTIONS="-DCMAKE_INSTALL_LIBDIR=lib -DATOMIC_LOG_HTML="
  diff <(expected /opt/atomic-log | sort) <(cd "$prefix" && find . ! -type d -printf '%P\n' | sort)
}
installs_nothing_elsewhere() {
  [ "$(find "$stage" -mindepth 1 -maxdepth 2 | sort | tr '\n' ' ')" = "$stage/opt $prefix " ]
  [ ! -e /opt/atomic-log ]
}
is_named() {
  [ "$(readlink "$lib/libatomic_log.so")" = "libatomic_log.so.$major" ]
  [ "$(readlink "$lib/libatomic_log.so.$major")" = "libatomic_log.so.$version" ]
  [ -f "$lib/libatomic_log.so.$version" ]
  readelf -d "$lib/libatomic_log.so.$version" | grep -F "Library soname: [libatomic_log.so.$major]"
}
names_no_path() {
  grep -rq atomic_log "$lib/cmake" "$lib/pkgconfig"
  local status=0
  grep -rnF -e "$root" -e "$work" -e /opt/atomic-log "$lib/cmake" "$lib/pkgconfig" || status=$?
  [ "$status" -eq 1 ] # none; 2 would be an error of grep's
}

# gdb is told that the tree is where it is not. It finds the commands by the library that a program loads.
is_found_by_gdb() {
  mkdir -p "$work/auto-load$stage/opt"
  ln -s "$prefix/share/gdb/auto-load/opt/atomic-log" "$work/auto-load$stage/opt/atomic-log"
  clean cc -std=c99 "$app/app.c" -I"$prefix/include" -L"$lib" -latomic_log -Wl,-rpath,"$lib" -o "$work/app"
  clean gdb -q -nx -batch -iex "add-auto-load-safe-path $work" -iex "add-auto-load-scripts-directory $work/auto-load" \
    -ex "break main" -ex run -ex "help alog logs" "$work/app" | says -F "alog logs [all]"
}

# find_package

# finds DIRECTORY OPTION...: configures the program's project.
finds() {
  local build=$work/$1
  shift
  clean cmake -S "$app" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" "$@"
}
builds() { clean cmake --build "$work/$1" --target "$2"; }

find_package() { # DIRECTORY TARGET loads|carries [OPTION...]
  local directory=$1 target=$2 links=$3
  shift 3
  finds "$directory" "$@"
  builds "$directory" "$target"
  "$links" "$work/$directory/$target"
  runs "$work/$directory/$target"
}
accepts() { # REQUEST...
  for request in "$@"; do
    rm -rf "$work/accepts"
    finds accepts -DWANTED="$request"
  done
}
refuses() { # REQUEST...: because of its version, and not because nothing was found
  for request in "$@"; do
    rm -rf "$work/refuses"
    fails finds refuses -DWANTED="$request" >"$work/refusal" 2>&1
    cat "$work/refusal"
    grep -qF "AtomicLogConfig.cmake, version: $version" "$work/refusal"
  done
}
refuses_component() {
  fails finds component -DWANTED="COMPONENTS;shared;missing" >"$work/refusal" 2>&1
  cat "$work/refusal"
  grep -qF "no component missing" "$work/refusal"
}

# pkg-config and by hand

config() { clean env PKG_CONFIG_PATH="${1:-$lib}/pkgconfig" pkg-config "${@:2}" atomic_log; }

pkg_config_shared() {
  [ "$(config "$lib" --modversion)" = "$version" ]
  # shellcheck disable=SC2046 # one word per flag, here and below
  clean cc -std=c99 "$app/app.c" $(config "$lib" --cflags --libs) -o "$work/app"
  loads "$work/app"
  runs "$work/app" LD_LIBRARY_PATH="$lib"
}
pkg_config_static() { # all of it, libc too
  # shellcheck disable=SC2046
  clean cc -static -std=c99 "$app/app.c" $(config "$lib" --static --cflags --libs) -o "$work/app"
  carries "$work/app"
  readelf -d "$work/app" | fails says NEEDED
  runs "$work/app"
}
pkg_config_archive() { # the library only
  # shellcheck disable=SC2046
  clean cc -std=c99 "$app/app.c" $(config "$lib" --cflags --libs-only-L) -Wl,-Bstatic -latomic_log -Wl,-Bdynamic \
    $(config "$lib" --static --libs-only-l | sed 's/-latomic_log//') -o "$work/app"
  carries "$work/app"
  runs "$work/app"
}
by_hand() { # COMPILER SOURCE loads|carries FLAG...
  local compiler=$1 source=$2 links=$3
  shift 3
  clean "$compiler" "$app/$source" -I"$prefix/include" "$@" -o "$work/app"
  "$links" "$work/app"
  runs "$work/app" LD_LIBRARY_PATH="$lib"
}

needs_no_other_library() {
  [ "$(config "$lib" --static --libs-only-l | xargs)" = -latomic_log ]
  grep -F INTERFACE_LINK_LIBRARIES "$lib/cmake/AtomicLog/AtomicLogConfig.cmake" | fails says -e '"-l'
  # Not even the libraries that a compiler adds by itself. The archive is linked first, and only libc after it.
  clean cc -std=c99 "$app/app.c" -I"$prefix/include" "$lib/libatomic_log.a" -nodefaultlibs -lc -o "$work/app"
  runs "$work/app"
}

# dlopen

loader() { # FLAG...
  clean cc -g "$@" -DAPP_LOADS "$app/app.c" -I"$prefix/include" -pthread -ldl -o "$work/loader"
  readelf -d "$work/loader" | fails says -F libatomic_log
}
unloads() { # [COMMAND...]
  clean "$@" "$work/loader" "$lib/libatomic_log.so.$major" | says -x "atomic-log $version works"
}
dlopens() { loader; unloads; }
dlopens_memcheck() {
  loader
  unloads valgrind --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all --error-exitcode=9
}
dlopens_asan() { loader -fsanitize=address,undefined -fno-sanitize-recover=all; unloads; }

# Moved, removed, packed

moved() {
  local there="$work/somewhere else"
  cp -a "$prefix" "$there"
  mv "$prefix" "$prefix.gone"
  trap 'mv "$prefix.gone" "$prefix"' EXIT
  clean cmake -S "$app" -B "$work/moved" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$there"
  builds moved app_shared
  builds moved app_static
  runs "$work/moved/app_shared"
  runs "$work/moved/app_static"
  ln -s "$there" "$work/moved-without-a-space"
  # shellcheck disable=SC2046
  clean cc "$app/app.c" $(config "$work/moved-without-a-space/lib" --cflags --libs) -o "$work/app"
  runs "$work/app" LD_LIBRARY_PATH="$there/lib"
}
takes_the_reference_along_and_back() {
  mkdir -p "$work/html/search"
  touch "$work/html/index.html" "$work/html/search/all.js"
  make_here install INSTALL_OPTIONS="-DCMAKE_INSTALL_LIBDIR=lib -DATOMIC_LOG_HTML=$work/html"
  [ -e "$prefix/share/doc/atomic_log/html/search/all.js" ]
}
uninstalls() {
  touch "$lib/cmake/AtomicLog/not-ours"
  make_here uninstall
  [ "$(find "$prefix" ! -type d)" = "$lib/cmake/AtomicLog/not-ours" ]
  [ ! -e "$prefix/share/doc/atomic_log" ]
}
refuses_to_install_sanitizers() {
  cmake -S . -B "$work/thread" -G Ninja \
    -DATOMIC_LOG_SANITIZER=thread -DATOMIC_LOG_BUILD_TESTS=OFF -DATOMIC_LOG_BUILD_EXAMPLES=OFF
  fails cmake --install "$work/thread" --prefix "$work/thread/installed" >"$work/refusal" 2>&1
  cat "$work/refusal"
  grep -q "is for tests, and not installed" "$work/refusal"
}
packs() {
  make_here package PACKAGES="deb tgz"
  (cd "$work/build/packages" && ls)
  tar -xzf "$work"/build/packages/atomic-log-"$version"-*.tar.gz -C "$work"
  mv "$work"/atomic-log-"$version"-* "$work/unpacked"
}
unpacked() {
  diff <(expected /usr/local | sort) <(cd "$work/unpacked" && find . ! -type d -printf '%P\n' | grep -v /html/ | sort)
  [ -e "$work/unpacked/share/doc/atomic_log/html/index.html" ]
  clean cmake -S "$app" -B "$work/from-archive" -G Ninja -DCMAKE_PREFIX_PATH="$work/unpacked"
  builds from-archive app_shared
  builds from-archive app_static
  runs "$work/from-archive/app_shared"
  runs "$work/from-archive/app_static"
}
debian_packages() {
  local packages=$work/build/packages architecture
  architecture=$(dpkg --print-architecture)
  local runtime=$packages/libatomic-log${major}_${version}_$architecture.deb
  local development=$packages/libatomic-log-dev_${version}_$architecture.deb
  dpkg-deb --info "$runtime"
  dpkg-deb --info "$development"
  [ "$(dpkg-deb -f "$runtime" Package Version | tr '\n' ' ')" = "Package: libatomic-log$major Version: $version " ]
  dpkg-deb -f "$runtime" Depends | says -E '(^|, )libc6 \(>= '
  dpkg-deb -f "$development" Depends | says -F "libatomic-log$major (= $version)"
  [ "$(dpkg-deb -I "$runtime" triggers)" = "activate-noawait ldconfig" ]
  [ "$(dpkg-deb -I "$runtime" shlibs)" = "libatomic_log $major libatomic-log$major (>= $version)" ]
  dpkg-deb -x "$runtime" "$work/debian-runtime"
  dpkg-deb -x "$development" "$work/debian-development"
  # A program needs nothing of the second package to run, and no library is in both.
  local place
  place=usr/lib/$(cc -print-multiarch)
  diff - <(cd "$work/debian-runtime" && find . ! -type d -printf '%P\n' | sort) <<EOF
$place/libatomic_log.so.$major
$place/libatomic_log.so.$version
usr/share/doc/libatomic-log$major/changelog.gz
usr/share/doc/libatomic-log$major/copyright
EOF
  for file in include/atomic_log.h "${place#usr/}/libatomic_log.a" "${place#usr/}/libatomic_log.so" \
    "${place#usr/}/pkgconfig/atomic_log.pc" "${place#usr/}/cmake/AtomicLog/AtomicLogConfig.cmake" \
    share/atomic_log/atomic_log_gdb.py "share/gdb/auto-load/$place/libatomic_log.so.$version-gdb.py" \
    share/doc/libatomic-log-dev/copyright share/doc/libatomic-log-dev/html/index.html; do
    [ -e "$work/debian-development/usr/$file" ] || [ -L "$work/debian-development/usr/$file" ]
  done
  [ ! -L "$work/debian-development/$place/libatomic_log.so.$major" ]
}

way "make install: each file is there, and no other" installs
[ "$failures" -eq 0 ] || exit 1
way "DESTDIR: nothing outside of it" installs_nothing_elsewhere
way "libatomic_log.so -> .so.$major -> .so.$version, with the SONAME libatomic_log.so.$major" is_named
way "no path of the build in what finds the library" names_no_path
way "gdb loads its commands with the library" is_found_by_gdb
way "CMake, find_package: AtomicLog::shared" find_package found app_shared loads
way "CMake, find_package: AtomicLog::static" find_package found app_static carries
way "CMake, find_package: AtomicLog::atomic_log is the shared one" find_package found app_atomic_log loads
way "CMake, find_package, C++17" find_package found app_cpp loads
way "CMake, find_package, BUILD_SHARED_LIBS=OFF: AtomicLog::atomic_log is the static one" \
  find_package found-static app_atomic_log carries -DBUILD_SHARED_LIBS=OFF
way "CMake, find_package, Debug with CMAKE_MAP_IMPORTED_CONFIG_DEBUG=Release" \
  find_package found-mapped app_shared loads -DCMAKE_BUILD_TYPE=Debug -DCMAKE_MAP_IMPORTED_CONFIG_DEBUG=Release
way "CMake, find_package: accepts $major.$minor, $version exactly, COMPONENTS shared static" \
  accepts "$major.$minor" "$version;EXACT" "COMPONENTS;shared;static"
way "CMake, find_package: refuses $major.$((minor + 1)), $major.$minor.$((patch + 1)), $((major + 1)).0" \
  refuses "$major.$((minor + 1))" "$major.$minor.$((patch + 1))" "$((major + 1)).0"
way "CMake, find_package: refuses a component that there is not" refuses_component
way "pkg-config, shared" pkg_config_shared
way "pkg-config --static, libc static too" pkg_config_static
way "pkg-config, the archive with a shared libc" pkg_config_archive
way "the static library needs no other library than libc, and pkg-config and CMake name none" needs_no_other_library
way "cc, shared" by_hand cc app.c loads -std=c99 -L"$lib" -latomic_log
way "cc, static" by_hand cc app.c carries -std=c99 "$lib/libatomic_log.a"
way "c++, shared" by_hand c++ app.cpp loads -std=c++17 -L"$lib" -latomic_log
way "c++, static" by_hand c++ app.cpp carries -std=c++17 "$lib/libatomic_log.a"
way "dlopen, two threads, dlclose, three times: gone from /proc/self/maps" dlopens
way "the same under memcheck: no error, no leak" dlopens_memcheck
way "the same with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer in the program" dlopens_asan
way "a tree that was moved, to a path with a space: find_package and pkg-config" moved
way "a build with a sanitizer is not installed" refuses_to_install_sanitizers
way "make package: two .deb and a .tar.gz" packs
way "the .tar.gz, unpacked: find_package, shared and static" unpacked
way "the .deb: names, dependencies, shlibs, ldconfig trigger, files" debian_packages
way "make install: the HTML reference, where it was made" takes_the_reference_along_and_back
way "make uninstall: nothing of ours is left, and nobody else's file is gone" uninstalls

ways_end install-test
