# Sourced by scripts that need a nats-server with JetStream: `start_server FOLDER` starts one on a free port of
# loopback, whose store is in FOLDER, and sets url; `stop_server` ends it.
start_server() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  url=nats://127.0.0.1:$port
  nats-server -js -a 127.0.0.1 -p "$port" -sd "$1/store" -l "$1/server.log" &
  server=$!
  for _ in $(seq 100); do
    python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null && return
    sleep 0.1
  done
  echo "nats-server does not listen" >&2
  exit 1
}

stop_server() {
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
}
