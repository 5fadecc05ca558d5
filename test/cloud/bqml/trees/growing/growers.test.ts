import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Tree } from '../../../../../shared/bridge/booster.ts';
import { leafOf } from '../../../../../shared/bridge/evaluate.ts';
import { Arena } from '../kernels/arena.ts';
import { createTrainerKernel } from '../kernels/trainer.ts';
import { DEFAULT_OPTIONS, type TrainingOptions } from '../options.ts';
import { randomBits } from '../random.ts';
import { ColumnSampler } from './column_sampler.ts';
import { cutsOf } from './cuts.ts';
import {
  type Candidate,
  type ReferenceData,
  type ReferenceNode,
  type ReferenceOptions,
  referenceTree,
} from './reference_grower.ts';
import { createGrower } from './tree_methods.ts';

const EDGES = [NaN, -Infinity, -3.4e38, -1, -1e-40, -0, 0, 1e-45, 0.5, 1, 2, 3.4e38, Infinity];
const value = fc.constantFrom(...EDGES).map(Math.fround);
const eighths = (least: number, most: number) =>
  fc.integer({ min: 8 * least, max: 8 * most }).map((n) => n / 8);
const pair = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(eighths(-4, 4), eighths(0.125, 2)) },
  { weight: 1, arbitrary: fc.constant([0, 0] as [number, number]) }, // sampled out
);
const data = fc
  .record({ rows: fc.integer({ min: 1, max: 24 }), features: fc.integer({ min: 1, max: 10 }) })
  .chain(({ rows, features }) =>
    fc.record({
      columns: fc.array(
        fc.array(value, { minLength: rows, maxLength: rows }).map((v) => Float32Array.from(v)),
        { minLength: features, maxLength: features },
      ),
      pairs: fc.array(pair, { minLength: rows, maxLength: rows }),
    }),
  );
const limits = fc.record({
  maxDepth: fc.integer({ min: 1, max: 5 }),
  minChildWeight: fc.constantFrom(0, 0.5, 1, 3),
  l1: fc.constantFrom(0, 0.25),
  l2: fc.constantFrom(0, 1),
});

type Data = Pick<ReferenceData, 'columns' | 'pairs'>;

function grow({ columns, pairs }: Data, options: Partial<TrainingOptions>) {
  const kernel = createTrainerKernel();
  const arena = new Arena(kernel.memory, kernel.heapBase());
  const settings = { ...DEFAULT_OPTIONS, ...options };
  const sampler = new ColumnSampler(columns.length, settings, randomBits(1));
  const grower = createGrower(
    { kernel, arena, columns, weights: 0, hasConstantHessian: false, sampler },
    settings,
  );
  const tree = grower.grow(arena.put(Float32Array.from(pairs.flat())));
  const values = tree.values(1);
  const endedWith = Array.from(arena.uint32(grower.leafOf, pairs.length), (leaf) => values[leaf]!);
  return { tree: tree.finish(0, 1), endedWith };
}

function trainingOptions(options: ReferenceOptions): Partial<TrainingOptions> {
  return {
    maxTreeDepth: options.maxDepth,
    minTreeChildWeight: options.minChildWeight,
    l1Reg: options.l1,
    l2Reg: options.l2,
  };
}

function assertGrown(reference: ReferenceNode, { tree, endedWith }: ReturnType<typeof grow>) {
  assert.ok(!tree.threshold.includes(Number.NaN));
  const visit = (node: ReferenceNode, at: number, path: string) => {
    if ('rows' in node) {
      assert.equal(tree.left[at], -1, `${path} is a leaf`);
      assert.equal(tree.value[at], node.weight, path);
      for (const row of node.rows) assert.equal(endedWith[row], node.weight, `row ${row}`);
      return;
    }
    const { feature, threshold, missingLeft, gain } = node;
    const grown = {
      feature: tree.feature[at],
      threshold: tree.threshold[at],
      missingLeft: tree.defaultLeft[at] === 1,
      gain: tree.gain[at],
    };
    assert.deepEqual(grown, { feature, threshold, missingLeft, gain }, path);
    visit(node.left, tree.left[at]!, `${path}L`);
    visit(node.right, tree.right[at]!, `${path}R`);
  };
  visit(reference, 0, 'root ');
}

const sortedDistinct = (values: Iterable<number>) =>
  [...new Set(Array.from(values, (x) => x + 0))].sort((a, b) => a - b);

/** Each feature's cuts upwards with missing values right, then downwards with them left. */
function histogramCandidates({ columns, pairs }: Data): ReferenceData['candidates'] {
  const byFeature = columns.map((column) => {
    const finite = sortedDistinct(column.filter(Number.isFinite));
    const { cuts, below } = cutsOf(Float32Array.from(finite), 256, {
      plusInfinity: column.includes(Infinity),
      minusInfinity: column.includes(-Infinity),
    });
    return {
      up: [...cuts].filter((cut) => !Number.isNaN(cut)),
      down: [below, ...cuts].slice(0, -1),
    };
  });
  return (rows) =>
    byFeature.flatMap(({ up, down }, feature): Candidate[] => {
      const missing = rows.some(
        (row) => Number.isNaN(columns[feature]![row]!) && pairs[row]![1] > 0,
      );
      return [
        ...up.map((threshold) => ({ feature, threshold, missingLeft: false })),
        ...(missing ? down.toReversed() : []).map((threshold) => ({
          feature,
          threshold,
          missingLeft: true,
        })),
      ];
    });
}

/** Between each two values of the node's rows, and beyond the outermost: up, then down. */
function exactCandidates({ columns, pairs }: Data): ReferenceData['candidates'] {
  return (rows) =>
    columns.flatMap((column, feature): Candidate[] => {
      const all = sortedDistinct(column.filter((x) => !Number.isNaN(x)));
      const here = rows.filter((row) => pairs[row]![1] > 0).map((row) => column[row]!);
      const values = sortedDistinct(here.filter((x) => !Number.isNaN(x)));
      if (values.length === 0) return [];
      const between = values.slice(1).map((high, i) => {
        const middle = Math.fround(Math.fround(values[i]! + high) * 0.5);
        return middle > values[i]! && middle < high ? middle : high;
      });
      const gap = (x: number) =>
        Number.isFinite(x) ? Math.fround(Math.abs(x) + Math.fround(1e-6)) : 0;
      const above = Math.fround(values.at(-1)! + gap(values.at(-1)!));
      const below = Math.fround(values[0]! - gap(values[0]!));
      const up = above > values.at(-1)! ? [...between, above] : between;
      const goesUp = column.some(Number.isNaN) && all.length > 1;
      return [
        ...(goesUp ? up : []).map((threshold) => ({ feature, threshold, missingLeft: false })),
        ...[below, ...between]
          .toReversed()
          .map((threshold) => ({ feature, threshold, missingLeft: true })),
      ];
    });
}

describe('growing a tree', () => {
  it('HIST finds what trying every cut finds, with missing, infinite and tiny values', () => {
    fc.assert(
      fc.property(data, limits, (drawn, options) => {
        const reference = referenceTree(
          { ...drawn, candidates: histogramCandidates(drawn) },
          options,
        );
        assertGrown(reference, grow(drawn, trainingOptions(options)));
      }),
      { numRuns: 300 },
    );
  });

  it('EXACT finds what trying every value finds, with missing, infinite and tiny values', () => {
    fc.assert(
      fc.property(data, limits, (drawn, options) => {
        const reference = referenceTree({ ...drawn, candidates: exactCandidates(drawn) }, options);
        assertGrown(reference, grow(drawn, { ...trainingOptions(options), treeMethod: 'EXACT' }));
      }),
      { numRuns: 300 },
    );
  });

  it('APPROX is HIST where each value has a bin of its own', () => {
    fc.assert(
      fc.property(data, limits, (drawn, options) => {
        const [hist, approx] = (['HIST', 'APPROX'] as const).map((treeMethod) =>
          grow(drawn, { ...trainingOptions(options), treeMethod }),
        );
        assert.deepEqual(approx, hist);
      }),
      { numRuns: 100 },
    );
  });

  it('splits blocks of fewer than eight features where bins are many', () => {
    fc.assert(
      fc.property(data, limits, (drawn, options) => {
        const [few, many] = [256, 4000].map((maxBins) =>
          grow(drawn, { ...trainingOptions(options), maxBins }),
        );
        assert.deepEqual(many, few);
      }),
      { numRuns: 50 },
    );
  });

  it('copies the rows of small nodes together without changing the tree', () => {
    const rows = 5_000; // of which the first split parts an eighth: few enough to be copied, and not too few
    const random = randomBits(3);
    const columns = Array.from({ length: 9 }, () =>
      Float32Array.from({ length: rows }, () => random() % 64),
    );
    const pairs = Array.from(columns[0]!, (x, row): [number, number] => [
      x < 8 ? 4 : -(columns[1]![row]! % 8) / 8 - (columns[8]![row]! < 9 ? 2 : 0),
      1,
    ]);
    const options: ReferenceOptions = { maxDepth: 3, minChildWeight: 1, l1: 0, l2: 1 };
    const drawn = { columns, pairs };
    const reference = referenceTree({ ...drawn, candidates: histogramCandidates(drawn) }, options);
    assertGrown(reference, grow(drawn, trainingOptions(options)));
  });

  it('ends every row in the leaf that the tree sends it to, copied together twice over or not', () => {
    const random = randomBits(4);
    const columns = Array.from({ length: 5 }, () =>
      Float32Array.from({ length: 20_000 }, () => (random() % 50 === 0 ? NaN : random() % 1000)),
    );
    const pairs = Array.from(columns[0]!, (x, row): [number, number] => [
      Math.sin((x || 0) / 50) + Math.cos((columns[3]![row]! || 0) / 90),
      1,
    ]);
    for (const treeMethod of ['HIST', 'EXACT', 'APPROX'] as const) {
      const { tree, endedWith } = grow({ columns, pairs }, { treeMethod, maxTreeDepth: 8 });
      assert.ok(tree.left.length > 100);
      endedWith.forEach((value, row) => {
        const values = Float32Array.from(columns, (column) => column[row]!);
        assert.equal(value, tree.value[leafOf(tree, values)]);
      });
    }
  });

  it('numbers nodes level by level, children side by side', () => {
    const column = Float32Array.from({ length: 64 }, (_, i) => i);
    const pairs = Array.from(column, (x): [number, number] => [Math.sin(x), 1]);
    const { tree } = grow({ columns: [column], pairs }, { maxTreeDepth: 4, minTreeChildWeight: 0 });
    const children: number[] = [];
    for (let node = 0; node < tree.left.length; node++) {
      if (tree.left[node]! >= 0) children.push(tree.left[node]!, tree.right[node]!);
    }
    assert.deepEqual(children, [...Array(tree.left.length).keys()].slice(1));
  });

  it('splits only by the columns that were sampled', () => {
    const column = Float32Array.from({ length: 64 }, (_, i) => i % 9);
    const columns = Array.from({ length: 20 }, (_, f) => column.map((x) => (x * (f + 1)) % 9));
    const pairs = Array.from(column, (x): [number, number] => [x % 2 ? 1 : -1, 1]);
    const featuresOf = ({ left, feature }: Tree) =>
      new Set([...feature].filter((_, node) => left[node]! >= 0));
    for (const treeMethod of ['HIST', 'EXACT'] as const) {
      const options = { treeMethod, colsampleByTree: 0.1, minTreeChildWeight: 0 };
      const { tree } = grow({ columns, pairs }, options);
      assert.ok(tree.left[0]! > 0 && featuresOf(tree).size <= 2, treeMethod);
    }
  });
});
