#!/usr/bin/env bash
# Runs a command with a PostgreSQL cluster and a NATS server of its own, both gone afterwards:
#   tests/cluster.sh cargo test --test suite
# The command finds them in TEST_POSTGRES and TEST_NATS. Both come from Debian's packages.
set -euo pipefail

folder=$(mktemp -d -t xiaoer-cluster.XXXXXX)
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$programs" ] || { echo "no PostgreSQL in /usr/lib/postgresql; apt-get install postgresql" >&2; exit 1; }

# initdb refuses root.
as_owner() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; else "$@"; fi
}
if [ "$(id -u)" = 0 ]; then chown postgres: "$folder"; fi

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

stop() {
  status=$?
  [ -z "${nats:-}" ] || kill "$nats" 2>/dev/null || true
  as_owner "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder"
  exit $status
}
trap stop EXIT

cd "$folder"
as_owner "$programs/initdb" -D "$folder/data" -U xiaoer -A trust -E UTF8 --no-locale >"$folder/initdb.log"
port=$(free_port)
# What a test database may forget at a power cut makes it no less a database.
as_owner "$programs/pg_ctl" -D "$folder/data" -w -l "$folder/data/log" \
  -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c max_connections=400 -c fsync=off" start >/dev/null
nats_port=$(free_port)
nats-server -a 127.0.0.1 -p "$nats_port" >"$folder/nats.log" 2>&1 &
nats=$!
cd "$OLDPWD"

export TEST_POSTGRES="postgres://xiaoer@127.0.0.1:$port/postgres"
export TEST_NATS="nats://127.0.0.1:$nats_port"
echo "==> PostgreSQL $("$programs/postgres" --version | grep -oE '[0-9.]+' | head -1) and NATS $(nats-server --version | grep -oE '[0-9.]+' | head -1)"
"$@"
