#!/usr/bin/env bash
# Installs the packages that `make package` made in a Debian that debootstrap makes from nothing, which has never had
# Rust. Builds c-tests/installed/app.c there in the ways that a packaged library has. The Debian is of the release that
# the machine runs, from the same mirror. Needs root and a network.
#
# Usage: scripts/package-test.sh DIRECTORY-OF-PACKAGES
set -euo pipefail

packages=$(realpath "$1")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
major=${version%%.*}
[ "$(id -u)" -eq 0 ] || { echo "package-test.sh: debootstrap needs root" >&2; exit 1; }

# shellcheck disable=SC1091 # of the machine
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # apt's variables
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | sed -n "s/^$codename //p" | head -1)
clean=$(mktemp -d)
trap 'rm -rf --one-file-system "$clean"' EXIT

echo "package-test: $codename from $mirror, with a C compiler, CMake and pkg-config"
debootstrap --variant=minbase --include=gcc,libc6-dev,cmake,make,pkgconf "$codename" "$clean" "$mirror" \
  >"$packages/debootstrap.log" 2>&1 || { tail -20 "$packages/debootstrap.log" >&2; exit 1; }
mkdir "$clean/trial"
cp "$packages"/*_"$(dpkg --print-architecture)".deb "$packages/atomic-log-$version-Linux-$(uname -m).tar.gz" c-tests/installed/* "$clean/trial"

cat >"$clean/trial/inside.sh" <<'INSIDE'
set -eu
cd /trial
version=$1 major=$2
trap '[ $? -eq 0 ] || echo "  FAILED  what follows the last line above" >&2' EXIT
works() { [ "$("$@")" = "atomic-log $version works" ]; }
says() { grep "$@" >/dev/null; }
if command -v cargo || command -v rustc; then echo "this machine has Rust" >&2; exit 1; fi

dpkg -i "./libatomic-log${major}_${version}"_*.deb "./libatomic-log-dev_${version}"_*.deb >/dev/null
ldconfig -p | says -F "libatomic_log.so.$major "
echo "  works   dpkg -i of both packages: the loader's cache knows libatomic_log.so.$major"

cc app.c -latomic_log -o app
works ./app
echo "  works   cc app.c -latomic_log"

cc app.c -Wl,-Bstatic -latomic_log -Wl,-Bdynamic -o app
works ./app
cc -static app.c $(pkg-config --static --cflags --libs atomic_log) -o app 2>/dev/null
works ./app
echo "  works   cc, static; pkg-config --static, with a static libc"

cc app.c $(pkg-config --cflags --libs atomic_log) -o app
works ./app
echo "  works   pkg-config"

sed -i 's/LANGUAGES C CXX/LANGUAGES C/; /app_cpp/d' CMakeLists.txt # no C++ compiler here
for library in shared static; do
  cmake -S . -B build >/dev/null
  cmake --build build --target app_$library >/dev/null
  works build/app_$library
done
echo "  works   CMake, find_package: shared and static"

cc app.c -latomic_log -o app
dpkg -r libatomic-log-dev >/dev/null
works ./app
echo "  works   the program, without the -dev package"

dpkg -r "libatomic-log$major" >/dev/null
if ./app 2>/dev/null; then echo "the program runs without its library" >&2; exit 1; fi
if find /usr -name '*atomic_log*' | grep .; then echo "these are left" >&2; exit 1; fi
echo "  works   dpkg -r of both: nothing is left"

tar -xzf "atomic-log-${version}"-*.tar.gz -C /usr/local --strip-components=1
ldconfig
cc app.c -latomic_log -o app
works ./app
cc app.c $(pkg-config --cflags --libs atomic_log) -o app
works ./app
echo "  works   the .tar.gz, unpacked in /usr/local"
INSIDE
chroot "$clean" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C sh /trial/inside.sh "$version" "$major"
echo "package-test: all work"
