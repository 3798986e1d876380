#!/bin/sh
# Prints the path of a Python that has the libraries that read recordings: mcap, mcap-ros2-support and rosbags; and
# matplotlib, if it is named. Installs them into build/tools/recordings where they are missing.
set -eu
cd "$(dirname "$0")/.."

modules="mcap, mcap_ros2, rosbags"
packages="mcap==1.6.0 mcap-ros2-support==0.6.0 rosbags==0.11.9"
if [ "${1:-}" = matplotlib ]; then
  modules="$modules, matplotlib"
  packages="$packages matplotlib==3.10.7"
fi

place=build/tools/recordings
if ! "$place/bin/python" -c "import $modules" 2>/dev/null; then
  echo "installing into $place: $packages" >&2
  python3 -m venv "$place"
  # shellcheck disable=SC2086 # several words
  "$place/bin/python" -m pip install --quiet --disable-pip-version-check $packages >&2
fi
echo "$place/bin/python"
