#!/usr/bin/env bash
# Runs the README's commands on bare machines: Debian 12 and Debian 13, made by debootstrap, with make, git and
# certificates. `make` itself installs all else there. Needs root and a network.
#
# Usage: scripts/fresh-test.sh [TARGET...]      # targets of make; demo and test by default
#
#   RELEASES   default "bookworm trixie"
#   KEEP=1     uses the machines of the last run, if they exist, with all that they have installed and built since
#
# The files that the tree's own git knows are copied in, with today's changes. The machines lie in build/fresh. The
# output of a command is in build/fresh/RELEASE-TARGET.log.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "fresh-test.sh: debootstrap needs root" >&2; exit 1; }
scripts/need.sh debootstrap

targets=("$@")
[ $# -gt 0 ] || targets=(demo test)
read -ra releases <<<"${RELEASES:-bookworm trixie}"
place=$PWD/build/fresh
mkdir -p "$place"
work=$place
# shellcheck source=scripts/ways.sh
. scripts/ways.sh

# shellcheck disable=SC2016 # apt's variables
mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -1)

# builds RELEASE: its machine, which uses the host's network.
builds() {
  local root=$place/$1
  if [ -z "${KEEP:-}" ] || [ ! -d "$root/etc/apt" ]; then
    rm -rf --one-file-system "$root"
    debootstrap --variant=minbase --include=make,git,ca-certificates "$1" "$root" "$mirror" ||
      { tail -20 "$root/debootstrap/debootstrap.log"; return 1; }
  fi
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cp /etc/hosts "$root/etc/hosts"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  apt-config dump | grep -E '^Acquire::(http|https|Check)[-A-Za-z:]* "..*"' >"$root/etc/apt/apt.conf.d/99host" || true
  local file
  for file in "${CARGO_HOME:-$HOME/.cargo}/config.toml" /etc/pip.conf; do
    [ ! -f "$file" ] || install -D -m 644 "$file" "$root/${file/#${CARGO_HOME:-$HOME/.cargo}/root/.cargo}"
  done
  mkdir -p "$root/atomic-log"
  # The sources of the last run go, and what was built of them stays.
  find "$root/atomic-log" -mindepth 1 -maxdepth 1 ! -name build ! -name target -exec rm -rf {} +
  git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -cf - -T - | tar -xf - -C "$root/atomic-log"
}

# makes RELEASE TARGET: in a namespace of mounts of its own, which ends with the command.
makes() {
  local proxies=() name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name:-}" ] || proxies+=("$name=${!name}")
  done
  # shellcheck disable=SC2016 # the inner shell's
  unshare --mount --propagation private sh -c '
    set -e
    root=$1 target=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    exec chroot "$root" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" \
      sh -c "cd /atomic-log && exec make SECONDS=3 $target"
  ' sh "$place/$1" "$2" "${proxies[@]}" >"$place/$1-$2.log" 2>&1 || { tail -60 "$place/$1-$2.log"; return 1; }
}

for release in "${releases[@]}"; do
  way "$release, from nothing" builds "$release"
  for target in "${targets[@]}"; do
    way "$release: make $target" makes "$release" "$target"
  done
done
ways_end fresh-test
