#!/bin/sh
# Runs the one-threaded C tests and the examples that end by themselves under memcheck: no error, no leak.
# Usage: scripts/valgrind.sh BUILD-DIRECTORY [JOBS]
set -eu

programs=$(find "$1/c-tests" "$1/examples-c" -maxdepth 1 -type f -perm -u+x \( -name 'test_*' -o -name '0*' \) | sort)
[ -n "$programs" ] || { echo "valgrind.sh: no programs in $1" >&2; exit 1; }
echo "$programs" | xargs -P "${2:-2}" -I '{}' sh -c '
  if valgrind --quiet --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all --error-exitcode=9 \
    "{}" >"{}.valgrind" 2>&1
  then echo "  clean  $(basename "{}")"
  else echo "  FAILED $(basename "{}")"; cat "{}.valgrind"; exit 255
  fi'
