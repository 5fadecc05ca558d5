import assert from 'node:assert/strict';
import { ManualClock } from '../../clock.ts';
import { LocalCatalog } from '../catalog/catalog.ts';
import { Database } from '../duckdb/database.ts';
import { createStaged, type Staged } from '../load/staging.ts';
import { physicalTable } from '../names.ts';
import type { Field } from '../types.ts';
import { parseDestination, write } from './destination.ts';

const DATASET = { projectId: 'p', datasetId: 'd' };
const TABLE = { ...DATASET, tableId: 't' };
const A: Field = { name: 'a', type: { kind: 'INT64' } };
const B: Field = { name: 'b', type: { kind: 'STRING' } };
const LIST: Field = { name: 'l', type: { kind: 'ARRAY', element: { kind: 'INT64' } } };

describe('where the rows of a job go', () => {
  let database: Database;
  let catalog: LocalCatalog;
  let count = 0;

  beforeEach(async () => {
    database = await Database.open();
    catalog = await LocalCatalog.open(database, new ManualClock(0));
    await catalog.createDataset(DATASET, 'fail', {});
  });

  afterEach(async () => {
    await catalog.close();
    database.close();
  });

  const stage = (fields: readonly Field[], values: string): Promise<Staged> =>
    database.using(async (session) => {
      const staged = await createStaged(session, DATASET, String(count++), fields);
      await session.run(`INSERT INTO ${physicalTable(staged.table)} VALUES ${values}`);
      return staged;
    });

  const rows = (sql = `FROM ${physicalTable(TABLE)}`) =>
    database.using((session) => session.rows(sql));

  const put = async (fields: readonly Field[], values: string, configuration: object = {}) => {
    const destination = parseDestination({ ...configuration }, TABLE, 'WRITE_APPEND');
    await write(catalog, destination, await stage(fields, values));
  };

  const stagedTables = () =>
    rows("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'staging:%'");

  it('is staged no longer, whether it was written, added or refused', async () => {
    await put([A], '(1)');
    await put([A], '(2)');
    await assert.rejects(put([A, B], "(3, 'x')"), /Cannot add fields \(field: b\)/);
    await assert.rejects(put([A], '(4)', { writeDisposition: 'WRITE_EMPTY' }), /Already Exists/);
    assert.deepEqual(await stagedTables(), []);
    assert.deepEqual(await rows(), [[1n], [2n]]);
  });

  it('refuses NULL in a required column, and names it', async () => {
    await catalog.createTable(
      { ref: TABLE, kind: 'TABLE', fields: [{ ...A, required: true }, B], options: {} },
      'fail',
      "SELECT 1::BIGINT, 'x'",
    );
    const required = [{ ...A, required: true }];
    await assert.rejects(put(required, '(NULL)'), /^ApiError: Required field a cannot be null$/);
    await assert.rejects(
      put(required, '(NULL)', { writeDisposition: 'WRITE_TRUNCATE' }),
      /Required field a cannot be null/,
    );
    assert.deepEqual(await rows(), [[1n, 'x']]);
    assert.deepEqual(await stagedTables(), []);
    await put(required, '(2)');
    assert.deepEqual(await rows(), [
      [1n, 'x'],
      [2n, null],
    ]);
  });

  it('matches columns by name, and gives the others their empty values', async () => {
    await put([A, B, LIST], "(1, 'x', [1])");
    await put([B, A], "('y', 2)");
    const shown = `SELECT a, b, l::VARCHAR FROM ${physicalTable(TABLE)}`;
    assert.deepEqual(await rows(shown), [
      [1n, 'x', '[1]'],
      [2n, 'y', '[]'],
    ]);
  });

  it('replaces the schema and keeps what else is known of the table', async () => {
    await put([A], '(1)');
    await catalog.alterTable(TABLE, ({ fields }) => {
      return { fields, statements: [], options: { description: 'kept', labels: { a: 'b' } } };
    });
    await put([B], "('x')", { writeDisposition: 'WRITE_TRUNCATE' });
    const { fields, options } = catalog.table(TABLE)!;
    assert.deepEqual([fields, options], [[B], { description: 'kept', labels: { a: 'b' } }]);
    await put([B], "('y')", { writeDisposition: 'WRITE_TRUNCATE_DATA' });
    assert.deepEqual(await rows(), [['y']]);
  });

  it('gives a table without a schema the first one that comes', async () => {
    await catalog.createTable({ ref: TABLE, kind: 'TABLE', fields: [], options: {} }, 'fail');
    await put([A], '(1)');
    assert.deepEqual(catalog.table(TABLE)!.fields, [A]);
    assert.deepEqual(await rows(), [[1n]]);
  });

  it('adds all rows of writers that come at once, or replaces one by another', async () => {
    const many = (values: string, writeDisposition: string) =>
      Promise.all(Array.from({ length: 6 }, () => put([A], values, { writeDisposition })));
    await many('(1), (2)', 'WRITE_APPEND');
    assert.equal((await rows()).length, 12);
    await many('(3), (4)', 'WRITE_TRUNCATE');
    assert.deepEqual(await rows(), [[3n], [4n]]);
    const races = await Promise.allSettled(
      Array.from({ length: 6 }, () => {
        const table = { ...TABLE, tableId: 'empty' };
        const destination = parseDestination({}, table, 'WRITE_EMPTY');
        return stage([A], '(1)').then((staged) => write(catalog, destination, staged));
      }),
    );
    assert.equal(races.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(await stagedTables(), []);
  });

  it('is no view', async () => {
    const view = { ref: TABLE, kind: 'VIEW', fields: [A], viewQuery: 'x', options: {} } as const;
    await catalog.createTable(view, 'fail');
    await assert.rejects(put([A], '(1)'), /Table p:d\.t is a view/);
  });
});
