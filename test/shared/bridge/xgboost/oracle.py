"""Trains one model a variant with XGBoost and saves it in every format, with what XGBoost predicts.

usage: oracle.py FOLDER ROWS. Writes rows.f32, cases.json and, for each case, <name>.{bst,json,ubj},
<name>.margins.f32, <name>.predictions.f32 and, of the first rows, <name>.contributions.f32.
"""
import json, os, sys
import numpy
import xgboost

folder, rows = sys.argv[1], int(sys.argv[2])
FEATURES = 8
EXPLAINED = 200
random = numpy.random.default_rng(7)


def table(count):
    values = random.normal(size=(count, FEATURES)).astype(numpy.float32)
    values[:, 0] = numpy.round(values[:, 0] * 4) / 4
    values[:, 1] = numpy.exp(10 * values[:, 1])
    values[random.random(values.shape) < 0.1] = numpy.nan
    return values


train = table(3000)
score = numpy.nan_to_num(train[:, 0]) + numpy.sin(3 * numpy.nan_to_num(train[:, 2])) * numpy.nan_to_num(train[:, 3])
noise = random.normal(size=len(train))
binary = (score + noise > 0).astype(int)
classes = numpy.clip(numpy.round(score + noise / 2) + 1, 0, 2).astype(int)
positive = numpy.exp(score / 2 + noise / 4) + 0.1

CASES = {
    "binary_logistic": (binary, {"objective": "binary:logistic"}),
    "binary_base": (binary, {"objective": "binary:logistic", "base_score": 0.083, "scale_pos_weight": 3}),
    "binary_logitraw": (binary, {"objective": "binary:logitraw", "base_score": 0.3}),
    "binary_hinge": (binary, {"objective": "binary:hinge"}),
    "binary_dart": (binary, {"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.3}),
    "binary_forest": (binary, {"objective": "binary:logistic", "num_parallel_tree": 4, "subsample": 0.7}),
    "binary_lossguide": (binary, {"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 20, "max_depth": 0}),
    "binary_pruned": (binary, {"objective": "binary:logistic", "gamma": 6, "tree_method": "exact"}),
    "binary_leaf_only": (binary, {"objective": "binary:logistic", "gamma": 1e9, "base_score": 0.2}),
    "binary_deep": (binary, {"objective": "binary:logistic", "max_depth": 8, "rounds": 500, "eta": 0.05}),
    "reg_logistic": (binary, {"objective": "reg:logistic", "base_score": 0.3}),
    "reg_linear": (score, {"objective": "reg:linear"}),
    "reg_squarederror": (score, {"objective": "reg:squarederror", "base_score": -3.25}),
    "reg_squaredlogerror": (positive, {"objective": "reg:squaredlogerror"}),
    "reg_pseudohubererror": (score, {"objective": "reg:pseudohubererror"}),
    "reg_absoluteerror": (score, {"objective": "reg:absoluteerror"}),
    "reg_gamma": (positive, {"objective": "reg:gamma", "base_score": 1.7}),
    "reg_tweedie": (positive, {"objective": "reg:tweedie", "base_score": 0.4}),
    "count_poisson": (numpy.floor(positive), {"objective": "count:poisson", "base_score": 2.5}),
    "multi_softprob_2": (binary, {"objective": "multi:softprob", "num_class": 2}),
    "multi_softprob_3": (classes, {"objective": "multi:softprob", "num_class": 3, "base_score": 0.25}),
    "multi_softmax_3": (classes, {"objective": "multi:softmax", "num_class": 3}),
    "multi_dart_3": (classes, {"objective": "multi:softprob", "num_class": 3, "booster": "dart", "rate_drop": 0.2, "normalize_type": "forest"}),
    "rank_pairwise": (binary, {"objective": "rank:pairwise"}),
}

test = table(rows)
test.tofile(os.path.join(folder, "rows.f32"))
matrix = xgboost.DMatrix(test)
listed = []
for name, (labels, options) in CASES.items():
    parameters = {"max_depth": 5, "nthread": 1, "verbosity": 0, **options}
    rounds = parameters.pop("rounds", 12)
    booster = xgboost.train(parameters, xgboost.DMatrix(train, label=labels), rounds)
    where = os.path.join(folder, name)
    for suffix in ("bst", "json", "ubj"):
        booster.save_model(where + "." + suffix)
    # A saved model is what counts: dart forgets what it dropped only when it is loaded again.
    loaded = xgboost.Booster({"nthread": 1}, model_file=where + ".bst")
    loaded.predict(matrix, output_margin=True).astype(numpy.float32).tofile(where + ".margins.f32")
    loaded.predict(matrix).astype(numpy.float32).tofile(where + ".predictions.f32")
    explained = xgboost.DMatrix(test[:EXPLAINED])
    loaded.predict(explained, pred_contribs=True).astype(numpy.float32).tofile(where + ".contributions.f32")
    listed.append({"name": name, "objective": options["objective"]})

with open(os.path.join(folder, "cases.json"), "w") as out:
    json.dump({"features": FEATURES, "xgboost": xgboost.__version__, "cases": listed}, out)
