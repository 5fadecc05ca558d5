import assert from 'node:assert/strict';
import { startBigQuery, type TestBigQuery } from '../testing.ts';

describe('the routines resource', () => {
  let bigquery: TestBigQuery;

  before(async () => {
    bigquery = await startBigQuery();
    await bigquery.client.createDataset('d');
    await bigquery.client.query(
      'CREATE FUNCTION d.scaled(x FLOAT64, times INT64)\nRETURNS FLOAT64\nAS (\n  x * (times + 1)\n);',
    );
  });
  after(() => bigquery.stop());

  it('shows a function as the official client reads it', async () => {
    const [metadata] = await bigquery.client.dataset('d').routine('scaled').getMetadata();
    assert.equal(metadata.routineType, 'SCALAR_FUNCTION');
    assert.equal(metadata.language, 'SQL');
    assert.equal(metadata.definitionBody, 'x * (times + 1)');
    assert.deepEqual(metadata.returnType, { typeKind: 'FLOAT64' });
    assert.deepEqual(metadata.arguments, [
      { name: 'x', dataType: { typeKind: 'FLOAT64' } },
      { name: 'times', dataType: { typeKind: 'INT64' } },
    ]);
  });

  it('lists, and deletes', async () => {
    const dataset = bigquery.client.dataset('d');
    await bigquery.client.query('CREATE FUNCTION d.gone() AS (1)');
    const ids = async () => (await dataset.getRoutines())[0].map(({ id }) => id);
    assert.deepEqual(await ids(), ['gone', 'scaled']);
    await dataset.routine('gone').delete();
    assert.deepEqual(await ids(), ['scaled']);
    await assert.rejects(dataset.routine('gone').getMetadata(), /Routine .*d\.gone/);
  });
});
