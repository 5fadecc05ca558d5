import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  calibrator,
  fitIsotonic,
  type IsotonicCalibration,
  type OutcomesAt,
} from '../../../shared/bridge/calibration.ts';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { createOnnxScorer } from '../../../shared/scorer/onnx_scorer.ts';

const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} ${expected}`);

const outcomes: fc.Arbitrary<OutcomesAt[]> = fc.array(
  fc
    .record({
      margin: fc.double({ min: -8, max: 8, noNaN: true }),
      applications: fc.integer({ min: 1, max: 1000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ margin, applications, share }) => ({
      margin,
      applications,
      bad: Math.round(applications * share),
    })),
  { minLength: 2, maxLength: 40 },
);

/** A fit, or undefined where the outcomes allow none. */
function fitted(points: readonly OutcomesAt[]): IsotonicCalibration | undefined {
  try {
    return fitIsotonic(points);
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return undefined;
  }
}

describe('isotonic calibration', () => {
  it('pools what falls, weighs by applications, and draws lines between', () => {
    const pd = calibrator(
      fitIsotonic([
        { margin: 1, applications: 100, bad: 30 },
        { margin: -2, applications: 100, bad: 10 },
        { margin: 0, applications: 300, bad: 60 },
        { margin: -1, applications: 100, bad: 40 },
        { margin: 3, applications: 10, bad: 9 },
      ]),
    );
    for (const [margin, expected] of [
      [-9, 0.1],
      [-2, 0.1],
      [-1.5, 0.175],
      [-1, 0.25],
      [0, 0.25],
      [0.5, 0.275],
      [1, 0.3],
      [2, 0.6],
      [3, 0.9],
      [99, 0.9],
    ] as const) {
      close(pd(margin), expected);
    }
  });

  it('never falls, stays within (0, 1) and keeps the number of bads, whatever the outcomes', () => {
    const margins = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 2 });
    fc.assert(
      fc.property(outcomes, margins, (points, probes) => {
        const fit = fitted(points);
        if (!fit) return;
        const pd = calibrator(fit);
        const sorted = probes.toSorted((a, b) => a - b).map(pd);
        sorted.forEach((value, i) => {
          assert.ok(value > 0 && value < 1);
          assert.ok(i === 0 || value >= sorted[i - 1]! - 1e-12);
        });
        const expected = points.reduce((sum, p) => sum + p.applications * pd(p.margin), 0);
        const bads = points.reduce((sum, { bad }) => sum + bad, 0);
        assert.ok(Math.abs(expected - bads) <= 1, `${expected} ${bads}`);
      }),
    );
  });

  it('keeps a PD away from 0 and 1 where no outcome does', () => {
    const pd = calibrator(
      fitIsotonic([
        { margin: -1, applications: 50, bad: 0 },
        { margin: 1, applications: 49, bad: 49 },
      ]),
    );
    close(pd(-1), 0.005);
    close(pd(1), 0.995);
  });

  it('refuses outcomes that do not get worse with the margin', () => {
    for (const bads of [[5], [5, 5], [6, 5]]) {
      const points = bads.map((bad, margin) => ({ margin, applications: 10, bad }));
      assert.throws(() => fitIsotonic(points), RangeError);
    }
  });

  it('is the same in onnxruntime and in the kernel, and survives write, read and write', async () => {
    const margins = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(outcomes, margins, async (points, sample) => {
        const fit = fitted(points);
        if (!fit) return;
        const linear = { intercept: 0, weights: Float64Array.of(1) };
        const model = logisticToOnnx(linear, fit, {});
        const graph = readScoringGraph(model);
        assert.deepEqual(graph.calibration, fit);
        assert.deepEqual(logisticToOnnx(linear, graph.calibration!, {}), model);
        const onnx = await createOnnxScorer(model);
        const features = Float64Array.from([...sample, ...points.map(({ margin }) => margin)]);
        const [theirs, ours] = [
          await onnx.score(features),
          await createKernelScorer(graph).score(features),
        ];
        await onnx.close();
        ours.pd.forEach((pd, i) => {
          close(pd, theirs.pd[i]!);
        });
      }),
      { numRuns: 40 },
    );
  });

  const good = {
    first: 0.1,
    from: Float64Array.of(0),
    width: Float64Array.of(1),
    slope: Float64Array.of(0.5),
  };
  for (const [what, change] of [
    ['falls', { slope: Float64Array.of(-0.05) }],
    ['reaches 1', { slope: Float64Array.of(0.9) }],
    ['begins at 0', { first: 0 }],
    ['has a ramp of no width', { width: Float64Array.of(0) }],
    ['has ramps of unequal number', { from: Float64Array.of(0, 1) }],
    [
      'has no ramp',
      { from: new Float64Array(), width: new Float64Array(), slope: new Float64Array() },
    ],
    ['holds no number', { from: Float64Array.of(NaN) }],
  ] as const) {
    it(`is refused where it ${what}`, () => {
      const linear = { intercept: 0, weights: Float64Array.of(1) };
      assert.throws(() => logisticToOnnx(linear, { ...good, ...change }, {}), {
        name: 'ModelFormatError',
        message: /must rise in ramps/,
      });
    });
  }
});
