import assert from 'node:assert/strict';
import { GrowingTree, leafWeight } from './growing_tree.ts';

const regularisation = { minChildWeight: 0, l1: 0, l2: 1 };
const sums = (gradient: number, hessian = 1) => ({ gradient, hessian });
const split = (feature: number, gain: number) => ({
  feature,
  threshold: feature / 2,
  defaultLeft: feature % 2 === 1,
  gain,
});

/** root(gain 5) → [a(gain 1) → [leaf, b(gain `inner`) → [leaf, leaf]], leaf] */
function chain(inner: number): GrowingTree {
  const tree = new GrowingTree(regularisation, sums(0, 8));
  const a = tree.split(0, split(1, 5), sums(-2, 6), sums(2, 2));
  const b = tree.split(a, split(2, 1), sums(1), sums(-3, 5)) + 1;
  tree.split(b, split(3, inner), sums(-1, 2), sums(-2, 3));
  return tree;
}

describe('the weight of a leaf', () => {
  it('is -G / (H + lambda) in float32', () => {
    assert.equal(leafWeight(sums(-1, 2), { minChildWeight: 1, l1: 0, l2: 1 }), Math.fround(1 / 3));
  });

  it('is pulled towards 0 by alpha, and stays there', () => {
    const weak = { minChildWeight: 0, l1: 2, l2: 0 };
    assert.equal(leafWeight(sums(-3, 2), weak), 0.5);
    assert.equal(leafWeight(sums(3, 2), weak), -0.5);
    assert.equal(Math.abs(leafWeight(sums(1.5, 2), weak)), 0);
  });

  it('is 0 where the hessian is 0 or less than the least child weight', () => {
    assert.equal(leafWeight(sums(-3, 0), { minChildWeight: 0, l1: 0, l2: 0 }), 0);
    assert.equal(leafWeight(sums(-3, 0.5), { minChildWeight: 1, l1: 0, l2: 1 }), 0);
  });
});

describe('a finished tree', () => {
  it('is numbered level by level and scaled by the learning rate', () => {
    const tree = chain(3).finish(2, 0.5);
    assert.deepEqual([...tree.left], [1, 3, -1, -1, 5, -1, -1]);
    assert.deepEqual([...tree.right], [2, 4, -1, -1, 6, -1, -1]);
    assert.deepEqual([...tree.feature], [1, 2, 0, 0, 3, 0, 0]);
    assert.deepEqual([...tree.threshold], [0.5, 1, 0, 0, 1.5, 0, 0]);
    assert.deepEqual([...tree.defaultLeft], [1, 0, 0, 0, 1, 0, 0]);
    assert.deepEqual([...tree.gain], [5, 1, 0, 0, 3, 0, 0]);
    assert.deepEqual([...tree.cover], [8, 6, 2, 1, 5, 2, 3]);
    assert.deepEqual([...tree.value], [0, 0, -1 / 3, -0.25, 0, 1 / 6, 0.25].map(Math.fround));
    assert.equal(tree.group, 2);
  });

  it('may be a single leaf', () => {
    const tree = new GrowingTree(regularisation, sums(-1, 3)).finish(0, 1);
    assert.deepEqual([[...tree.left], [...tree.value]], [[-1], [0.25]]);
  });
});

describe('pruning', () => {
  it('undoes a weak split between leaves, and then the weak split above it', () => {
    const tree = chain(0.5);
    tree.prune(2);
    assert.deepEqual([...tree.finish(0, 1).left], [1, -1, -1]);
    assert.equal(tree.finish(0, 1).value[1], Math.fround(2 / 7));
  });

  it('keeps a weak split above a strong one', () => {
    const tree = chain(3);
    tree.prune(2);
    assert.deepEqual([...tree.finish(0, 1).left], [1, 3, -1, -1, 5, -1, -1]);
  });

  it('keeps a split that gains exactly the least loss', () => {
    const tree = chain(2);
    tree.prune(2);
    assert.equal(tree.finish(0, 1).left.length, 7);
  });

  it('may leave the root alone', () => {
    const tree = chain(0.5);
    tree.prune(10);
    assert.deepEqual([...tree.finish(0, 1).left], [-1]);
  });

  it('gives rows that ended in a pruned node the value of the leaf above it', () => {
    const tree = chain(0.5);
    tree.prune(2);
    const [, a, , x, y, , z] = tree.values(1);
    assert.equal(a, Math.fround(2 / 7));
    assert.deepEqual([x, y, z], [a, a, a]);
  });
});
