import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random, rootKey, split } from './random.ts';

const SAMPLE = 200_000;

/** Pearson's statistic over its standard deviation, for counts that should all be alike. */
function excess(counts: ArrayLike<number>, expected: (index: number) => number): number {
  let statistic = 0;
  for (let i = 0; i < counts.length; i += 1) {
    statistic += (counts[i]! - expected(i)) ** 2 / expected(i);
  }
  const freedom = counts.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

function moments(draw: () => number, count = SAMPLE): { mean: number; variance: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < count; i += 1) {
    const value = draw();
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  return { mean, variance: squares / count - mean * mean };
}

const close = (actual: number, expected: number, tolerance: number) =>
  assert.ok(
    Math.abs(actual - expected) < tolerance,
    `${actual} is not within ${tolerance} of ${expected}`,
  );

describe('keys', () => {
  it('start the same stream every time and another for every seed, child and path', () => {
    const draws = (key: ReturnType<typeof rootKey>) => {
      const random = new Random(key);
      return Array.from({ length: 4 }, () => random.bits()).join();
    };
    assert.equal(draws(split(rootKey(7), 3)), draws(split(rootKey(7), 3)));
    const keys = [
      rootKey(7),
      rootKey(8),
      rootKey(7 + 2 ** 32),
      split(rootKey(7), 3),
      split(rootKey(7), 3 + 2 ** 32),
      split(rootKey(3), 7),
      split(split(rootKey(7), 3), 0),
      split(split(rootKey(7), 0), 3),
    ];
    assert.equal(new Set(keys.map(draws)).size, keys.length);
  });

  it('never clash among a million children, nor among the first of a thousand families', () => {
    const seen = new Set<string>();
    const root = rootKey(1);
    for (let n = 0; n < 1_000_000; n += 1) {
      const { a, b } = split(root, n);
      seen.add(`${a} ${b}`);
    }
    for (let family = 0; family < 1000; family += 1) {
      for (let n = 0; n < 100; n += 1) {
        const { a, b } = split(split(root, 2_000_000 + family), n);
        seen.add(`${a} ${b}`);
      }
    }
    assert.equal(seen.size, 1_100_000);
  });

  it('turn half of the first draw over when one bit of the number changes', () => {
    const first = (n: number) => new Random(split(rootKey(5), n)).bits();
    for (let bit = 0; bit < 32; bit += 1) {
      let turned = 0;
      for (let n = 0; n < 500; n += 1) {
        let difference = first(n) ^ first((n ^ (1 << bit)) >>> 0);
        for (; difference !== 0; difference &= difference - 1) turned += 1;
      }
      close(turned / 500 / 32, 0.5, 0.02);
    }
  });

  it('of neighbours start streams that have nothing to do with each other', () => {
    const root = rootKey(11);
    const counts = new Float64Array(256);
    const [one, other] = [new Random(root), new Random(root)];
    for (let n = 0; n < SAMPLE; n += 1) {
      const u = one.start(split(root, n)).uniform();
      const v = other.start(split(root, n + 1)).uniform();
      counts[Math.floor(u * 16) * 16 + Math.floor(v * 16)]! += 1;
    }
    assert.ok(Math.abs(excess(counts, () => SAMPLE / 256)) < 4);
  });
});

describe('uniform draws', () => {
  it('are even in their high and in their low bits', () => {
    const random = new Random(rootKey(2));
    const [high, low] = [new Float64Array(256), new Float64Array(256)];
    for (let i = 0; i < SAMPLE; i += 1) {
      const bits = random.bits();
      high[bits >>> 24]! += 1;
      low[bits & 255]! += 1;
    }
    assert.ok(Math.abs(excess(high, () => SAMPLE / 256)) < 4);
    assert.ok(Math.abs(excess(low, () => SAMPLE / 256)) < 4);
  });

  it('do not depend on the ones just before', () => {
    const random = new Random(rootKey(3));
    for (const lag of [1, 2, 3]) {
      const counts = new Float64Array(256);
      const last = Array.from({ length: lag }, () => random.uniform());
      for (let i = 0; i < SAMPLE; i += 1) {
        const next = random.uniform();
        counts[Math.floor(last.shift()! * 16) * 16 + Math.floor(next * 16)]! += 1;
        last.push(next);
      }
      assert.ok(Math.abs(excess(counts, () => SAMPLE / 256)) < 4, `lag ${lag}`);
    }
  });

  it('lie strictly between 0 and 1, and whole numbers within their bounds', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -50, max: 50 }), fc.nat(30), (seed, low, span) => {
        const random = new Random(rootKey(seed));
        const u = random.uniform();
        const n = random.integer(low, low + span);
        assert.ok(u > 0 && u < 1);
        assert.ok(Number.isInteger(n) && n >= low && n <= low + span);
      }),
    );
  });
});

describe('distributions', () => {
  it('normal: moments and shares beyond 1, 2 and 3 standard deviations', () => {
    const random = new Random(rootKey(4));
    const beyond = [0, 0, 0];
    const { mean, variance } = moments(() => {
      const z = random.normal();
      for (let k = 0; k < 3; k += 1) if (Math.abs(z) > k + 1) beyond[k]! += 1;
      return z;
    });
    close(mean, 0, 0.01);
    close(variance, 1, 0.015);
    [0.3173, 0.0455, 0.0027].forEach((share, k) => {
      close(beyond[k]! / SAMPLE, share, 4 * Math.sqrt(share / SAMPLE));
    });
  });

  it('exponential: mean and variance 1', () => {
    const random = new Random(rootKey(5));
    const { mean, variance } = moments(() => random.exponential());
    close(mean, 1, 0.01);
    close(variance, 1, 0.03);
  });

  it('Poisson: every count comes as often as it should, for small, middling and large means', () => {
    for (const mean of [0.3, 4, 9.9, 10, 35, 900]) {
      const random = new Random(rootKey(Math.round(mean * 10)));
      const draws = 50_000;
      const counts = new Map<number, number>();
      const { mean: seen, variance } = moments(() => {
        const k = random.poisson(mean);
        counts.set(k, (counts.get(k) ?? 0) + 1);
        return k;
      }, draws);
      close(seen, mean, 4.5 * Math.sqrt(mean / draws));
      close(variance / mean, 1, 0.05);
      // Chances by recurrence; only counts that are expected often enough for the statistic.
      const [observed, expected]: [number[], number[]] = [[], []];
      let log = -mean;
      for (let k = 0; k < mean + 60 + 6 * Math.sqrt(mean); k += 1) {
        if (k > 0) log += Math.log(mean / k);
        if (draws * Math.exp(log) < 20) continue;
        observed.push(counts.get(k) ?? 0);
        expected.push(draws * Math.exp(log));
      }
      assert.ok(Math.abs(excess(observed, (i) => expected[i]!)) < 4, `mean ${mean}`);
    }
    assert.equal(new Random(rootKey(1)).poisson(0), 0);
  });

  it('weighted: in proportion, and never an index of weight 0', () => {
    const random = new Random(rootKey(6));
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < SAMPLE; i += 1) counts[random.weighted([2, 0, 5, 3])]! += 1;
    assert.equal(counts[1], 0);
    [0.2, 0, 0.5, 0.3].forEach((share, i) => {
      close(counts[i]! / SAMPLE, share, 0.006);
    });
  });
});
