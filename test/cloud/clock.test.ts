import assert from 'node:assert/strict';
import { ManualClock, systemClock } from './clock.ts';

describe('the manual clock', () => {
  it('runs timers at their own times, in the order of these, also those set on the way', async () => {
    const clock = new ManualClock('2026-01-01T00:00:00Z');
    const start = clock.now();
    const seen: [string, number][] = [];
    const note = (name: string) => seen.push([name, clock.now() - start]);
    clock.after(30, () => note('later'));
    clock.after(10, () => {
      note('first');
      clock.after(5, () => note('nested'));
      clock.after(100, () => note('too late'));
    });
    clock.after(10, () => note('second'));
    await clock.advance(30);
    assert.deepEqual(seen, [
      ['first', 10],
      ['second', 10],
      ['nested', 15],
      ['later', 30],
    ]);
    assert.equal(clock.now() - start, 30);
  });

  it('lets promises that wait for nothing have their turn after each timer', async () => {
    const clock = new ManualClock(0);
    const seen: number[] = [];
    const repeat = () => {
      const turns = [1, 2, 3].map((turn) => Promise.resolve(turn));
      void Promise.all(turns).then(() => {
        seen.push(clock.now());
        clock.after(10, repeat);
      });
    };
    clock.after(10, repeat);
    await clock.advance(35);
    assert.deepEqual(seen, [10, 20, 30]);
  });

  it('does not run what was called off', async () => {
    const clock = new ManualClock(0);
    const cancel = clock.after(1, () => assert.fail('was called off'));
    cancel();
    await clock.advanceTo(10);
    cancel();
    assert.equal(clock.now(), 10);
  });
});

describe('the system clock', () => {
  it('tells the time, runs work once and calls it off', async () => {
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000);
    const cancel = systemClock.after(0, () => assert.fail('was called off'));
    cancel();
    systemClock.after(2 ** 40, () => assert.fail('is decades away'))();
    // Its timers alone would let the process end.
    const alive = setTimeout(() => {}, 10_000);
    await new Promise<void>((resolve) => systemClock.after(1, resolve));
    clearTimeout(alive);
  });
});
