/** Rows in onnxruntime as they are served: alone, in any company, and beside the other scorers. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blendBoosters } from '../../../shared/bridge/blend.ts';
import type { Booster } from '../../../shared/bridge/booster.ts';
import type { Calibration } from '../../../shared/bridge/calibration.ts';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { createOnnxScorer } from '../../../shared/scorer/onnx_scorer.ts';
import { createRowScorer } from '../../../shared/scorer/row_scorer.ts';
import type { Scorer, Scores } from '../../../shared/scorer/scorer.ts';
import { createServedScorer } from '../../../shared/scorer/served_scorer.ts';
import * as arbitrary from '../bridge/arbitrary.ts';

const WIDTH = 4;
const PLATT = { slope: 0.8, intercept: -0.3 };
const ISOTONIC = {
  first: 0.05,
  from: Float64Array.of(-1, 0.25, 1.5),
  width: Float64Array.of(0.75, 1, 2),
  slope: Float64Array.of(0.2, 0.3, 0.1),
};
const calibration = fc.constantFrom<Calibration>(PLATT, ISOTONIC);
const row = arbitrary.row(WIDTH).map((numbers) => Float64Array.from(numbers));
const rows = fc.array(row, { minLength: 1, maxLength: 60 });

const boosters = (groups: number) => arbitrary.booster({ features: WIDTH, depth: 4, groups });
const bytesOf = (booster: Booster, calibrated: Calibration) =>
  treesToOnnx(booster, booster.groupCount - 1, calibrated, {});
const modelOf = (booster: fc.Arbitrary<Booster>) =>
  fc.tuple(booster, calibration).map(([trees, calibrated]) => bytesOf(trees, calibrated));

const blends = fc
  .array(
    fc.record({
      booster: boosters(2),
      weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .map(blendBoosters);
/** More trees than from which onnxruntime would share them out among threads. */
const forests = boosters(1).map((booster) => ({
  ...booster,
  trees: Array.from({ length: 30 }, () => booster.trees).flat(),
}));
const linears = fc
  .array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: WIDTH, maxLength: WIDTH })
  .map((weights) =>
    logisticToOnnx({ intercept: 0.3, weights: Float64Array.from(weights) }, PLATT, {}),
  );
const finiteRows = fc.array(
  fc
    .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: WIDTH, maxLength: WIDTH })
    .map((numbers) => Float64Array.from(numbers)),
  { minLength: 1, maxLength: 60 },
);

const KINDS: [string, fc.Arbitrary<Uint8Array>, fc.Arbitrary<Float64Array[]>][] = [
  ['trees', modelOf(boosters(1)), rows],
  ['trees of two classes', modelOf(boosters(2)), rows],
  ['a blend of trees', modelOf(blends), rows],
  ['a forest of hundreds of trees', modelOf(forests), rows],
  ['weights', linears, finiteRows],
];

const flat = (list: readonly Float64Array[]) => Float64Array.from(list.flatMap((one) => [...one]));
const bitsOf = ({ probability, pd }: Scores) => [...probability, ...pd];

/** What `use` makes of scorers of a model, closed afterwards. */
async function withScorers<T>(
  model: Uint8Array,
  use: (served: Scorer, whole: Scorer) => Promise<T>,
): Promise<T> {
  const scorers = [
    createRowScorer(await createServedScorer(model)),
    await createOnnxScorer(model),
  ] as const;
  try {
    return await use(...scorers);
  } finally {
    for (const scorer of scorers) await scorer.close();
  }
}

describe('the scorer that serves', () => {
  for (const [what, models, samples] of KINDS) {
    it(`gives a row the same bits alone and in any company, of ${what}`, async () => {
      await fc.assert(
        fc.asyncProperty(models, samples, fc.nat(60), async (model, sample, cut) => {
          await withScorers(model, async (served, whole) => {
            const score = (one: Float64Array) => served.score(one).then(bitsOf);
            const together = await Promise.all(sample.map(score));
            const alone: number[][] = [];
            for (const one of sample) alone.push(await score(one));
            assert.deepEqual(together, alone);
            const some = sample.slice(0, cut).reverse();
            assert.deepEqual(await Promise.all(some.map(score)), alone.slice(0, cut).reverse());
            const { probability, pd } = await whole.score(flat(sample));
            alone.forEach(([p, calibrated], i) => {
              assert.ok(Math.abs(p! - probability[i]!) <= 1e-6, `${p} ${probability[i]}`);
              assert.ok(Math.abs(calibrated! - pd[i]!) <= 1e-6, `${calibrated} ${pd[i]}`);
            });
          });
        }),
        { numRuns: 30 },
      );
    });
  }

  it('has the kernel’s bits where nothing is rounded on the way to the margins', async () => {
    const stumps = boosters(2).map((booster) => ({
      ...booster,
      trees: booster.trees.filter(
        ({ group }, i) => booster.trees.findIndex((tree) => tree.group === group) === i,
      ),
    }));
    await fc.assert(
      fc.asyncProperty(modelOf(stumps), rows, async (model, sample) => {
        const kernel = createKernelScorer(readScoringGraph(model));
        await withScorers(model, async (served) => {
          for (const one of sample) {
            assert.deepEqual(bitsOf(await served.score(one)), bitsOf(await kernel.score(one)));
          }
        });
      }),
      { numRuns: 30 },
    );
  });

  it('runs a linear model whole with one row at a time, and trees with many', async () => {
    const [linear] = fc.sample(linears, { numRuns: 1, seed: 1 });
    const [trees] = fc.sample(modelOf(boosters(2)), { numRuns: 1, seed: 1 });
    for (const [model, most] of [
      [linear!, 1],
      [trees!, 64],
    ] as const) {
      const served = await createServedScorer(model);
      assert.equal(served.most, most);
      await served.close();
    }
  });

  it('scores the rows of one turn of the event loop in one run, also what came after the first', async () => {
    const [model] = fc.sample(modelOf(boosters(2)), { numRuns: 1, seed: 1 });
    const served = await createServedScorer(model!);
    let runs = 0;
    const scorer = createRowScorer({
      ...served,
      score(rows) {
        runs++;
        return served.score(rows);
      },
    });
    const one = () => scorer.score(new Float64Array(WIDTH));
    const first = one();
    await Promise.resolve();
    const second = one();
    await new Promise(process.nextTick);
    await Promise.all([first, second, one()]);
    assert.equal(runs, 1);
    await one();
    assert.equal(runs, 2);
    await scorer.close();
  });
});
