"""XGBoost for training.ts: trains once for each line of stdin and answers how long it took.

Arguments: file of the columns (float32, one after another), file of the labels, number of features,
number of trees, file of the columns to score, and where to write their margins after each run.
The time includes XGBoost's own binning, but not the making of the matrix.
"""

import json
import sys
import time

import numpy
import xgboost

columns, labels, features, trees, unseen, out = sys.argv[1:]


def matrix(path):
    values = numpy.fromfile(path, dtype=numpy.float32).reshape(int(features), -1)
    return numpy.ascontiguousarray(values.T)


train, score = matrix(columns), xgboost.DMatrix(matrix(unseen), nthread=1)
target = numpy.fromfile(labels, dtype=numpy.float32)
parameters = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 6,
    "eta": 0.1,
    "nthread": 1,
}
print(json.dumps({"version": xgboost.__version__}), flush=True)
for _ in sys.stdin:
    data = xgboost.DMatrix(train, label=target, nthread=1)
    start = time.perf_counter()
    model = xgboost.train(parameters, data, int(trees))
    seconds = time.perf_counter() - start
    model.predict(score, output_margin=True).astype(numpy.float32).tofile(out)
    print(json.dumps({"seconds": seconds}), flush=True)
