import assert from 'node:assert/strict';
import { readBundle } from '../../../shared/bundle/bundle.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { createServingModel, type ServingModel } from '../../../shared/serving/serving_model.ts';
import { RESOURCES } from '../../start/provision.ts';
import {
  type BatchFunctions,
  batchesOf,
  messagesOf,
  namesOf,
  planOf,
  scoresOf,
  startBatchFunctions,
} from '../support/batch.ts';
import { query, seedRows, useLender } from '../support/lender.ts';
import { retrained } from '../support/retrained.ts';
import { type LoanRecord, loanRows, requestOf } from '../support/rows.ts';

const AT = '2026-06-12T00:00:00Z';
const NEAR = 1e-12;

describe('a batch', function () {
  this.timeout(60_000);
  const lender = useLender();
  const rows = loanRows();
  let functions: BatchFunctions;
  let model: ServingModel;

  before(async () => {
    await seedRows(lender, rows);
    await retrained(lender);
    const stored = await readDeployment(lender.objects, 'loans');
    model = await createServingModel(
      await readBundle(lender.objects, 'loans', stored!.deployment.champion!),
      () => {},
    );
    functions = await startBatchFunctions(lender);
  });
  after(async () => {
    await functions?.stop();
    await model?.close();
  });

  const source = { table: 'applications', start_date: '2026-04-01', end_date: '2026-05-31' };

  /** Plans, and delivers every shard. */
  async function run(request: object): Promise<Record<string, unknown>[]> {
    const { status, body } = await functions.plan({ at: AT, ...request });
    assert.equal(status, 200, JSON.stringify(body));
    const plan = await planOf(lender, body.run_id);
    for (const message of messagesOf(plan)) assert.equal(await functions.deliver(message), 204);
    return scoresOf(lender, plan.run_id);
  }

  /** Holds scores against the model that answers checkouts. */
  async function assertScores(
    scores: readonly Record<string, unknown>[],
    applications: readonly LoanRecord[],
  ): Promise<void> {
    const policy = model.policies.at(new Date(AT));
    const found = new Map(scores.map((score) => [score.application_id, score]));
    assert.equal(scores.length, applications.length);
    assert.equal(found.size, applications.length);
    for (const application of applications) {
      const request = requestOf(application);
      const { pd, probability } = await model.scoreByKernel(request);
      const score = found.get(application.loan_id)!;
      assert.ok(Math.abs(Number(score.pd) - pd) < NEAR, `${score.pd} for ${pd}`);
      assert.ok(Math.abs(Number(score.probability) - probability) < NEAR);
      assert.equal(score.outcome, policy.apply(model.read(request), pd).outcome);
    }
  }

  it('scores every row of a table once, as a checkout would be', async () => {
    const scores = await run({ source, rows_per_shard: 500 });
    await assertScores(scores, rows.applications);
    assert.ok(new Set(scores.map(({ shard }) => shard)).size > 1);
    const [progress] = await query(
      lender,
      "SELECT * FROM flit_views_loans.batch_progress WHERE planned_at >= '2000-01-01'",
    );
    assert.equal(progress!.state, 'done');
    assert.equal(progress!.scored, 2000);
    assert.equal(progress!.refused, 0);
    assert.ok(Number(progress!.bytes_processed) > 0);
  });

  it('agrees with the predictions of the warehouse itself', async () => {
    const scores = await run({ source, rows_per_shard: 7000 });
    const predicted = await query(
      lender,
      `SELECT application_id, (SELECT prob FROM UNNEST(predicted_defaulted_probs) WHERE label = 1) AS p
       FROM ML.PREDICT(MODEL ${model.manifest.model.bigquery_model!.split('.').at(-1)},
         (SELECT loan_id AS application_id, ${model.manifest.sql.features.replace(/^[\s\S]*?SELECT/, '')}))`.replace(
        'FROM input',
        "FROM (SELECT * FROM applications WHERE asked_at >= '2026-01-01') AS input",
      ),
    );
    const byId = new Map(predicted.map(({ application_id, p }) => [application_id, Number(p)]));
    for (const { application_id, probability } of scores) {
      assert.ok(Math.abs(Number(probability) - byId.get(application_id)!) < 1e-6);
    }
  });

  it('adds nothing when messages come twice, at the same time or out of order', async () => {
    const { body } = await functions.plan({
      source,
      rows_per_shard: 500,
      at: '2026-06-13T00:00:00Z',
    });
    const plan = await planOf(lender, body.run_id);
    const messages = messagesOf(plan).reverse();
    const deliveries = [...messages, ...messages, ...messages].map((message) =>
      functions.deliver(message),
    );
    for (const status of await Promise.all(deliveries)) assert.equal(status, 204);
    for (const message of messages) assert.equal(await functions.deliver(message, 2), 204);
    await assertScores(await scoresOf(lender, plan.run_id), rows.applications);
    const shards = await query(
      lender,
      `SELECT shard FROM batch_shards WHERE planned_at >= '2000-01-01' AND run_id = '${plan.run_id}'`,
    );
    assert.equal(shards.length, plan.shards.length);
  });

  it('is the same run when it is planned again, by the clock or by hand', async () => {
    const headers = { 'x-cloudscheduler-scheduletime': '2026-06-14T00:00:00Z' };
    const request = { source, rows_per_shard: 700 };
    const [one, other] = await Promise.all([
      functions.plan(request, headers),
      functions.plan(request, headers),
    ]);
    assert.equal(one.status, 200, JSON.stringify(one.body));
    assert.equal(one.body.run_id, other.body.run_id);
    const third = await functions.plan({ ...request, at: '2026-06-14T00:00:00Z' });
    assert.equal(third.body.run_id, one.body.run_id);
    const runs = await query(
      lender,
      `SELECT run_id FROM batch_runs WHERE planned_at >= '2000-01-01' AND run_id = '${one.body.run_id}'`,
    );
    assert.equal(runs.length, 1);
    const another = await functions.plan({ ...request, explain: true }, headers);
    assert.notEqual(another.body.run_id, one.body.run_id);
  });

  it('explains every row exactly, and gives reasons of what is not approved', async () => {
    const explained = await run({ source, explain: true, rows_per_shard: 1000 });
    const known = new Set(model.manifest.reasons.reasons.map(({ code }) => code));
    for (const { probability, outcome, reason_codes, base_value, contributions } of explained) {
      const added = Object.values(JSON.parse(String(contributions)) as Record<string, number>);
      const margin = added.reduce((sum, value) => sum + value, Number(base_value));
      const p = Number(probability);
      assert.ok(Math.abs(margin - Math.log(p / (1 - p))) < 1e-5);
      if (outcome === 'approve') assert.equal(reason_codes, null);
      else assert.ok(String(reason_codes).length > 0);
    }
    assert.ok(explained.some(({ reason_codes }) => known.has(String(reason_codes).split(',')[0]!)));
  });

  describe('with rows that the contract does not allow', () => {
    const bad = (n: number, changes: object): LoanRecord => ({
      ...rows.applications[n]!,
      ...changes,
    });
    const lines = [
      JSON.stringify(rows.applications[0]),
      JSON.stringify(bad(1, { amount: 5 })),
      JSON.stringify(bad(2, { amount: 'much', purpose: 'yacht' })),
      JSON.stringify(bad(3, { term_months: undefined })),
      JSON.stringify(bad(4, { asked_at: 'soon' })),
      JSON.stringify(bad(5, { loan_id: null })),
      '{"loan_id": "l-6", ',
      JSON.stringify(bad(7, { income: null, employer: null })),
    ];
    const faultsOf = (score: Record<string, unknown>) =>
      score.faults === null
        ? []
        : (JSON.parse(String(score.faults)) as { pointer: string }[]).map(({ pointer }) => pointer);

    it('refuses each with its faults, and scores the others', async () => {
      const file = lender.storage.bucket(RESOURCES.landingBucket).file('bad.ndjson');
      await file.save(lines.join('\n'), { resumable: false });
      const scores = await run({ source: { uri: `gs://${RESOURCES.landingBucket}/bad.ndjson` } });
      const found = new Map(scores.map((score) => [score.application_id, score]));
      assert.equal(scores.length, lines.length);
      const pointers = Object.fromEntries(
        [1, 2, 3, 4].map((n) => [n, faultsOf(found.get(`l-${n}`)!)]),
      );
      assert.deepEqual(pointers, {
        1: ['/amount'],
        2: ['/amount', '/purpose'],
        3: ['/term_months'],
        4: ['/asked_at'],
      });
      const keyless = scores.filter(({ application_id }) => application_id === null);
      assert.equal(keyless.length, 2);
      assert.ok(keyless.some((score) => faultsOf(score).includes('')));
      assert.ok(keyless.some((score) => faultsOf(score).join() === '/loan_id'));
      await assertScores(
        scores.filter(({ faults }) => faults === null),
        [rows.applications[0]!, bad(7, { income: null, employer: null })],
      );
    });

    it('reads a CSV file by its header, an empty cell as nothing', async () => {
      const names = Object.keys(requestOf({ ...rows.applications[0]!, dependants: 0 }));
      const cells = (row: Record<string, unknown>) =>
        names.map((name) => row[name] ?? '').join(',');
      const good = rows.applications.slice(0, 20);
      const text = [names.join(','), ...good.map(cells), cells(bad(30, { purpose: 'yacht' }))];
      const file = lender.storage.bucket(RESOURCES.landingBucket).file('some.csv');
      await file.save(text.join('\r\n'), { resumable: false });
      const scores = await run({ source: { uri: `gs://${RESOURCES.landingBucket}/some.csv` } });
      await assertScores(
        scores.filter(({ faults }) => faults === null),
        good,
      );
      assert.deepEqual(scores.flatMap(faultsOf), ['/purpose']);
    });
  });

  describe('of a Parquet file', () => {
    const landing = () => lender.storage.bucket(RESOURCES.landingBucket);
    /** When tables of files end by themselves. */
    const ends = async () => {
      const [tables] = await lender.bigquery.dataset('flit_loans').getTables();
      const ofFiles = tables.filter(({ id }) => id!.startsWith('batch_file_'));
      const found = await Promise.all(ofFiles.map((table) => table.getMetadata()));
      return found.map(([{ expirationTime }]) => Number(expirationTime));
    };
    const uriOf = (name: string) => `gs://${RESOURCES.landingBucket}/${name}`;
    const extract = async (table: string, name: string, compression: string) => {
      const { bigquery } = lender;
      const [job] = await bigquery
        .dataset('flit_loans')
        .table(table)
        .createExtractJob(landing().file(name), { format: 'PARQUET', gzip: false, compression });
      await job.promise();
    };

    it('scores every row as that of a table, and leaves nothing of the file behind', async () => {
      await query(
        lender,
        "CREATE OR REPLACE TABLE held AS SELECT * FROM applications WHERE asked_at >= '2026-04-01' AND asked_at < '2026-06-01'",
      );
      await extract('held', 'some.parquet', 'SNAPPY');
      const scores = await run({ source: { uri: uriOf('some.parquet') } });
      const ofTable = await run({ source });
      const told = (all: typeof scores) =>
        all.map(({ application_id, pd, outcome, faults }) => ({
          application_id,
          pd,
          outcome,
          faults,
        }));
      assert.deepEqual(told(scores), told(ofTable));
      assert.deepEqual(await ends(), []);
    });

    it('is refused where columns do not fit, or it is no such file, naming it', async () => {
      const plan = (name: string) => functions.plan({ at: AT, source: { uri: uriOf(name) } });
      await query(
        lender,
        "CREATE OR REPLACE TABLE texts AS SELECT 'l-1' AS loan_id, '5' AS amount",
      );
      await extract('texts', 'texts.parquet', 'NONE');
      const odd = await plan('texts.parquet');
      assert.equal(odd.status, 422, JSON.stringify(odd.body));
      const pointers = odd.body.errors.map(({ pointer }: { pointer: string }) => pointer);
      assert.ok(pointers.includes('/amount') && pointers.includes('/term_months'));
      assert.deepEqual((await plan('texts.parquet')).body, odd.body, 'asked again');
      const [end, ...others] = await ends();
      assert.ok(end! > Date.now() && end! <= Date.now() + 86_400_000);
      assert.deepEqual(others, []);
      await landing().file('none.parquet').save('PAR1, or so it says', { resumable: false });
      const broken = await plan('none.parquet');
      assert.equal(broken.status, 422, JSON.stringify(broken.body));
      assert.match(String(broken.body.detail), /none\.parquet cannot be read/);
    });
  });

  describe('is refused', () => {
    const refused = async (request: object) => {
      const { status, body } = await functions.plan({ at: '2026-06-15T00:00:00Z', ...request });
      return { status, detail: String(body.detail), errors: body.errors };
    };

    it('without a source that can be read, naming it', async () => {
      const table = await refused({ source: { table: 'nothing' } });
      assert.equal(table.status, 422);
      assert.match(table.detail, /nothing/);
      const file = await refused({ source: { uri: 'gs://flit-landing/none.csv' } });
      assert.equal(file.status, 404);
    });

    it('for columns that are missing or of another type, naming all', async () => {
      await query(
        lender,
        "CREATE OR REPLACE VIEW odd AS SELECT loan_id, '5' AS amount, asked_at FROM flit_loans.applications WHERE asked_at >= '2026-01-01'",
      );
      const { status, errors } = await refused({ source: { table: 'odd' } });
      assert.equal(status, 422);
      const pointers = errors.map(({ pointer }: { pointer: string }) => pointer);
      assert.ok(pointers.includes('/amount') && pointers.includes('/term_months'));
      assert.ok(!pointers.includes('/dependants'), 'which may be missing');
    });

    it('without rows, without the version, and for what is no request', async () => {
      const empty = await refused({
        source: { ...source, start_date: '2020-01-01', end_date: '2020-01-02' },
      });
      assert.equal(empty.status, 422);
      assert.match(empty.detail, /no rows/);
      assert.equal((await refused({ source, model: 'v20200101_000000' })).status, 404);
      assert.equal((await refused({ source: { table: 'a; DROP TABLE b' } })).status, 400);
      assert.equal((await refused({ source: { ...source, last_days: 3 } })).status, 400);
    });

    it('a shard at a time: messages that mean nothing are told so', async () => {
      assert.equal(await functions.deliver({ portfolio: 'loans' }), 400);
      const message = { portfolio: 'loans', run_id: 'r20260101T000000000_00000000', shard: 0 };
      assert.equal(await functions.deliver(message), 404);
    });
  });

  it('fails a shard whose file is damaged, says why, and does it once that is mended', async () => {
    const { body } = await functions.plan({
      source,
      rows_per_shard: 1000,
      at: '2026-06-16T00:00:00Z',
    });
    const plan = await planOf(lender, body.run_id);
    const [first, ...others] = messagesOf(plan);
    const names = namesOf(plan);
    const batches = batchesOf(lender);
    // The extract is done, by a delivery that came no further; then its file is cut off.
    await functions.deliver(first!);
    for (const name of [names.done(first!.shard), names.scores(first!.shard)]) {
      await lender.storage.bucket(RESOURCES.batchBucket).file(name).delete();
    }
    const [input] = await batches.list(names.input(first!.shard));
    const whole = (await batches.read(input!))!.bytes;
    await batches.replace(input!, whole.subarray(0, whole.length - 9), 'application/octet-stream');
    assert.equal(await functions.deliver(first!, 3), 500);
    const fault = JSON.parse(
      Buffer.from((await batches.read(names.fault(first!.shard)))!.bytes).toString(),
    );
    assert.match(fault.error, /cut off/);
    assert.equal(fault.attempt, 3);
    for (const message of others) assert.equal(await functions.deliver(message), 204);
    await batches.replace(input!, whole, 'application/octet-stream');
    assert.equal(await functions.deliver(first!), 204);
    await assertScores(await scoresOf(lender, plan.run_id), rows.applications);
  });

  it('waits for a bundle that is missing, and goes on when it is back', async () => {
    const { body } = await functions.plan({
      source,
      rows_per_shard: 7000,
      at: '2026-06-17T00:00:00Z',
    });
    const plan = await planOf(lender, body.run_id);
    const cold = await startBatchFunctions(lender);
    const file = lender.models.file(`models/loans/${plan.model.version}/model.onnx`);
    const [bytes] = await file.download();
    await file.delete();
    assert.equal(await cold.deliver(messagesOf(plan)[0]!), 503);
    await file.save(bytes, { resumable: false });
    assert.equal(await cold.deliver(messagesOf(plan)[0]!), 204);
    await cold.stop();
    await assertScores(await scoresOf(lender, plan.run_id), rows.applications);
  });

  it('leaves nothing behind of a file, and what it staged for thirty days', async () => {
    const [tables] = await lender.bigquery.dataset('flit_loans').getTables();
    const staged = tables.filter(({ id }) => id!.startsWith('batch_r2'));
    assert.ok(staged.length > 0);
    for (const table of staged) {
      const [{ expirationTime }] = await table.getMetadata();
      const days = (Number(expirationTime) - Date.now()) / 86_400_000;
      assert.ok(days > 29 && days <= 30, `${days}`);
    }
    assert.ok(!tables.some(({ id }) => id!.startsWith('batch_file_')));
  });

  it('logs no personal data', () => {
    const said = JSON.stringify(functions.log.lines);
    assert.ok(said.length > 100);
    for (const { loan_id, customer_id } of rows.applications.slice(0, 50)) {
      assert.ok(!said.includes(`"${loan_id}"`) && !said.includes(`"${customer_id}"`));
    }
  });
});
