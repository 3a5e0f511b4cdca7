"""Writes a large behaviour log: train.tsv, valid.tsv and test.tsv in a folder, in the order of time.

    python3 benches/large_log.py FOLDER [USERS ITEMS EVENTS]

Defaults: 250,000 users, 200,000 items, 5 million events. Items have a popularity by Zipf's law and belong to 2,000 groups;
each user prefers three groups. Only time and memory mean anything on it. No packages are needed.
"""

import bisect
import itertools
import os
import random
import sys

GROUPS = 2_000
OWN_GROUPS = 3
FAITHFUL = 0.7


def main() -> None:
    folder = sys.argv[1]
    users, items, events = (int(number) for number in (sys.argv[2:5] or ("250000", "200000", "5000000")))
    draw = random.Random(1)
    popularity = list(itertools.accumulate(1 / (1 + place) ** 0.8 for place in range(items)))
    within = list(itertools.accumulate(1 / (1 + place) ** 0.8 for place in range(items // GROUPS)))
    groups = [[draw.randrange(GROUPS) for _ in range(OWN_GROUPS)] for _ in range(users)]

    def pick(sums: list[float]) -> int:
        return bisect.bisect_left(sums, draw.random() * sums[-1])

    os.makedirs(folder, exist_ok=True)
    files = {name: open(os.path.join(folder, f"{name}.tsv"), "w") for name in ("train", "valid", "test")}
    for file in files.values():
        file.write("user\titem\tvalue\ttimestamp\n")
    known = set()
    for moment in range(events):
        # Some come often, most rarely.
        user = int(users * draw.random() ** 2)
        if draw.random() < FAITHFUL:
            item = draw.choice(groups[user]) + GROUPS * pick(within)
        else:
            item = pick(popularity)
        pair = user * items + item
        if pair in known:
            continue
        known.add(pair)
        part = "train" if moment < 0.94 * events else "valid" if moment < 0.97 * events else "test"
        files[part].write(f"u{user}\ti{item}\t1\t{moment}\n")
    for file in files.values():
        file.close()


main()
