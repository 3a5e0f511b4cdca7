"""scikit-learn's logistic regression on rows that `xiaoer bench fit --export` wrote; prints both solvers' figures.

Both minimise the mean negative log-likelihood plus 1/(2 C n) times the squared weights, biases not penalised, to the
same largest gradient. The objective of both solutions is computed here by one function.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse
import sklearn
from sklearn.linear_model import LogisticRegression

folder, ours, one = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
shape = json.loads((folder / "shape.json").read_text())
rows = scipy.sparse.csr_matrix(
    (
        np.fromfile(folder / "values.f32", dtype="<f4").astype(np.float64),
        np.fromfile(folder / "columns.i32", dtype="<i4"),
        np.fromfile(folder / "starts.i64", dtype="<i8"),
    ),
    shape=(shape["rows"], shape["features"]),
)
classes = np.fromfile(folder / "classes.i32", dtype="<i4")
n = shape["rows"]


def objective(model):
    if model.coef_.shape[0] == 1:
        score = rows @ model.coef_[0] + model.intercept_[0]
        loss = np.logaddexp(0.0, score) - classes * score
    else:
        scores = rows @ model.coef_.T + model.intercept_
        top = scores.max(axis=1, keepdims=True)
        loss = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0] - scores[np.arange(n), classes]
    return loss.mean() + (model.coef_**2).sum() / (2 * shape["c"] * n)


model = LogisticRegression(C=shape["c"], solver="lbfgs", tol=shape["tolerance"], max_iter=2000)
begun = time.perf_counter()
model.fit(rows, classes)
seconds = time.perf_counter() - begun

print(f"{n} rows, {shape['features']} features, {len(set(classes.tolist()))} classes, C = {shape['c']}")
print(f"{'':<28}{'seconds':>9}{'steps':>7}{'objective':>15}")
print(f"{'ours, ' + str(ours['threads']) + ' threads':<28}{ours['seconds']:>9.2f}{ours['iterations']:>7}{ours['objective']:>15.9f}")
print(f"{'ours, one thread':<28}{one['seconds']:>9.2f}{one['iterations']:>7}{one['objective']:>15.9f}")
name = f"scikit-learn {sklearn.__version__}, lbfgs"
print(f"{name:<28}{seconds:>9.2f}{int(max(model.n_iter_)):>7}{objective(model):>15.9f}")
print(f"time of ours by theirs: {ours['seconds'] / seconds:.2f} ({one['seconds'] / seconds:.2f} with one thread)")
