import assert from 'node:assert/strict';
import { Arena } from './arena.ts';
import { createTrainerKernel } from './trainer.ts';

const arenaOf = () => {
  const kernel = createTrainerKernel();
  return new Arena(kernel.memory, kernel.heapBase());
};

describe('an arena', () => {
  it('hands out memory on cache lines that does not overlap, growing as needed', () => {
    const arena = arenaOf();
    const taken = [1, 100, 1_000_000, 64].map((bytes) => ({ at: arena.take(bytes), bytes }));
    for (const { at, bytes } of taken) {
      assert.equal(at % 64, 0);
      arena.bytes(at, bytes).fill(taken.findIndex((other) => other.at === at) + 1);
    }
    taken.forEach(({ at, bytes }, i) => {
      assert.ok(arena.bytes(at, bytes).every((byte) => byte === i + 1));
    });
  });

  it('keeps what was written when it grows', () => {
    const arena = arenaOf();
    const at = arena.put(Float32Array.of(1, -0, Number.NaN));
    arena.take(10_000_000);
    assert.deepEqual([...arena.float32(at, 3)], [1, -0, Number.NaN]);
  });

  it('gives back what was taken since a mark', () => {
    const arena = arenaOf();
    const mark = arena.mark();
    const first = arena.take(1000);
    arena.release(mark);
    assert.equal(arena.take(1000), first);
  });

  it('copies numbers of each kind bit by bit', () => {
    const arena = arenaOf();
    const at = arena.put(Uint32Array.of(2 ** 32 - 1, 5));
    assert.deepEqual([...arena.uint32(at, 2)], [2 ** 32 - 1, 5]);
    assert.equal(arena.int32(at, 1)[0], -1);
    const pair = arena.take(16);
    arena.float64(pair, 2).set([0.1, 2]);
    assert.deepEqual([...arena.float64(pair, 2)], [0.1, 2]);
  });

  it('says how much was wanted where 4 GiB are not enough', () => {
    const arena = arenaOf();
    assert.throws(() => arena.take(5 * 2 ** 30), /4 GiB of memory.*\(5\.0 GiB so far\)/);
  });
});
