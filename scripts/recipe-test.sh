#!/usr/bin/env bash
# Tries the recipes of docs/INSTALL.md as they stand there: each is cut out of the document, becomes the file of a project
# of its own, and what that builds must run. The library's source is a copy of this tree, whose files must stay as they are.
#
# Usage: scripts/recipe-test.sh, from make, which sees to it that the tools are there.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
app=$root/c-tests/installed
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
major=${version%%.*}
least=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck source=scripts/ways.sh
. scripts/ways.sh

# The source, and a repository of it at the address that the recipes have.
source=$work/source
mkdir "$source"
git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'ls -d "$@" 2>/dev/null' - | tar -cT - | tar -xC "$source"
repository=$work/repository
cp -r "$source" "$repository"
git init -q "$repository"
git -C "$repository" add -A
git -C "$repository" -c user.name=test -c user.email=test@test.invalid commit -qm "The source"
git -C "$repository" tag "v$version"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=url.file://$repository.insteadOf GIT_CONFIG_VALUE_0=https://git.example/atomic-log.git
chmod -R a-w "$source"
listing() { (cd "$source" && find . -type f -exec md5sum {} + | sort -k 2; find . ! -type f | sort); }
listing >"$work/before"
# What cargo builds of one source is the same for all that use it.
shared=(-DATOMIC_LOG_CARGO_TARGET_DIR="$work/cargo" -DFETCHCONTENT_BASE_DIR="$work/fetched")

# recipe TITLE LANGUAGE: the first block of that language below the title.
recipe() {
  awk -v title="### $1" -v fence="\`\`\`$2" '
    $0 == title { below = 1; next }
    below && /^##/ { exit }
    below && $0 == fence { inside = 1; next }
    inside && /^```/ { exit }
    inside' docs/INSTALL.md | tee "$work/recipe"
  [ -s "$work/recipe" ] || { echo "docs/INSTALL.md has no block of $2 below «$1»" >&2; return 1; }
}
# project NAME TITLE [SED]: a directory with the recipe's CMakeLists.txt, changed as sed is told, beside what it may want.
project() {
  local place=$work/$1
  [ ! -d "$place" ] || return 0
  mkdir -p "$place/third_party"
  ln -s "$source" "$place/third_party/atomic-log"
  cp "$app"/*.[ch]* "$place"
  recipe "$2" cmake | sed -E "${3:-}" >"$place/CMakeLists.txt"
  [ -z "${3:-}" ] || fails cmp -s "$work/recipe" "$place/CMakeLists.txt"
}
# configures NAME BUILD OPTION...
configures() { cmake -S "$work/$1" -B "$work/$2" -G "${GENERATOR:-Ninja}" "${shared[@]}" "${@:3}"; }
works() { "$1" | says -x "atomic-log $version works"; }
loads() { readelf -d "$1" | says -F "Shared library: [libatomic_log.so.$major]"; }

carries() {
  readelf -d "$1" | fails says -F libatomic_log
  nm "$1" | says ' alog_log_create_fixed$'
}

# builds_and_runs NAME TITLE SED loads|carries OPTION...
builds_and_runs() {
  project "$1" "$2" "$3"
  configures "$1" "$1/build" -DCMAKE_BUILD_TYPE=Release "${@:5}"
  cmake --build "$work/$1/build"
  "$4" "$work/$1/build/app"
  works "$work/$1/build/app"
  # Nothing of the library is installed by a project that does not ask for it.
  cmake --install "$work/$1/build" --prefix "$work/$1/installed"
  [ ! -e "$work/$1/installed" ]
}
leaves_the_source_alone() {
  listing | diff "$work/before" -
  chmod u+w "$source"
  touch "$source/new"
  listing | fails diff "$work/before" - # it would be seen
  rm "$source/new"
}

# Where the library is in the build tree of a project that has it as third_party/atomic-log.
built=third_party/atomic-log/atomic-log/lib

other_generator() { # GENERATOR
  GENERATOR=$1 configures subdirectory "subdirectory/$1"
  cmake --build "$work/subdirectory/$1"
  works "$work/subdirectory/$1/app"
}
multi_config() {
  GENERATOR="Ninja Multi-Config" configures subdirectory subdirectory/multi
  for config in Debug Release; do
    cmake --build "$work/subdirectory/multi" --config $config
    works "$work/subdirectory/multi/$config/app"
  done
}
mapped_configuration() {
  configures subdirectory subdirectory/mapped -DCMAKE_BUILD_TYPE=Debug -DCMAKE_MAP_IMPORTED_CONFIG_DEBUG=Release
  cmake --build "$work/subdirectory/mapped"
  works "$work/subdirectory/mapped/app"
  # Without that configuration of the library, CMake would say so.
  fails configures subdirectory subdirectory/mapped -DCMAKE_MAP_IMPORTED_CONFIG_DEBUG=Other
}
optimised_in_debug() {
  local library=$built/libatomic_log.a
  configures subdirectory subdirectory/debug -DCMAKE_BUILD_TYPE=Debug
  cmake --build "$work/subdirectory/debug"
  cmp "$work/subdirectory/build/$library" "$work/subdirectory/debug/$library"
  configures subdirectory subdirectory/debug -DATOMIC_LOG_PROFILE=dev
  cmake --build "$work/subdirectory/debug"
  works "$work/subdirectory/debug/app"
  readelf -SW "$work/subdirectory/debug/$library" | says -F .debug_line
  fails cmp "$work/subdirectory/build/$library" "$work/subdirectory/debug/$library"
  fails configures subdirectory subdirectory/debug -DATOMIC_LOG_PROFILE=fast >"$work/refusal" 2>&1
  says -F 'ATOMIC_LOG_PROFILE is "fast"; it can be release or dev' <"$work/refusal"
}
installed_with_the_library() {
  project installed "An application that is installed with the library"
  configures installed installed/build -DCMAKE_BUILD_TYPE=Release
  cmake --build "$work/installed/build"
  cmake --install "$work/installed/build" --prefix "$work/elsewhere" >/dev/null
  local lib
  lib=$(sed -n 's/^CMAKE_INSTALL_LIBDIR:PATH=//p' "$work/installed/build/CMakeCache.txt")
  diff <(printf '%s\n' bin/app "$lib/libatomic_log.so.$major" | sort) <(cd "$work/elsewhere" && find . ! -type d -printf '%P\n' | sort)
  rm -r "$work/installed/build"
  loads "$work/elsewhere/bin/app"
  works "$work/elsewhere/bin/app"
}
library_is_exported() { # OPTION...
  project ticks "A library of yours that uses this one"
  rm -rf "$work/ticks/build" "$work/ticks-prefix"
  configures ticks ticks/build -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_LIBDIR=lib "$@"
  cmake --build "$work/ticks/build"
  cmake --install "$work/ticks/build" --prefix "$work/ticks-prefix" >/dev/null
  rm -r "$work/ticks/build"
  mkdir -p "$work/user"
  cp "$app/user.c" "$work/user"
  cat >"$work/user/CMakeLists.txt" <<'USER'
cmake_minimum_required(VERSION 3.21)
project(user LANGUAGES C)
find_package(Ticks REQUIRED)
add_executable(user user.c)
target_link_libraries(user PRIVATE Ticks::ticks)
USER
  rm -rf "$work/user/build"
  cmake -S "$work/user" -B "$work/user/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/ticks-prefix"
  cmake --build "$work/user/build"
  works "$work/user/build/user"
}
behind='s/OVERRIDE_FIND_PACKAGE/FIND_PACKAGE_ARGS 0.1/'
finds_the_installed_one() {
  project preferring "FetchContent behind find_package" "$behind"
  configures preferring preferring/build -DCMAKE_PREFIX_PATH="$work/ticks-prefix"
  cmake --build "$work/preferring/build"
  [ ! -e "$work/preferring/build/_deps" ]
  readelf -d "$work/preferring/build/app" | says -F "$work/ticks-prefix/lib"
  works "$work/preferring/build/app"
}
components_are_its_own() {
  diff - <(sed -n 's/.*"x\?\${CMAKE_INSTALL_COMPONENT}x\?" STREQUAL "x\?\([A-Za-z_]*\)x\?".*/\1/p; s/.*CMAKE_INSTALL_COMPONENT STREQUAL "\([A-Za-z_]*\)".*/\1/p' \
    "$(configures ticks ticks/components >&2; echo "$work/ticks/components/third_party/atomic-log/cmake_install.cmake")" | sort -u) <<'NAMES'
atomic_log_development
atomic_log_runtime
NAMES
}
meson_finds_it() { # shared, then static
  mkdir -p "$work/meson"
  cp "$app/app.c" "$work/meson"
  recipe Meson meson >"$work/meson/meson.build"
  export PKG_CONFIG_PATH=$work/ticks-prefix/lib/pkgconfig
  meson setup "$work/meson/build" "$work/meson"
  meson compile -C "$work/meson/build"
  loads "$work/meson/build/app"
  works "$work/meson/build/app"
  sed -i "s/version: '>=0.1'/&, static: true/" "$work/meson/meson.build"
  meson compile -C "$work/meson/build"
  carries "$work/meson/build/app"
  works "$work/meson/build/app"
}

# Rust that is too old, cargo that is sent elsewhere, no registry

old_rust() { # says where it is
  mkdir -p "$work/old"
  printf '#!/bin/sh\ncase $1 in --version | -V) echo "rustc 1.63.0 (4b91a6ea7 2022-08-08)" ;; *) echo "host: x86_64-unknown-linux-gnu" ;; esac\n' >"$work/old/rustc"
  sed 's/rustc 1.63.0/cargo 1.63.0/' "$work/old/rustc" >"$work/old/cargo"
  chmod +x "$work/old/rustc" "$work/old/cargo"
}
refuses_old() { # TOOL COMMAND...
  local tool=$1
  shift
  old_rust
  fails "$@" >"$work/refusal" 2>&1
  cat "$work/refusal"
  # In one line, whatever CMake makes of it.
  tr -s '\n ' '  ' <"$work/refusal" | says -F "atomic-log needs Rust $least or later, and $work/old/$tool is 1.63.0"
}
way "add_subdirectory, in a project of C++ alone" builds_and_runs subdirectory add_subdirectory "" loads
way "the same with AtomicLog::static" builds_and_runs static add_subdirectory s/AtomicLog::atomic_log/AtomicLog::static/ carries
way "the same with BUILD_SHARED_LIBS=OFF" builds_and_runs unshared add_subdirectory "" carries -DBUILD_SHARED_LIBS=OFF
way "the same with Unix Makefiles" other_generator "Unix Makefiles"
way "the same with Ninja Multi-Config: Debug and Release" multi_config
way "the same in Debug with CMAKE_MAP_IMPORTED_CONFIG_DEBUG=Release" mapped_configuration
way "the library of a Debug build is that of a Release build, unless ATOMIC_LOG_PROFILE is dev" optimised_in_debug
way "FetchContent, by git" builds_and_runs fetched FetchContent "" loads
way "FetchContent, of a tree that is there" builds_and_runs there FetchContent \
  's|GIT_REPOSITORY .*|SOURCE_DIR "${CMAKE_SOURCE_DIR}/third_party/atomic-log"|; s|GIT_TAG .*\)|)|' loads
way "FetchContent with OVERRIDE_FIND_PACKAGE" builds_and_runs overriding "FetchContent behind find_package" "" loads
way "ExternalProject, by git" builds_and_runs external ExternalProject "" carries
way "an application is installed with the library, and its build tree goes" installed_with_the_library
way "a library that uses this one is exported, and a program finds both: shared" library_is_exported
way "the same, static" library_is_exported -DBUILD_SHARED_LIBS=OFF
way "FetchContent with FIND_PACKAGE_ARGS: an installed library is preferred" finds_the_installed_one
way "the same where none is installed: the source is fetched" \
  builds_and_runs fallback "FetchContent behind find_package" "$behind" loads
way "components that an embedding project gets are called atomic_log_..." components_are_its_own
way "Meson, by pkg-config, shared and static" meson_finds_it
way "CMake refuses a rustc that is too old, on the PATH" refuses_old rustc \
  env PATH="$work/old:$PATH" cmake -S "$work/subdirectory" -B "$work/subdirectory/old" -G Ninja
way "and takes the new one that is there the next time" configures subdirectory subdirectory/old
way "CMake refuses a cargo that is too old" refuses_old cargo configures subdirectory subdirectory/old "-DATOMIC_LOG_CARGO=$work/old/cargo"
way "nothing was written into the source tree" leaves_the_source_alone
chmod -R u+w "$source"
ways_end recipe-test
