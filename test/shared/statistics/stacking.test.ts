import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seededRandom } from '../../../shared/statistics/random.ts';
import { stackingWeights } from '../../../shared/statistics/stacking.ts';

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Rows of as many independent log-odds as there are weights, and outcomes by their weighted sum. */
function rowsOf(truth: readonly number[], rows: number, seed: number) {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const margins = truth.map(() => Float64Array.from({ length: rows }, normal));
  const bad = Array.from({ length: rows }, (_, i) => {
    const z = truth.reduce((sum, weight, k) => sum + weight * margins[k]![i]!, -1);
    return random() < sigmoid(z) ? 1 : 0;
  });
  return { margins, bad };
}

/** How likelihood changes with each weight, where the intercept is the best one for them. */
function slopes(margins: readonly Float64Array[], bad: readonly number[], weights: Float64Array) {
  const bads = bad.reduce((a, b) => a + b, 0);
  const target = (one: number) => (one ? (bads + 1) / (bads + 2) : 1 / (bad.length - bads + 2));
  const sums = bad.map((_, i) => margins.reduce((sum, one, k) => sum + weights[k]! * one[i]!, 0));
  const wanted = bad.reduce((sum, one) => sum + target(one), 0);
  let [low, high] = [-60, 60];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    const found = sums.reduce((sum, z) => sum + sigmoid(z + middle), 0);
    [low, high] = found < wanted ? [middle, high] : [low, middle];
  }
  return margins.map(
    (one) =>
      sums.reduce((sum, z, i) => sum + (target(bad[i]!) - sigmoid(z + low)) * one[i]!, 0) /
      bad.length,
  );
}

describe('the weights of models that answer together', () => {
  it('are those that the outcomes were made by', () => {
    const truth = [1, 0.5, 0.25];
    const { margins, bad } = rowsOf(truth, 20_000, 1);
    stackingWeights(margins, bad).forEach((weight, k) => {
      assert.ok(Math.abs(weight - truth[k]!) < 0.06, `${weight}, made by ${truth[k]}`);
    });
  });

  it('are the likeliest of all that are not below 0', () => {
    const truth = fc.array(fc.double({ min: -1, max: 2, noNaN: true }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(truth, fc.nat(1000), (weights, seed) => {
        const { margins, bad } = rowsOf(weights, 300, seed);
        const found = stackingWeights(margins, bad);
        // Karush, Kuhn and Tucker: nothing to gain where a weight is free, nothing above 0 where it is 0.
        slopes(margins, bad, found).forEach((slope, k) => {
          assert.ok(found[k]! >= 0);
          if (found[k]! > 0) assert.ok(Math.abs(slope) < 1e-5, `weight ${found[k]}: ${slope}`);
          else assert.ok(slope < 1e-5, `weight 0: ${slope}`);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('are 0 for a model that says the opposite of what happens', () => {
    const { margins, bad } = rowsOf([1, -1], 2000, 3);
    const [good, wrong] = stackingWeights(margins, bad);
    assert.ok(good! > 0.5);
    assert.equal(wrong, 0);
    assert.deepEqual([...stackingWeights([margins[1]!], bad)], [0]);
  });

  it('are found of two models that say the same, and of rows that a line parts', () => {
    const { margins, bad } = rowsOf([1], 2000, 4);
    const [one, other] = stackingWeights([margins[0]!, margins[0]!], bad);
    const [alone] = stackingWeights([margins[0]!], bad);
    assert.ok(Math.abs(one! + other! - alone!) < 1e-6);
    const parted = margins[0]!.map((margin) => Number(margin > 0));
    const [steep] = stackingWeights([margins[0]!], parted);
    assert.ok(steep! > 1 && Number.isFinite(steep));
  });

  it('are the same whenever they are asked for, and follow the order of the models', () => {
    const { margins, bad } = rowsOf([1, 0.3], 1000, 5);
    const found = stackingWeights(margins, bad);
    assert.deepEqual(stackingWeights(margins, bad), found);
    const turned = stackingWeights(margins.toReversed(), bad);
    found.forEach((weight, k) => {
      assert.ok(Math.abs(weight - turned[1 - k]!) < 1e-7);
    });
  });
});
