import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../kernels/arena.ts';
import { createTrainerKernel } from '../kernels/trainer.ts';
import { randomBits, uniform } from '../random.ts';

function quantiles(values: Float32Array, maxBins: number, weights?: Float32Array): number[] {
  const kernel = createTrainerKernel();
  const arena = new Arena(kernel.memory, kernel.heapBase());
  const count = values.length;
  const work = arena.take(kernel.sketchBytes(count, maxBins));
  const out = arena.take(4 * (maxBins + 1));
  const found = kernel.quantiles(
    arena.put(values),
    weights ? arena.put(weights) : 0,
    count,
    maxBins,
    work,
    out,
  );
  return [...arena.float32(out, found)];
}

function sortedQuantiles(values: Float32Array, hessians: Float32Array, maxBins: number): number[] {
  const kernel = createTrainerKernel();
  const arena = new Arena(kernel.memory, kernel.heapBase());
  const count = values.length;
  const pairs = arena.put(Float32Array.from({ length: 2 * count }, (_, i) => hessians[i >> 1]!));
  const [sorted, rows] = [arena.take(4 * count), arena.take(4 * count)];
  const work = arena.take(16 * count);
  const length = kernel.sortColumn(arena.put(values), count, work, sorted, rows);
  const out = arena.take(4 * (maxBins + 1));
  return [...arena.float32(out, kernel.sortedQuantiles(sorted, rows, length, pairs, maxBins, out))];
}

const distinct = (values: Iterable<number>) =>
  [...new Set(Array.from(values, (x) => x + 0))].sort((a, b) => a - b);

/** The greatest part of the weight that lies from one quantile up to the next but one. */
function widestBin(values: Float32Array, weights: Float32Array, cuts: readonly number[]): number {
  const bins = new Float64Array(cuts.length);
  let total = 0;
  values.forEach((x, i) => {
    const bin = cuts.findLastIndex((cut) => cut <= x);
    bins[bin]! += weights[i]!;
    total += weights[i]!;
  });
  return Math.max(...bins) / total;
}

const float = fc.oneof(
  fc.float({ noNaN: true }),
  fc.constantFrom(NaN, Infinity, -Infinity, -0, 0, 1, 2),
);
const column = fc.array(float, { minLength: 1, maxLength: 200 }).map((v) => Float32Array.from(v));
const random = randomBits(5);
const many = Float32Array.from({ length: 60_000 }, () => uniform(random) ** 3);
const ones = many.map(() => 1);

describe('quantiles of a column', () => {
  it('are all distinct finite values while there are no more than bins', () => {
    fc.assert(
      fc.property(column, (values) => {
        assert.deepEqual(quantiles(values, 256), distinct(values.filter(Number.isFinite)));
      }),
    );
  });

  it('are none where nothing is finite or nothing has weight', () => {
    assert.deepEqual(quantiles(Float32Array.of(NaN, Infinity), 16), []);
    assert.deepEqual(quantiles(Float32Array.of(1, 2), 16, Float32Array.of(0, 0)), []);
  });

  it('leave out values of rows without weight', () => {
    const weights = Float32Array.of(1, 0, 2);
    assert.deepEqual(quantiles(Float32Array.of(3, 4, 5), 16, weights), [3, 5]);
  });

  for (const maxBins of [2, 16, 256]) {
    it(`part 60,000 values into ${maxBins} bins of about equal weight, ends included`, () => {
      const cuts = quantiles(many, maxBins);
      assert.ok(cuts.length <= maxBins + 1 && cuts.length > maxBins * 0.9, `${cuts.length}`);
      assert.equal(cuts[0], Math.min(...distinct(many)));
      assert.equal(cuts.at(-1), distinct(many).at(-1));
      assert.deepEqual(cuts, distinct(cuts));
      // An exact sketch would give 1/maxBins; XGBoost's is off by an eighth of a bin on each side.
      assert.ok(widestBin(many, ones, cuts) < 1.3 / maxBins, `${widestBin(many, ones, cuts)}`);
    });
  }

  it('weigh by instance', () => {
    const weights = many.map((x) => (x < 0.001 ? 30 : 1));
    const cuts = quantiles(many, 64, weights);
    assert.ok(widestBin(many, weights, cuts) < 1.3 / 64);
    assert.ok(widestBin(many, weights, quantiles(many, 64)) > 4 / 64, 'weights make a difference');
  });

  it('do not depend on how often the sketch is merged', () => {
    const sorted = many.slice().sort();
    const cuts = quantiles(sorted, 64);
    assert.ok(widestBin(many, ones, cuts) < 1.3 / 64);
  });
});

describe('quantiles of a sorted column', () => {
  it('are all distinct finite values while there are no more than bins', () => {
    fc.assert(
      fc.property(column, (values) => {
        const found = sortedQuantiles(
          values,
          values.map(() => 1),
          256,
        );
        assert.deepEqual(found, distinct(values.filter(Number.isFinite)));
      }),
    );
  });

  it('weigh by hessian', () => {
    const hessians = many.map((x) => (x < 0.001 ? 30 : 1));
    const cuts = sortedQuantiles(many, hessians, 64);
    assert.ok(cuts.length <= 65);
    assert.ok(widestBin(many, hessians, cuts) < 1.3 / 64, `${widestBin(many, hessians, cuts)}`);
  });

  it('are few where all hessians are 0', () => {
    const found = sortedQuantiles(Float32Array.of(3, 1, 2), Float32Array.of(0, 0, 0), 2);
    assert.equal(found.at(-1), 3);
    assert.ok(found.length <= 3);
  });
});

describe('sorting a column', () => {
  it('keeps the order of equal values and leaves missing ones out', () => {
    fc.assert(
      fc.property(column, (values) => {
        const kernel = createTrainerKernel();
        const arena = new Arena(kernel.memory, kernel.heapBase());
        const count = values.length;
        const [sorted, rows] = [arena.take(4 * count), arena.take(4 * count)];
        const work = arena.take(16 * count);
        const length = kernel.sortColumn(arena.put(values), count, work, sorted, rows);
        const expected = [...values.keys()]
          .filter((row) => !Number.isNaN(values[row]!))
          .sort((a, b) => (values[a]! === values[b]! ? a - b : values[a]! < values[b]! ? -1 : 1));
        assert.deepEqual([...arena.uint32(rows, length)], expected);
        assert.deepEqual(
          [...arena.float32(sorted, length)],
          expected.map((row) => values[row]! + 0),
        );
      }),
    );
  });
});
