import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBigQuery, status, type TestBigQuery } from '../testing.ts';

describe('a restart', () => {
  let folder: string;
  let bigquery: TestBigQuery;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'restart-'));
    bigquery = await startBigQuery({ directory: folder });
  });
  afterEach(async () => {
    await bigquery.stop();
    await rm(folder, { recursive: true });
  });

  const restart = async () => {
    await bigquery.stop();
    bigquery = await startBigQuery({ directory: folder });
  };

  it('keeps datasets, tables, views, functions, finished jobs and their results', async () => {
    const { client } = bigquery;
    const [dataset] = await client.createDataset('d', { labels: { kept: 'yes' } });
    const [table] = await dataset.createTable('t', { schema: 'a:INTEGER' });
    await table.insert([{ a: 1 }, { a: 2 }]);
    await client.query('CREATE FUNCTION d.twice(x INT64) AS (x * 2)');
    await dataset.createTable('v', { view: 'SELECT a, d.twice(a) AS b FROM `p.d.t`' });
    const [job] = await client.createQueryJob({
      query: 'SELECT a FROM `d.t` ORDER BY a',
      jobId: 'kept',
    });
    await job.getQueryResults();
    const [before] = await job.getMetadata();
    const [{ etag }] = await table.getMetadata();

    await restart();
    const again = bigquery.client;
    assert.deepEqual((await again.dataset('d').getMetadata())[0].labels, { kept: 'yes' });
    assert.equal((await again.dataset('d').table('t').getMetadata())[0].etag, etag);
    assert.deepEqual((await again.query('SELECT * FROM `d.v` WHERE a = 2'))[0], [{ a: 2, b: 4 }]);
    const kept = again.job('kept', { location: 'US' });
    const [after] = await kept.getMetadata();
    assert.deepEqual(after.statistics, before.statistics);
    assert.deepEqual((await kept.getQueryResults())[0], [{ a: 1 }, { a: 2 }]);
    await assert.rejects(
      again.createQueryJob({ query: 'SELECT 1 AS a', jobId: 'kept' }),
      status(409, 'duplicate', /p:US\.kept/),
    );
  });

  it('in the middle of a job leaves it failed, its id taken, and its table as it was', async () => {
    const MANY = 'UNNEST(GENERATE_ARRAY(1, 100000))';
    const { client } = bigquery;
    const [dataset] = await client.createDataset('d');
    const [table] = await dataset.createTable('t', { schema: 'n:INTEGER' });
    await table.insert({ n: 1 });
    await client.createQueryJob({
      query: `SELECT COUNT(*) AS n FROM ${MANY} AS a, ${MANY} AS b, ${MANY} AS c`,
      destination: table,
      writeDisposition: 'WRITE_TRUNCATE',
      jobId: 'broken',
    });
    await restart();
    const job = bigquery.client.job('broken', { location: 'US' });
    const [{ status: end }] = await job.getMetadata();
    assert.equal(end.state, 'DONE');
    assert.equal(end.errorResult.reason, 'backendError');
    assert.match(end.errorResult.message, /stopped while job p:US\.broken was running/);
    await assert.rejects(job.getQueryResults(), status(400, 'jobBackendError', /p:US\.broken/));
    await assert.rejects(
      bigquery.client.createQueryJob({ query: 'SELECT 1 AS a', jobId: 'broken' }),
      status(409, 'duplicate', /broken/),
    );
    assert.deepEqual((await bigquery.client.dataset('d').table('t').getRows())[0], [{ n: 1 }]);
  });

  it('after a crash finds the job that was running failed, too', async () => {
    const { client } = bigquery;
    await client
      .createQueryJob({ query: 'SELECT 1 AS a', jobId: 'crashed' })
      .then(([job]) => job.getQueryResults());
    await bigquery.stop();
    const path = join(folder, 'jobs', 'p', 'US', 'crashed.json');
    const record = JSON.parse(await readFile(path, 'utf8'));
    // What the file held when the job had begun.
    const { result, ended, ...begun } = record;
    await writeFile(path, JSON.stringify({ ...begun, state: 'RUNNING', statistics: {} }));
    bigquery = await startBigQuery({ directory: folder });
    const [metadata] = await bigquery.client.job('crashed', { location: 'US' }).getMetadata();
    assert.equal(metadata.status.errorResult.reason, 'backendError');
    assert.equal(JSON.parse(await readFile(path, 'utf8')).state, 'DONE');
  });

  it('names the file of a job that can’t be read', async () => {
    await bigquery.client.query('SELECT 1 AS a');
    await bigquery.stop();
    const jobs = join(folder, 'jobs', 'p', 'US');
    const [name] = await readdir(jobs);
    await writeFile(join(jobs, name!), '{"ref":');
    await assert.rejects(startBigQuery({ directory: folder }), (error: Error) => {
      assert.equal(error.name, 'CorruptDocument');
      assert.ok(error.message.includes(join(jobs, name!)));
      return true;
    });
    await rm(join(jobs, name!));
    bigquery = await startBigQuery({ directory: folder });
  });

  it('removes bytes that nobody waits for', async () => {
    await bigquery.stop();
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, 'blobs'), { recursive: true });
    await writeFile(join(folder, 'blobs', 'orphan'), 'x');
    bigquery = await startBigQuery({ directory: folder });
    assert.deepEqual(await readdir(join(folder, 'blobs')), []);
  });
});
