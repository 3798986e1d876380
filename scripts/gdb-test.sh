#!/usr/bin/env bash
# Looks at the logs of c-tests/gdb/logs.c with gdb/atomic_log_gdb.py, in a process that aborted and in its core file.
# What the commands print and save must be what the library itself printed and recorded before. It does so with a
# library and a program that have debug information, with both without symbols, and with both in one file. One line
# tells how each way went.
#
# Usage: scripts/gdb-test.sh, from make, which provides the tools.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
script=$root/gdb/atomic_log_gdb.py
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)

# shellcheck source=scripts/ways.sh
. scripts/ways.sh

DEBUG_INFO=1 CARGO_TARGET_DIR=$root/target/c scripts/c-library.sh "$work/debug" --release
mkdir "$work/bare"
strip -o "$work/bare/libatomic_log.so.0" "$work/debug/libatomic_log.so.0"
ln -s libatomic_log.so.0 "$work/bare/libatomic_log.so"
strip --strip-debug -o "$work/bare/libatomic_log.a" "$work/debug/libatomic_log.a"

compiled() { # PROGRAM FLAG...
  cc -std=gnu11 -g -O1 -Wall -Wextra -Werror -Iinclude c-tests/gdb/logs.c -pthread "${@:2}" -o "$work/$1"
}
shared() { compiled "$1" -L"$work/$2" -latomic_log -Wl,-rpath,"$work/$2" "${@:3}"; } # PROGRAM LIBRARY FLAG...
shared symbols debug
shared program_symbols bare
shared no_symbols bare -s
compiled static_no_symbols "$work/bare/libatomic_log.a" -static -ffunction-sections -Wl,--gc-sections -s

debugger() { gdb -q -nx -batch -iex "set debuginfod enabled off" -iex "set auto-load off" "$@" </dev/null; }

# core PROGRAM ARGUMENT...: runs it, and leaves `core` of its end in this directory. Where the kernel hands core files
# to another program, gdb makes it.
core() {
  rm -f core core.*
  if [[ $(cat /proc/sys/kernel/core_pattern) == core ]] && (ulimit -c unlimited) 2>/dev/null; then
    local status=0
    (ulimit -c unlimited && exec "$@") 2>aborted || status=$?
    [ "$status" -eq 134 ] # by SIGABRT
    [ -e core ] || mv core.* core
  else
    debugger -ex run -ex "generate-core-file core" --args "$@"
  fi
  [ -s core ]
}

# contents FILE: the profile and the data of a file of MCAP. All else follows from these: each number of the summary,
# too, which is checked here. The header names the program that wrote the file, and is left out.
contents() {
  PYTHONPATH=$root/c-tests python3 - "$1" <<'PYTHON'
import struct, sys
from recording_file import messages_of
data = open(sys.argv[1], "rb").read()
messages_of(data)
size, profile = struct.unpack_from("<QI", data, 9)
(summary,) = struct.unpack_from("<Q", data, len(data) - 28)
sys.stdout.buffer.write(data[17 : 21 + profile] + data[17 + size : summary])
PYTHON
}

# For each log: the name of its files, and an expression that leads to it.
logs=(ticks_bytes:ticks lines:application-\>lines group:table[1] hollow:hollow damaged:damaged by_writer:only_writer local:local)
# A damaged log cannot be described or saved, and the command says so.
whole=(ticks_bytes lines group hollow by_writer local)

is_whole() { [[ " ${whole[*]} " == *" $1 "* ]]; }

# looks PROGRAM live|core named|unnamed|alone: checks that the commands print and save what the library did.
looks() {
  local program=$1 where=$2 names=$3 name expression variable
  local here=$work/$program-$where
  mkdir "$here"
  cd "$here"
  local -a at=(-ex "source $script") commands=()
  if [ "$where" = core ]; then
    core "$work/$program" still "$here"
    [ "$names" != alone ] || mv "$work/$program" "$work/bare/libatomic_log.so.0" "$here"
    if [ "$names" = alone ]; then at=(-c core "${at[@]}"); else at=("$work/$program" core "${at[@]}"); fi
  else
    at=("$work/$program" -ex "run still $here" "${at[@]}")
  fi
  # Not `alog logs`, which runs alone: an error in one command ends the commands after it.
  for each in "${logs[@]}"; do
    name=${each%%:*} expression=${each#*:}
    is_whole "$name" || continue
    if [ "$names" != named ]; then
      variable=\$$(tr -cs 'a-z0-9_' '_' <<<"$expression" | sed 's/_*$//')
      commands+=("python gdb.set_convenience_variable('${variable#$}', int(open('$name.address').read(), 16))")
      expression=$variable
    elif [ "$name" = by_writer ] || [ "$name" = local ]; then
      commands+=("frame function crash")
    fi
    commands+=(
      "python print('--- $name')" "alog describe $expression" "python print('---')"
      "alog save $expression $here/$name.saved"
    )
  done
  if [ "$names" = named ]; then commands+=("alog save ticks $here/ticks.saved as struct tick time time"); fi
  commands+=("python print('--- logs')" "alog logs" "python print('--- all')" "alog logs all")
  printf '%s\n' "${commands[@]}" >commands
  debugger "${at[@]}" -x commands >said 2>&1 || true
  tail -n 60 said
  for name in "${whole[@]}"; do
    sed "1s/^atomic-log $version, //" "$name.describe" >expected
    diff expected <(sed -n "/^--- $name$/,/^---$/p" said | sed '1d;$d')
    cmp <(contents "$name.mcap") <(contents "$name.saved")
  done
  if [ "$names" = named ]; then cmp <(contents ticks.mcap) <(contents ticks.saved); fi
  # Each log is found, whatever leads to it. A struct leads to one of them, and only debug information tells of that
  # struct.
  sed -n '/^--- logs$/,/^--- all$/p' said >logs
  for each in "${logs[@]}"; do
    name=${each%%:*}
    says "^$(cat "$name.address")  " < <(sed '1,/^--- all$/d' said)
    if [ "$names" = named ] || { [ "$names" = unnamed ] && [ "$name" != lines ]; }; then
      says "^$(cat "$name.address")  " <logs
    fi
  done
  says -F "$(cat damaged.address)  the log at $(cat damaged.address) is damaged" <said
  if [ "$names" = named ]; then
    says -E "^$(cat ticks.address)  records of 72 bytes, \[384, 500\)  ticks(;|$)" <logs
    says -E "^$(cat lines.address)  records of any size, \[[0-9]+, 300\)  application(;|$)" <logs
    says -E "^$(cat group.address)  records of 12 bytes, \[20, 41\)  table(;|$)" <logs
    says -E "^$(cat local.address)  .*[; ]local in frame [0-9]+, crash(;| |$)" <logs
    says -E "^$(cat by_writer.address)  .*[; ]only_writer in frame [0-9]+, crash(;| |$)" <logs
  fi
}

way "live, library and program with debug information: commands say and save what the library does" looks symbols live named
way "the same of a core file" looks symbols core named
way "live, the library without symbols" looks program_symbols live named
way "the same of a core file" looks program_symbols core named
way "live, neither with symbols: by address" looks no_symbols live unnamed
way "the same of a core file" looks no_symbols core unnamed
way "live, one program with the library in it, without symbols: by address" looks static_no_symbols live unnamed
way "the same of a core file" looks static_no_symbols core unnamed

# Neither the program nor the library is available any more.
alone() {
  mv "$work/program_symbols" "$work/alone"
  (looks alone core alone)
}
way "a core file alone: by address" alone

# tells COMMAND SENTENCE: of the crashed process with debug information.
said_of() {
  printf 'python\ntry:\n  gdb.execute(r"""%s""")\nexcept gdb.error as error:\n  print(error)\nend\n' "$@" >"$work/commands"
  (cd "$work/symbols-core" && debugger "$work/symbols" core -ex "source $script" -ex "frame function crash" -x "$work/commands") 2>&1
}
tells() {
  said_of "$1" >"$work/told"
  cat "$work/told"
  says -xF "$2" <"$work/told"
}
tails() {
  said_of "alog tail ticks 2 as struct tick" "alog tail ticks 1 as uint64_t" "alog tail application->lines 4" \
    "alog tail table 3" "alog tail hollow" "alog tail only_writer" "alog tail follower" >"$work/told"
  diff - <(grep -E '^[0-9]+: |^The log' "$work/told") <<'TEXT'
498: {time = 1700000000000498000, price = 162.25, volume = 1494, side = 242 '\362', venue = "NYC", levels = {{0, -498}, {996, -1494}}, open = true, depth = {498, -498}, at = {x = -498, y = -14 '\362'}, kind = BUY, maxDelay = -498000003486, last = 167 '\247'}
499: {time = 1700000000000499000, price = 162.375, volume = 1497, side = 243 '\363', venue = "NYC", levels = {{0, -499}, {998, -1497}}, open = false, depth = {499, -499}, at = {x = -499, y = -13 '\363'}, kind = SELL, maxDelay = -499000003493, last = 166 '\246'}
499: 1700000000000499000
296: "line 296 says \"hello\""
297: (empty)
298: c3c3c3c3c3c3c3c3 c3c3c3c3c3c3c3c3 c3c3c3c3c3c3c3c3 c3c3c3c3c3c3c3c3 c3c3c3c3c3c3c3c3 c3c3c3c3c3c3c3c3 c3c3c3c3c3c3c3c3 c3c3c3c3c3c3c3c3 ... (100 bytes)
299: "line 299 says \"hello\""
38: 26000000a4050000 010203ff
39: 27000000f1050000 010203ff
40: 2800000040060000 010203ff
The log shows no records.
1000: 0100000000000000
1001: 0200000000000000
The log shows no records.
TEXT
}
way "alog tail: records as a type, as text and as numbers; by a log, a struct, a writer and a cursor" tails

spoiled() {
  debugger "$work/symbols" -ex "run still $work/symbols-live" -ex "source $script" -ex "source c-tests/gdb/check.py" \
    -ex "python check_spoiled(1000)" >"$work/spoiled" 2>&1
  tail -n 5 "$work/spoiled"
  says "none failed" <"$work/spoiled"
}
way "a log, whichever word of it is written over" spoiled

lists="\`alog logs\` lists the logs"
way "NULL is told in words" tells "alog tail 0" "0 is NULL, and no log"
way "a number that is no address" tells "alog tail 16" "16 is no log: the 8 bytes at 0x10 cannot be read. $lists"
way "an address of something else" tells "alog tail application->name" "application->name is no log, and nothing in it points to one. $lists"
way "a log that was released" tells "alog tail gone" \
  "gone is no log: at $(cat "$work"/symbols-core/gone.address) there is none, or none any more. $lists"
way "a log that was written over" tells "alog tail damaged" \
  "the log at $(cat "$work"/symbols-core/damaged.address) is damaged: its newest segment is not what its window says"
way "a name that is nothing's" tells "alog tail nosuch" 'nosuch: No symbol "nosuch" in current context.'
way "no log at all" tells "alog tail" "say which log: a variable, an expression or an address. $lists"
way "a type that is not there" tells "alog tail ticks 3 as struct nosuch" \
  "struct nosuch is no type that the debug information of the program has (No struct type named nosuch.)"
way "a type larger than a record" tells "alog tail ticks 3 as struct large" \
  "struct large has 1000 bytes, and a record of this log has 72: take another type"
way "a member that no message has there" tells "alog save ticks x.mcap as struct packed" \
  "member unaligned lies at offset 1, which is no multiple of its 4 bytes, so that no message has it there: save without \`as\`"
way "a bit field" tells "alog save ticks x.mcap as struct bits" \
  "member low is a bit field, which no message has: save without \`as\`"
way "a time that is none" tells "alog save ticks x.mcap as struct tick time price" \
  "price is no integer of 64 bits in struct tick; these are: time, maxDelay"
way "a type for records of any size" tells "alog save application->lines x.mcap as struct tick" \
  "records of this log have sizes of their own, and no members: save without \`as\`"
way "no file" tells "alog save ticks" "say which log, and to which file: \`alog save LOG FILE [as TYPE [time MEMBER]]\`"
way "a file that cannot be written" tells "alog save ticks /nonexistent/x.mcap" \
  "/nonexistent/x.mcap.part: No such file or directory"
calls_nothing() {
  said_of "alog tail alog_version_string()" >"$work/told"
  cat "$work/told"
  says -F "may-call-functions is off" <"$work/told"
}
way "nothing in the program is called" calls_nothing
leaves_no_part() { [ -z "$(find "$work" -name '*.part' -o -name x.mcap)" ]; }
way "what was refused leaves no file" leaves_no_part

steps() {
  debugger -ex "source $script" -ex "source c-tests/gdb/check.py" -ex "python check_steps()" "$work/symbols" >"$work/steps" 2>&1
  tail -n 5 "$work/steps"
  says "the logs were whole" <"$work/steps"
}
way "between any two instructions of appends, rolls and groups" steps

busy() {
  mkdir -p "$work/busy"
  cd "$work/busy"
  for run in 1 2 3 4 5 6 7 8; do
    core "$work/symbols" busy $((run * 997 + RANDOM))
    debugger "$work/symbols" core -ex "source $script" -ex "source $root/c-tests/gdb/check.py" -ex "python check_busy()" \
      -ex "alog logs" >"$work/looked" 2>&1
    tail -n 4 "$work/looked"
    says "and are whole" <"$work/looked"
    [ "$(grep -cE '^0x[0-9a-f]+  .*  busy_logs(;|$| and )' "$work/looked")" = 3 ]
  done
}
way "core files of three writers that were stopped anywhere, eight times" busy

ways_end gdb-test
