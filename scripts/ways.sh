# For scripts that try something in many ways, and say in a line how each went. To be read with `.`; $work is a directory for
# what they make.
# shellcheck shell=bash disable=SC2154

ways=0 failures=0
# way SENTENCE FUNCTION [ARGUMENT...]: what the function said is shown only if it failed. It runs where `set -e` holds.
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

# ways_end NAME: says how all went, and fails if one did.
ways_end() {
  if [ "$failures" -ne 0 ]; then
    echo "$1: $failures of $ways failed"
    exit 1
  fi
  echo "$1: all $ways work"
}

# fails COMMAND...: that it does. A mere `!` would let `set -e` pass over it.
fails() { if "$@"; then return 1; fi; }
# says PATTERN...: that grep finds a line of the input. It reads to the end: who writes to a closed pipe has failed.
says() { grep "$@" >/dev/null; }
