import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Booster } from '../../../shared/bridge/booster.ts';
import { NO_CALIBRATION } from '../../../shared/bridge/calibration.ts';
import { marginsOf } from '../../../shared/bridge/evaluate.ts';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { decodeModel, encodeModel } from '../../../shared/bridge/onnx/protobuf.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import type { Model } from '../../../shared/bridge/onnx/schema.ts';
import { treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import { createExplainer } from '../../../shared/explain/explainer.ts';
import { InferenceSession, Tensor } from '../../../shared/scorer/onnxruntime.ts';
import * as arbitrary from './arbitrary.ts';

const SHAPE = { features: 4, depth: 4 };
const sigmoid = (margin: number) => 1 / (1 + Math.exp(-margin));
const bytesOf = (booster: Booster, positive = 0) =>
  treesToOnnx(booster, positive, NO_CALIBRATION, { version: 'v1' });

async function scores(onnx: Uint8Array, rows: Float32Array[] | Float64Array[]) {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1 });
  const width = rows[0]!.length;
  const double = rows[0] instanceof Float64Array;
  const data = double
    ? new Float64Array(rows.length * width)
    : new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    data.set(row, i * width);
  });
  const type = double ? 'float64' : 'float32';
  const features = new Tensor(type as 'float32', data as Float32Array, [rows.length, width]);
  const { probability, pd } = await session.run({ features });
  return { probability: probability!.data as Float64Array, pd: pd!.data as Float64Array };
}

/** A two-leaf tree for hand-made cases: x0 < 0.5 → −1, otherwise 2; missing goes right. */
const STUMP: Booster = {
  objective: 'binary:logistic',
  version: [0, 0],
  featureCount: 1,
  groupCount: 1,
  baseMargins: Float32Array.of(0),
  attributes: new Map(),
  trees: [
    {
      group: 0,
      left: Int32Array.of(1, -1, -1),
      right: Int32Array.of(2, -1, -1),
      feature: Uint32Array.of(0, 0, 0),
      threshold: Float32Array.of(0.5, 0, 0),
      defaultLeft: Uint8Array.of(0, 0, 0),
      value: Float32Array.of(0, -1, 2),
      gain: Float32Array.of(1, 0, 0),
      cover: Float32Array.of(10, 4, 6),
    },
  ],
};

/** The stump's model with one thing changed. */
function tampered(change: (model: Model) => void): Uint8Array {
  const model = decodeModel(bytesOf(STUMP));
  change(model);
  return encodeModel(model);
}

describe('trees as ONNX', () => {
  for (const groups of [1, 2]) {
    it(`scores random ensembles of ${groups} group(s) in onnxruntime as XGBoost would`, async () => {
      const rows = fc.array(arbitrary.row(SHAPE.features), { minLength: 1, maxLength: 20 });
      const model = arbitrary.booster({ ...SHAPE, groups });
      await fc.assert(
        fc.asyncProperty(model, rows, fc.nat(groups - 1), async (booster, sample, positive) => {
          const { probability, pd } = await scores(bytesOf(booster, positive), sample);
          sample.forEach((row, i) => {
            const margins = marginsOf(booster, row);
            const margin = groups === 1 ? margins[0]! : margins[positive]! - margins[1 - positive]!;
            assert.ok(Math.abs(probability[i]! - sigmoid(margin)) <= 1e-6);
            assert.equal(pd[i], probability[i]);
          });
        }),
        { numRuns: 60 },
      );
    });
  }

  it('goes right at a value equal to the threshold, and by the learned direction where missing', async () => {
    const rows = [0.49999997, 0.5, NaN, -Infinity].map((x) => Float32Array.of(x));
    const { probability } = await scores(bytesOf(STUMP), rows);
    assert.deepEqual([...probability], [-1, 2, 2, -1].map(sigmoid));
  });

  it('survives write, read and write byte for byte, trees and covers included', () => {
    fc.assert(
      fc.property(arbitrary.booster({ ...SHAPE, groups: 2 }), (booster) => {
        const bytes = bytesOf(booster);
        const graph = readScoringGraph(bytes);
        assert.deepEqual(encodeModel(decodeModel(bytes)), bytes);
        assert.deepEqual(bytesOf(graph.booster!), bytes);
        assert.deepEqual(graph.signs, [1, -1]);
      }),
    );
  });

  it('answers the base margin of a model without trees, and explains nothing', async () => {
    const bytes = bytesOf({ ...STUMP, trees: [], baseMargins: Float32Array.of(0.5) });
    const { probability } = await scores(bytes, [Float32Array.of(1), Float32Array.of(NaN)]);
    for (const p of probability) assert.ok(Math.abs(p - sigmoid(0.5)) < 1e-7);
    const graph = readScoringGraph(bytes);
    for (const reference of [
      { kind: 'training' },
      { kind: 'rows', rows: Float64Array.of(1, 2) },
    ] as const) {
      const explainer = createExplainer(graph, reference);
      const contributions = Float64Array.of(9);
      explainer.explain(Float64Array.of(1), contributions);
      assert.deepEqual([explainer.baseline, ...contributions], [0.5, 0]);
    }
  });

  it('applies the calibration to the margin and leaves the raw probability as it is', async () => {
    const onnx = treesToOnnx(STUMP, 0, { slope: 0.8, intercept: -0.3 }, {});
    const { probability, pd } = await scores(onnx, [Float32Array.of(1)]);
    assert.ok(Math.abs(probability[0]! - sigmoid(2)) < 1e-12);
    assert.ok(Math.abs(pd[0]! - sigmoid(0.8 * 2 - 0.3)) < 1e-12);
    assert.deepEqual(readScoringGraph(onnx).calibration, { slope: 0.8, intercept: -0.3 });
  });

  it('refuses a model without a probability of default', () => {
    const regression = { ...STUMP, objective: 'reg:linear' };
    assert.throws(() => bytesOf(regression), /no probability of default/);
    assert.throws(
      () => bytesOf({ ...STUMP, objective: 'multi:softprob', groupCount: 3 }),
      /of 3 groups/,
    );
  });
});

describe('logistic regression as ONNX', () => {
  it('keeps float64 where weights are large and cancel', async () => {
    const model = { intercept: -55272.903, weights: Float64Array.of(55282.5, 1e-7) };
    const onnx = logisticToOnnx(model, NO_CALIBRATION, {});
    const x = 55273.25 / 55282.5;
    const { probability } = await scores(onnx, [Float64Array.of(x, 3)]);
    const margin = -55272.903 + 55282.5 * x + 3e-7;
    assert.ok(Math.abs(probability[0]! - sigmoid(margin)) < 1e-10);
    assert.deepEqual(readScoringGraph(onnx).linear, model);
  });
});

describe('the ONNX reader', () => {
  it('reads a file wherever it lies, and keeps nothing of its bytes', () => {
    const file = bytesOf(STUMP);
    const model = decodeModel(file);
    for (const before of [1, 2, 4]) {
      // As Node reads a file: in memory that others use too, aligned to nothing.
      const shared = Buffer.concat([Buffer.alloc(before), file, Buffer.alloc(3)]);
      const found = decodeModel(shared.subarray(before, before + file.length));
      shared.fill(0xff);
      assert.deepEqual(found, model);
    }
    assert.deepEqual(encodeModel(model), file);
  });

  const cases: [string, RegExp, (model: Model) => void][] = [
    [
      'an unknown operator',
      /operator MatMulNBits/,
      (m) => (m.graph.nodes[0]!.operator = 'MatMulNBits'),
    ],
    ['a custom domain', /"evil"/, (m) => (m.graph.nodes[0]!.domain = 'evil')],
    ['another operator set', /operator set "" 21/, (m) => (m.opsetImports[0]!.version = 21)],
    ['another IR version', /IR version 10/, (m) => (m.irVersion = 10)],
    ['a second input', /one input/, (m) => m.graph.inputs.push(m.graph.inputs[0]!)],
    [
      'a post_transform',
      /must not transform/,
      (m) => {
        const transform = m.graph.nodes[0]!.attributes.find((a) => a.name === 'post_transform');
        transform!.string = 'LOGISTIC';
      },
    ],
    [
      'a child outside the tree',
      /outside the tree/,
      (m) => {
        const children = m.graph.nodes[0]!.attributes.find((a) => a.name === 'nodes_truenodeids');
        children!.ints = [9, 0, 0];
      },
    ],
    [
      'a feature outside the row',
      /feature 7 of 1/,
      (m) => {
        const features = m.graph.nodes[0]!.attributes.find((a) => a.name === 'nodes_featureids');
        features!.ints = [7, 0, 0];
      },
    ],
    [
      'columns of unequal length',
      /threshold has 1 of 3/,
      (m) => {
        const values = m.graph.nodes[0]!.attributes.find((a) => a.name === 'nodes_values');
        values!.floats = Float32Array.of(0.5);
      },
    ],
  ];
  for (const [what, message, change] of cases) {
    it(`refuses ${what}`, () => {
      assert.throws(() => readScoringGraph(tampered(change)), {
        name: 'ModelFormatError',
        message,
      });
    });
  }

  it('refuses fields that the schema does not list, external data among them', () => {
    // TensorProto.external_data (13) with an empty entry, in an initializer (5) of the graph (7).
    const tensor = [0x6a, 0x00];
    const graph = [0x2a, tensor.length, ...tensor];
    const model = Uint8Array.of(0x08, 0x08, 0x3a, graph.length, ...graph);
    assert.throws(() => readScoringGraph(model), /field 13 in Tensor/);
  });

  it('answers damaged bytes with a ModelFormatError and nothing else', () => {
    const bytes = bytesOf(STUMP);
    const flip = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(
        fc.array(flip, { minLength: 1, maxLength: 4 }),
        fc.nat(bytes.length),
        (flips, end) => {
          const damaged = bytes.slice(0, end);
          for (const [at, mask] of flips) if (at < end) damaged[at]! ^= mask;
          try {
            readScoringGraph(damaged);
          } catch (error) {
            assert.equal((error as Error).name, 'ModelFormatError');
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
