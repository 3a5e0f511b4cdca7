#!/usr/bin/env bash
# An hour of moderate load on the release build with the demo shop: is memory flat, are file handles, is p99 steady?
# Opt-in:
#
#   MINUTES=60 XIAOER=target/release/xiaoer tests/soak.sh
#
# A hundred shoppers at a time, new ones each minute, each of whom says something every two seconds; five of a hundred
# messages are ones that nobody has sent before. About half of them come to want a person, and five agents serve those
# (tests/agents.mjs): a queue that nobody works on grows in any shop. At the end of each minute, when the shoppers have
# left: resident memory, file handles and threads of the server, turns that the assistant answered, p50 and p99 of the
# minute, and p99 of the bare disk in the same minute (tests/bare_disk.mjs). The table is written to target/soak/table.md
# as it grows. The first sixth is left out of the judgement (tests/soak.mjs): what many shoppers say is remembered
# (src/mind/dialogue/memo.rs), and the caches of the database fill.
set -euo pipefail
cd "$(dirname "$0")/.."
XIAOER="$(realpath "${XIAOER:-target/release/xiaoer}")"
MINUTES="${MINUTES:-60}"
SHOPPERS="${SHOPPERS:-100}"
PAUSE_MS="${PAUSE_MS:-2000}"
PORT="${PORT:-9003}"
AGENTS="${AGENTS:-5}"
FOLDER="$(mktemp -d)"
RESULT=target/soak
mkdir -p "$RESULT"

export XIAOER_SERVER__PORT="$PORT" XIAOER_DATABASE__URL="sqlite://$FOLDER/shop.db"
for limit in MESSAGES_IN_10_S MESSAGES_IN_60_S MESSAGES_OF_ADDRESS_IN_60_S SOCKETS_OF_ADDRESS; do
  export "XIAOER_LIMITS__$limit=1000000"
done
names=()
RUST_LOG=warn "$XIAOER" serve >"$FOLDER/said" 2>"$RESULT/log" &
SERVER=$!
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$FOLDER"' EXIT
until grep -q /api/docs "$FOLDER/said"; do
  kill -0 $SERVER || { cat "$RESULT/log" >&2; exit 1; }
  sleep 0.2
done

# Who serves them.
for number in $(seq "$AGENTS"); do
  name="agent-$number"
  echo "$name-password" | "$XIAOER" user set "$name" --role agent >/dev/null
  names+=("$name")
done
password=$(grep -o '密码 [0-9a-f]*' "$FOLDER/said" | cut -d' ' -f2)
node --no-warnings --experimental-websocket tests/agents.mjs "http://127.0.0.1:$PORT" "$password" "${names[@]}" >"$FOLDER/desk" &
DESK=$!
until grep -q open "$FOLDER/desk"; do
  kill -0 $DESK || exit 1
  sleep 0.2
done

# What shoppers say: the example sentences of the demo shop.
cat knowledge_base/intents/*.txt | grep -v '^#' | grep -v '^$' >"$FOLDER/texts"

{
  echo "| minute | turns | p50 ms | p99 ms | disk p99 ms | memory MB | handles | threads |"
  echo "|---|---|---|---|---|---|---|---|"
} | tee "$RESULT/table.md"
for minute in $(seq "$MINUTES"); do
  node tests/bare_disk.mjs "$FOLDER/bare" 56 >"$FOLDER/disk" &
  DISK=$!
  "$XIAOER" bench load --address "127.0.0.1:$PORT" --kind chat --connections "$SHOPPERS" --seconds 56 \
    --texts "$FOLDER/texts" --fresh 5 --pause-ms "$PAUSE_MS" --seed "$minute" >"$FOLDER/measured"
  wait $DISK
  # Their sockets are gone from the server as well.
  sleep 2
  kill -0 $SERVER || { echo "the server has ended"; tail "$RESULT/log"; exit 1; }
  kill -0 $DESK || { echo "the agents have gone"; exit 1; }
  memory=$(awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$SERVER/status")
  threads=$(awk '/^Threads/ { print $2 }' "/proc/$SERVER/status")
  handles=$(ls "/proc/$SERVER/fd" | wc -l)
  node -e '
    const [minute, disk, memory, handles, threads, measured] = process.argv.slice(1);
    const { turns, p50_ms, p99_ms } = JSON.parse(measured);
    const cells = [minute, turns, p50_ms.toFixed(1), p99_ms.toFixed(1), disk, memory, handles, threads];
    console.log(`| ${cells.join(" | ")} |`);
  ' "$minute" "$(cat "$FOLDER/disk")" "$memory" "$handles" "$threads" "$(cat "$FOLDER/measured")" | tee -a "$RESULT/table.md"
done

[ ! -s "$RESULT/log" ] || { echo "the server has said:"; sort "$RESULT/log" | cut -c1-200 | uniq -c | head; }
node tests/soak.mjs "$RESULT/table.md" | tee -a "$RESULT/table.md"
