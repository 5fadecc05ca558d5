import assert from 'node:assert/strict';
import { attempted } from '../../../shared/google/attempts.ts';

const PASSING = new Error('busy');
const FINAL = new Error('refused');

/** Attempts that take 10 ms each and fail as told, on a clock of the test's own. */
async function attempts(failures: readonly Error[], times = { attemptMs: 1000, totalMs: 2000 }) {
  let now = 0;
  const [deadlines, waits]: [number[], number[]] = [[], []];
  const outcome = attempted(
    async (deadline) => {
      deadlines.push(deadline);
      const failure = failures[deadlines.length - 1];
      now += 10;
      if (failure) throw failure;
      return 'done';
    },
    {
      ...times,
      mayPass: (error) => error === PASSING,
      now: () => now,
      wait: async (ms) => {
        waits.push(ms);
        now += ms;
      },
      random: () => 1,
    },
  );
  const result = await outcome.catch((error: unknown) => error);
  return { result, deadlines, waits };
}

const times = (n: number) => Array.from({ length: n }, () => PASSING);

describe('attempts', () => {
  it('end with the first success, without waiting', async () => {
    const { result, deadlines, waits } = await attempts([]);
    assert.equal(result, 'done');
    assert.deepEqual([deadlines, waits], [[1000], []]);
  });

  it('are repeated where the fault may pass, after times that double up to a limit', async () => {
    const { result, waits } = await attempts(times(6));
    assert.equal(result, 'done');
    assert.deepEqual(waits, [50, 100, 200, 400, 400, 400]);
  });

  it('are not repeated where it cannot pass', async () => {
    const { result, deadlines } = await attempts([PASSING, FINAL]);
    assert.equal(result, FINAL);
    assert.equal(deadlines.length, 2);
  });

  it('have no deadline after the time of all of them', async () => {
    const { deadlines } = await attempts(times(2), { attemptMs: 100, totalMs: 130 });
    assert.deepEqual(deadlines, [100, 130]);
  });

  it('end with the last fault when there is no time for another one', async () => {
    const { result, deadlines } = await attempts(times(99), { attemptMs: 100, totalMs: 130 });
    assert.equal(result, PASSING);
    assert.equal(deadlines.length, 2);
  });

  it('wait for a random part of the time between them', async () => {
    const waits: number[] = [];
    const random = [0.5, 0].values();
    await assert.rejects(
      attempted(
        async () => {
          throw waits.length < 2 ? PASSING : FINAL;
        },
        {
          attemptMs: 100,
          totalMs: 1000,
          mayPass: (error) => error === PASSING,
          now: () => 0,
          wait: async (ms) => waits.push(ms),
          random: () => random.next().value!,
        },
      ),
      FINAL,
    );
    assert.deepEqual(waits, [25, 0]);
  });
});
