import assert from 'node:assert/strict';
import { countBins, quantileEdges } from '../../../shared/statistics/bins.ts';
import { bootstrap, quantile } from '../../../shared/statistics/bootstrap.ts';
import { seededRandom } from '../../../shared/statistics/random.ts';

const meanOf = (values: Float64Array) => (counts: Uint16Array) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += counts[i]! * values[i]!;
  return sum / values.length;
};

describe('a bootstrap', () => {
  const random = seededRandom(5);
  const values = Float64Array.from({ length: 400 }, () => random());

  it('draws as many as there are, each time', () => {
    bootstrap(50, (counts) => {
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        50,
      );
      return {};
    });
  });

  it('gives the same intervals for the same seed, others for another', () => {
    const of = (seed: number) =>
      bootstrap(values.length, (counts) => ({ mean: meanOf(values)(counts) }), { seed }).mean;
    assert.deepEqual(of(1), of(1));
    assert.notDeepEqual(of(1), of(2));
  });

  it('is as wide about a mean as its standard error says', () => {
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    const error = 1.96 * Math.sqrt(variance / values.length);
    const { found } = bootstrap(values.length, (counts) => ({ found: meanOf(values)(counts) }), {
      replicates: 4000,
    });
    assert.ok(Math.abs(found![0] - (mean - error)) < 0.05 * error);
    assert.ok(Math.abs(found![1] - (mean + error)) < 0.05 * error);
  });

  it('says nothing of a figure that draws often lack, and leaves out the few that do', () => {
    let call = 0;
    const { rare, seldom } = bootstrap(
      10,
      () => {
        call++;
        return { rare: call % 4 === 0 ? Number.NaN : 1, seldom: call % 40 === 0 ? Number.NaN : 1 };
      },
      { replicates: 400 },
    );
    assert.equal(rare, null);
    assert.deepEqual(seldom, [1, 1]);
  });

  it('has quantiles as numpy’s default has them', () => {
    assert.equal(quantile([1, 2, 4, 8], 0.5), 3);
    assert.equal(quantile([1, 2, 4, 8], 0.9), 6.800000000000001);
    assert.equal(quantile([5], 0.3), 5);
  });
});

describe('bins', () => {
  it('part a sample into equal numbers, and anything else by their edges', () => {
    const sample = Float64Array.from({ length: 100 }, (_, i) => i);
    const edges = quantileEdges(sample, 4);
    assert.deepEqual(edges, [24.75, 49.5, 74.25]);
    assert.deepEqual(countBins(sample, edges), [25, 25, 25, 25]);
    assert.deepEqual(countBins(Float64Array.of(-5, 24.75, 49.4, 1000), edges), [1, 2, 0, 1]);
  });

  it('are fewer where values repeat, and one where all are the same', () => {
    const mostly = Float64Array.from({ length: 100 }, (_, i) => (i < 90 ? 1 : 2));
    assert.deepEqual(quantileEdges(mostly, 4), []);
    assert.deepEqual(countBins(mostly, []), [100]);
    assert.deepEqual(quantileEdges(Float64Array.of(1, 1, 2, 2), 2), [1.5]);
  });
});
