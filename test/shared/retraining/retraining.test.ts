import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CloudSchedulerClient } from '@google-cloud/scheduler';
import { createObjects, type Objects } from '../../../shared/google/objects.ts';
import { createScheduler, type Scheduler } from '../../../shared/google/scheduler.ts';
import { retrainingParts } from '../../../shared/retraining/connect.ts';
import { type RetrainingParts, startRetraining } from '../../../shared/retraining/retraining.ts';
import { COMMON_DATASET } from '../../../shared/warehouse/names.ts';
import { sqlFiles } from '../../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../../shared/warehouse/warehouse.ts';
import { query, useLender } from '../../functions/support/lender.ts';
import { keepLog } from '../../functions/support/log.ts';
import { memoryObjects } from '../../functions/support/memory_objects.ts';
import { RESOURCES } from '../../start/provision.ts';
import { breach, day } from '../alerts/breaches.ts';

const PORTFOLIO = {
  id: 'loans',
  retraining: {
    kinds: { drift: 'critical', performance: 'warning' },
    cooldown_days: 7,
  },
} as const;

const DRIFT = breach({ severity: 'critical' });
const PERFORMANCE = breach({ kind: 'performance', subject: 'auc' });

describe('a retraining by breaches', () => {
  let objects: Objects;
  let clock: number;
  /** When the job was run, by the clock. */
  let runs: number[];
  let kept: string[];
  const scheduler: Scheduler = {
    async run(job) {
      assert.equal(job, 'retrain-loans');
      runs.push(clock);
    },
    lastAttemptAt: async () => (runs.length > 0 ? new Date(runs.at(-1)!) : undefined),
  };
  const parts = (changes: Partial<RetrainingParts> = {}): RetrainingParts => ({
    portfolio: PORTFOLIO,
    objects,
    scheduler,
    keep: async ({ id }) => {
      kept.push(id);
    },
    log: keepLog(),
    now: () => new Date(clock),
    sleep: async (milliseconds) => {
      clock += milliseconds;
    },
    ...changes,
  });
  const start = async (breaches: readonly (typeof DRIFT)[], at: number) =>
    (await startRetraining(parts(), breaches, day(at))).state;

  beforeEach(() => {
    objects = memoryObjects();
    clock = Date.UTC(2026, 5, 1);
    runs = [];
    kept = [];
  });

  it('is started by what the policy names, grave enough, and by nothing else', async () => {
    assert.equal(await start([], 0), 'not asked for');
    assert.equal(await start([breach(), breach({ kind: 'fairness' })], 0), 'not asked for');
    const without = parts({ portfolio: { id: 'loans' } });
    assert.equal((await startRetraining(without, [DRIFT], day(0))).state, 'not asked for');
    assert.deepEqual([runs, await objects.list('')], [[], []]);
    assert.equal(await start([DRIFT], 0), 'started');
    assert.equal(runs.length, 1);
  });

  it('is started once in a cooldown, and again after it', async () => {
    const states: string[] = [];
    for (let at = 0; at < 9; at++) states.push(await start([DRIFT], at));
    assert.deepEqual(
      states
        .map((state, at) => (state === 'started' ? at : undefined))
        .filter((at) => at !== undefined),
      [0, 7],
    );
    assert.equal(runs.length, 2);
  });

  it('is started again within it by another kind of breach, or a worse one', async () => {
    const critical = { ...PERFORMANCE, severity: 'critical' } as const;
    const states = [
      await start([DRIFT], 0),
      await start([DRIFT, PERFORMANCE], 1),
      await start([PERFORMANCE], 2),
      await start([critical], 3),
      await start([critical, DRIFT], 4),
    ];
    assert.deepEqual(states, ['started', 'started', 'started before', 'started', 'started before']);
  });

  it('is not started by a run that comes again, however late', async () => {
    await start([DRIFT], 0);
    await start([DRIFT], 7);
    assert.equal(await start([DRIFT], 0), 'started before');
    assert.equal(await start([DRIFT], 7), 'started before');
    assert.equal(runs.length, 2);
  });

  it('is started by one of eight instances at the same time', async () => {
    const states = await Promise.all(Array.from({ length: 8 }, () => start([DRIFT], 0)));
    assert.equal(states.filter((state) => state === 'started').length, 1);
    assert.equal(runs.length, 1);
    assert.equal(new Set(kept).size, 1);
  });

  it('is made good after a crash before the job was run, and after its claim has lost its owner', async () => {
    const dead: Scheduler = { ...scheduler, run: () => Promise.reject(new Error('killed')) };
    await assert.rejects(startRetraining(parts({ scheduler: dead }), [DRIFT], day(0)), /killed/);
    const began = clock;
    assert.equal(await start([DRIFT], 0), 'started');
    assert.ok(clock - began >= 60_000, 'another might be about to run it');
    assert.deepEqual([runs.length, kept.length], [1, 1]);
  });

  it('is not run twice after a crash between running and noting: the row is made good', async () => {
    const dead = { keep: () => Promise.reject(new Error('killed')) };
    await assert.rejects(startRetraining(parts(dead), [DRIFT], day(0)), /killed/);
    assert.equal(await start([DRIFT], 0), 'started before');
    assert.deepEqual([runs.length, kept.length], [1, 1]);
  });

  it('is made good by one of eight that find a lost claim', async () => {
    const dead: Scheduler = { ...scheduler, run: () => Promise.reject(new Error('killed')) };
    await assert.rejects(startRetraining(parts({ scheduler: dead }), [DRIFT], day(0)), /killed/);
    clock += 60_000;
    const states = await Promise.all(Array.from({ length: 8 }, () => start([DRIFT], 0)));
    assert.equal(states.filter((state) => state === 'started').length, 1);
    assert.equal(runs.length, 1);
  });
});

describe('a retraining on Google Cloud', () => {
  const lender = useLender();
  const calls: { readonly body: string; readonly job: unknown }[] = [];
  const target = createServer(async (request, response) => {
    calls.push({
      body: await text(request),
      job: request.headers['x-cloudscheduler-jobname'],
    });
    response.end('{}');
  });
  let scheduler: Scheduler;

  before(async () => {
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const url = `http://${process.env.CLOUD_SCHEDULER_EMULATOR_HOST}`;
    const { projectId } = lender;
    const client = new CloudSchedulerClient({
      fallback: true,
      protocol: 'http',
      apiEndpoint: new URL(url).hostname,
      port: Number(new URL(url).port),
    });
    await client.createJob({
      parent: client.locationPath(projectId, RESOURCES.schedulerLocation),
      job: {
        name: client.jobPath(projectId, RESOURCES.schedulerLocation, 'retrain-loans'),
        schedule: '30 2 * * 1',
        httpTarget: {
          uri: `http://127.0.0.1:${(target.address() as AddressInfo).port}/`,
          httpMethod: 'POST',
          body: Buffer.from('{"portfolio":"loans"}').toString('base64'),
        },
      },
    });
    await client.close();
    scheduler = createScheduler(projectId, url, RESOURCES.schedulerLocation);
  });
  after(() => {
    target.close();
    target.closeAllConnections();
  });

  it('is the job that Cloud Scheduler runs, and a row, once', async () => {
    const log = keepLog();
    const parts = retrainingParts(PORTFOLIO, {
      objects: createObjects(lender.storage.bucket(RESOURCES.alertsBucket)),
      scheduler,
      warehouse: createWarehouse({
        bigquery: lender.bigquery,
        datasetId: COMMON_DATASET,
        location: RESOURCES.location,
        log,
        sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 5)),
        labels: {},
      }),
      sql: sqlFiles(lender.sqlDirectory),
      log,
    });
    const before = await scheduler.lastAttemptAt('retrain-loans');
    for (let i = 0; i < 2; i++) await startRetraining(parts, [DRIFT, breach()], day(0));
    while (calls.length === 0) await once(target, 'request');
    assert.deepEqual(calls, [{ body: '{"portfolio":"loans"}', job: 'retrain-loans' }]);
    assert.equal(before, undefined);
    assert.ok((await scheduler.lastAttemptAt('retrain-loans'))! <= new Date());
    const rows = await query(
      lender,
      `SELECT * FROM ${COMMON_DATASET}.retrainings WHERE asked_at >= '2026-01-01'`,
    );
    const [{ portfolio, job, causes, breaches, asked_at }] = rows as [Record<string, unknown>];
    assert.equal(rows.length, 1);
    assert.deepEqual(
      [portfolio, job, causes, breaches, (asked_at as { value: string }).value],
      [
        'loans',
        'retrain-loans',
        [{ kind: 'drift', severity: 'critical' }],
        2,
        day(0).toISOString(),
      ],
    );
    assert.equal(log.of('retraining started').length, 1);
  });

  it('says which job could not be run', async () => {
    await assert.rejects(scheduler.run('retrain-nobody'), (error: { status?: number } & Error) => {
      assert.equal(error.status, 503);
      assert.match(error.message, /jobs\/retrain-nobody/);
      return true;
    });
  });
});
