import assert from 'node:assert/strict';
import { randomBits, uniform } from './random.ts';

describe('random numbers', () => {
  it('are xoshiro128**, for a state of 1, 2, 3, 4 as published', () => {
    // The generator's own test vector, as in the reference C and in Rust's rand_xoshiro.
    const random = randomBits(0, [1, 2, 3, 4]);
    const expected = [11520, 0, 5927040, 70819200, 2031721883, 1637235492];
    assert.deepEqual(
      expected.map(() => random()),
      expected,
    );
  });

  it('repeat for the same seed, differ for others, and take any seed', () => {
    const take = (seed: number) => {
      const random = randomBits(seed);
      return Array.from({ length: 8 }, () => random());
    };
    assert.deepEqual(take(42), take(42));
    assert.equal(new Set([0, 1, -1, 2 ** 31].map((seed) => take(seed).join())).size, 4);
    assert.ok(take(0).every((bits) => Number.isInteger(bits) && bits >= 0 && bits < 2 ** 32));
  });

  it('are uniform in [0, 1)', () => {
    const random = randomBits(9);
    const counts = new Uint32Array(10);
    for (let i = 0; i < 20_000; i++) counts[Math.floor(uniform(random) * 10)]!++;
    assert.ok(
      counts.every((count) => Math.abs(count - 2000) < 200),
      `${counts}`,
    );
  });
});
