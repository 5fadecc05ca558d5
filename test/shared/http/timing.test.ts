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
      'features;dur=0.500, score;dur=2.500, total;dur=4.000',
    );
  });

  it('sums a phase that comes twice', () => {
    const timing = createTiming(clock);
    for (const name of ['score', 'policy', 'score']) {
      timing.enter(name);
      now += 2;
    }
    assert.equal(
      serverTiming(timing, timing.phases()),
      'score;dur=4.000, policy;dur=2.000, total;dur=6.000',
    );
  });

  it('is nothing where no phase was told apart', () => {
    const timing = createTiming(clock);
    assert.equal(serverTiming(timing, timing.phases()), undefined);
  });
});
