import assert from 'node:assert/strict';
import { sampleRatio } from '../../../shared/statistics/sample_ratio.ts';
import {
  alwaysValid,
  confidenceSequence,
  detectable,
  differenceOf,
  power,
} from '../../../shared/statistics/sequential.ts';
import { normal, seeded } from './random.ts';

const near = (figure: number, expected: number, off = 1e-12) =>
  assert.ok(Math.abs(figure - expected) <= off, `${figure} is not ${expected}`);

/** The day on which an experiment of 40 days says that arms differ; undefined where it never does. */
function decidedOn(draw: () => number, effect: number, aDay: number): number | undefined {
  const sums = [0, 0];
  for (let day = 1; day <= 40; day++) {
    for (const arm of [0, 1]) {
      for (let i = 0; i < aDay; i++) sums[arm]! += draw() + arm * effect;
    }
    const n = day * aDay;
    const sample = (sum: number) => ({ n, mean: sum / n, variance: 1 });
    if (alwaysValid(differenceOf(sample(sums[0]!), sample(sums[1]!)), 0.1) <= 0.05) return day;
  }
  return undefined;
}

describe('a sequential test', () => {
  it('cries wolf in at most 5% of experiments that are looked at every day for 40 days', () => {
    const draw = normal(seeded(3));
    const runs = Array.from({ length: 400 }, () => decidedOn(draw, 0, 25));
    const wrong = runs.filter((day) => day !== undefined).length;
    // One look at the end is wrong in 5%; 40 looks with an ordinary p-value in about 35%.
    assert.ok(wrong / runs.length <= 0.05, `${wrong} of ${runs.length}`);
  });

  it('finds a difference, and the sooner the larger it is', () => {
    const draw = normal(seeded(4));
    const days = (effect: number) =>
      Array.from({ length: 60 }, () => decidedOn(draw, effect, 50) ?? 99).sort(
        (a, b) => a - b,
      )[30]!;
    const [large, small] = [days(0.3), days(0.15)];
    assert.ok(large < small && small <= 40, `${large} and ${small}`);
  });

  it('has an interval that leaves out 0 exactly where its p-value is below alpha', () => {
    for (const difference of [0.01, 0.1, 0.2, 0.25, 0.3, 0.5]) {
      const found = { difference, variance: 0.004 };
      const [low] = confidenceSequence(found, 0.1, 0.05);
      assert.equal(low > 0, alwaysValid(found, 0.1) < 0.05, String(difference));
    }
    const found = { difference: 1, variance: 0.01 };
    const [low, high] = confidenceSequence(found, 0.2, 0.05);
    near((low + high) / 2, 1);
    near(alwaysValid({ ...found, difference: (high - low) / 2 }, 0.2), 0.05);
  });

  it('has the power that text books print', () => {
    near(detectable(1, 0.05, 0.8), 2.8015852, 1e-6);
    near(power(detectable(4, 0.05, 0.8), 4, 0.05), 0.8, 1e-5);
    near(power(0, 1, 0.05), 0.05);
  });
});

describe('the ratio of samples', () => {
  it('tests what was observed against shares that may change', () => {
    // 1,000 at a half.
    const { z, p_value } = sampleRatio(540, 500, 250);
    near(z, 2.5298221281347035);
    near(p_value, 0.011412036386001745, 1e-9);
    assert.ok(sampleRatio(502, 500, 250).p_value > 0.8);
  });

  it('refuses where nobody had a choice', () => {
    assert.throws(() => sampleRatio(0, 0, 0), /Nobody/);
  });
});
