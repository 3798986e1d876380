#!/bin/sh
# Prepares the readers of mirror/examples in build/tools/mirror/bin: a python that has nats-py, and read-go. The tests
# of mirror/tests/servers call it.
set -eu
cd "$(dirname "$0")/.."

bin=build/tools/mirror/bin
"$bin/python" -c 'import nats' 2>/dev/null || {
  scripts/need.sh python3 python3:venv
  python3 -m venv build/tools/mirror
  "$bin/pip" install --quiet --disable-pip-version-check nats-py==2.16.0
}
if [ ! -e "$bin/read-go" ] || [ mirror/examples/read.go -nt "$bin/read-go" ]; then
  # Debian's package of the client, so that no module is downloaded.
  scripts/need.sh go:nats
  GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode go build -o "$bin/read-go" mirror/examples/read.go
fi
