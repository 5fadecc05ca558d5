import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Booster } from '../../../shared/bridge/booster.ts';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { createOnnxScorer } from '../../../shared/scorer/onnx_scorer.ts';
import * as arbitrary from '../bridge/arbitrary.ts';

const CALIBRATION = { slope: 0.9, intercept: -0.2 };

/** Both engines' figures for the same rows. */
async function both(model: Uint8Array, features: Float64Array) {
  const onnx = await createOnnxScorer(model);
  try {
    const kernel = createKernelScorer(readScoringGraph(model));
    return [await onnx.score(features), await kernel.score(features)] as const;
  } finally {
    await onnx.close();
  }
}

function assertClose(actual: Float64Array, expected: Float64Array): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= 1e-6, `${value} ${expected[i]}`);
  });
}

describe('the kernel scorer', () => {
  for (const groups of [1, 2]) {
    it(`says what onnxruntime says of random ensembles of ${groups} group(s), in batches`, async () => {
      const rows = fc.array(arbitrary.row(4), { minLength: 1, maxLength: 12 });
      const model = arbitrary.booster({ features: 4, depth: 5, groups });
      await fc.assert(
        fc.asyncProperty(model, rows, async (booster: Booster, sample) => {
          const features = Float64Array.from(sample.flatMap((row) => [...row]));
          const [onnx, kernel] = await both(
            treesToOnnx(booster, groups - 1, CALIBRATION, {}),
            features,
          );
          assertClose(kernel.probability, onnx.probability);
          assertClose(kernel.pd, onnx.pd);
        }),
        { numRuns: 40 },
      );
    });
  }

  it('scores a linear model in float64, several rows at once', async () => {
    const weights = Float64Array.of(55282.5, 1e-7);
    const model = logisticToOnnx({ intercept: -55272.903, weights }, CALIBRATION, {});
    const features = Float64Array.of(55273.25 / 55282.5, 3, 0.99, -1);
    const [onnx, kernel] = await both(model, features);
    kernel.pd.forEach((pd, i) => {
      assert.ok(Math.abs(pd - onnx.pd[i]!) < 1e-12);
    });
  });
});
