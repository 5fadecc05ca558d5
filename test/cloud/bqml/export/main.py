"""Predicts with this exported model on the local machine.

    pip install xgboost==1.7.6 numpy
    python3 main.py instances.json

instances.json holds one JSON object a line (or one array of them): a value for every feature.
An empty string or null in a numeric feature means that its value is missing.
"""

import json
import os
import sys

import numpy as np
import xgboost as xgb

HERE = os.path.dirname(os.path.abspath(__file__))


def read_lines(name):
    with open(os.path.join(HERE, 'assets', name), encoding='utf-8') as file:
        return file.read().splitlines()


def encoder(index, name, feature):
    """A function from a value to the columns that the booster reads for it."""
    kind = feature.get('encode_type', '')
    if kind == 'categorical_label':
        places = {text: float(i) for i, text in enumerate(read_lines(f'{index}_{kind}.txt'))}
        return lambda value: [places.get(str(value), np.nan)]
    if kind == 'categorical_one_hot':
        vocabulary = read_lines(f'{index}_{kind}.txt')
        return lambda value: [1.0 if str(value) == text else np.nan for text in vocabulary]
    if kind == 'categorical_target':
        rows = [line.split(',') for line in read_lines(f'{index}_{kind}.txt')]
        means = {row[0]: [float(x) for x in row[1:]] for row in rows}
        width = len(rows[0]) - 1
        missing = [np.nan] * width
        # Of more than two classes a 0 is missing.
        return lambda value: [
            np.nan if width > 1 and x == 0.0 else x for x in means.get(str(value), missing)
        ]
    if kind:
        raise ValueError(f'The feature {name} has the unknown encoding {kind}.')
    mean = feature.get('mean', 0.0)
    return lambda value: [mean if value in ('', None) else float(value)]


def predict(instances):
    """One answer an instance: the label, and of a classifier its probabilities."""
    with open(os.path.join(HERE, 'assets', 'model_metadata.json'), encoding='utf-8') as file:
        metadata = json.load(file)
    names = metadata['feature_names']
    encoders = [encoder(i, name, metadata['features'][name]) for i, name in enumerate(names)]
    rows = [
        [x for name, encode in zip(names, encoders) for x in encode(row[name])]
        for row in instances
    ]
    booster = xgb.Booster(model_file=os.path.join(HERE, 'model.bst'))
    outputs = booster.predict(xgb.DMatrix(np.array(rows, dtype=float), missing=np.nan))
    label, classes = metadata['label_col'], metadata.get('class_names')
    if classes is None:
        return [{f'predicted_{label}': float(x)} for x in outputs]
    return [
        {
            f'predicted_{label}': classes[int(np.argmax(probabilities))],
            f'{label}_values': classes,
            f'{label}_probs': [float(p) for p in probabilities],
        }
        for probabilities in outputs
    ]


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: python3 main.py instances.json')
    with open(sys.argv[1], encoding='utf-8') as source:
        text = source.read()
    lines = text.strip()
    given = json.loads(lines) if lines.startswith('[') else [json.loads(x) for x in lines.split('\n')]
    for answer in predict(given):
        print(json.dumps(answer))
