import assert from 'node:assert/strict';
import type { Dataset } from '@google-cloud/bigquery';
import { ManualClock } from '../../clock.ts';
import { startBigQuery, status, type TestBigQuery } from '../testing.ts';

describe('the tables resource', () => {
  let bigquery: TestBigQuery;
  let clock: ManualClock;
  let dataset: Dataset;
  before(async () => {
    clock = new ManualClock('2026-03-01T00:00:00Z');
    bigquery = await startBigQuery({ clock });
    [dataset] = await bigquery.client.createDataset('d');
  });
  after(() => bigquery.stop());

  const FIELDS = [
    { name: 'id', type: 'INTEGER', mode: 'REQUIRED', description: 'the key' },
    { name: 'at', type: 'TIMESTAMP', mode: 'NULLABLE' },
    {
      name: 'lines',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [{ name: 'amount', type: 'NUMERIC', mode: 'NULLABLE' }],
    },
  ];

  it('keeps schema, layout and labels as given', async () => {
    const [table] = await dataset.createTable('kept', {
      schema: FIELDS,
      description: 'orders',
      labels: { tier: 'raw' },
      timePartitioning: { type: 'DAY', field: 'at', expirationMs: '1000' },
      clustering: { fields: ['id'] },
      requirePartitionFilter: true,
    });
    const [metadata] = await table.getMetadata();
    assert.deepEqual(metadata.schema, { fields: FIELDS });
    assert.deepEqual(metadata.timePartitioning, { type: 'DAY', field: 'at', expirationMs: '1000' });
    assert.deepEqual(metadata.clustering, { fields: ['id'] });
    assert.equal(metadata.requirePartitionFilter, true);
    assert.deepEqual([metadata.type, metadata.numRows, metadata.numBytes], ['TABLE', '0', '0']);
    assert.equal(metadata.creationTime, String(clock.now()));
  });

  it('counts rows and their logical bytes', async () => {
    const [table] = await dataset.createTable('sized', {
      schema: {
        fields: [...FIELDS, { name: 'note', type: 'STRING' }, { name: 'b', type: 'BYTES' }],
      },
    });
    await table.insert([
      { id: 1, at: '2026-01-01 00:00', lines: [{ amount: '1.5' }, {}], note: 'né', b: 'AAA=' },
      { id: 2, lines: [] },
    ]);
    const [metadata] = await table.getMetadata();
    // 8 + 8 + 16 + (2 + 3) + (2 + 2), and 8.
    assert.deepEqual([metadata.numRows, metadata.numBytes], ['2', '49']);
    const basic = await bigquery.request('GET', '/datasets/d/tables/sized?view=BASIC');
    assert.equal(basic.body.numRows, undefined);
  });

  it('lets the schema grow and relax, and nothing else', async () => {
    const [table] = await dataset.createTable('grown', { schema: FIELDS });
    await table.insert({ id: 1 });
    const [id, at, lines] = FIELDS;
    const grown = [{ ...id, mode: 'NULLABLE' }, at, lines, { name: 'new', type: 'STRING' }];
    await table.setMetadata({ schema: grown } as object);
    await table.insert({ new: 'x' });
    const [rows] = await table.getRows();
    assert.deepEqual(rows, [
      { id: 1, at: null, lines: [], new: null },
      { id: null, at: null, lines: [], new: 'x' },
    ]);
    const refused = (fields: unknown[], message: RegExp) =>
      assert.rejects(
        table.setMetadata({ schema: fields } as object),
        status(400, 'invalid', message),
      );
    await refused([at], /Field id is missing in new schema/);
    await refused([{ ...grown[0], type: 'STRING' }, ...grown.slice(1)], /changed type/);
    await refused([...grown, { name: 'r', type: 'STRING', mode: 'REQUIRED' }], /required fields/);
  });

  it('changes and removes single options, and replaces all by PUT', async () => {
    const [table] = await dataset.createTable('options', {
      schema: 'a:INTEGER',
      description: 'x',
      friendlyName: 'y',
      labels: { a: 'b' },
    });
    await table.setMetadata({ description: null, labels: { a: null, c: 'd' } } as object);
    const [metadata] = await table.getMetadata();
    assert.deepEqual(
      [metadata.description, metadata.friendlyName, metadata.labels],
      [undefined, 'y', { c: 'd' }],
    );
    const { body } = await bigquery.request('PUT', '/datasets/d/tables/options', {
      body: { description: 'z' },
    });
    assert.deepEqual([body.description, body.friendlyName], ['z', undefined]);
    assert.equal(body.schema.fields.length, 1);
  });

  it('is changed only in the state that the client knows', async () => {
    const [table] = await dataset.createTable('versioned', { schema: 'a:INTEGER' });
    const [{ etag }] = await table.getMetadata();
    await table.setMetadata({ etag, description: 'first' });
    await assert.rejects(
      table.setMetadata({ etag, description: 'second' }),
      status(412, 'conditionNotMet', /Precondition/),
    );
    assert.equal((await table.getMetadata())[0].description, 'first');
    const [{ etag: before }] = await table.getMetadata();
    await table.insert({ a: 1 });
    const [{ etag: after }] = await table.getMetadata();
    assert.notEqual(after, before, 'new rows are a new state');
  });

  it('lists tables by page, and answers selected fields', async () => {
    const [listed] = await bigquery.client.createDataset('listed');
    for (const id of ['b', 'a', 'c']) await listed.createTable(id, { schema: FIELDS });
    const [tables] = await listed.getTables();
    assert.deepEqual(
      tables.map(({ id }) => id),
      ['a', 'b', 'c'],
    );
    const [page, next] = await listed.getTables({ maxResults: 2, autoPaginate: false });
    assert.equal(page.length, 2);
    const [rest] = await listed.getTables(next!);
    assert.deepEqual(
      rest.map(({ id }) => id),
      ['c'],
    );
    const { body } = await bigquery.request(
      'GET',
      '/datasets/listed/tables/a?selectedFields=lines.amount,id',
    );
    assert.deepEqual(
      body.schema.fields.map((f: { name: string }) => f.name),
      ['id', 'lines'],
    );
    const foreign = await bigquery.request('GET', `/datasets?pageToken=${next!.pageToken}`);
    assert.equal(foreign.status, 400);
  });

  it('expires when its time has come', async () => {
    const expirationTime = String(clock.now() + 60_000);
    const [table] = await dataset.createTable('expiring', { schema: 'a:INTEGER', expirationTime });
    assert.equal((await table.getMetadata())[0].expirationTime, expirationTime);
    await clock.advance(60_000);
    assert.deepEqual(await table.exists(), [false]);
    await dataset.createTable('expiring', { schema: 'b:STRING' });
    await assert.rejects(
      dataset.createTable('past', { schema: 'a:INTEGER', expirationTime: '5' }),
      status(400, 'invalid', /in the past/),
    );
  });

  it('makes views of the types that their queries answer', async () => {
    const [table] = await dataset.createTable('base', { schema: 'a:INTEGER,b:STRING' });
    await table.insert({ a: 1, b: 'x' });
    const [view] = await dataset.createTable('view', { view: 'SELECT a, b FROM `p.d.base`' });
    const [metadata] = await view.getMetadata();
    assert.equal(metadata.type, 'VIEW');
    assert.deepEqual(
      metadata.schema.fields.map((f: { name: string; type: string }) => [f.name, f.type]),
      [
        ['a', 'INTEGER'],
        ['b', 'STRING'],
      ],
    );
    assert.equal(metadata.view.useLegacySql, false);
    const [rows] = await bigquery.client.query('SELECT b FROM `d.view`');
    assert.deepEqual(rows, [{ b: 'x' }]);
    await view.setMetadata({ view: 'SELECT b FROM `p.d.base`' });
    assert.equal((await view.getMetadata())[0].schema.fields.length, 1);
    await assert.rejects(
      view.getRows(),
      status(400, 'invalid', /Cannot list a table of type VIEW/),
    );
    await assert.rejects(view.insert({ b: 'y' }), status(400, 'invalid', /view/));
    await assert.rejects(
      dataset.createTable('broken', { view: 'SELECT * FROM `p.d.none`' }),
      status(404, 'notFound', /Not found: Table p:d\.none/),
    );
    await assert.rejects(
      dataset.createTable('legacy', { view: { query: 'SELECT 1', useLegacySql: true } }),
      status(501, 'notImplemented', /legacy SQL/),
    );
  });

  it('refuses what is missing, a second of its name, and layouts that can’t be', async () => {
    const refused = (metadata: object, code: number, reason: string, message: RegExp) =>
      assert.rejects(dataset.createTable('bad', metadata), status(code, reason, message));
    await dataset.createTable('once', { schema: 'a:INTEGER' });
    await assert.rejects(
      dataset.createTable('once', { schema: 'a:INTEGER' }),
      status(409, 'duplicate', /^Already Exists: Table p:d\.once$/),
    );
    await assert.rejects(
      bigquery.client.dataset('none').createTable('t', {}),
      status(404, 'notFound', /^Not found: Dataset p:none$/),
    );
    await assert.rejects(dataset.table('none').delete(), status(404, 'notFound', /p:d\.none/));
    await refused({ schema: 'a:WHAT' }, 400, 'invalid', /WHAT is not a valid value/);
    const schema = 'a:INTEGER,t:TIMESTAMP,f:FLOAT';
    const day = (field: string) => ({ type: 'DAY', field });
    await refused({ schema, timePartitioning: day('x') }, 400, 'invalid', /cannot be found.*: x/);
    await refused({ schema, timePartitioning: day('a') }, 400, 'invalid', /field a of type INT64/);
    await refused({ schema, timePartitioning: { type: 'WEEK' } }, 400, 'invalid', /WEEK/);
    await refused({ schema, clustering: { fields: ['f'] } }, 400, 'invalid', /field f/);
    await refused(
      { schema, externalDataConfiguration: { sourceFormat: 'CSV' } },
      501,
      'notImplemented',
      /externalDataConfiguration of tables/,
    );
  });

  it('refuses IAM and row access policies by name', async () => {
    const table = dataset.table('once');
    await assert.rejects(table.getIamPolicy(), status(501, 'notImplemented', /getIamPolicy/));
  });
});
