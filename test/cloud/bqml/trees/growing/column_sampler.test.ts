import assert from 'node:assert/strict';
import fc from 'fast-check';
import { randomBits } from '../random.ts';
import { ColumnSampler } from './column_sampler.ts';

const ALL = { colsampleByTree: 1, colsampleByLevel: 1, colsampleByNode: 1 };
const sampler = (features: number, ratios: Partial<typeof ALL>, seed = 1) =>
  new ColumnSampler(features, { ...ALL, ...ratios }, randomBits(seed));

describe('sampling columns', () => {
  it('takes all, in order, where nothing is to be sampled', () => {
    const all = sampler(5, {});
    all.startTree();
    assert.deepEqual([...all.forNode(3)], [0, 1, 2, 3, 4]);
  });

  it('nests: of the tree some for the level, of the level some for the node, ascending', () => {
    const ratio = fc.double({ min: 0.01, max: 1, noNaN: true });
    const ratios = fc.record({
      colsampleByTree: ratio,
      colsampleByLevel: ratio,
      colsampleByNode: ratio,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), ratios, fc.nat(), (features, drawn, seed) => {
        const columns = sampler(features, drawn, seed);
        columns.startTree();
        const size = (of: number, part: number) =>
          Math.max(1, Math.floor(Math.fround(Math.fround(part) * of)));
        const tree = size(features, drawn.colsampleByTree);
        const node = size(size(tree, drawn.colsampleByLevel), drawn.colsampleByNode);
        const level = new Set<number>();
        for (let i = 0; i < 5; i++) {
          const chosen = [...columns.forNode(1)];
          assert.equal(chosen.length, node);
          assert.deepEqual(
            chosen,
            [...new Set(chosen)].sort((a, b) => a - b),
          );
          for (const feature of chosen) level.add(feature);
        }
        assert.ok(level.size <= size(tree, drawn.colsampleByLevel));
        assert.ok([...level].every((feature) => columns.tree.includes(feature)));
        assert.equal(columns.tree.length, tree);
      }),
    );
  });

  it('draws anew for each tree, level and node', () => {
    const columns = sampler(1000, {
      colsampleByTree: 0.5,
      colsampleByLevel: 0.5,
      colsampleByNode: 0.5,
    });
    columns.startTree();
    const first = [...columns.tree];
    assert.notDeepEqual([...columns.forNode(0)], [...columns.forNode(0)]);
    columns.startTree();
    assert.notDeepEqual([...columns.tree], first);
  });

  it('takes each column about equally often', () => {
    const columns = sampler(10, { colsampleByTree: 0.3 });
    const taken = new Uint32Array(10);
    for (let i = 0; i < 2000; i++) {
      columns.startTree();
      for (const feature of columns.tree) taken[feature]!++;
    }
    assert.ok(
      taken.every((count) => Math.abs(count - 600) < 100),
      `${taken}`,
    );
  });
});
