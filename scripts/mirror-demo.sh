#!/usr/bin/env bash
# Two programs and a server between them: mirror/examples-c/source.c samples this machine for SECONDS, and dashboard.c
# shows it. The output of both is printed. Fails if one of them does.
#
# Usage: scripts/mirror-demo.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."

place=mirror/target/lib
scripts/mirror-lib.sh target/lib "$place"
programs=mirror/target/programs
mkdir -p "$programs"
for program in source dashboard; do
  ${CC:-cc} -std=c11 -O2 -Wall -Wextra -Iinclude -Imirror/include mirror/examples-c/$program.c -L"$place" -Ltarget/lib \
    -latomic_log_nats -latomic_log -Wl,-rpath,"$PWD/$place:$PWD/target/lib" -lpthread -o "$programs/$program"
done
work=$(mktemp -d)
# shellcheck source=scripts/mirror-server.sh
. scripts/mirror-server.sh
trap 'stop_server; rm -rf "$work"' EXIT
start_server "$work"
echo "a server at $url, and two processes"
timeout $(($1 + 20)) "$programs/dashboard" "$url" &
dashboard=$!
timeout $(($1 + 20)) "$programs/source" "$url" "$1"
wait "$dashboard"
