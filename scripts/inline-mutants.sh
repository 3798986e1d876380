#!/usr/bin/env bash
# Breaks one line of include/atomic_log_inline.h at a time, and expects a C test to fail. A mutant that survives is a
# line that no test needs: exit 1. The models check that a notify increments the epoch: scripts/loom-mutants.sh.
#
# Usage: scripts/inline-mutants.sh, after `make c-test`
set -euo pipefail
cd "$(dirname "$0")/.."

# Each line is a sed expression.
mutants='
s/hot->word < hot->limit \&\&/hot->word <= hot->limit \&\&/
s/size == hot->record_size \&\& record \&\&/record \&\&/
s/size == hot->record_size \&\& record \&\&/size == hot->record_size \&\&/
s/ \&\& size != SIZE_MAX//
s/hot->offset < hot->space \&\&//
s/size <= hot->space - hot->offset \&\&//
s/\(record \|\| size == 0\)/1/
s/hot->slot = slot \+ stride;//
s/const uint64_t word = hot->word \+ 1;/const uint64_t word = hot->word + 2;/
s/hot->slot = slot \+ occupied;/hot->slot = slot + size;/
s/hot->offset = offset \+ occupied;/hot->offset = offset + size;/
s/span->offset = \(uint32_t\)offset;//
s/span->size = \(uint32_t\)size;//
s/\(void\)alog_writer_notify\(writer\);/;/
s/alog_load_\(hot->waiters\) == 0/1/
s/hot->word < hot->notify_limit \&\&/0 \&\&/
s/      alog_wake_\(writer, hot\);//
s/word >> 63 == 0/1/
s/mine->word = word;//
s/if \(word >> 63 \|\| index >= \(uint32_t\)word\)/if (index >= (uint32_t)word)/
s/if \(word >> 63 \|\| index >= \(uint32_t\)word\)/if (word >> 63)/
s/follower->glance.word = word;//
s/follower->position = position \+ 1;//
s/\(hot->limit \| hot->notify_limit\) != 0/1/
s/size > 128\)/size > 250)/
s/else if \(size > 64\)/else if (size > 66)/
s/else if \(size >= 8\)/else if (size >= 7)/
s/else if \(size >= 4\)/else if (size >= 3)/
s/else if \(size == 1\)/else if (size == 9)/
s/alog_load_\(glance->published\) == glance->word/1/
s/alog_load_\(glance->published\) == glance->word/0/
'
library=build/release/atomic-log/lib/libatomic_log.a
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp include/atomic_log.h "$work"

# passes EXPRESSION: whether test_inline passes against the header so changed.
passes() {
  sed -E "$1" include/atomic_log_inline.h >"$work/atomic_log_inline.h"
  cc -O2 -w -std=c11 -D_POSIX_C_SOURCE=200809L -I"$work" -Ic-tests c-tests/test_inline.c "$library" -pthread \
    -o "$work/test" || { echo "inline-mutants.sh: does not compile: $1" >&2; exit 2; }
  timeout 60 "$work/test" >/dev/null 2>&1
}

passes '' || { echo "inline-mutants.sh: test_inline fails without a mutant" >&2; exit 2; }
killed=0 survived=0
while IFS= read -r mutant; do
  [ -n "$mutant" ] || continue
  if cmp -s include/atomic_log_inline.h <(sed -E "$mutant" include/atomic_log_inline.h); then
    echo "inline-mutants.sh: changes nothing: $mutant" >&2
    exit 2
  elif passes "$mutant" 2>/dev/null; then
    survived=$((survived + 1))
    echo "  SURVIVED  $mutant"
  else
    killed=$((killed + 1))
    echo "  killed    $mutant"
  fi
done <<<"$mutants"
echo "$killed killed, $survived survived"
[ "$survived" -eq 0 ]
