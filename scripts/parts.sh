#!/bin/sh
# Makes one target after the other, and prints how long each took. The first that fails ends it.
#
# Usage: scripts/parts.sh 'TARGET [NAME=VALUE]'...
set -eu

begin=$(date +%s)
table=
for target in "$@"; do
  echo "== make $target"
  from=$(date +%s)
  # shellcheck disable=SC2086 # "demo SECONDS=3" is two words
  ${MAKE:-make} --no-print-directory $target || { echo "make $target failed, after $(($(date +%s) - from)) s" >&2; exit 1; }
  table="$table$(printf '%6d s  make %s' $(($(date +%s) - from)) "$target")
"
done
printf '%s%6d s  in all\n' "$table" $(($(date +%s) - begin))
