import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_CALIBRATION } from '../../../shared/bridge/calibration.ts';
import { encodeInput, readExportMetadata, widthOf } from '../../../shared/bridge/encoding.ts';
import { marginsOf, softmax } from '../../../shared/bridge/evaluate.ts';
import { classesToOnnx, treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import { readXgboostBinary } from '../../../shared/bridge/xgboost/binary.ts';
import { InferenceSession, Tensor } from '../../../shared/scorer/onnxruntime.ts';
import { skipWithout } from '../shared_data.ts';

/** Inputs and outputs that Google's own predictor asserts for these exports. */
const ASSERTED = [
  {
    name: 'boosted_tree_classifier',
    what: 'three classes, legacy asset names',
    rows: [
      { input: { f1: 'b', f3: 3, f2: ['a'] }, probabilities: [0.23010218, 0.57520217, 0.19469564] },
      {
        input: { f1: 'f', f2: ['c', 'a', 'a', 'f'], f3: 0 },
        probabilities: [0.19618307, 0.47606906, 0.32774785],
      },
    ],
  },
  {
    name: 'random_forest_classifier',
    what: 'trees grouped by class, a stale extra vocabulary',
    rows: [{ input: { f1: 'a', f3: 6, f2: 'a' }, probabilities: [1 / 3, 1 / 3, 1 / 3] }],
  },
  {
    name: 'sparse_feature_model_3',
    what: 'two labels as two trees a round, array and sparse features',
    rows: [
      {
        input: {
          f1: 1.0,
          f2: 'a',
          f3: ['a', 'b'],
          f4: [
            [1, 1.0],
            [3, 2.0],
          ],
        },
        probabilities: [0.11146857, 0.88853139],
      },
      {
        input: { f1: 2.0, f2: 'b', f3: ['a', 'c'], f4: [[1, 2.0]] },
        probabilities: [0.23098896, 0.76901108],
      },
    ],
  },
];

function load(folder: string) {
  const assets = new Map(
    readdirSync(join(folder, 'assets')).map((file) => [
      file,
      readFileSync(join(folder, 'assets', file), 'utf8'),
    ]),
  );
  return {
    booster: readXgboostBinary(readFileSync(join(folder, 'model.bst'))),
    metadata: readExportMetadata(assets, 'missing'),
  };
}

function encode(inputs: ReturnType<typeof load>['metadata']['inputs'], values: object) {
  const row = new Float32Array(inputs.reduce((sum, input) => sum + widthOf(input), 0));
  let at = 0;
  for (const input of inputs) {
    at = encodeInput(input, (values as Record<string, unknown>)[input.name], row, at);
  }
  return row;
}

async function run(onnx: Uint8Array, row: Float32Array, output: string): Promise<number[]> {
  const session = await InferenceSession.create(onnx);
  const results = await session.run({ features: new Tensor('float32', row, [1, row.length]) });
  return [...(results[output]!.data as Float32Array)];
}

function assertClose(actual: ArrayLike<number>, expected: readonly number[]) {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) <= 1e-6, `${actual[i]} against ${value}`);
  });
}

describe('models that BigQuery ML exported', () => {
  for (const { name, what, rows } of ASSERTED) {
    it(`answers what Google's predictor asserts for ${name}: ${what}`, async function () {
      const { booster, metadata } = load(skipWithout(this, `bqml-exports/${name}`));
      const onnx = classesToOnnx(booster, { classes: metadata.classNames.join() });
      for (const { input, probabilities } of rows) {
        const row = encode(metadata.inputs, input);
        assert.equal(row.length, booster.featureCount);
        assertClose(softmax(marginsOf(booster, row)), probabilities);
        assertClose(await run(onnx, row, 'probabilities'), probabilities);
      }
    });
  }

  it('gives either label of a two-class model as the probability of default', async function () {
    const { booster, metadata } = load(skipWithout(this, 'bqml-exports/sparse_feature_model_3'));
    assert.deepEqual(metadata.classNames, ['2', '1']);
    for (const { input, probabilities } of ASSERTED[2]!.rows) {
      const row = encode(metadata.inputs, input);
      for (const positive of [0, 1]) {
        const onnx = treesToOnnx(booster, positive, NO_CALIBRATION, {});
        assertClose(await run(onnx, row, 'probability'), [probabilities[positive]!]);
      }
    }
  });

  it('refuses every truncation of an export by name, never by accident', function () {
    const folder = skipWithout(this, 'bqml-exports/boosted_tree_classifier');
    const bytes = readFileSync(join(folder, 'model.bst'));
    for (let length = 0; length < bytes.length; length += 7) {
      assert.throws(() => readXgboostBinary(bytes.subarray(0, length)), {
        name: 'ModelFormatError',
      });
    }
  });
});
