#!/usr/bin/env bash
# How other languages use the C header with tools of their own. SWIG reads it without a warning for Python, Lua and C#,
# and Python's cffi as it is after a preprocessor. Modules for Python and Lua are compiled, and append and read; for C#
# the C half is compiled.
#
# Usage: scripts/ffi-test.sh LIBRARY       # target/lib/libatomic_log.so.0
set -euo pipefail
library=$(realpath "$1")
cd "$(dirname "$0")/.."

scripts/need.sh cc swig lua5.4 python3 python3:venv python3:Python.h
work=$PWD/build/ffi
mkdir -p "$work"
# shellcheck source=scripts/ways.sh
. scripts/ways.sh

# generates LANGUAGE: without a warning. $work/LANGUAGE gets SWIG's output.
generates() {
  rm -rf "${work:?}/$1"
  mkdir "$work/$1"
  swig "-$1" -Wall -Werror -Iinclude -outdir "$work/$1" -o "$work/$1/wrap.c" ffi-tests/atomic_log.i
}
compiles() { cc -O1 -shared -fPIC -Iinclude "${@:2}" "$work/$1/wrap.c" "$library" "-Wl,-rpath,$(dirname "$library")"; }
reads() { tee "$work/said" && [ "$(cat "$work/said")" = "6 records, 2 chunks" ]; }

swig_python() {
  generates python
  compiles python "-I$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')" -o "$work/python/_atomic_log.so"
  PYTHONPATH=$work/python python3 ffi-tests/swig_python.py | reads
}
swig_lua() {
  generates lua
  compiles lua -I/usr/include/lua5.4 -o "$work/lua/atomic_log.so"
  LUA_CPATH="$work/lua/?.so" lua5.4 ffi-tests/swig_lua.lua | reads
}
swig_csharp() {
  generates csharp
  compiles csharp -o "$work/csharp/libatomic_log_csharp.so"
  says 'public static int alog_writer_append(' "$work/csharp/atomic_log.cs"
}
cffi() {
  [ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check cffi==1.17.1
  "$work/venv/bin/python" ffi-tests/use_cffi.py include/atomic_log.h "$library" | reads
}
# Shows that a warning of SWIG's would be seen: with a name for two types, as there once was.
warned() {
  mkdir -p "$work/warned"
  sed 's/^enum alog_status_value$/enum alog_status/' include/atomic_log.h >"$work/warned/atomic_log.h"
  fails cmp -s include/atomic_log.h "$work/warned/atomic_log.h"
  fails swig -python -Wall -Werror "-I$work/warned" -outdir "$work/warned" -o "$work/warned/wrap.c" \
    ffi-tests/atomic_log.i 2>&1 | says 'Warning 302\|Error'
}

way "SWIG for Python: no warning; the module appends and reads" swig_python
way "SWIG for Lua: no warning; the module appends and reads" swig_lua
way "SWIG for C#: no warning; its C compiles" swig_csharp
way "a type with the name of another is found by SWIG" warned
way "cffi reads the preprocessed header, appends and reads" cffi
ways_end ffi-test
