import assert from 'node:assert/strict';
import { syntheticRows } from '../../../bench/training_data.ts';
import { DEFAULT_OPTIONS, type Iteration, type TrainingOptions, train } from './train.ts';
import { trainInWorker } from './train_in_worker.ts';

const rows = syntheticRows({ rows: 1500, features: 12, missing: 0.05, seed: 1 });
const unseen = syntheticRows({ rows: 500, features: 12, missing: 0.05, seed: 2 });
const options: TrainingOptions = { ...DEFAULT_OPTIONS, maxIterations: 4, earlyStop: true };
const endless: TrainingOptions = { ...options, maxIterations: 1e9, earlyStop: false };

describe('training in a worker', () => {
  it('gives what training here gives, attributes included', async () => {
    const [there, here] = await Promise.all([
      trainInWorker(rows, unseen, options),
      train(rows, unseen, options),
    ]);
    assert.deepEqual(there.booster, here.booster);
    const untimed = (iterations: Iteration[]) => iterations.map((i) => ({ ...i, durationMs: 0 }));
    assert.deepEqual(untimed(there.iterations), untimed(here.iterations));
  });

  it('tells of iterations as they happen, while this thread goes on, until it is aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const seen: number[] = [];
    const training = trainInWorker(rows, undefined, endless, {
      signal: abort.signal,
      onIteration: ({ index }) => {
        seen.push(index);
        if (index === 3) abort.abort(reason);
      },
    });
    await assert.rejects(training, reason);
    const atAbort = seen.length;
    assert.deepEqual(seen.slice(0, 4), [0, 1, 2, 3]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(seen.length, atAbort, 'the thread has ended');
  });

  it('does not begin where it is aborted already', async () => {
    const reason = new Error('before');
    const training = trainInWorker(rows, undefined, endless, { signal: AbortSignal.abort(reason) });
    await assert.rejects(training, reason);
  });

  it('leaves the rows usable here, and takes shared ones', async () => {
    const shared = rows.columns.map((column) => {
      const copy = new Float32Array(new SharedArrayBuffer(column.byteLength));
      copy.set(column);
      return copy;
    });
    const [fromShared, fromOwn] = await Promise.all([
      trainInWorker({ ...rows, columns: shared }, undefined, options),
      trainInWorker(rows, undefined, options),
    ]);
    assert.equal(rows.columns[0]!.length, 1500);
    assert.deepEqual(fromShared.booster, fromOwn.booster);
  });

  it('refuses what training refuses, with the same error', async () => {
    await assert.rejects(trainInWorker({ ...rows, columns: [] }, undefined, options), {
      name: 'RangeError',
      message: 'The training rows have no feature columns.',
    });
  });

  it('fails with the error of a listener, and ends the thread', async () => {
    const error = new Error('cannot write');
    const training = trainInWorker(rows, undefined, endless, {
      onIteration: () => {
        throw error;
      },
    });
    await assert.rejects(training, error);
  });

  it('measures durations by the clock that is given', async () => {
    let clock = 0;
    const { iterations } = await trainInWorker(rows, undefined, options, { now: () => clock++ });
    assert.ok(iterations.every(({ durationMs }) => durationMs === 1));
  });
});
