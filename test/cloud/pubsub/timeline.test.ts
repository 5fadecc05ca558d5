import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Clock, ManualClock } from '../clock.ts';
import { Timeline } from './timeline.ts';

describe('a timeline', () => {
  it('brings everything at its time, and what is due together in the order of adding', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(20), fc.nat(50)), { maxLength: 40 }),
      async (plan) => {
        const clock = new ManualClock(0);
        const brought: [number, number][] = [];
        const timeline = new Timeline<number>(clock, (items) => {
          for (const item of items) brought.push([clock.now(), item]);
        });
        const expected: [number, number][] = [];
        for (const [index, [pause, delay]] of plan.entries()) {
          await clock.advance(pause);
          expected.push([clock.now() + delay, index]);
          timeline.add(clock.now() + delay, index);
        }
        await clock.advance(100);
        assert.deepEqual(
          brought,
          expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]),
        );
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it('takes additions while it brings things, and forgets all when cleared', async () => {
    const clock = new ManualClock(0);
    const brought: string[] = [];
    const timeline = new Timeline<string>(clock, (items) => {
      brought.push(...items);
      if (items[0] === 'first') timeline.add(clock.now(), 'at once');
    });
    timeline.add(10, 'first');
    timeline.add(20, 'never');
    await clock.advance(15);
    timeline.clear();
    await clock.advance(100);
    assert.deepEqual(brought, ['first', 'at once']);
  });

  it('looks again when a timer rings before its time', async () => {
    const clock = new ManualClock(0);
    const hasty: Clock = {
      now: () => clock.now(),
      after: (ms, work) => clock.after(Math.ceil(ms / 2), work),
    };
    const brought: number[] = [];
    const timeline = new Timeline<string>(hasty, () => brought.push(clock.now()));
    timeline.add(10, 'a');
    await clock.advance(9);
    assert.deepEqual(brought, []);
    await clock.advance(1);
    assert.deepEqual(brought, [10]);
  });
});
