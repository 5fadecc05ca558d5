import assert from 'node:assert/strict';
import { ManualClock } from '../../clock.ts';
import { ApiError } from '../../errors.ts';
import { type Documents, memoryDocuments } from '../../state/documents.ts';
import type { JobRun, JobWork } from './job.ts';
import { Jobs } from './jobs.ts';
import { JobStore } from './store.ts';

/** Work that ends when told to. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const runs: JobRun[] = [];
  const work: JobWork = async (run) => {
    runs.push(run);
    run.signal.addEventListener('abort', () => reject(new Error('interrupted')));
    await promise;
    return { statistics: { done: true } };
  };
  return { work, runs, resolve, reject };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('jobs', () => {
  let clock: ManualClock;
  let documents: Documents;
  let jobs: Jobs;
  let count: number;

  const open = (store = new JobStore(documents)) =>
    Jobs.open({ store, clock, ids: () => `id${count++}`, concurrency: 2 });

  beforeEach(async () => {
    count = 0;
    clock = new ManualClock(1_000_000);
    documents = memoryDocuments();
    jobs = await open();
  });

  const begin = (jobId: string | undefined, work: JobWork, more: object = {}) =>
    jobs.begin({
      projectId: 'p',
      jobId,
      location: 'US',
      kind: 'query',
      configuration: { query: { query: 'SELECT 1' } },
      work,
      ...more,
    });

  const state = (jobId: string) => jobs.get('p', jobId, 'US').state;
  const end = (jobId: string) => jobs.wait(jobs.get('p', jobId, 'US').ref, 1e9);

  it('run so many at a time, and the others in their turn', async () => {
    const works = [held(), held(), held(), held()];
    for (const [i, { work }] of works.entries()) await begin(`j${i}`, work);
    await settled();
    assert.deepEqual(['j0', 'j1', 'j2', 'j3'].map(state), [
      'RUNNING',
      'RUNNING',
      'PENDING',
      'PENDING',
    ]);
    works[1]!.resolve();
    await end('j1');
    await settled();
    assert.deepEqual(['j0', 'j1', 'j2', 'j3'].map(state), [
      'RUNNING',
      'DONE',
      'RUNNING',
      'PENDING',
    ]);
    works[0]!.reject(new ApiError(400, 'invalid', 'bad'));
    await end('j0');
    await settled();
    assert.equal(state('j3'), 'RUNNING');
  });

  it('end without having run when they are cancelled in the queue', async () => {
    const [first, second, third] = [held(), held(), held()];
    await begin('a', first.work);
    await begin('b', second.work);
    let disposed = 0;
    const dispose = async () => void disposed++;
    const { ref } = await begin('c', third.work, { dispose });
    await settled();
    jobs.cancel(ref);
    const record = await end('c');
    assert.equal(record.failure?.error.reason, 'stopped');
    assert.deepEqual(third.runs, []);
    assert.equal(disposed, 1, 'what belongs to it is cleared away all the same');
    first.resolve();
    await end('a');
    const after = held();
    after.resolve();
    await begin('d', after.work);
    assert.equal((await end('d')).state, 'DONE');
  });

  it('are timed out, in the queue as well as running', async () => {
    const works = [held(), held(), held()];
    for (const [i, { work }] of works.entries()) await begin(`t${i}`, work, { timeoutMs: 2000 });
    await settled();
    await clock.advance(2000);
    for (const id of ['t0', 't1', 't2']) {
      const { failure, ended } = await end(id);
      assert.equal(
        failure?.error.message,
        'Job execution was cancelled: Job timed out after 2 sec',
      );
      assert.equal(ended, 1_002_000);
    }
  });

  it('tell of their times and of statistics before they end', async () => {
    const { work, runs, resolve } = held();
    await begin('told', work);
    await settled();
    await clock.advance(500);
    runs[0]!.report({ query: { mlStatistics: { iterationResults: [] } } });
    const running = jobs.get('p', 'told', 'US');
    assert.deepEqual(running.statistics, { query: { mlStatistics: { iterationResults: [] } } });
    assert.deepEqual([running.created, running.started], [1_000_000, 1_000_000]);
    resolve();
    const done = await end('told');
    assert.deepEqual([done.ended, done.statistics], [1_000_500, { done: true }]);
  });

  it('are done only when they will be remembered', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: Documents = {
      ...documents,
      save: async (name, value) => {
        if ((value as { state: string }).state === 'DONE') await promise;
        return documents.save(name, value);
      },
    };
    jobs = await open(new JobStore(slow));
    const { work, resolve: finish } = held();
    await begin('slow', work);
    finish();
    await settled();
    assert.equal(state('slow'), 'RUNNING');
    resolve();
    assert.equal((await end('slow')).state, 'DONE');
    jobs = await open();
    assert.equal(state('slow'), 'DONE');
  });

  it('do not begin, or fail, where they can’t be remembered', async () => {
    let broken = true;
    const failing: Documents = {
      ...documents,
      save: async (name, value) => {
        if (broken) throw new ApiError(500, 'backendError', 'The disk is full.');
        return documents.save(name, value);
      },
    };
    jobs = await open(new JobStore(failing));
    const { work, resolve } = held();
    await assert.rejects(begin('x', work), /disk is full/);
    broken = false;
    await begin('x', work);
    broken = true;
    resolve();
    const record = await end('x');
    assert.equal(record.failure?.error.message, 'The disk is full.');
  });

  it('wait for a job’s end no longer than asked to', async () => {
    const { work } = held();
    const { ref } = await begin('long', work);
    const waiting = jobs.wait(ref, 100);
    await clock.advance(100);
    assert.equal((await waiting).state, 'RUNNING');
    assert.equal((await jobs.wait(ref, 0)).state, 'RUNNING');
  });

  it('have ids of their own where the client gives none', async () => {
    const { work } = held();
    const ids = [await begin(undefined, work), await begin(undefined, work)].map(
      ({ ref }) => ref.jobId,
    );
    assert.equal(new Set(ids).size, 2);
  });

  it('keep long ids apart', async () => {
    const { work, resolve } = held();
    resolve();
    const long = 'x'.repeat(1000);
    await begin(`${long}a`, work);
    await begin(`${long}b`, work);
    await end(`${long}b`);
    await end(`${long}a`);
    jobs = await open();
    assert.equal(jobs.get('p', `${long}a`, undefined).ref.jobId, `${long}a`);
    assert.equal(jobs.list('p').length, 2);
    await jobs.remove(jobs.get('p', `${long}a`, 'US').ref);
    jobs = await open();
    assert.equal(jobs.list('p').length, 1);
  });

  it('are forgotten after half a year', async () => {
    const { work, resolve } = held();
    resolve();
    await begin('old', work);
    await end('old');
    await clock.advance(181 * 24 * 3600_000);
    jobs = await open();
    assert.deepEqual(jobs.list('p'), []);
    assert.deepEqual(await documents.list('jobs'), []);
  });
});
