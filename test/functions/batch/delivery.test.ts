/** Shards as Pub/Sub pushes them: poison, cancelled, resumed. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { cancelBatch, resumeBatch, statusOf } from '../../../shared/batch/operations.ts';
import type { Plan } from '../../../shared/batch/plan.ts';
import { planningTools } from '../../../shared/batch/planning_tools.ts';
import { RESOURCES } from '../../start/provision.ts';
import {
  type BatchFunctions,
  batchesOf,
  DEAD_LETTERS,
  namesOf,
  planOf,
  scoresOf,
  startBatchFunctions,
  subscribe,
} from '../support/batch.ts';
import { query, seedRows, useLender } from '../support/lender.ts';
import { keepLog } from '../support/log.ts';
import { loanRows } from '../support/rows.ts';
import { eventually } from '../support/score.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const NOW = new Date('2026-06-12T00:00:00Z');
const source = { table: 'applications', start_date: '2026-04-01', end_date: '2026-05-31' };

describe('a batch on Pub/Sub', function () {
  this.timeout(60_000);
  const lender = useLender();
  const rows = loanRows(400);
  let functions: BatchFunctions;

  before(async () => {
    await seedRows(lender, rows);
    const champion = await storeVersion(lender.objects, lender.portfolio, 'v20260601_000000');
    await deploy(lender.objects, 'loans', { champion });
    functions = await startBatchFunctions(lender);
    await subscribe(lender, functions.worker.url);
  });
  after(() => functions?.stop());

  async function plan(at: string, changes: object = {}): Promise<Plan> {
    const { status, body } = await functions.plan({ source, rows_per_shard: 100, at, ...changes });
    assert.equal(status, 200, JSON.stringify(body));
    return planOf(lender, body.run_id);
  }

  const planning = () =>
    planningTools(
      { ...lender.environment } as unknown as Parameters<typeof planningTools>[0],
      { command: 'test' },
      sleep,
    )('loans', keepLog());

  const whenDone = (planned: Plan) =>
    eventually(async () => {
      const status = await statusOf(batchesOf(lender), planned);
      return status.state === 'done' ? status : undefined;
    });

  async function assertOnce(planned: Plan): Promise<void> {
    const scores = await scoresOf(lender, planned.run_id);
    const ids = scores.map(({ application_id }) => application_id);
    assert.deepEqual(ids, rows.applications.map(({ loan_id }) => loan_id).sort());
  }

  it('ends with every row once', async () => {
    const planned = await plan('2026-06-12T00:00:00Z');
    const status = await whenDone(planned);
    assert.equal(status.rows_done, rows.applications.length);
    assert.deepEqual(status.faults, []);
    await assertOnce(planned);
  });

  it('ends for the others when one shard is poison, which becomes a dead letter, and is resumed', async () => {
    // Nobody is there to work while the file of one shard is put in the way of its extract.
    const planned = await plan('2026-06-13T00:00:00Z', {});
    const poisoned = planned.shards.at(-1)!.shard;
    const names = namesOf(planned);
    const stray = `${names.input(poisoned)}stray.parquet`;
    const bucket = lender.storage.bucket(RESOURCES.batchBucket);
    await bucket.file(stray).save('no parquet', { resumable: false });
    const letters = new PubSub({ projectId: lender.projectId }).subscription(DEAD_LETTERS);
    const dead = new Promise<{ shard: number }>((resolve) => {
      letters.on('message', (message) => {
        message.ack();
        resolve(JSON.parse(message.data.toString()));
      });
    });
    const status = await eventually(async () => {
      const now = await statusOf(batchesOf(lender), planned);
      return now.shards_done === now.shards - 1 && now.faults.length === 1 ? now : undefined;
    });
    assert.equal(status.faults[0]!.shard, poisoned);
    assert.match(status.faults[0]!.error, /stray\.parquet/);
    assert.equal((await dead).shard, poisoned);
    await letters.close();
    await bucket.file(stray).delete();
    assert.equal(await resumeBatch(planning(), planned, 'a test', NOW), 1);
    await whenDone(planned);
    await assertOnce(planned);
  });

  it('does nothing more once it is cancelled, and the rest once it is resumed', async () => {
    const batches = batchesOf(lender);
    const pubsub = new PubSub({ projectId: lender.projectId });
    const subscription = pubsub.subscription(RESOURCES.batchSubscription);
    // No push until the word is said.
    await subscription.modifyPushConfig({});
    const planned = await plan('2026-06-14T00:00:00Z');
    await cancelBatch(batches, planned, 'a test', NOW);
    await subscription.modifyPushConfig({ pushEndpoint: functions.worker.url });
    await eventually(async () => {
      const said = functions.log
        .of('a message came for nothing')
        .filter(({ state, run }) => state === 'cancelled' && run === planned.run_id);
      return said.length >= planned.shards.length ? said : undefined;
    });
    assert.equal((await statusOf(batches, planned)).state, 'cancelled');
    assert.equal((await scoresOf(lender, planned.run_id)).length, 0);
    assert.equal(await resumeBatch(planning(), planned, 'a test', NOW), planned.shards.length);
    await whenDone(planned);
    await assertOnce(planned);
    await pubsub.close();
  });

  it('puts what it took on record', async () => {
    const shards = await query(
      lender,
      "SELECT * FROM batch_shards WHERE planned_at >= '2026-06-12' ORDER BY run_id, shard",
    );
    assert.ok(shards.length >= 12);
    for (const { scored, refused, milliseconds, input_bytes, output_bytes } of shards) {
      assert.ok(Number(scored) > 0 && refused === 0 && Number(milliseconds) > 0);
      assert.ok(Number(input_bytes) > 0 && Number(output_bytes) > 0);
    }
  });
});
