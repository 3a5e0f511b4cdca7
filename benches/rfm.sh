#!/usr/bin/env bash
# Recency, frequency and monetary value of every customer, beside a pandas calculation on the same order lines.
#
#   benches/rfm.sh LINES.tsv
#
# LINES.tsv has the columns InvoiceNo, user, Quantity, UnitPrice, timestamp. The Python environment is made on the first run
# in .venv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lines=${1:?usage: benches/rfm.sh LINES.tsv}
xiaoer=${XIAOER:-$here/../target/release/xiaoer}
venv=$here/../.venv/rfm

if [ ! -x "$xiaoer" ]; then
  echo "==> building the program" >&2
  (cd "$here/.." && cargo build --release)
fi
if [ ! -x "$venv/bin/python" ]; then
  echo "==> making the Python environment" >&2
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet pandas
fi
ours=$(mktemp)
trap 'rm -f "$ours"' EXIT
"$xiaoer" evaluate rfm --lines "$lines" --columns InvoiceNo,user,Quantity,UnitPrice,timestamp --out "$ours"
"$venv/bin/python" "$here/rfm.py" "$lines" "$ours"
