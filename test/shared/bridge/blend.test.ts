/** Several ensembles as one: the weighted sum of their margins, in every engine that runs it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blendBoosters } from '../../../shared/bridge/blend.ts';
import type { Booster } from '../../../shared/bridge/booster.ts';
import { NO_CALIBRATION, sigmoid } from '../../../shared/bridge/calibration.ts';
import { marginsOf } from '../../../shared/bridge/evaluate.ts';
import { createForest } from '../../../shared/bridge/kernel/forest.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import { createExplainer } from '../../../shared/explain/explainer.ts';
import { createOnnxScorer } from '../../../shared/scorer/onnx_scorer.ts';
import * as arbitrary from './arbitrary.ts';

const FEATURES = 4;
const GROUPS = 2;

/** Two to four ensembles of two classes, and what each counts for. */
const members = fc.array(
  fc.record({
    booster: arbitrary.booster({ features: FEATURES, depth: 4, groups: GROUPS }),
    weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
  }),
  { minLength: 2, maxLength: 4 },
);
const rows = fc.array(arbitrary.row(FEATURES), { minLength: 1, maxLength: 10 });

type Members = readonly { readonly booster: Booster; readonly weight: number }[];

/** The weighted sum of what each of them says alone, in float64. */
const expectedMargins = (blended: Members, row: Float32Array): number[] =>
  Array.from({ length: GROUPS }, (_, group) =>
    blended.reduce((sum, { booster, weight }) => sum + weight * marginsOf(booster, row)[group]!, 0),
  );

const onnxOf = (blended: Members) =>
  treesToOnnx(blendBoosters(blended), 0, NO_CALIBRATION, { version: 'v1' });

/** Of default, which is group 0. */
const logOddsOf = (margins: readonly number[]) => margins[0]! - margins[1]!;

describe('a blend of random ensembles', () => {
  it('has the weighted sum of its members’ margins, in the slow walk and in the kernel', () => {
    fc.assert(
      fc.property(members, rows, (blended, sample) => {
        const whole = blendBoosters(blended);
        const kernel = new Float32Array(sample.length * GROUPS);
        const flat = Float32Array.from(sample.flatMap((row) => [...row]));
        createForest(whole).margins(flat, kernel);
        sample.forEach((row, i) => {
          const slow = marginsOf(whole, row);
          expectedMargins(blended, row).forEach((expected, group) => {
            assert.ok(Math.abs(slow[group]! - expected) <= 4e-6, `${slow[group]}, ${expected}`);
            assert.equal(kernel[i * GROUPS + group], slow[group]);
          });
        });
      }),
    );
  });

  it('says the same in onnxruntime, as one graph like any other', async () => {
    await fc.assert(
      fc.asyncProperty(members, rows, async (blended, sample) => {
        const scorer = await createOnnxScorer(onnxOf(blended));
        const flat = Float64Array.from(sample.flatMap((row) => [...row]));
        const { probability } = await scorer.score(flat);
        await scorer.close();
        sample.forEach((row, i) => {
          const expected = sigmoid(logOddsOf(expectedMargins(blended, row)));
          assert.ok(Math.abs(probability[i]! - expected) <= 1e-6, `${probability[i]}, ${expected}`);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('is explained by the weighted sum of its members’ contributions', () => {
    const contributionsOf = (booster: Booster, row: Float32Array) => {
      const graph = readScoringGraph(treesToOnnx(booster, 0, NO_CALIBRATION, { version: 'v1' }));
      const added = new Float64Array(FEATURES);
      createExplainer(graph, { kind: 'training' }).explain(Float64Array.from(row), added);
      return added;
    };
    fc.assert(
      fc.property(members, arbitrary.row(FEATURES), (blended, row) => {
        const whole = contributionsOf(blendBoosters(blended), row);
        const parts = blended.map(({ booster }) => contributionsOf(booster, row));
        whole.forEach((added, feature) => {
          const expected = blended.reduce(
            (sum, { weight }, k) => sum + weight * parts[k]![feature]!,
            0,
          );
          assert.ok(Math.abs(added - expected) <= 1e-5, `${added}, ${expected}`);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('changes none of its members, and is that member where there is one of weight 1', () => {
    fc.assert(
      fc.property(members, (blended) => {
        const before = structuredClone(blended);
        blendBoosters(blended);
        assert.deepEqual(structuredClone(blended), before);
        const { booster } = blended[0]!;
        const { attributes: _, ...one } = blendBoosters([{ booster, weight: 1 }]);
        const { attributes: __, ...same } = booster;
        assert.deepEqual(one, same);
      }),
      { numRuns: 20 },
    );
  });
});

describe('what is no blend', () => {
  const booster: Booster = {
    objective: 'multi:softprob',
    version: [0, 82],
    featureCount: 3,
    groupCount: 2,
    baseMargins: Float32Array.of(0.5, 0.5),
    trees: [],
    attributes: new Map(),
  };
  const one = { booster, weight: 0.5 };
  const other = (change: Partial<Booster>) => ({ booster: { ...booster, ...change }, weight: 0.5 });
  for (const [what, bad, message] of [
    ['no member at all', [], /needs a member/],
    ['a member of no weight', [one, { booster, weight: 0 }], /cannot weigh a member by 0/],
    ['a weight below 0', [{ booster, weight: -1 }], /cannot weigh a member by -1/],
    ['a weight that is no number', [one, { booster, weight: Number.NaN }], /by NaN/],
    ['rows of two widths', [one, other({ featureCount: 4 })], /number of features; one has 3/],
    ['other classes', [one, other({ groupCount: 3 })], /number of groups; one has 2, another 3/],
    ['two losses', [one, other({ objective: 'reg:linear' })], /objective; .* another reg:linear/],
  ] as const) {
    it(`is refused by name: ${what}`, () => {
      assert.throws(() => blendBoosters(bad), { name: 'ModelFormatError', message });
    });
  }
});
