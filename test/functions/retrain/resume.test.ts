/** Retrainings that take longer than a call may. */
import assert from 'node:assert/strict';
import type { Context } from '../../../functions/retrain/context.ts';
import { createRetrainHandler } from '../../../functions/retrain/handler.ts';
import { versionOf } from '../../../functions/retrain/plan.ts';
import { resumeRuns } from '../../../functions/retrain/resume.ts';
import { run } from '../../../functions/retrain/run.ts';
import { findBundle } from '../../../shared/bundle/bundle.ts';
import { findPortfolio } from '../../../shared/portfolio/portfolio.ts';
import { refusedBy } from '../../../shared/registry/hurdle.ts';
import { JobUnderWay } from '../../../shared/warehouse/failures.ts';
import { startFunction } from '../../start/services.ts';
import { query, seedRows, useLender, writeSql } from '../support/lender.ts';
import { LOANS, withDocument } from '../support/loans.ts';
import { keepLog } from '../support/log.ts';
import { retrainContext } from '../support/retrained.ts';
import { loanRows } from '../support/rows.ts';
import { post, serveFunction } from '../support/serve.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const CALL_SECONDS = 1800;

describe('a retraining that outlasts its call', () => {
  const lender = useLender();
  before(() => seedRows(lender, loanRows(1200)));

  let hour = -1;
  const nextTime = () => new Date(Date.UTC(2026, 5, 11, ++hour));
  const begunAt = new Date('2026-06-11T00:00:00Z');

  /** Some time after a run was begun; @param hurried waits for no job */
  const later = (ms: number, hurried = false): Context =>
    retrainContext(
      lender,
      { now: () => new Date(begunAt.getTime() + ms) },
      { timeIsUp: () => hurried },
    );

  /** Begins a run that then waits for a job. */
  const begin = async (asOf: Date): Promise<void> => {
    await assert.rejects(run(later(0, true), { asOf, actor: 'a job' }), JobUnderWay);
  };

  const stateOf = async (asOf: Date) => {
    const [row] = await query(
      lender,
      `SELECT state, actor, step, registered_at IS NOT NULL AS registered
       FROM flit_views_loans.training_runs WHERE version = '${versionOf(asOf)}'`,
    );
    return row;
  };

  it('goes on, call by call, and ends as one that had all the time', async () => {
    const asOf = nextTime();
    const steps = new Set<unknown>();
    let calls = 0;
    for (let ended = false; !ended; ) {
      calls++;
      ended = await run(later(0, true), { asOf, actor: `call ${calls}` }).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof JobUnderWay)) throw error;
          assert.match(error.jobId, /^retrain-loans-v20260611_000000-/);
          return false;
        },
      );
      steps.add((await stateOf(asOf))?.step);
    }
    assert.ok(calls > 3 && steps.has('train'), `${calls} calls, ${[...steps]}`);
    const { manifest } = (await findBundle(lender.objects, 'loans', versionOf(asOf)))!;
    assert.deepEqual(refusedBy(manifest), []);
    assert.deepEqual(await stateOf(asOf), {
      state: 'done',
      actor: 'call 1',
      step: 'deploy',
      registered: true,
    });
    const [jobs] = await query(
      lender,
      `SELECT COUNT(*) = COUNT(DISTINCT job_id) AS once, COUNTIF(STARTS_WITH(step, 'train-')) AS trained
       FROM flit_views_loans.training_jobs WHERE version = '${versionOf(asOf)}'`,
    );
    assert.deepEqual(jobs, { once: true, trained: 1 });
  });

  it('is taken up by the job that resumes, once the call that began it must be over', async () => {
    const asOf = nextTime();
    await begin(asOf);
    assert.deepEqual(await resumeRuns(later(29 * MINUTE_MS), CALL_SECONDS), []);
    assert.deepEqual(await resumeRuns(later(30 * MINUTE_MS), CALL_SECONDS), [
      { version: versionOf(asOf), state: 'done', why: 'promoted' },
    ]);
    assert.equal((await stateOf(asOf))?.actor, 'a job');
    assert.deepEqual(await resumeRuns(later(60 * MINUTE_MS), CALL_SECONDS), []);
  });

  it('is refused once for its data, and not taken up again', async () => {
    const asOf = new Date('2026-04-16T00:00:00Z');
    await begin(asOf);
    const [resumed, ...more] = await resumeRuns(later(DAY_MS), CALL_SECONDS);
    assert.deepEqual([resumed?.version, resumed?.state, more], ['v20260416_000000', 'refused', []]);
    assert.match(resumed!.why, /^There are \d+ bad/);
    assert.deepEqual(await resumeRuns(later(DAY_MS), CALL_SECONDS), []);
  });

  it('does not keep out others where one of them fails for a while', async () => {
    const [first, second] = [nextTime(), nextTime()];
    await begin(first);
    await begin(second);
    const context = later(DAY_MS);
    const objects = {
      ...lender.objects,
      async create(name: string, bytes: Uint8Array, contentType: string) {
        if (name.includes(versionOf(first))) throw new Error('Cloud Storage is busy');
        await lender.objects.create(name, bytes, contentType);
      },
    };
    const hobbled = { ...context, models: { ...context.models, objects } };
    await assert.rejects(resumeRuns(hobbled, CALL_SECONDS), /busy/);
    assert.equal((await stateOf(second))?.state, 'done');
    const left = await resumeRuns(later(DAY_MS), CALL_SECONDS);
    assert.deepEqual(
      left.map(({ version, why }) => [version, why]),
      [[versionOf(first), 'a newer version is champion']],
    );
  });

  it('answers 202 with what it waits for, and 200 in the end', async () => {
    const environment = { ...lender.environment, TIMEOUT_SECONDS: '0' };
    const served = await serveFunction(createRetrainHandler(environment, keepLog()));
    const asOf = nextTime();
    const first = await post(served.url, { portfolio: 'loans', as_of: asOf.toISOString() });
    assert.equal(first.status, 202);
    const { waiting_for, ...told } = first.body;
    assert.deepEqual(told, { portfolio: 'loans', version: versionOf(asOf), state: 'training' });
    assert.match(waiting_for, /^retrain-loans-v/);
    const resume = () => post(`${served.url}/resume`, { portfolio: 'loans' });
    let answer = await resume();
    for (; answer.status === 202; answer = await resume()) {
      assert.equal(answer.body.runs[0].state, 'training');
    }
    assert.deepEqual(answer.body, {
      portfolio: 'loans',
      runs: [{ version: versionOf(asOf), state: 'done', why: 'promoted' }],
    });
    assert.deepEqual((await resume()).body, { portfolio: 'loans', runs: [] });
    await served.stop();
  });

  it('survives the end of its process, whenever that comes', async () => {
    const asOf = nextTime();
    const environment = { ...lender.environment, NODE_ENV: 'production' };
    const request = { portfolio: 'loans', as_of: asOf.toISOString() };
    for (const step of ['train', 'parity']) {
      const reached = Promise.withResolvers<void>();
      const fn = await startFunction('retrain', environment, {
        onLog: (entry) => {
          if (entry.message === 'step' && entry.step === step) reached.resolve();
        },
      });
      const call = post(fn.url, request).catch(() => undefined);
      await reached.promise;
      await fn.kill('SIGKILL');
      assert.equal(await call, undefined, step);
    }
    const summary = await run(retrainContext(lender), { asOf, actor: 'test' });
    assert.equal(summary.promotion, 'promoted');
    const trained = await query(
      lender,
      `SELECT step FROM flit_views_loans.training_jobs
       WHERE version = '${summary.version}' AND STARTS_WITH(step, 'train-')`,
    );
    assert.deepEqual(trained, [{ step: `train-model_${summary.version}` }]);
  });

  it('is not taken up a week later, nor where the portfolio is another by now', async () => {
    const asOf = nextTime();
    await begin(asOf);
    assert.deepEqual(await resumeRuns(later(7 * DAY_MS + 1), CALL_SECONDS), []);
    await writeSql(lender.sqlDirectory, withDocument(LOANS, { owner: 'Somebody else' }));
    const portfolio = await findPortfolio(lender.sqlDirectory, 'loans');
    const changed = { ...later(DAY_MS), portfolio };
    assert.deepEqual(await resumeRuns(changed, CALL_SECONDS), []);
    await writeSql(lender.sqlDirectory, LOANS);
    const [resumed] = await resumeRuns(later(7 * DAY_MS, true), CALL_SECONDS);
    assert.equal(resumed?.state, 'training');
  });
});
