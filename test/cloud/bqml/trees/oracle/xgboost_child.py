"""Trains with XGBoost: jobs as JSON on stdin, answers as JSON on stdout.

A job names files of float32: columns one after another, labels, optionally weights. Its answer is
the model in XGBoost's legacy binary layout and the margins of the same rows, both as base64.
"""

import base64
import json
import sys

import numpy
import xgboost


def train(job):
    read = lambda name: numpy.fromfile(job[name], dtype=numpy.float32)
    columns = read("columns").reshape(job["features"], -1).T
    data = xgboost.DMatrix(numpy.ascontiguousarray(columns), label=read("labels"), nthread=1)
    if "weights" in job:
        data.set_weight(read("weights"))
    model = xgboost.train({"nthread": 1, **job["params"]}, data, job["rounds"])
    margins = model.predict(data, output_margin=True)
    return {
        "model": base64.b64encode(model.save_raw("deprecated")).decode(),
        "margins": base64.b64encode(margins.astype(numpy.float32).tobytes()).decode(),
    }


xgboost.set_config(verbosity=0)
json.dump([train(job) for job in json.load(sys.stdin)], sys.stdout)
