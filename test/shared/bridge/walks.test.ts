import assert from 'node:assert/strict';
import type { Tree } from '../../../shared/bridge/booster.ts';
import { walksOf } from '../../../shared/bridge/walks.ts';

const stump = (group: number, changes: Partial<Tree> = {}): Tree => ({
  group,
  left: Int32Array.of(1, -1, -1),
  right: Int32Array.of(2, -1, -1),
  feature: Uint32Array.of(3, 0, 0),
  threshold: Float32Array.of(0, 0, 0),
  defaultLeft: Uint8Array.of(1, 0, 0),
  value: Float32Array.of(0, -1 - group, 1 + group),
  gain: Float32Array.of(1, 0, 0),
  cover: Float32Array.of(2, 1, 1),
  ...changes,
});

/** Places of the trees that are walked together. */
const placesOf = (trees: readonly Tree[], groupCount = 2) =>
  walksOf({ trees, groupCount }).map((walk) => walk.map((tree) => trees.indexOf(tree)));

describe('walks', () => {
  it('are of two trees in a row that have the same splits, of the first group and the second', () => {
    const trees = [stump(0), stump(1), stump(0), stump(1)];
    assert.deepEqual(placesOf(trees), [
      [0, 1],
      [2, 3],
    ]);
  });

  it('see the trees of a part of a larger array', () => {
    const all = Float32Array.of(9, 0, 0, 0, 9);
    const threshold = all.subarray(1, 4);
    assert.deepEqual(placesOf([stump(0, { threshold }), stump(1)]), [[0, 1]]);
  });

  const differences: Record<string, Partial<Tree>> = {
    children: { left: Int32Array.of(2, -1, -1), right: Int32Array.of(1, -1, -1) },
    feature: { feature: Uint32Array.of(2, 0, 0) },
    threshold: { threshold: Float32Array.of(1e-45, 0, 0) },
    'sign of a zero threshold': { threshold: Float32Array.of(-0, 0, 0) },
    'way of what is missing': { defaultLeft: Uint8Array.of(0, 0, 0) },
  };
  for (const [what, change] of Object.entries(differences)) {
    it(`are of one tree where another ${what} follows`, () => {
      assert.deepEqual(placesOf([stump(0), stump(1, change)]), [[0], [1]]);
    });
  }

  it('are of one tree where the other does not follow, or belongs to the same group', () => {
    const alone = [stump(0), stump(0), stump(1), stump(1), stump(0)];
    assert.deepEqual(placesOf(alone), [[0], [1, 2], [3], [4]]);
    assert.deepEqual(placesOf([stump(1), stump(0)]), [[0], [1]]);
  });

  it('are of one tree where there are three groups', () => {
    assert.deepEqual(placesOf([stump(0), stump(1), stump(2)], 3), [[0], [1], [2]]);
  });

  it('are none of no trees', () => {
    assert.deepEqual(placesOf([]), []);
  });
});
