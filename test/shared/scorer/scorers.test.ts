import assert from 'node:assert/strict';
import fc from 'fast-check';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { createOnnxScorer } from '../../../shared/scorer/onnx_scorer.ts';
import * as arbitrary from '../bridge/arbitrary.ts';

const WIDTH = 4;
const CALIBRATION = { slope: 0.8, intercept: -0.3 };
const rows = fc
  .array(arbitrary.row(WIDTH), { minLength: 1, maxLength: 6 })
  .map((list) => Float64Array.from(list.flatMap((row) => [...row])));

/** Scores rows on both engines. */
async function both(model: Uint8Array, features: Float64Array) {
  const onnx = await createOnnxScorer(model);
  try {
    const kernel = createKernelScorer(readScoringGraph(model));
    return [await onnx.score(features), await kernel.score(features)] as const;
  } finally {
    await onnx.close();
  }
}

const close = (a: Float64Array, b: Float64Array, count: number) => {
  assert.equal(a.length, count);
  assert.equal(b.length, count);
  a.forEach((value, i) => {
    assert.ok(Math.abs(value - b[i]!) <= 1e-6, `${value} ${b[i]}`);
  });
};

describe('the two scorers', () => {
  it('agree on any trees and rows, missing values included, many at once', async () => {
    const model = arbitrary
      .booster({ features: WIDTH, depth: 4, groups: 2 })
      .filter(({ trees }) => trees.length > 0);
    await fc.assert(
      fc.asyncProperty(model, rows, async (booster, features) => {
        const bytes = treesToOnnx({ ...booster, objective: 'multi:softprob' }, 0, CALIBRATION, {});
        const [onnx, kernel] = await both(bytes, features);
        close(onnx.probability, kernel.probability, features.length / WIDTH);
        close(onnx.pd, kernel.pd, features.length / WIDTH);
      }),
      { numRuns: 60 },
    );
  });

  it('agree on any weights, however large they are and however much they cancel', async () => {
    const weight = fc.double({ min: -1e5, max: 1e5, noNaN: true });
    const numbers = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), {
      minLength: WIDTH,
      maxLength: WIDTH,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(weight, { minLength: WIDTH, maxLength: WIDTH }),
        weight,
        numbers,
        async (weights, intercept, features) => {
          const model = { intercept, weights: Float64Array.from(weights) };
          const bytes = logisticToOnnx(model, CALIBRATION, {});
          const [onnx, kernel] = await both(bytes, Float64Array.from(features));
          close(onnx.probability, kernel.probability, 1);
          close(onnx.pd, kernel.pd, 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('give PD as the calibration of their own probability', async () => {
    const model = { intercept: 0.2, weights: Float64Array.of(1) };
    for (const { probability, pd } of await both(
      logisticToOnnx(model, CALIBRATION, {}),
      Float64Array.of(0.5),
    )) {
      const margin = Math.log(probability[0]! / (1 - probability[0]!));
      assert.ok(Math.abs(margin - 0.7) < 1e-12);
      assert.ok(Math.abs(pd[0]! - 1 / (1 + Math.exp(-(0.8 * 0.7 - 0.3)))) < 1e-12);
    }
  });
});
