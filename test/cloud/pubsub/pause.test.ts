import assert from 'node:assert/strict';
import { type Clock, ManualClock } from '../clock.ts';
import { Pause } from './pause.ts';

describe('a pause', () => {
  it('doubles with each failure up to its limit, and is short again after a success', async () => {
    const clock = new ManualClock(0);
    const overs: number[] = [];
    const pause = new Pause(clock, { minMs: 100, maxMs: 350 }, () => {
      overs.push(clock.now());
      if (overs.length === 4) pause.reset();
      if (overs.length < 6) pause.begin();
    });
    pause.begin();
    await clock.advance(10_000);
    assert.deepEqual(overs, [100, 300, 650, 1_000, 1_100, 1_300]);
    assert.equal(pause.active, false);
  });

  it('is not lengthened by failures that come during it', async () => {
    const clock = new ManualClock(0);
    let overs = 0;
    const pause = new Pause(clock, { minMs: 100, maxMs: 1_000 }, () => overs++);
    pause.begin();
    pause.begin();
    await clock.advance(99);
    assert.deepEqual([pause.active, overs], [true, 0]);
    await clock.advance(1);
    assert.deepEqual([pause.active, overs], [false, 1]);
  });

  it('is over when the timer says so, be it before the clock does', () => {
    let ring = () => {};
    const early: Clock = {
      now: () => 0,
      after(_, work) {
        ring = work;
        return () => {};
      },
    };
    let active = true;
    const pause = new Pause(early, { minMs: 100, maxMs: 100 }, () => {
      active = pause.active;
    });
    pause.begin();
    ring();
    assert.equal(active, false);
  });
});
