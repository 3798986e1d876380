#!/usr/bin/env bash
# Tries the recipes of docs/INSTALL.md as they stand there. Each is cut out of the document and becomes the file of a
# project of its own, and what that builds must run. The library's source is a copy of this tree, whose files must not
# change.
#
# Usage: scripts/recipe-test.sh, from make, which provides the tools.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
app=$root/c-tests/installed
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
major=${version%%.*}
least=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# need.sh puts Conan here if there is none.
[ ! -x build/tools/bin/conan ] || PATH=$root/build/tools/bin:$PATH

# shellcheck source=scripts/ways.sh
. scripts/ways.sh

# The source without what the fuzzer keeps, and a repository of it at the address that the recipes have.
source=$work/source
mkdir "$source"
git ls-files -z --cached --others --exclude-standard -- . ':!fuzz' | xargs -0 sh -c 'ls -d "$@" 2>/dev/null' - | tar -cT - | tar -xC "$source"
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
# Builds of the library that need not wait for the optimiser.
cheap=(CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0)
# With the optimiser the library is built once.
optimised=(-DATOMIC_LOG_CARGO_TARGET_DIR="$work/cargo")

# changes FILE SED: fails if SED changes nothing.
changes() {
  cp "$1" "$1.before"
  sed -i -E "$2" "$1"
  fails cmp -s "$1.before" "$1"
}
# project NAME TITLE [SED]: a directory with the recipe's CMakeLists.txt, changed by SED, beside the files that it may
# need.
project() {
  local place=$work/$1
  [ ! -d "$place" ] || return 0
  mkdir -p "$place/third_party"
  ln -s "$source" "$place/third_party/atomic-log"
  cp "$app"/*.[ch]* "$place"
  scripts/recipe.sh "$2" cmake >"$place/CMakeLists.txt"
  [ -z "${3:-}" ] || changes "$place/CMakeLists.txt" "$3"
}
# configures NAME BUILD OPTION...
configures() { cmake -S "$work/$1" -B "$work/$2" -G "${GENERATOR:-Ninja}" "${optimised[@]}" "${@:3}"; }
works() { "$1" | says -x "atomic-log $version works"; }
loads() { readelf -d "$1" | says -F "Shared library: [libatomic_log.so.$major]"; }

carries() {
  readelf -d "$1" | fails says -F libatomic_log
  nm "$1" | says ' alog_log_create_fixed$'
}

# builds_and_runs NAME TITLE SED loads|carries OPTION...
builds_and_runs() {
  if [ "$1" != subdirectory ]; then
    export "${cheap[@]}"
    optimised=(-DFETCHCONTENT_BASE_DIR="$work/fetched")
  fi
  project "$1" "$2" "$3"
  configures "$1" "$1/build" -DCMAKE_BUILD_TYPE=Release "${@:5}"
  cmake --build "$work/$1/build"
  "$4" "$work/$1/build/app"
  works "$work/$1/build/app"
  # A project that does not ask for it installs nothing of the library.
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

# The library's place in the build tree of a project that has it as third_party/atomic-log.
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
  # Without that configuration of the library, CMake reports an error.
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
  fails configures subdirectory subdirectory/misspelt -DATOMIC_LOG_PROFIEL=dev >"$work/refusal" 2>&1
  says -F 'atomic-log has no option ATOMIC_LOG_PROFIEL' <"$work/refusal"
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
behind='s/OVERRIDE_FIND_PACKAGE/FIND_PACKAGE_ARGS 0.1/; s/^find_package.*/FetchContent_MakeAvailable(AtomicLog)/'
finds_the_installed_one() {
  project preferring "FetchContent behind find_package" "$behind"
  optimised=()
  configures preferring preferring/build -DCMAKE_PREFIX_PATH="$work/ticks-prefix"
  cmake --build "$work/preferring/build"
  [ ! -e "$work/preferring/build/_deps" ]
  readelf -d "$work/preferring/build/app" | says -F "$work/ticks-prefix/lib"
  works "$work/preferring/build/app"
}
components_are_its_own() {
  configures ticks ticks/components >/dev/null
  diff - <(sed -n 's/.*CMAKE_INSTALL_COMPONENT.* STREQUAL "\([^"]*\)".*/\1/p' \
    "$work/ticks/components/third_party/atomic-log/cmake_install.cmake" | sort -u) <<'NAMES'
atomic_log_development
atomic_log_runtime
NAMES
}
meson_finds_it() { # shared, then static
  mkdir -p "$work/meson"
  cp "$app/app.c" "$work/meson"
  scripts/recipe.sh Meson meson >"$work/meson/meson.build"
  export PKG_CONFIG_PATH=$work/ticks-prefix/lib/pkgconfig
  meson setup "$work/meson/build" "$work/meson"
  meson compile -C "$work/meson/build"
  loads "$work/meson/build/app"
  works "$work/meson/build/app"
  changes "$work/meson/meson.build" "s/version: '>=0.1'/&, static: true/"
  meson compile -C "$work/meson/build"
  carries "$work/meson/build/app"
  works "$work/meson/build/app"
}

# Another machine

# The user's own Rust, or else Debian's.
rust_for_aarch64() { scripts/rust-for.sh aarch64-unknown-linux-gnu | sed -n 's/^RUSTC=//p'; }
runs_on_aarch64() {
  project aarch64 add_subdirectory
  # The commands of the recipe, with what was built for that processor before.
  scripts/recipe.sh "Another processor, with CMake" sh >"$work/aarch64/build.sh"
  changes "$work/aarch64/build.sh" 's|^cmake -S .*|& "$@"|'
  rm "$work/aarch64/third_party/atomic-log"
  ln -s "$root" "$work/aarch64/third_party/atomic-log"
  local rustc
  rustc=$(rust_for_aarch64)
  (cd "$work/aarch64" && bash -e build.sh -DATOMIC_LOG_CARGO_TARGET_DIR="$root/target/c" -DATOMIC_LOG_RUSTC="$rustc") | tee "$work/said"
  says -x "atomic-log $version works" <"$work/said"
  readelf -h "$work/aarch64/build/app" | says -E 'Machine: +AArch64'
}
# A compiler for all machines, which is told its target.
clang_for_aarch64() {
  printf 'set(CMAKE_%s)\n' "SYSTEM_NAME Linux" "SYSTEM_PROCESSOR aarch64" "C_COMPILER clang" "CXX_COMPILER clang++" \
    "C_COMPILER_TARGET aarch64-linux-gnu" "CXX_COMPILER_TARGET aarch64-linux-gnu" >"$work/aarch64/clang.cmake"
  configures aarch64 aarch64/clang --toolchain "$work/aarch64/clang.cmake" \
    -DATOMIC_LOG_CARGO_TARGET_DIR="$root/target/c" -DATOMIC_LOG_RUSTC="$(rust_for_aarch64)"
  cmake --build "$work/aarch64/clang"
  qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/aarch64/clang/app" | says -x "atomic-log $version works"
}
downloads_no_rust() {
  configures aarch64 aarch64/refused --toolchain "$root/cmake/toolchains/aarch64-linux-gnu.cmake" -DATOMIC_LOG_RUSTC="$work/plain/rustc"
  fails cmake --build "$work/aarch64/refused" >"$work/refusal" 2>&1
  cat "$work/refusal"
  says -F "has no core for aarch64-unknown-linux-gnu. Install it with \`rustup target add aarch64-unknown-linux-gnu\`" <"$work/refusal"
}
# A Rust without that target and without sources.
mkdir "$work/plain"
printf '#!/bin/sh\ncase "$*" in *sysroot*) echo "%s" ;; *aarch64*) exit 1 ;; *) exec rustc "$@" ;; esac\n' "$work/plain" >"$work/plain/rustc"
chmod +x "$work/plain/rustc"

# Packages of other package managers

conan_package() { # OPTION...
  export "${cheap[@]}"
  export CONAN_HOME=$work/conan
  conan profile detect --exist-ok
  conan remote disable '*'
  conan create "$repository/packaging/conan" "$@" 2>&1 | tee "$work/said"
  says -x "atomic-log $version works" <"$work/said"
  conan list 'atomic-log/*' | says -F "atomic-log/$version"
}
vcpkg_port() { # LINKAGE loads|carries
  local port=$source/packaging/vcpkg/atomic-log package=$work/vcpkg/$1
  python3 -c 'import json, sys; port = json.load(open(sys.argv[1])); assert (port["name"], port["version"]) == ("atomic-log", sys.argv[2]), port' \
    "$port/vcpkg.json" "$version"
  cmake -DCURRENT_PACKAGES_DIR="$package" -DBUILD="$work/vcpkg/build" -DVCPKG_LIBRARY_LINKAGE="$1" \
    -DOPTIONS=-DATOMIC_LOG_CARGO_TARGET_DIR="$work/cargo" -DPORTFILE="$port/portfile.cmake" -P "$app/vcpkg.cmake"
  cmake -S "$app" -B "$work/vcpkg/$1-app" -G Ninja -DCMAKE_PREFIX_PATH="$package"
  cmake --build "$work/vcpkg/$1-app" --target app_atomic_log
  "$2" "$work/vcpkg/$1-app/app_atomic_log"
  works "$work/vcpkg/$1-app/app_atomic_log"
  [ -s "$package/share/atomic-log/copyright" ]
  find "$package" -name 'libatomic_log*' | fails says -F "$3"
}

# Rust that is too old, cargo that is told to write elsewhere, no registry

mkdir "$work/old"
for tool in rustc cargo; do
  printf '#!/bin/sh\necho "%s 1.63.0 (4b91a6ea7 2022-08-08)"\necho "host: x86_64-unknown-linux-gnu"\n' $tool >"$work/old/$tool"
  chmod +x "$work/old/$tool"
done
refuses_old() { # TOOL COMMAND...
  local tool=$1
  shift
  fails "$@" >"$work/refusal" 2>&1
  cat "$work/refusal"
  # In one line, because CMake breaks lines.
  tr -s '\n ' '  ' <"$work/refusal" | says -F "atomic-log needs Rust $least or later, and $work/old/$tool is 1.63.0"
}
# Another copy of the source, which changes, while cargo is told to write elsewhere.
makes_todays() { # NAME=VALUE...
  local today=$RANDOM$RANDOM
  sed -i "s/c\"Done[^\"]*\"/c\"Done, $today.\"/" "$repository/src/ffi/status.rs"
  env -C "$repository" "${cheap[@]}" "$@" make --no-print-directory lib
  grep -aF "Done, $today." "$repository/target/lib/libatomic_log.a" | says -c .
  grep -aF "Done, $today." "$repository/target/lib/libatomic_log.so.0" | says -c .
}
makes_todays_whatever_the_file_says() {
  printf '[build]\ntarget-dir = "%s"\ntarget = ["wasm32-unknown-unknown", "thumbv7m-none-eabi"]\n' "$work/away" >"$repository/.cargo/config.toml"
  makes_todays "$@"
  rm "$repository/.cargo/config.toml"
}
builds_with_libc_alone() {
  export "${cheap[@]}"
  (cd "$repository" && cargo vendor --manifest-path capi/Cargo.toml --locked vendor >.cargo/config.toml)
  [ "$(ls "$repository/vendor")" = libc ]
  (cd "$repository" && CARGO_HOME=$work/empty CARGO_NET_OFFLINE=true CARGO_TARGET_DIR=$work/offline scripts/c-library.sh "$work/offline/lib" --release)
  # Without the vendored crate the build fails.
  rm -r "$repository/vendor" "$work/offline"
  fails env -C "$repository" CARGO_HOME="$work/empty" CARGO_NET_OFFLINE=true CARGO_TARGET_DIR="$work/offline" scripts/c-library.sh "$work/offline/lib" --release
  rm "$repository/.cargo/config.toml"
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
way "CMake with a toolchain file: for aarch64, run by qemu" runs_on_aarch64
way "the same with clang, which the file tells the machine" clang_for_aarch64
way "for want of a Rust for aarch64, an embedding project is told so, and nothing is downloaded" downloads_no_rust
way "the Conan package, shared: conan create builds it, and a program" conan_package -o 'atomic-log/*:shared=True'
way "the vcpkg port's files, without vcpkg: a static triplet" vcpkg_port static carries .so
way "the same: a dynamic triplet" vcpkg_port dynamic loads .a
way "CMake refuses a rustc that is too old, on the PATH" refuses_old rustc \
  env PATH="$work/old:$PATH" cmake -S "$work/subdirectory" -B "$work/subdirectory/old" -G Ninja
way "and takes the new one that is there the next time" configures subdirectory subdirectory/old
way "CMake refuses a cargo that is too old" refuses_old cargo configures subdirectory subdirectory/old "-DATOMIC_LOG_CARGO=$work/old/cargo"
for tool in rustc cargo; do
  way "make lib refuses a $tool that is too old" refuses_old $tool make lib "${tool^^}=$work/old/$tool"
  way "c-library.sh does" refuses_old $tool env "${tool^^}=$work/old/$tool" scripts/c-library.sh "$work/none"
done
way "make lib makes today's library" makes_todays
way "the same with CARGO_TARGET_DIR" makes_todays CARGO_TARGET_DIR="$work/away"
way "the same with CARGO_BUILD_TARGET_DIR" makes_todays CARGO_BUILD_TARGET_DIR="$work/away"
way "the same with CARGO_BUILD_TARGET" makes_todays CARGO_BUILD_TARGET="$(rustc -vV | sed -n 's/^host: //p')"
way "the same with target-dir and target in .cargo/config.toml" makes_todays_whatever_the_file_says
way "CMake builds for the machine of its compiler, with another one in CARGO_BUILD_TARGET" \
  env CARGO_BUILD_TARGET=wasm32-unknown-unknown cmake --build "$work/subdirectory/build"
way "with libc vendored, and no other crate, it is built offline" builds_with_libc_alone
way "nothing was written into the source tree" leaves_the_source_alone
chmod -R u+w "$source"
ways_end recipe-test
