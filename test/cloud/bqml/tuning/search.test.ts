import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fitProcess } from './gaussian_process.ts';
import { type Cube, createSearch, type Search, type Tried } from './search.ts';

const INFINITE = Number.POSITIVE_INFINITY;

const cube = (...sizes: number[]): Cube => ({
  sizes,
  canonical: (point) =>
    point.map((x, i) => {
      const size = sizes[i]!;
      return Number.isFinite(size) ? (Math.min(Math.floor(x * size), size - 1) + 0.5) / size : x;
    }),
});

/** What a search reaches of a function in so many trials, the first in the middle. */
function explore(search: Search, count: number, reached: (point: readonly number[]) => number) {
  const tried: Tried[] = [];
  for (let i = 0; i < count; i++) {
    const point = search(tried);
    if (!point) break;
    tried.push({ point, reached: reached(point) });
  }
  return tried;
}

const bestOf = (tried: readonly Tried[]) => Math.max(...tried.map(({ reached }) => reached!));

describe('searching hyperparameters', () => {
  it('GRID_SEARCH goes through every combination once, the last hyperparameter fastest', () => {
    const tried = explore(createSearch('GRID_SEARCH', cube(2, 3)), 100, () => 0);
    assert.deepEqual(
      tried.map(({ point }) => point.map((x, i) => Math.floor(x * [2, 3][i]!))),
      [
        [0, 0],
        [0, 1],
        [0, 2],
        [1, 0],
        [1, 1],
        [1, 2],
      ],
    );
  });

  for (const algorithm of ['RANDOM_SEARCH', 'VIZIER_DEFAULT']) {
    it(`${algorithm} repeats no combination of a discrete space and ends with it`, () => {
      const tried = explore(createSearch(algorithm, cube(3, 4)), 100, ([x]) => x!);
      assert.equal(tried.length, 12);
      assert.equal(new Set(tried.map(({ point }) => point.join())).size, 12);
    });

    it(`${algorithm} suggests the same for the same trials, all within the cube`, () => {
      const run = () =>
        explore(createSearch(algorithm, cube(INFINITE, 5)), 12, ([x, y]) => x! - y!);
      assert.deepEqual(run(), run());
      for (const { point } of run()) assert.ok(point.every((x) => x >= 0 && x <= 1));
    });
  }

  it('VIZIER_DEFAULT comes nearer to the top of a hill than random search', () => {
    const hill = (point: readonly number[]) =>
      -point.reduce((sum, x, i) => sum + (x - [0.83, 0.21, 0.57][i]!) ** 2, 0);
    const sides = cube(INFINITE, INFINITE, INFINITE);
    const [learnt, blind] = ['VIZIER_DEFAULT', 'RANDOM_SEARCH'].map((algorithm) =>
      bestOf(explore(createSearch(algorithm, sides), 25, hill)),
    );
    assert.ok(learnt! > -0.005, `${learnt}`);
    assert.ok(learnt! > blind!, `${learnt} ${blind}`);
  });

  it('VIZIER_DEFAULT goes on where trials came to nothing', () => {
    const search = createSearch('VIZIER_DEFAULT', cube(INFINITE));
    const tried: Tried[] = [];
    for (let i = 0; i < 10; i++) tried.push({ point: search(tried)!, reached: undefined });
    assert.equal(new Set(tried.map(({ point }) => point[0])).size, 10);
  });

  it('points that say the same are one', () => {
    const folded: Cube = {
      sizes: [2, INFINITE],
      canonical: ([x, y]) => (x! < 0.5 ? [0.25, 0] : [0.75, y!]),
    };
    const tried = explore(createSearch('RANDOM_SEARCH', folded), 30, () => 0);
    assert.equal(tried.filter(({ point }) => point[0] === 0.25).length, 1);
    assert.equal(tried.length, 30);
  });
});

describe('a Gaussian process', () => {
  it('goes through observations without noise, and is sure of nothing far from them', () => {
    const points = [0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1].map((x) => [x]);
    const values = points.map(([x]) => Math.sin(5 * x!));
    const process = fitProcess(points, values);
    points.forEach((point, i) => {
      const { mean, deviation } = process.at(point);
      assert.ok(Math.abs(mean - values[i]!) < 0.02, `${mean}`);
      assert.ok(deviation < 0.05, `${deviation}`);
    });
    assert.ok(process.at([0.5]).deviation > process.at([0.4]).deviation);
  });

  it('has a finite belief everywhere, whatever was observed', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const observation = fc.tuple(unit, unit, fc.double({ min: -1e6, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(observation, { minLength: 1, maxLength: 8 }),
        fc.tuple(unit, unit),
        (observed, at) => {
          const process = fitProcess(
            observed.map(([x, y]) => [x, y]),
            observed.map(([, , value]) => value),
          );
          const { mean, deviation } = process.at(at);
          assert.ok(Number.isFinite(mean) && Number.isFinite(deviation) && deviation >= 0);
        },
      ),
      { numRuns: 50 },
    );
  });
});
