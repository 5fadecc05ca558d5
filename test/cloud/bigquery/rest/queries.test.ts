import assert from 'node:assert/strict';
import { ManualClock } from '../../clock.ts';
import { startBigQuery, status, type TestBigQuery } from '../testing.ts';

describe('queries and their results', () => {
  let bigquery: TestBigQuery;
  let clock: ManualClock;
  before(async () => {
    clock = new ManualClock('2026-03-01T00:00:00Z');
    bigquery = await startBigQuery({ clock });
    const [dataset] = await bigquery.client.createDataset('d');
    const [table] = await dataset.createTable('numbers', { schema: 'n:INTEGER,s:STRING' });
    await table.insert(Array.from({ length: 30 }, (_, n) => ({ n, s: `s${n}` })));
  });
  after(() => bigquery.stop());

  const post = async (body: object) =>
    (await bigquery.request('POST', '/queries', { body: { useLegacySql: false, ...body } })).body;

  const ALL = 'SELECT n, s FROM `d.numbers` ORDER BY n';

  it('answers rows at once', async () => {
    const [rows] = await bigquery.client.query('SELECT n, s FROM `d.numbers` WHERE n = 3');
    assert.deepEqual(rows, [{ n: 3, s: 's3' }]);
  });

  it('finds tables of the default dataset', async () => {
    const [rows] = await bigquery.client
      .dataset('d')
      .query({ query: 'SELECT n FROM `numbers` WHERE n = 4' });
    assert.deepEqual(rows, [{ n: 4 }]);
  });

  it('pages on where the first answer ends', async () => {
    const body = await post({ query: ALL, maxResults: 10 });
    assert.deepEqual([body.totalRows, body.rows.length], ['30', 10]);
    const { jobId } = body.jobReference;
    const next = await bigquery.request('GET', `/queries/${jobId}?pageToken=${body.pageToken}`);
    assert.equal(next.body.rows.length, 20);
    assert.equal(next.body.rows[0].f[0].v, '10');
    assert.equal(next.body.pageToken, undefined);
    const [job] = await bigquery.client.createQueryJob(ALL);
    const [rows, rest] = await job.getQueryResults({ maxResults: 7, autoPaginate: false });
    const [others] = await job.getQueryResults({ ...rest, maxResults: 100 });
    assert.deepEqual(
      [...rows, ...others].map(({ n }: { n: number }) => n),
      Array.from({ length: 30 }, (_, n) => n),
    );
    const [from20] = await job.getQueryResults({ startIndex: '20', autoPaginate: false });
    assert.equal(from20.length, 10);
    const foreign = await bigquery.request('GET', `/queries/${job.id}?pageToken=${body.pageToken}`);
    assert.equal(foreign.status, 400);
  });

  it('waits no longer than asked to, and finds the rows later', async () => {
    const body = await post({ query: ALL, timeoutMs: 0 });
    assert.equal(body.jobComplete, false);
    assert.equal(body.rows, undefined);
    const { jobId } = body.jobReference;
    const later = await bigquery.request('GET', `/queries/${jobId}`);
    assert.deepEqual([later.body.jobComplete, later.body.totalRows], [true, '30']);
  });

  it('takes parameters of every type, named and by position', async () => {
    const { client } = bigquery;
    const [[row]] = await client.query({
      query:
        'SELECT @i AS i, @f AS f, @b AS b, @s AS s, @n AS n, @l AS l, @r.x AS x, @d AS d, @ts AS ts, @y AS y',
      params: {
        i: 5,
        f: 1.5,
        b: true,
        s: "it's",
        n: null,
        l: ['a', 'b'],
        r: { x: 7 },
        d: client.date('2026-01-02'),
        ts: client.timestamp('2026-01-02T03:04:05.000001Z'),
        y: 'AP8=',
      },
      types: { n: 'STRING', y: 'BYTES' },
    });
    assert.deepEqual(
      [row.i, row.f.valueOf(), row.b, row.s, row.n, row.l, row.x],
      [5, 1.5, true, "it's", null, ['a', 'b'], 7],
    );
    assert.deepEqual([row.d.value, row.y], ['2026-01-02', Buffer.from([0, 255])]);
    assert.equal(row.ts.value, '2026-01-02T03:04:05.000001000Z');
    const [[byPlace]] = await client.query({ query: 'SELECT ? AS a, ? AS b', params: [1, 'x'] });
    assert.deepEqual(byPlace, { a: 1, b: 'x' });
  });

  it('refuses parameters that do not say what they are', async () => {
    const refused = async (queryParameters: object[], more: object = {}) =>
      (await post({ query: 'SELECT 1 AS a', queryParameters, ...more })).error.message;
    const INT = { parameterType: { type: 'INT64' }, parameterValue: { value: 'x' } };
    assert.match(
      await refused([{ name: 'a', ...INT }]),
      /query parameter `a` .*Bad int64 value: x/,
    );
    assert.match(await refused([{ name: 'a', parameterType: { type: 'WHAT' } }]), /a: WHAT/);
    const BYTES = { parameterType: { type: 'BYTES' }, parameterValue: { value: '?' } };
    assert.match(await refused([{ name: 'y', ...BYTES }]), /query parameter `y` .*: \?/);
    const buffer = { type: 'Buffer', data: [0] };
    assert.match(
      await refused([{ name: 'y', ...BYTES, parameterValue: { value: buffer } }]),
      /Invalid value for query parameter y: \{"type":"Buffer"/,
    );
    const fine = { parameterType: { type: 'INT64' }, parameterValue: { value: '1' } };
    assert.match(await refused([fine], { parameterMode: 'NAMED' }), /has no name/);
    assert.match(
      await refused([{ name: 'a', ...fine }], { parameterMode: 'POSITIONAL' }),
      /one is called a/,
    );
  });

  it('fails with the HTTP status of the error', async () => {
    const { client } = bigquery;
    await assert.rejects(
      client.query('SELECT * FROM `d.none`'),
      status(404, 'notFound', /^Not found: Table p:d\.none/),
    );
    await assert.rejects(client.query('SELEC 1'), status(400, 'invalidQuery', /Syntax error/));
    assert.equal((await post({ query: '' })).error.errors[0].reason, 'required');
    assert.equal((await post({ query: 'SELECT 1', useLegacySql: true })).error.code, 501);
  });

  it('runs once what is sent twice under one requestId', async () => {
    const insert = {
      query: "INSERT INTO `d.numbers` (n, s) VALUES (1000, 'once')",
      requestId: 'r1',
    };
    const [first, second] = await Promise.all([post(insert), post(insert)]);
    assert.deepEqual(second.jobReference, first.jobReference);
    const count = async () =>
      (await bigquery.client.query('SELECT COUNT(*) AS c FROM `d.numbers` WHERE n = 1000'))[0][0].c;
    assert.equal(await count(), 1);
    const other = await post({ ...insert, query: insert.query.replace('once', 'other') });
    assert.notDeepEqual(other.jobReference, first.jobReference);
    await clock.advance(16 * 60_000);
    const late = await post(insert);
    assert.notDeepEqual(late.jobReference, first.jobReference);
    assert.equal(await count(), 3);
  });

  it('tells what DML changed, and touches the table', async () => {
    const table = bigquery.client.dataset('d').table('numbers');
    const [{ etag }] = await table.getMetadata();
    const body = await post({ query: "INSERT INTO `d.numbers` (n, s) VALUES (1, 'a'), (2, 'b')" });
    assert.equal(body.numDmlAffectedRows, '2');
    assert.deepEqual(body.dmlStats, {
      insertedRowCount: '2',
      updatedRowCount: '0',
      deletedRowCount: '0',
    });
    assert.equal(body.rows, undefined);
    assert.notEqual((await table.getMetadata())[0].etag, etag);
    const [rows] = await bigquery.client.query("DELETE FROM `d.numbers` WHERE s IN ('a', 'b')");
    assert.deepEqual(rows, []);
  });

  it('keeps results for a day in an anonymous table that is like any other', async () => {
    const { client } = bigquery;
    const [job] = await client.createQueryJob(ALL);
    await job.getQueryResults();
    const [metadata] = await job.getMetadata();
    const { datasetId, tableId } = metadata.configuration.query.destinationTable;
    const table = client.dataset(datasetId).table(tableId);
    assert.ok((await table.getRows())[0].length >= 30);
    const [datasets] = await client.getDatasets();
    assert.ok(!datasets.some(({ id }) => id === datasetId), 'its dataset is hidden');
    await clock.advance(23 * 3600_000);
    assert.ok((await job.getQueryResults())[0].length >= 30);
    await clock.advance(3600_000);
    await assert.rejects(job.getQueryResults(), status(404, 'notFound', /held the results of job/));
  });

  it('keeps so many results, and lets the oldest go', async () => {
    const few = await startBigQuery({ clock, resultsKept: 2 });
    const jobs = [];
    for (const n of [1, 2, 3]) {
      const [job] = await few.client.createQueryJob(`SELECT ${n} AS n`);
      await job.getQueryResults();
      await clock.advance(1);
      jobs.push(job);
    }
    const [first, second, third] = jobs;
    await assert.rejects(first!.getQueryResults(), status(404, 'notFound', /held the results/));
    assert.deepEqual((await second!.getQueryResults())[0], [{ n: 2 }]);
    assert.deepEqual((await third!.getQueryResults())[0], [{ n: 3 }]);
    await few.stop();
  });

  it('refuses a query that would cost more than allowed', async () => {
    await assert.rejects(
      bigquery.client.query({ query: ALL, maximumBytesBilled: '1000' }),
      status(
        400,
        'bytesBilledLimitExceeded',
        /^Query exceeded limit for bytes billed: 1000\. 10485760 or higher required\.$/,
      ),
    );
    const [rows] = await bigquery.client.query({ query: ALL, maximumBytesBilled: '10485760' });
    assert.ok(rows.length >= 30);
  });

  it('answers a dry run with schema and bytes alone', async () => {
    const body = await post({ query: ALL, dryRun: true });
    assert.equal(body.jobComplete, true);
    assert.equal(body.jobReference.jobId, undefined);
    assert.ok(Number(body.totalBytesProcessed) > 0);
    assert.deepEqual(
      body.schema.fields.map((f: { name: string }) => f.name),
      ['n', 's'],
    );
    assert.equal(body.rows, undefined);
  });

  describe('with a destination', () => {
    const run = async (query: string, tableId: string, more: object = {}) => {
      const destination = bigquery.client.dataset('d').table(tableId);
      const [job] = await bigquery.client.createQueryJob({ query, destination, ...more });
      await job.getQueryResults();
      return destination;
    };
    const rowsOf = async (tableId: string) =>
      (await bigquery.client.dataset('d').table(tableId).getRows())[0];

    it('makes the table with its partitioning, and answers its rows as results', async () => {
      const destination = bigquery.client.dataset('d').table('made');
      const [job] = await bigquery.client.createQueryJob({
        query: 'SELECT n, s FROM `d.numbers` WHERE n < 2 ORDER BY n',
        destination,
        rangePartitioning: { field: 'n', range: { start: '0', end: '10', interval: '1' } },
        clustering: { fields: ['s'] },
      });
      const [rows] = await job.getQueryResults();
      assert.deepEqual(rows, await rowsOf('made'));
      const [metadata] = await destination.getMetadata();
      assert.equal(metadata.rangePartitioning.field, 'n');
      assert.deepEqual(metadata.clustering, { fields: ['s'] });
      assert.equal(metadata.expirationTime, undefined);
    });

    it('puts the rows of a partition of integers side by side', async () => {
      const destination = bigquery.client.dataset('d').table('by_partition');
      await bigquery.client.query({
        query: 'SELECT MOD(n, 3) AS Part, n FROM UNNEST(GENERATE_ARRAY(1, 7)) AS n ORDER BY n',
        destination,
        rangePartitioning: { field: 'part', range: { start: '0', end: '3', interval: '1' } },
      });
      const parts = (await rowsOf('by_partition')).map(({ Part }) => Part);
      assert.deepEqual(parts, [0, 0, 1, 1, 1, 2, 2]);
    });

    it('refuses, replaces or adds where rows are already', async () => {
      await run('SELECT 1 AS a', 'written');
      await assert.rejects(
        run('SELECT 2 AS a', 'written'),
        status(409, 'duplicate', /^Already Exists: Table p:d\.written$/),
      );
      await run('SELECT 2 AS a', 'written', { writeDisposition: 'WRITE_APPEND' });
      assert.deepEqual(await rowsOf('written'), [{ a: 1 }, { a: 2 }]);
      await run("SELECT 'x' AS b", 'written', { writeDisposition: 'WRITE_TRUNCATE' });
      assert.deepEqual(await rowsOf('written'), [{ b: 'x' }]);
      await run("SELECT 'y' AS b", 'written', { writeDisposition: 'WRITE_TRUNCATE_DATA' });
      assert.deepEqual(await rowsOf('written'), [{ b: 'y' }]);
      await assert.rejects(
        run('SELECT 1 AS a', 'never', { createDisposition: 'CREATE_NEVER' }),
        /Not found: Table p:d\.never/,
      );
      await assert.rejects(
        run('SELECT 1 AS a', 'written', { writeDisposition: 'WRITE_SOMEHOW' }),
        /Invalid value for writeDisposition: WRITE_SOMEHOW/,
      );
    });

    it('adds fields to the schema only when allowed to', async () => {
      await run('SELECT 1 AS a', 'widened');
      const append = { writeDisposition: 'WRITE_APPEND' };
      await assert.rejects(
        run("SELECT 2 AS a, 'x' AS b", 'widened', append),
        /Provided Schema does not match Table p:d\.widened\. Cannot add fields \(field: b\)/,
      );
      assert.deepEqual(await rowsOf('widened'), [{ a: 1 }]);
      await run("SELECT 2 AS a, 'x' AS b", 'widened', {
        ...append,
        schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'],
      });
      assert.deepEqual(await rowsOf('widened'), [
        { a: 1, b: null },
        { a: 2, b: 'x' },
      ]);
      await assert.rejects(run("SELECT 'x' AS a", 'widened', append), /changed type/);
    });

    it('keeps the partitioning that the table has', async () => {
      const query = "SELECT DATE '2026-01-02' AS day";
      const byDay = { timePartitioning: { type: 'DAY', field: 'day' } };
      await run(query, 'partitioned', byDay);
      await run(query, 'partitioned', { ...byDay, writeDisposition: 'WRITE_APPEND' });
      await assert.rejects(
        run(query, 'partitioned', {
          timePartitioning: { type: 'MONTH', field: 'day' },
          writeDisposition: 'WRITE_APPEND',
        }),
        status(400, 'invalid', /^Incompatible table partitioning specification\./),
      );
      await assert.rejects(
        run(query, 'unpartitioned', { timePartitioning: { type: 'DAY', field: 'none' } }),
        status(400, 'invalid', /partitioning cannot be found in the schema: none/),
      );
      assert.deepEqual(await bigquery.client.dataset('d').table('unpartitioned').exists(), [false]);
    });

    it('needs its dataset', async () => {
      const destination = bigquery.client.dataset('none').table('t');
      const [job] = await bigquery.client.createQueryJob({ query: 'SELECT 1 AS a', destination });
      await assert.rejects(
        job.getQueryResults(),
        status(404, 'notFound', /^Not found: Dataset p:none$/),
      );
    });

    it('changes nothing where the query fails, and refuses one for DML beforehand', async () => {
      await run('SELECT 1 AS a', 'kept');
      const replace = { writeDisposition: 'WRITE_TRUNCATE' };
      await assert.rejects(run('SELECT a FROM `d.none`', 'kept', replace), /Not found/);
      await assert.rejects(
        run('INSERT INTO `d.kept` (a) VALUES (5)', 'kept', replace),
        /Cannot set destination table in jobs with INSERT statements/,
      );
      assert.deepEqual(await rowsOf('kept'), [{ a: 1 }]);
    });
  });
});
