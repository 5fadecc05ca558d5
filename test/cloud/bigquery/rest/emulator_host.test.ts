import assert from 'node:assert/strict';
import { once } from 'node:events';
import { BigQuery } from '@google-cloud/bigquery';
import { startBigQuery, type TestBigQuery } from '../testing.ts';

describe('a client that BIGQUERY_EMULATOR_HOST points here', () => {
  let bigquery: TestBigQuery;
  let client: BigQuery;
  before(async () => {
    bigquery = await startBigQuery();
    process.env.BIGQUERY_EMULATOR_HOST = bigquery.origin;
    client = new BigQuery({ projectId: 'p' });
    delete process.env.BIGQUERY_EMULATOR_HOST;
  });
  after(() => bigquery.stop());

  it('makes, loads and queries like any other', async () => {
    const [dataset] = await client.createDataset('d');
    const [table] = await dataset.createTable('t', { schema: 'a:INTEGER' });
    await table.insert({ a: 1 });
    const stream = table.createWriteStream({ sourceFormat: 'CSV' });
    const completed = once(stream, 'complete');
    stream.end('2\n');
    await completed;
    const [rows] = await client.query('SELECT a FROM `d.t` ORDER BY a');
    assert.deepEqual(rows, [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(await dataset.table('none').exists(), [false]);
  });
});
