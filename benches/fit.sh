#!/usr/bin/env bash
# Our solver and scikit-learn's side by side on the same rows, in one run.
#
#   benches/fit.sh train.tsv [LABEL_COLUMN [TEXT_COLUMN]]
#
# Makes a Python environment of its own under target/ on the first run. XIAOER names the binary to measure.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: benches/fit.sh train.tsv [label column [text column]]}
label=${2:-label} text=${3:-text}
xiaoer=${XIAOER:-target/release/xiaoer}
venv=target/bench-venv rows=target/bench-rows

if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import sklearn' 2>/dev/null; then
  echo "==> installing scikit-learn into $venv" >&2
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn
fi
echo "==> our solver" >&2
ours=$("$xiaoer" bench fit --data "$data" --label-column "$label" --text-column "$text" --export "$rows" --json)
one=$(RAYON_NUM_THREADS=1 "$xiaoer" bench fit --data "$data" --label-column "$label" --text-column "$text" --json)
echo "==> scikit-learn's solver" >&2
"$venv/bin/python" benches/fit.py "$rows" "$ours" "$one"
