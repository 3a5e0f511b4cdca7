"""Compares the program's RFM and segments with pandas on the same order lines: every figure of every customer must be equal.

    python benches/rfm.py LINES.tsv OURS.tsv

LINES.tsv has the columns InvoiceNo, user, Quantity, UnitPrice, timestamp; OURS.tsv is what `xiaoer evaluate rfm --out`
wrote. See rfm.sh.
"""

import sys
import time

import pandas as pd


def by_pandas(path: str) -> pd.DataFrame:
    lines = pd.read_csv(path, sep="\t", dtype={"InvoiceNo": str, "user": str})
    began = time.perf_counter()
    lines["fen"] = (lines.Quantity * lines.UnitPrice * 100).round().astype("int64")
    # Days in China, UTC+8.
    lines["day"] = (lines.timestamp + 8 * 3600) // 86400
    orders = lines.groupby(["user", "InvoiceNo"]).agg(day=("day", "max"), fen=("fen", "sum"))
    today = lines.day.max() + 1
    table = orders.groupby("user").agg(last=("day", "max"), first=("day", "min"), orders=("fen", "size"), spent_fen=("fen", "sum"))
    table["recency_days"] = today - table["last"]
    table["age_days"] = today - table["first"]
    for score, values in (("r", -table.recency_days), ("f", table.orders), ("m", table.spent_fen)):
        table[score] = 1 + 5 * (values.rank(method="min").astype(int) - 1) // len(table)
    high = {score: table[score] > 3 for score in "rfm"}
    average = table.spent_fen // table.orders / 100
    # The segments of rfm.sh, one after the other.
    segments = [
        (table.recency_days <= 30) & (table.orders >= 3),
        (table.spent_fen > 500_000) | ((average >= 800) & (table.orders > 1)),
        high["m"] & ~high["r"] & ~high["f"],
        ~((table.r >= 3) | (table.m == 1)) & (table.age_days > 200),
    ]
    for number, members in enumerate(segments, 1):
        table[f"segment{number}"] = members.astype(int)
    print(f"pandas: {len(lines)} lines, {len(table)} customers, {time.perf_counter() - began:.2f} s")
    segments = [name for name in table if name.startswith("segment")]
    print("pandas, members of the segments:", ", ".join(str(table[name].sum()) for name in segments))
    return table[["recency_days", "age_days", "orders", "spent_fen", "r", "f", "m", *segments]].sort_index()


def main() -> None:
    theirs = by_pandas(sys.argv[1])
    ours = pd.read_csv(sys.argv[2], sep="\t", dtype={"user": str}).set_index("user").sort_index()
    if not ours.index.equals(theirs.index):
        sys.exit("other customers")
    differing = (ours.astype("int64") != theirs.astype("int64")).sum()
    print("customers that differ:", ", ".join(f"{name} {count}" for name, count in differing.items()))
    if differing.any():
        sys.exit(1)


main()
