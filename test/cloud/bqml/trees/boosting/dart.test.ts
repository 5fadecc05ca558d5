import assert from 'node:assert/strict';
import { randomBits } from '../random.ts';
import { DartWeights } from './dart.ts';

const fround = Math.fround;

describe('DART weights', () => {
  it('are 1 while nothing is dropped', () => {
    const weights = new DartWeights('TREE', 0, randomBits(1));
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(weights.drop(), []);
      weights.add(2, 0.3);
    }
    assert.deepEqual(weights.all, [1, 1, 1, 1, 1, 1]);
  });

  it('share by tree: k dropped trees shrink by k/(k + rate), the new one is 1/(k + rate)', () => {
    const weights = new DartWeights('TREE', 1, randomBits(1));
    weights.drop();
    weights.add(1, 0.5);
    assert.deepEqual(weights.drop(), [0]);
    weights.add(1, 0.5);
    assert.deepEqual(weights.all, [fround(1 / 1.5), fround(1 / 1.5)]);
    assert.deepEqual(weights.drop(), [0, 1]);
    weights.add(1, 0.5);
    const twice = fround(fround(1 / 1.5) * fround(2 / 2.5));
    assert.deepEqual(weights.all, [twice, twice, fround(1 / 2.5)]);
  });

  it('share as a forest: all shrink by 1/(1 + rate), and so does the new tree', () => {
    const weights = new DartWeights('FOREST', 1, randomBits(1));
    weights.drop();
    weights.add(1, 0.5);
    weights.drop();
    weights.add(1, 0.5);
    const factor = fround(1 / 1.5);
    assert.deepEqual(weights.all, [factor, factor]);
  });

  it('divide the rate among the new trees of a round', () => {
    const weights = new DartWeights('FOREST', 1, randomBits(1));
    weights.drop();
    weights.add(2, 1);
    weights.drop();
    weights.add(2, 1);
    assert.deepEqual(
      weights.all,
      [1, 1, 1, 1].map(() => fround(1 / 1.5)),
    );
  });

  it('leave alone what was not dropped, and drop about the asked part', () => {
    const weights = new DartWeights('TREE', 0.3, randomBits(2));
    for (let round = 0; round < 300; round++) weights.add(1, 0.1);
    const dropped = weights.drop();
    assert.ok(dropped.length > 60 && dropped.length < 120, `${dropped.length}`);
    weights.add(1, 0.1);
    const kept = weights.all.slice(0, 300).filter((_, i) => !dropped.includes(i));
    assert.ok(kept.every((weight) => weight === 1));
    assert.ok(dropped.every((i) => weights.all[i]! < 1));
  });
});
