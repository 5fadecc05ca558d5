import assert from 'node:assert/strict';
import { createTiming, serverTiming } from '../../../shared/http/timing.ts';

describe('the timing of a request', () => {
  let now: number;
  const clock = () => now;
  beforeEach(() => {
    now = 100;
  });

  it('tells phases apart, one after another, the last until now', () => {
    const timing = createTiming(clock);
    now = 101;
    timing.enter('features');
    now = 101.5;
    timing.enter('score');
    now = 104;
    assert.equal(timing.start, 100);
    assert.deepEqual(timing.phases(), [
      { name: 'features', start: 101, end: 101.5 },
      { name: 'score', start: 101.5, end: 104 },
    ]);
  });

  it('is Server-Timing in milliseconds, with the total since the request began', () => {
    const timing = createTiming(clock);
    now = 101;
    timing.enter('features');
    now = 101.5;
    timing.enter('score');
    now = 104;
    assert.equal(
      serverTiming(timing, timing.phases()),
      'features;dur=0.5, score;dur=2.5, total;dur=4',
    );
  });

  it('is no finer than a microsecond', () => {
    const timing = createTiming(clock);
    timing.enter('score');
    now = 100.123456;
    assert.equal(serverTiming(timing, timing.phases()), 'score;dur=0.123, total;dur=0.123');
  });

  it('is nothing where no phase was told apart', () => {
    const timing = createTiming(clock);
    assert.equal(serverTiming(timing, timing.phases()), undefined);
  });
});
