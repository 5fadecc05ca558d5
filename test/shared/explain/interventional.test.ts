import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Booster } from '../../../shared/bridge/booster.ts';
import { marginsOf } from '../../../shared/bridge/evaluate.ts';
import { createInterventionalExplainer } from '../../../shared/explain/interventional.ts';
import * as arbitrary from '../bridge/arbitrary.ts';

const FEATURES = 4;
const SIGNS = [1, -1];

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

const marginOf = (booster: Booster, row: Float32Array) => {
  const margins = marginsOf(booster, row);
  return SIGNS.reduce((sum, sign, k) => sum + sign * margins[k]!, 0);
};

/** Shapley's formula over all subsets, unknown features taken from each background row in turn. */
function shapley(booster: Booster, row: Float32Array, background: readonly Float32Array[]) {
  const game = (known: number) =>
    background.reduce((sum, other) => {
      const mixed = row.map((value, f) => (known & (1 << f) ? value : other[f]!));
      return sum + marginOf(booster, mixed) / background.length;
    }, 0);
  return Array.from({ length: FEATURES }, (_, feature) => {
    let value = 0;
    for (let known = 0; known < 1 << FEATURES; known++) {
      if (known & (1 << feature)) continue;
      const size = known.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(FEATURES - size - 1)) / factorial(FEATURES);
      value += weight * (game(known | (1 << feature)) - game(known));
    }
    return value;
  });
}

const flat = (rows: readonly Float32Array[]) => Float32Array.from(rows.flatMap((row) => [...row]));

/** 1 where every feature is at least 0.5, 0 elsewhere: a split a feature, one below the other. */
function chainOf(features: number): Booster {
  const count = 2 * features + 1;
  const column = (of: (i: number) => number) => Array.from({ length: count }, (_, i) => of(i));
  const isSplit = (i: number) => i % 2 === 0 && i < 2 * features;
  return {
    objective: 'binary:logistic',
    version: [1, 7],
    featureCount: features,
    groupCount: 1,
    baseMargins: Float32Array.of(0),
    trees: [
      {
        group: 0,
        left: Int32Array.from(column((i) => (isSplit(i) ? i + 1 : -1))),
        right: Int32Array.from(column((i) => (isSplit(i) ? i + 2 : -1))),
        feature: Uint32Array.from(column((i) => (isSplit(i) ? i / 2 : 0))),
        threshold: Float32Array.from(column((i) => (isSplit(i) ? 0.5 : 0))),
        defaultLeft: new Uint8Array(count),
        value: Float32Array.from(column((i) => Number(i === 2 * features))),
        gain: new Float32Array(count),
        cover: new Float32Array(count).fill(1),
      },
    ],
    attributes: new Map(),
  };
}

describe('interventional SHAP', () => {
  it("equals Shapley's definition against any background, and adds up to the margin", () => {
    const background = fc.array(arbitrary.row(FEATURES), { minLength: 1, maxLength: 5 });
    const model = arbitrary.booster({ features: FEATURES, depth: 5, groups: 2 });
    fc.assert(
      fc.property(model, arbitrary.row(FEATURES), background, (booster, row, others) => {
        const explainer = createInterventionalExplainer(booster, SIGNS, flat(others));
        const contributions = new Float64Array(FEATURES).fill(9);
        explainer.explain(row, contributions);
        shapley(booster, row, others).forEach((expected, i) => {
          // The definition is taken of float32 margins.
          assert.ok(
            Math.abs(contributions[i]! - expected) < 2e-6,
            `${contributions[i]} ${expected}`,
          );
        });
        const sum = contributions.reduce((a, b) => a + b, explainer.baseline);
        assert.ok(Math.abs(sum - marginOf(booster, row)) < 2e-6);
      }),
      { numRuns: 300 },
    );
  });

  it('holds on paths of more features than a word has bits', () => {
    const [features, chain] = [40, chainOf(40)];
    const rowWithout = (...broken: number[]) =>
      Float32Array.from({ length: features }, (_, f) => Number(!broken.includes(f)));
    const explain = (row: Float32Array, other: Float32Array) => {
      const contributions = new Float64Array(features);
      createInterventionalExplainer(chain, [1], other).explain(row, contributions);
      return [...contributions];
    };
    const expected = (values: Record<number, number>) =>
      Array.from({ length: features }, (_, f) => values[f] ?? 0);
    const close = (actual: number[], wanted: number[]) =>
      actual.forEach((value, f) => {
        assert.ok(Math.abs(value - wanted[f]!) < 1e-12, `${f}: ${value}, not ${wanted[f]}`);
      });
    // All forty must hold: whoever lacks three gains a third by each, …
    const lacking = rowWithout(32, 33, 34);
    close(explain(rowWithout(), lacking), expected({ 32: 1 / 3, 33: 1 / 3, 34: 1 / 3 }));
    // … and with two broken by the row itself, 2!·2!/5! and 3!·1!/5!. Their bits are the same.
    const both = { 32: 1 / 30, 33: 1 / 30, 34: 1 / 30, 0: -1 / 20, 1: -1 / 20 };
    close(explain(rowWithout(0, 1), lacking), expected(both));
    close(explain(rowWithout(0, 32), lacking), expected({}));
  });

  it('finds nothing to explain in an application that is the whole background', () => {
    const model = arbitrary.booster({ features: FEATURES, depth: 4, groups: 2 });
    fc.assert(
      fc.property(model, arbitrary.row(FEATURES), (booster, row) => {
        const contributions = new Float64Array(FEATURES);
        createInterventionalExplainer(booster, SIGNS, row).explain(row, contributions);
        assert.deepEqual([...contributions], [0, 0, 0, 0]);
      }),
    );
  });

  it('refuses a background without rows, and half ones', () => {
    const [booster] = fc.sample(arbitrary.booster({ features: FEATURES, depth: 2, groups: 2 }), 1);
    for (const length of [0, 3, 6]) {
      const background = new Float32Array(length);
      assert.throws(
        () => createInterventionalExplainer(booster!, SIGNS, background),
        /is no rows of 4 features/,
      );
    }
  });
});
