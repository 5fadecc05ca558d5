/** A worker, a process of its own, is killed without a warning again and again while it works. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { statusOf } from '../../../shared/batch/operations.ts';
import type { Plan } from '../../../shared/batch/plan.ts';
import { bundle } from '../../../shared/packaging/bundle.ts';
import { freePort } from '../../start/ports.ts';
import { RESOURCES } from '../../start/provision.ts';
import { startFunction } from '../../start/services.ts';
import {
  type BatchFunctions,
  batchesOf,
  planOf,
  scoresOf,
  startBatchFunctions,
} from '../support/batch.ts';
import { query, seedRows, useLender } from '../support/lender.ts';
import { perishable } from '../support/perishable.ts';
import { loanRows, mulberry32 } from '../support/rows.ts';
import { deploy, storeVersion } from '../support/versions.ts';

/** `KILLS=50 npx mocha test/functions/batch/kills.test.ts` takes a minute or two. */
const KILLS = Number(process.env.KILLS ?? 12);
/** A life of the worker is this long at most, in milliseconds; a shard takes some hundred. */
const LONGEST_LIFE = 300;
const SEED = 20261121;

describe('a batch whose worker is killed at random', function () {
  this.timeout(180_000);
  const lender = useLender();
  const rows = loanRows(300);
  const undo: (() => Promise<unknown>)[] = [];
  const plans: Plan[] = [];
  let functions: BatchFunctions;
  let kills = 0;

  before(async () => {
    await seedRows(lender, rows);
    const champion = await storeVersion(lender.objects, lender.portfolio, 'v20260601_000000');
    await deploy(lender.objects, 'loans', { champion });
    functions = await startBatchFunctions(lender);
    undo.push(() => functions.stop());
    await killWhileItWorks();
  });
  after(async () => {
    while (undo.length > 0) await undo.pop()!();
  });

  /** One file: it starts in a third of the time that its sources take. */
  async function bundled(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'flit-worker-'));
    undo.push(() => rm(folder, { recursive: true }));
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    await cp(lender.sqlDirectory, join(folder, 'sql'), { recursive: true });
    const file = join(folder, 'worker.cjs');
    await bundle('functions/batch-score/index.ts', file, {
      external: ['@google-cloud/functions-framework', 'onnxruntime-node'],
    });
    return file;
  }

  async function plan(): Promise<Plan> {
    const { body } = await functions.plan({
      source: { table: 'applications', start_date: '2026-04-01', end_date: '2026-05-31' },
      rows_per_shard: 10,
      at: `2026-07-${String(plans.length + 1).padStart(2, '0')}T00:00:00Z`,
    });
    return planOf(lender, body.run_id);
  }

  async function killWhileItWorks(): Promise<void> {
    const random = mulberry32(SEED);
    const port = await freePort();
    const source = await bundled();
    const environment = { ...lender.environment, NODE_ENV: 'production' };
    const worker = await perishable(() =>
      startFunction('batch-score', environment, { source, port }),
    );
    undo.push(() => worker.current.stop());
    const pubsub = new PubSub({ projectId: lender.projectId });
    // Without a dead-letter policy: here it is always the worker's fault.
    await pubsub.topic(RESOURCES.batchTopic).createSubscription('to-the-worker', {
      pushEndpoint: worker.current.url,
      ackDeadlineSeconds: 10,
      retryPolicy: { minimumBackoff: { nanos: 50e6 }, maximumBackoff: { nanos: 100e6 } },
    });
    await pubsub.close();
    for (;;) {
      plans.push(await plan());
      while ((await statusOf(batchesOf(lender), plans.at(-1)!)).state !== 'done') {
        await delay(random() * LONGEST_LIFE);
        if (worker.kills < KILLS) await worker.kill(0);
      }
      kills = worker.kills;
      if (kills >= KILLS) return;
    }
  }

  it('has been killed as often as was asked', () => {
    assert.equal(kills, KILLS);
    assert.ok(plans.length >= 1);
  });

  it('gives every row once', async () => {
    const expected = rows.applications.map(({ loan_id }) => loan_id).sort();
    for (const { run_id } of plans) {
      const scores = await scoresOf(lender, run_id);
      assert.deepEqual(
        scores.map(({ application_id }) => application_id),
        expected,
      );
    }
  });

  it('has every shard on record once', async () => {
    for (const { run_id, shards } of plans) {
      const [row] = await query(
        lender,
        `SELECT COUNT(*) AS n, COUNT(DISTINCT shard) AS d, SUM(scored) AS scored
         FROM batch_shards WHERE planned_at >= '2026-07-01' AND run_id = '${run_id}'`,
      );
      assert.deepEqual(row, { n: shards.length, d: shards.length, scored: 300 });
    }
  });
});
