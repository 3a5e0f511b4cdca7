#!/usr/bin/env bash
# What the program takes: its size, its starts and the memory of an idle shop.
#
#   benches/footprint.sh [ROUNDS]
#
# Starts the release program with the demo shop in an empty folder, on SQLite, and stops it again: ROUNDS times (3) with no
# data, and as often with what the first of them left. A start counts from the command to the first 200 of /readyz, asked
# every 20 ms; processor time is that of the program until then. Memory is VmRSS of /proc/PID/status, IDLE seconds (10)
# after that, and its two parts: RssAnon is the program's own, RssFile pages of its file, which the system may take back.
# XIAOER names the binary to measure, PORT its port.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
rounds=${1:-3} idle=${IDLE:-10} port=${PORT:-18099}
xiaoer=$(realpath "${XIAOER:-$here/target/release/xiaoer}")
folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$folder"' EXIT

start() { # name
  local begun ready ticks
  begun=$(date +%s%N)
  (cd "$folder" && XIAOER_SERVER__PORT=$port exec "$xiaoer" serve >"$folder/log" 2>&1) &
  pid=$!
  until curl -sf -o /dev/null "http://127.0.0.1:$port/readyz"; do
    kill -0 "$pid" 2>/dev/null || { cat "$folder/log"; exit 1; }
    sleep 0.02
  done
  ready=$(date +%s%N)
  ticks=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
  sleep "$idle"
  awk -v name="$1" -v ms=$(((ready - begun) / 1000000)) -v cpu="$ticks" -v tick="$(getconf CLK_TCK)" '
    /^(VmRSS|RssAnon|RssFile):/ { mb[$1] = $2 / 1000 }
    END { printf "%s: ready after %.2f s (%.2f s of processor time), resident %.0f MB (own %.0f, program %.0f)\n", name, ms / 1000, cpu / tick, mb["VmRSS:"], mb["RssAnon:"], mb["RssFile:"] }
  ' "/proc/$pid/status"
  kill "$pid"
  wait "$pid" || true
  pid=
}

awk -v bytes="$(stat -c %s "$xiaoer")" 'BEGIN { printf "program: %.1f MB\n", bytes / 1e6 }'
ln -s "$here/knowledge_base" "$folder/knowledge_base"
for _ in $(seq "$rounds"); do
  rm -rf "$folder/data"
  start "first start"
done
for _ in $(seq "$rounds"); do start "later start"; done
