"""ALS of `implicit` on train and validation part of a folder: seconds, quality on the test part, waiting time."""
import json, os, sys, time
import numpy as np
import scipy.sparse as sparse
from implicit.als import AlternatingLeastSquares

# The best on the validation part of an online shop's log of factors 32 to 256, regularization .01 to 10, alpha 1 to 20.
# FACTORS=64 trains faster and ranks worse.
SETTINGS = dict(
    factors=int(os.environ.get("FACTORS", "128")), regularization=10.0, alpha=1.0, iterations=15, random_state=7
)


def read(path):
    with open(path, encoding="utf-8") as file:
        header = next(file).rstrip("\n").split("\t")
        user, item = header.index("user"), header.index("item")
        return [(row[user], row[item]) for row in (line.rstrip("\n").split("\t") for line in file)]


def main(folder):
    known = read(f"{folder}/train.tsv") + read(f"{folder}/valid.tsv")
    users = {name: number for number, name in enumerate(sorted({user for user, _ in known}))}
    items = {name: number for number, name in enumerate(sorted({item for _, item in known}))}
    rows, columns = [users[user] for user, _ in known], [items[item] for _, item in known]
    matrix = sparse.csr_matrix((np.ones(len(known), np.float32), (rows, columns)), shape=(len(users), len(items)))
    matrix.data[:] = 1.0
    model = AlternatingLeastSquares(**SETTINGS)
    begun = time.perf_counter()
    model.fit(matrix, show_progress=False)
    seconds = time.perf_counter() - begun
    wanted = {}
    for user, item in read(f"{folder}/test.tsv"):
        if user in users:
            wanted.setdefault(users[user], set()).add(items.get(item, -len(wanted) - 1))
    gain = 1.0 / np.log2(np.arange(2, 22))
    ndcg, recall, times = [], [], []
    for user, relevant in wanted.items():
        begun = time.perf_counter()
        model.recommend(user, matrix[user], N=10)
        times.append(time.perf_counter() - begun)
        ranked, _ = model.recommend(user, matrix[user], N=20)
        hits = np.array([item in relevant for item in ranked], dtype=float)
        ndcg.append((hits[:10] * gain[:10]).sum() / gain[: min(10, len(relevant))].sum())
        recall.append(hits.sum() / len(relevant))
    print(json.dumps(dict(train_seconds=seconds, ndcg10=float(np.mean(ndcg)), recall20=float(np.mean(recall)),
                          p50_us=float(np.percentile(times, 50) * 1e6), p95_us=float(np.percentile(times, 95) * 1e6))))


main(sys.argv[1])
