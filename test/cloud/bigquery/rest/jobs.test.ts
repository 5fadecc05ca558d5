import assert from 'node:assert/strict';
import { startBigQuery, status, type TestBigQuery } from '../testing.ts';

/** A query that does not end by itself. */
const MANY = 'UNNEST(GENERATE_ARRAY(1, 100000))';
const ENDLESS = `SELECT COUNT(*) AS n FROM ${MANY} AS a, ${MANY} AS b, ${MANY} AS c`;

describe('the jobs resource', () => {
  let bigquery: TestBigQuery;
  before(async () => {
    bigquery = await startBigQuery();
    await bigquery.client.createDataset('d');
  });
  after(() => bigquery.stop());

  const until = async (jobId: string, state: string) => {
    for (;;) {
      const [metadata] = await bigquery.client.job(jobId, { location: 'US' }).getMetadata();
      if (metadata.status.state === state) return metadata;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('goes from its beginning to its end, and tells of both', async () => {
    const { client } = bigquery;
    const [job, begun] = await client.createQueryJob({
      query: 'SELECT 1 AS a',
      labels: { purpose: 'test' },
    });
    assert.match(begun.status!.state!, /^(PENDING|RUNNING|DONE)$/);
    assert.match(begun.id!, /^p:US\./);
    const metadata = await until(job.id!, 'DONE');
    assert.equal(metadata.configuration.jobType, 'QUERY');
    assert.deepEqual(metadata.configuration.labels, { purpose: 'test' });
    const { creationTime, startTime, endTime, query } = metadata.statistics;
    assert.ok(Number(creationTime) <= Number(startTime) && Number(startTime) <= Number(endTime));
    assert.equal(query.statementType, 'SELECT');
    assert.deepEqual(query.schema.fields[0].name, 'a');
    assert.equal(metadata.configuration.query.destinationTable.datasetId, '_results');
  });

  it('is a row of INFORMATION_SCHEMA.JOBS, whether it ended well or not, or runs', async () => {
    const { client } = bigquery;
    const [good] = await client.createQueryJob({
      query: 'CREATE TABLE d.made AS SELECT 1 AS a',
      jobId: 'shown-good',
      labels: { purpose: 'test' },
    });
    await until(good.id!, 'DONE');
    await client.query({ query: 'INSERT d.made SELECT a + 1 FROM d.made', jobId: 'shown-dml' });
    await client.query({ query: "SELECT ERROR('bad')", jobId: 'shown-bad' }).catch(() => {});
    const [rows] = await client.query({
      query: `SELECT job_id, job_type, statement_type, state, error_result.reason AS reason, labels,
          dml_statistics.inserted_row_count AS inserted, ARRAY_LENGTH(referenced_tables) AS tables,
          total_bytes_processed AS bytes, user_email, end_time >= creation_time AS ended, query
        FROM \`region-us\`.INFORMATION_SCHEMA.JOBS WHERE STARTS_WITH(job_id, 'shown') ORDER BY 1`,
      jobId: 'shown-self',
    });
    const common = { job_type: 'QUERY', user_email: 'local@localhost' };
    const [bad, dml, made, self] = rows;
    assert.deepEqual(
      [bad, dml, made, self].map(({ job_type, user_email }) => ({ job_type, user_email })),
      [common, common, common, common],
    );
    assert.deepEqual([bad.state, bad.reason, bad.ended], ['DONE', 'invalidQuery', true]);
    assert.deepEqual(
      [dml.statement_type, dml.inserted, dml.tables, dml.bytes],
      ['INSERT', 1, 1, 8],
    );
    assert.deepEqual(
      [made.statement_type, made.labels, made.inserted, made.query],
      [
        'CREATE_TABLE_AS_SELECT',
        [{ key: 'purpose', value: 'test' }],
        null,
        'CREATE TABLE d.made AS SELECT 1 AS a',
      ],
    );
    assert.deepEqual([self.state, self.ended], ['RUNNING', null]);
  });

  it('keeps its id to itself: while it runs, when it has ended, and among many at once', async () => {
    const { client } = bigquery;
    const taken = status(409, 'duplicate', /^Already Exists: Job p:US\.mine$/);
    const [job] = await client.createQueryJob({ query: ENDLESS, jobId: 'mine' });
    await assert.rejects(client.createQueryJob({ query: 'SELECT 1 AS a', jobId: 'mine' }), taken);
    await job.cancel();
    await until('mine', 'DONE');
    await assert.rejects(client.createQueryJob({ query: 'SELECT 1 AS a', jobId: 'mine' }), taken);
    const attempts = await Promise.allSettled(
      Array.from({ length: 6 }, () =>
        client.createQueryJob({ query: 'SELECT 1 AS a', jobId: 'raced' }),
      ),
    );
    assert.equal(attempts.filter((attempt) => attempt.status === 'fulfilled').length, 1);
  });

  it('is stopped in the middle by cancel, for those who wait too', async () => {
    const { client } = bigquery;
    const [job] = await client.createQueryJob({ query: ENDLESS });
    const waiting = job.getQueryResults();
    const cancelled = status(
      499,
      'stopped',
      /^Job execution was cancelled: User requested cancellation$/,
    );
    const [answer] = await job.cancel();
    assert.equal(answer.kind, 'bigquery#jobCancelResponse');
    await assert.rejects(waiting, cancelled);
    const metadata = await until(job.id!, 'DONE');
    assert.equal(metadata.status.errorResult.reason, 'stopped');
    const [again] = await job.cancel();
    assert.equal(again.job!.status!.state, 'DONE');
  });

  it('is stopped when its time is over', async () => {
    const [job] = await bigquery.client.createQueryJob({ query: ENDLESS, jobTimeoutMs: 50 });
    await assert.rejects(
      job.getQueryResults(),
      status(499, 'stopped', /^Job execution was cancelled: Job timed out after 0\.05 sec$/),
    );
  });

  it('fails with the reason and the place that the query was refused for', async () => {
    const [job] = await bigquery.client.createQueryJob({ query: 'SELECT * FROM `d.none`' });
    await assert.rejects(
      job.getQueryResults(),
      status(404, 'notFound', /^Not found: Table p:d\.none/),
    );
    const metadata = await until(job.id!, 'DONE');
    assert.equal(metadata.status.errorResult.reason, 'notFound');
    assert.equal(metadata.status.errors[0].reason, 'notFound');
    await assert.rejects(job.promise(), /Not found: Table p:d\.none/);
  });

  it('is asked for in its location, and refused in another', async () => {
    const { client, request } = bigquery;
    await client.createDataset('eu', { location: 'EU' });
    const [job] = await client.createQueryJob({
      query: 'SELECT 1 AS a',
      defaultDataset: { datasetId: 'eu' },
      jobId: 'in_europe',
    });
    assert.equal(job.location, 'EU');
    assert.equal((await request('GET', '/jobs/in_europe?location=eu')).status, 200);
    assert.equal((await request('GET', '/jobs/in_europe')).status, 200);
    const elsewhere = await request('GET', '/jobs/in_europe?location=US');
    assert.equal(elsewhere.body.error.message, 'Not found: Job p:US.in_europe');
    await client.createQueryJob({ query: 'SELECT 1 AS a', location: 'US', jobId: 'in_europe' });
  });

  it('lists the newest first, by state, time and page', async () => {
    const { client, request } = bigquery;
    for (const jobId of ['list1', 'list2', 'list3']) {
      await client.createQueryJob({ query: 'SELECT 1 AS a', jobId });
      await until(jobId, 'DONE');
    }
    const [jobs] = await client.getJobs({ maxResults: 3, autoPaginate: false });
    assert.deepEqual(
      jobs.map(({ id }) => id),
      ['list3', 'list2', 'list1'],
    );
    const { body } = await request('GET', '/jobs?stateFilter=running&stateFilter=pending');
    assert.deepEqual(body.jobs, []);
    const future = await request('GET', `/jobs?minCreationTime=${Date.now() + 60_000}`);
    assert.deepEqual(future.body.jobs, []);
    const full = await request('GET', '/jobs?projection=full&maxResults=1');
    assert.equal(full.body.jobs[0].configuration.query.query, 'SELECT 1 AS a');
  });

  it('is forgotten when deleted, but not while it runs', async () => {
    const { client, request } = bigquery;
    const [job] = await client.createQueryJob({ query: ENDLESS, jobId: 'deleted' });
    assert.equal((await request('DELETE', '/jobs/deleted/delete')).body.error.code, 400);
    await job.cancel();
    await until('deleted', 'DONE');
    await job.delete();
    await assert.rejects(job.getMetadata(), status(404, 'notFound', /Job p:US\.deleted/));
    await client.createQueryJob({ query: 'SELECT 1 AS a', jobId: 'deleted' });
  });

  it('estimates without running, and leaves no job behind', async () => {
    const { client } = bigquery;
    const [table] = await client.dataset('d').createTable('dry', { schema: 'a:INTEGER' });
    await table.insert([{ a: 1 }, { a: 2 }]);
    const [, answer] = await client.createQueryJob({
      query: 'SELECT a FROM `d.dry`',
      dryRun: true,
    });
    assert.equal(answer.jobReference!.jobId, undefined);
    assert.equal(answer.status!.state, 'DONE');
    assert.ok(Number(answer.statistics!.totalBytesProcessed) > 0);
    assert.equal(answer.statistics!.query!.schema!.fields![0]!.name, 'a');
    await assert.rejects(
      client.createQueryJob({ query: 'SELECT a FROM `d.gone`', dryRun: true }),
      status(404, 'notFound', /p:d\.gone/),
    );
  });

  it('refuses what it can see to be wrong at once', async () => {
    const { client, request } = bigquery;
    await assert.rejects(
      client.createQueryJob({ query: 'SELECT 1 AS a', useLegacySql: true }),
      status(501, 'notImplemented', /legacy SQL: set useLegacySql to false/),
    );
    await assert.rejects(
      client.createQueryJob({ query: 'SELECT 1 AS a', jobId: 'a b' }),
      status(400, 'invalid', /^Invalid job ID "a b"/),
    );
    await assert.rejects(
      client.createQueryJob({ query: 'SELECT 1 AS a', createSession: true }),
      status(501, 'notImplemented', /createSession/),
    );
    await assert.rejects(
      client.createQueryJob({ query: 'SELECT 1 AS a', labels: { A: 'x' } }),
      status(400, 'invalid', /Label key "A"/),
    );
    const post = async (body: object) => (await request('POST', '/jobs', { body })).body.error;
    assert.match((await post({})).message, /configuration/);
    assert.match((await post({ configuration: {} })).message, /one of query, load, extract, copy/);
    assert.match((await post({ configuration: { query: {} } })).message, /missing: query/);
    const load = { load: { destinationTable: { datasetId: 'd', tableId: 't' } } };
    assert.match((await post({ configuration: load })).message, /sourceUris/);
  });
});
