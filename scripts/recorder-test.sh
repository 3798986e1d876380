#!/usr/bin/env bash
# Writes recordings, and reads them with the libraries that users have: the crate mcap, and Python's mcap,
# mcap-ros2-support and rosbags. Leaves them in target/recordings.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh cargo cc python3
place=target/recordings
mkdir -p "$place" target/programs
# shellcheck disable=SC2086 # several words
${CC:-cc} -std=c11 -O2 -D_DEFAULT_SOURCE -Iinclude -Ic-tests c-tests/recording/record.c -Ltarget/lib -latomic_log \
  "-Wl,-rpath,$PWD/target/lib" -lpthread -o target/programs/record
target/programs/record "$place"

CARGO_TARGET_DIR=target/readback "${CARGO:-cargo}" run --release --quiet --manifest-path readback/Cargo.toml -- "$place"

python=$(scripts/recordings-python.sh)
"$python" scripts/recorder-test.py "$place"
rm "$place/large.mcap" "$place/spoiled.mcap" # 670 MB
echo "recorder-test: all recordings are what was appended"
