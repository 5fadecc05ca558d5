import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Booster, Tree } from '../../../shared/bridge/booster.ts';
import { NO_CALIBRATION } from '../../../shared/bridge/calibration.ts';
import { marginsOf } from '../../../shared/bridge/evaluate.ts';
import type { ScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { reversalOf } from '../../../shared/explain/monotone.ts';
import * as arbitrary from '../bridge/arbitrary.ts';

const WIDTH = 3;
const about = {
  input: { name: 'features', elementType: 1, width: WIDTH },
  outputs: ['probability', 'pd'],
  metadata: {},
  calibration: NO_CALIBRATION,
};
const graphOf = (booster: Booster, signs: readonly number[] = [1]): ScoringGraph => ({
  ...about,
  booster,
  linear: undefined,
  signs,
});
const linear = (...weights: number[]): ScoringGraph => ({
  ...about,
  booster: undefined,
  linear: { intercept: 0, weights: Float64Array.from(weights) },
  signs: undefined,
});

/** `yes` for less. */
const stump = (feature: number, below: number, yes: number, no: number, group = 0): Tree => ({
  group,
  left: Int32Array.of(1, -1, -1),
  right: Int32Array.of(2, -1, -1),
  feature: Uint32Array.of(feature, 0, 0),
  threshold: Float32Array.of(below, 0, 0),
  defaultLeft: Uint8Array.of(1, 0, 0),
  value: Float32Array.of(0, yes, no),
  gain: new Float32Array(3),
  cover: Float32Array.of(2, 1, 1),
});
const forest = (trees: readonly Tree[], groupCount = 1): Booster => ({
  objective: 'binary:logistic',
  version: [1, 6],
  featureCount: WIDTH,
  groupCount,
  baseMargins: new Float32Array(groupCount),
  trees,
  attributes: new Map(),
});
const ROWS = Float64Array.of(0, 0, 0, 5, 5, Number.NaN);

describe('a model along a number that may move it one way only', () => {
  it('goes no wrong way where every step is right', () => {
    const rising = graphOf(forest([stump(0, 1, 0, 1), stump(0, 2, 0, 0.5)]));
    assert.equal(reversalOf(rising, ROWS, 0, 'increasing'), 0);
    assert.equal(reversalOf(rising, ROWS, 0, 'decreasing'), 1);
  });

  it('is told by the share of all movement that goes the wrong way', () => {
    const dented = graphOf(forest([stump(0, 1, 0, 3), stump(0, 2, 1, 0)]));
    assert.equal(reversalOf(dented, ROWS, 0, 'increasing'), 1 / 4);
    assert.equal(reversalOf(dented, ROWS, 0, 'decreasing'), 3 / 4);
  });

  it('may go down in one tree where another makes up for it', () => {
    const together = graphOf(forest([stump(0, 1, 0, 3), stump(0, 1, 1, 0)]));
    assert.equal(reversalOf(together, ROWS, 0, 'increasing'), 0);
  });

  it('counts each group by its sign in the margin of default', () => {
    const classes = graphOf(forest([stump(0, 1, 0, 1, 0), stump(0, 1, 0, -1, 1)], 2), [1, -1]);
    assert.equal(reversalOf(classes, ROWS, 0, 'increasing'), 0);
    const against = graphOf(forest([stump(0, 1, 0, 1, 0), stump(0, 1, 0, 3, 1)], 2), [1, -1]);
    assert.equal(reversalOf(against, ROWS, 0, 'increasing'), 1);
  });

  it('is as right as can be where the number is never asked for', () => {
    assert.equal(reversalOf(graphOf(forest([stump(0, 1, 0, 1)])), ROWS, 1, 'decreasing'), 0);
  });

  it('is right or wrong as a whole where it is linear', () => {
    assert.equal(reversalOf(linear(0.5, -0.5, 0), ROWS, 0, 'increasing'), 0);
    assert.equal(reversalOf(linear(0.5, -0.5, 0), ROWS, 1, 'increasing'), 1);
    assert.equal(reversalOf(linear(0.5, -0.5, 0), ROWS, 2, 'increasing'), 0);
  });

  it('at 0 never falls along it, at any value', () => {
    const boosters = arbitrary.booster({ features: WIDTH, depth: 3, groups: 1 });
    const numbers = fc.double({ min: -20, max: 20, noNaN: true });
    let [clean, dirty] = [0, 0];
    fc.assert(
      fc.property(boosters, fc.tuple(numbers, numbers, numbers), (booster, row) => {
        const rows = Float64Array.from(row);
        const reversal = reversalOf(graphOf(booster), rows, 0, 'increasing');
        const answers = Array.from({ length: 401 }, (_, i) => {
          const [margin] = marginsOf(booster, Float32Array.from(rows.with(0, (i - 200) / 8)));
          return margin!;
        });
        const falls = answers.some((answer, i) => i > 0 && answer < answers[i - 1]! - 1e-5);
        if (reversal === 0) clean++;
        else dirty++;
        if (falls) assert.ok(reversal > 0);
        assert.ok(reversal >= 0 && reversal <= 1);
      }),
    );
    assert.ok(clean > 0 && dirty > 0, `${clean} and ${dirty}`);
  });
});
