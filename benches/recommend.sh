#!/usr/bin/env bash
# Trains beside the ALS of the Python package `implicit` on the same split, in one run, and prints the ratio.
#
#   benches/recommend.sh FOLDER [ROUNDS]
#
# FOLDER holds train.tsv, valid.tsv, test.tsv and, if there is one, items.tsv. Both train on train and validation part
# together, one after the other, ROUNDS times (3); the medians are compared. The Python environment is made on the first
# run under target/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: benches/recommend.sh FOLDER [ROUNDS]}
rounds=${2:-3}
xiaoer=${XIAOER:-$here/../target/release/xiaoer}
venv=$here/../target/bench-venv

if [ ! -x "$xiaoer" ]; then
  echo "==> building the program" >&2
  (cd "$here/.." && cargo build --release)
fi
if ! "$venv/bin/python" -c 'import implicit' 2>/dev/null; then
  echo "==> making the Python environment" >&2
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet numpy scipy implicit==0.7.3
fi

items=()
[ -f "$folder/items.tsv" ] && items=(--items "$folder/items.tsv")
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for round in $(seq "$rounds"); do
  echo "==> round $round of $rounds" >&2
  "$xiaoer" evaluate recommend --train "$folder/train.tsv" --valid "$folder/valid.tsv" --test "$folder/test.tsv" \
    "${items[@]}" --method hybrid --json >"$results/xiaoer.$round.json"
  OPENBLAS_NUM_THREADS=1 "$venv/bin/python" "$here/implicit_als.py" "$folder" >"$results/implicit.$round.json"
done
"$venv/bin/python" - "$results" "$rounds" <<'PYTHON'
import json, statistics, sys
folder, rounds = sys.argv[1], int(sys.argv[2])
def load(who):
    runs = [json.load(open(f"{folder}/{who}.{n}.json")) for n in range(1, rounds + 1)]
    return [run["methods"]["hybrid"] if who == "xiaoer" else run for run in runs]
rows = {who: load(who) for who in ("xiaoer", "implicit")}
median = lambda who, key: statistics.median(run[key] for run in rows[who])
print(f"{'':10}{'train s':>10}{'ndcg10':>10}{'recall20':>10}{'p50 us':>10}{'p95 us':>10}")
for who in rows:
    figures = [median(who, key) for key in ("train_seconds", "ndcg10", "recall20", "p50_us", "p95_us")]
    print(f"{who:10}{figures[0]:10.3f}{figures[1]:10.4f}{figures[2]:10.4f}{figures[3]:10.1f}{figures[4]:10.1f}")
ratio = median("xiaoer", "train_seconds") / median("implicit", "train_seconds")
print(f"training time, xiaoer / implicit: {ratio:.2f}")
PYTHON
