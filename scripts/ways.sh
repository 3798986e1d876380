# For scripts that try something in many ways, and print a line on how each went. To be read with `.`; $work is a
# directory for their files.
# shellcheck shell=bash disable=SC2154

ways=0 failures=0
# way SENTENCE FUNCTION [ARGUMENT...]: the function's output is shown only if it failed. It runs under `set -e`.
way() {
  local sentence=$1 status
  shift
  set +e
  (set -euo pipefail; "$@") >"$work/log" 2>&1
  status=$?
  set -e
  ways=$((ways + 1))
  if [ "$status" -eq 0 ]; then
    echo "  works   $sentence"
  else
    echo "  FAILED  $sentence"
    sed 's/^/          /' "$work/log"
    failures=$((failures + 1))
  fi
}

# ways_end NAME: prints how all went, and fails if one did.
ways_end() {
  if [ "$failures" -ne 0 ]; then
    echo "$1: $failures of $ways failed"
    exit 1
  fi
  echo "$1: all $ways work"
}

# fails COMMAND...: succeeds if the command fails. A mere `!` would let `set -e` pass over it.
fails() { if "$@"; then return 1; fi; }
# says PATTERN...: checks that grep finds a line of the input. It reads to the end, because a command fails that writes
# to a closed pipe.
says() { grep "$@" >/dev/null; }
