#!/usr/bin/env bash
# Recency, frequency and monetary value of every customer, and who is in which segment, beside a pandas calculation on the
# same order lines; then the time for 500,000 lines.
#
#   benches/rfm.sh LINES.tsv
#
# LINES.tsv has the columns InvoiceNo, user, Quantity, UnitPrice, timestamp. The Python environment is made on the first run
# under target/, or named by VENV.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lines=${1:?usage: benches/rfm.sh LINES.tsv}
xiaoer=${XIAOER:-$here/../target/release/xiaoer}
venv=${VENV:-$here/../target/bench-venv}

if [ ! -x "$xiaoer" ]; then
  echo "==> building the program" >&2
  (cd "$here/.." && cargo build --release)
fi
if ! "$venv/bin/python" -c 'import pandas' 2>/dev/null; then
  echo "==> making the Python environment" >&2
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet pandas
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
columns=InvoiceNo,user,Quantity,UnitPrice,timestamp
# The same segments stand in rfm.py, as pandas asks for them.
segments=(
  --segment '距上次购买 <= 30 且 订单数 >= 3'
  --segment '累计消费 > 5000 或 客单价 >= 800 且 订单数 > 1'
  --segment '客户价值 = 重要挽留客户'
  --segment '非 (R 分 >= 3 或 M 分 = 1) 且 距首次购买 > 200'
)
"$xiaoer" evaluate rfm --lines "$lines" --columns $columns "${segments[@]}" --out "$scratch/ours.tsv"
"$venv/bin/python" "$here/rfm.py" "$lines" "$scratch/ours.tsv"
# The lines again and again until there are 500,000: a copy is another set of orders of the same customers.
"$venv/bin/python" - "$lines" "$scratch/many.tsv" <<'PYTHON'
import sys
import pandas as pd
lines = pd.read_csv(sys.argv[1], sep="\t", dtype={"InvoiceNo": str, "user": str})
copies = [lines.assign(InvoiceNo=lines.InvoiceNo + f"-{copy}") for copy in range(-(-500_000 // len(lines)))]
pd.concat(copies).head(500_000).to_csv(sys.argv[2], sep="\t", index=False)
PYTHON
echo "==> 500,000 lines"
"$xiaoer" evaluate rfm --lines "$scratch/many.tsv" --columns $columns "${segments[@]}" | head -1
