/** Runs that do not end as they should: who is told, and how often. */
import assert from 'node:assert/strict';
import { PubSub, type Subscription } from '@google-cloud/pubsub';
import { cancelBatch } from '../../../shared/batch/operations.ts';
import type { Plan } from '../../../shared/batch/plan.ts';
import { RESOURCES } from '../../start/provision.ts';
import {
  type BatchFunctions,
  batchesOf,
  messagesOf,
  namesOf,
  planOf,
  startBatchFunctions,
} from '../support/batch.ts';
import { query, seedRows, useLender } from '../support/lender.ts';
import { loanRows } from '../support/rows.ts';
import { deploy, storeVersion } from '../support/versions.ts';

const HOUR_MS = 3_600_000;
const source = { table: 'applications', start_date: '2026-04-01', end_date: '2026-05-31' };

describe('the watch of batches', function () {
  this.timeout(60_000);
  const lender = useLender();
  let functions: BatchFunctions;
  let ears: Subscription;
  let look = 0;
  let runs = 0;

  before(async () => {
    await seedRows(lender, loanRows(60));
    const champion = await storeVersion(lender.objects, lender.portfolio, 'v20260601_000000');
    await deploy(lender.objects, 'loans', { champion });
    functions = await startBatchFunctions(lender);
    const pubsub = new PubSub({ projectId: lender.projectId });
    [ears] = await pubsub.topic(RESOURCES.alertsTopic).createSubscription('ears');
  });
  after(() => functions?.stop());

  const dayOf = (n: number) => `2026-06-${String(10 + n).padStart(2, '0')}T00:00:00Z`;

  async function planned(): Promise<Plan> {
    const at = dayOf(++runs);
    const { status, body } = await functions.plan({ source, rows_per_shard: 40, at });
    assert.equal(status, 200, JSON.stringify(body));
    return planOf(lender, body.run_id);
  }

  /** Looks some hours from now, each time a moment later. */
  async function alertsAfter(hours: number): Promise<string[]> {
    const at = new Date(Date.now() + hours * HOUR_MS + ++look);
    const { status, body } = await functions.watch(at);
    assert.equal(status, 200, JSON.stringify(body));
    return body.amiss;
  }

  const tellingsOf = (run: string) =>
    query(
      lender,
      `SELECT state, severity, why, owner, runbook, text FROM flit.alerts
       WHERE occurred_at >= '2000-01-01' AND kind = 'batch' AND subject = '${run}'
       ORDER BY occurred_at`,
    );

  /** States in the messages about a run, once there are so many. */
  async function heardOf(run: string, count: number): Promise<string[]> {
    const states: string[] = [];
    await new Promise<void>((resolve, reject) => {
      ears.on('error', reject).on('message', (message) => {
        message.ack();
        const { subject, state } = JSON.parse(message.data.toString());
        if (subject === run && states.push(state) === count) resolve();
      });
    });
    await ears.close();
    return states.sort();
  }

  /** One shard of the run fails, at the n-th delivery. */
  async function fail(plan: Plan, attempt: number): Promise<() => Promise<unknown>> {
    const message = messagesOf(plan).at(-1)!;
    const stray = `${namesOf(plan).input(message.shard)}stray.parquet`;
    const file = lender.storage.bucket(RESOURCES.batchBucket).file(stray);
    await file.save('no parquet', { resumable: false });
    assert.equal(await functions.deliver(message, attempt), 500);
    return () => file.delete();
  }

  async function finish(plan: Plan): Promise<void> {
    for (const message of messagesOf(plan)) assert.equal(await functions.deliver(message), 204);
  }

  it('says nothing of a run that has time left, though a shard has failed', async () => {
    const plan = await planned();
    const mend = await fail(plan, 9);
    assert.deepEqual(await alertsAfter(5.9), []);
    await mend();
    await finish(plan);
  });

  it('tells once, in all three ways, of shards that are dead letters, and of the end', async () => {
    const plan = await planned();
    const mend = await fail(plan, 10);
    assert.deepEqual(await alertsAfter(0), [plan.run_id]);
    assert.deepEqual(await alertsAfter(0), [plan.run_id]);
    await mend();
    await finish(plan);
    assert.deepEqual(await alertsAfter(0), []);
    const [raised, over, ...more] = await tellingsOf(plan.run_id);
    assert.deepEqual(more, []);
    const { text, ...rest } = raised!;
    assert.deepEqual(rest, {
      state: 'raised',
      severity: 'critical',
      why: 'new',
      owner: 'Loans risk',
      runbook: 'terraform/modules/monitoring/runbooks/breach-batch.md',
    });
    assert.match(String(text), /1 of \d+ shards failed at each of 10 deliveries/);
    assert.equal(over!.state, 'over');
    const lines = functions.log.of('alert raised').filter(({ subject }) => subject === plan.run_id);
    assert.equal(lines.length, 1);
    assert.deepEqual(await heardOf(plan.run_id, 2), ['over', 'raised']);
  });

  it('forgets what failed before a run was resumed', async () => {
    const plan = await planned();
    const mend = await fail(plan, 10);
    const at = new Date(Date.now() + 1000).toISOString();
    const control = Buffer.from(JSON.stringify({ state: 'running', at, by: 'a test' }));
    await batchesOf(lender).replace(namesOf(plan).control, control, 'application/json');
    assert.deepEqual(await alertsAfter(0), []);
    await mend();
    await finish(plan);
  });

  it('tells of a run that takes too long, louder when twice as long, until somebody stops it', async () => {
    const plan = await planned();
    assert.deepEqual(await alertsAfter(6.1), [plan.run_id]);
    assert.deepEqual(await alertsAfter(12.1), [plan.run_id]);
    await cancelBatch(batchesOf(lender), plan, 'a test', new Date());
    assert.deepEqual(await alertsAfter(12.2), []);
    const told = await tellingsOf(plan.run_id);
    assert.deepEqual(
      told.map(({ state, severity }) => `${state} ${severity}`),
      ['raised warning', 'raised critical', 'over critical'],
    );
    assert.match(String(told[0]!.text), /has gone on for 6 hours, \d of \d shards are not done/);
  });

  it('tells of a run that the clock asked for and nobody could plan, until it is planned', async () => {
    const asked = { source: { table: 'leads' } };
    const scheduled = { 'x-cloudscheduler-scheduletime': '2026-06-30T01:00:00Z' };
    const reply = await functions.plan(asked, scheduled);
    assert.ok(reply.status >= 400, JSON.stringify(reply.body));
    // Whoever asks by hand reads the answer.
    assert.equal((await functions.plan({ ...asked, at: dayOf(9) })).status, reply.status);
    const [run, ...others] = await alertsAfter(12.3);
    assert.deepEqual(others, []);
    const [raised] = await tellingsOf(run!);
    assert.match(String(raised!.text), /due at 2026-06-30T01:00:00.000Z, could not be planned/);
    const [job] = await lender.bigquery.createQueryJob({
      query:
        "CREATE VIEW flit_loans.leads AS SELECT * FROM flit_loans.applications WHERE asked_at >= '2000-01-01'",
    });
    await job.getQueryResults();
    assert.equal((await functions.plan(asked, scheduled)).status, 200);
    await finish(await planOf(lender, run!));
    assert.deepEqual(await alertsAfter(12.4), []);
    assert.equal((await tellingsOf(run!)).at(-1)!.state, 'over');
  });
});
