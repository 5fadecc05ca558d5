import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../clock.ts';
import { ApiError } from '../../errors.ts';
import { Database } from '../duckdb/database.ts';
import { type DatasetRef, physicalTable, type TableRef } from '../names.ts';
import type { TableEntry } from '../ports.ts';
import type { Field } from '../types.ts';
import { type Dependents, LocalCatalog, stagingName } from './catalog.ts';
import { etagOf } from './records.ts';

const DATASET: DatasetRef = { projectId: 'p', datasetId: 'd' };
const ref = (tableId: string): TableRef => ({ ...DATASET, tableId });
const INT: Field = { name: 'a', type: { kind: 'INT64' } };
const TEXT: Field = { name: 'b', type: { kind: 'STRING' } };

const table = (tableId: string, options: TableEntry['options'] = {}): TableEntry => ({
  ref: ref(tableId),
  kind: 'TABLE',
  fields: [INT],
  options,
});

const refused = (status: number, reason: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiError, String(error));
  assert.deepEqual([error.status, error.reason], [status, reason]);
  assert.match(error.message, message);
  return true;
};

describe('the catalogue', () => {
  let database: Database;
  let clock: ManualClock;
  let catalog: LocalCatalog;

  const setOptions = (options: TableEntry['options']) =>
    catalog.alterTable(ref('t'), ({ fields }) => ({ fields, statements: [], options }));

  const open = async (path?: string, dependents?: Dependents) => {
    database = await Database.open(path === undefined ? {} : { path });
    catalog = await LocalCatalog.open(database, clock, dependents);
  };

  const close = async () => {
    await catalog.close();
    database.close();
  };

  const rows = (sql: string) => database.using((session) => session.rows(sql));

  beforeEach(async () => {
    clock = new ManualClock('2026-03-01T00:00:00Z');
    await open();
    await catalog.createDataset(DATASET, 'fail', {});
  });

  afterEach(() => close());

  it('makes and drops the DuckDB table with the record', async () => {
    await catalog.createTable(table('t'), 'fail', 'SELECT 7::BIGINT');
    assert.deepEqual(catalog.table(ref('t'))?.fields, [INT]);
    assert.deepEqual(await rows(`FROM ${physicalTable(ref('t'))}`), [[7n]]);
    await catalog.dropTable(ref('t'), false);
    assert.equal(catalog.table(ref('t')), undefined);
    await assert.rejects(rows(`FROM ${physicalTable(ref('t'))}`), /does not exist/);
  });

  it('refuses what exists, skips it, or replaces it', async () => {
    await catalog.createTable(table('t'), 'fail', 'SELECT 1::BIGINT');
    await assert.rejects(
      catalog.createTable(table('t'), 'fail'),
      refused(409, 'duplicate', /^Already Exists: Table p:d\.t$/),
    );
    await catalog.createTable(table('t'), 'skip', 'SELECT 2::BIGINT');
    assert.deepEqual(await rows(`FROM ${physicalTable(ref('t'))}`), [[1n]]);
    await catalog.createTable(table('t'), 'replace', 'SELECT 3::BIGINT');
    assert.deepEqual(await rows(`FROM ${physicalTable(ref('t'))}`), [[3n]]);
    await assert.rejects(
      catalog.createDataset(DATASET, 'fail', {}),
      refused(409, 'duplicate', /^Already Exists: Dataset p:d$/),
    );
    await catalog.createDataset(DATASET, 'skip', {});
  });

  it('says which dataset or table is missing', async () => {
    const elsewhere = { ...ref('t'), datasetId: 'none' };
    await assert.rejects(
      catalog.createTable({ ...table('t'), ref: elsewhere }, 'fail'),
      refused(404, 'notFound', /^Not found: Dataset p:none$/),
    );
    await assert.rejects(
      catalog.dropTable(ref('none'), false),
      refused(404, 'notFound', /^Not found: Table p:d\.none$/),
    );
    await catalog.dropTable(ref('none'), true);
    await assert.rejects(
      catalog.dropDataset({ ...DATASET, datasetId: 'x' }, { ifExists: false, cascade: false }),
      refused(404, 'notFound', /^Not found: Dataset p:x$/),
    );
  });

  it('undoes all of a change that fails half way', async () => {
    await catalog.createTable(table('t'), 'fail', 'SELECT 1::BIGINT');
    const before = catalog.record(ref('t'));
    const broken = catalog.createTable(table('t'), 'replace', "SELECT error('half way')::BIGINT");
    await assert.rejects(broken, /half way/);
    assert.deepEqual(catalog.record(ref('t')), before);
    assert.deepEqual(await rows(`FROM ${physicalTable(ref('t'))}`), [[1n]]);
    await catalog.createTable(table('u'), 'fail');
  });

  it('lets exactly one of many creators win', async () => {
    const attempts = Array.from({ length: 8 }, () => catalog.createTable(table('t'), 'fail'));
    const results = await Promise.allSettled(attempts);
    assert.equal(results.filter((r) => r.status === 'fulfilled').length, 1);
  });

  it('drops a dataset with tables or models only when told to take them along', async () => {
    await close();
    const models = ['m'];
    const dependents = {
      isEmpty: () => models.length === 0,
      dropAll: async () => void models.splice(0),
    };
    await open(undefined, dependents);
    await catalog.createDataset(DATASET, 'fail', {});
    const inUse = refused(400, 'resourceInUse', /^Dataset p:d is still in use$/);
    const drop = (cascade: boolean) => catalog.dropDataset(DATASET, { ifExists: false, cascade });
    await assert.rejects(drop(false), inUse);
    models.pop();
    await catalog.createTable(table('t'), 'fail');
    await assert.rejects(drop(false), inUse);
    models.push('m');
    await drop(true);
    assert.deepEqual(models, []);
    assert.equal(catalog.hasDataset(DATASET), false);
    await catalog.createDataset(DATASET, 'fail', {});
    assert.deepEqual(catalog.tables(DATASET), []);
  });

  it('keeps a table without a schema until it is given one', async () => {
    await catalog.createTable({ ...table('t'), fields: [] }, 'fail');
    await catalog.transact(async (transaction) => {
      await transaction.changeTable({ ...table('t'), fields: [INT, TEXT] });
    });
    assert.deepEqual(await rows(`SELECT count(*) FROM ${physicalTable(ref('t'))}`), [[0n]]);
  });

  it('lets DuckDB tables follow new, relaxed and deeper fields', async () => {
    const inner: Field = { name: 'x', type: { kind: 'STRUCT', fields: [INT] } };
    const first = { ...table('t'), fields: [{ ...TEXT, required: true }, inner] };
    await catalog.createTable(first, 'fail', "SELECT 'v', {a: 1::BIGINT}");
    const deeper: Field = { name: 'x', type: { kind: 'STRUCT', fields: [INT, TEXT] } };
    const list: Field = { name: 'l', type: { kind: 'ARRAY', element: { kind: 'INT64' } } };
    await catalog.transact(async (transaction) => {
      await transaction.changeTable({ ...first, fields: [TEXT, deeper, list] });
      await transaction.run(`INSERT INTO ${physicalTable(ref('t'))} (b) VALUES (NULL)`);
    });
    const shown = `SELECT b, x::VARCHAR, l::VARCHAR FROM ${physicalTable(ref('t'))}`;
    assert.deepEqual(await rows(shown), [
      ['v', "{'a': 1, 'b': NULL}", '[]'],
      [null, null, '[]'],
    ]);
  });

  it('adopts a staged DuckDB table in place of the old one, with its required columns', async () => {
    await catalog.createTable(table('t'), 'fail', 'SELECT 1::BIGINT');
    const staged = physicalTable(ref(stagingName('1')));
    await database.using((session) => session.run(`CREATE TABLE ${staged} AS SELECT 2::BIGINT a`));
    const { created } = catalog.record(ref('t'))!;
    await clock.advance(5);
    await catalog.transact(async (transaction) => {
      const entry = { ...table('t'), fields: [{ ...INT, required: true }] };
      await transaction.adoptTable(entry, stagingName('1'));
    });
    assert.equal(catalog.record(ref('t'))?.created, created);
    assert.deepEqual(await rows(`FROM ${physicalTable(ref('t'))}`), [[2n]]);
    await assert.rejects(
      rows(`INSERT INTO ${physicalTable(ref('t'))} VALUES (NULL)`),
      /NOT NULL constraint failed/,
    );
  });

  it('hides a table from its expiration on, and makes room for another of its name', async () => {
    const expirationTime = String(clock.now() + 1000);
    await catalog.createTable(table('t', { expirationTime }), 'fail', 'SELECT 1::BIGINT');
    await clock.advance(999);
    assert.ok(catalog.table(ref('t')));
    await clock.advance(1);
    assert.equal(catalog.table(ref('t')), undefined);
    assert.deepEqual(catalog.tables(DATASET), []);
    await catalog.createTable(table('t'), 'fail');
    assert.deepEqual(await rows(`FROM ${physicalTable(ref('t'))}`), []);
  });

  it("gives new tables their dataset's default expiration", async () => {
    const dataset = { ...DATASET, datasetId: 'short' };
    await catalog.createDataset(dataset, 'fail', { defaultTableExpirationMs: '5000' });
    await catalog.createTable({ ...table('t'), ref: { ...dataset, tableId: 't' } }, 'fail');
    const { expirationTime } = catalog.tables(dataset)[0]!.options;
    assert.equal(expirationTime, String(clock.now() + 5000));
  });

  it('changes the etag with every change, also two within one millisecond', async () => {
    await catalog.createTable(table('t'), 'fail');
    const etags = new Set([etagOf(catalog.record(ref('t')))]);
    await catalog.touch(ref('t'));
    etags.add(etagOf(catalog.record(ref('t'))));
    await setOptions({ description: 'x' });
    etags.add(etagOf(catalog.record(ref('t'))));
    assert.equal(etags.size, 3);
    await catalog.touch(ref('none'));
  });

  it('adds several array columns at once, empty in the rows that are there', async () => {
    await catalog.createTable(table('t'), 'fail', 'SELECT 1');
    const list = (name: string): Field => ({ name, type: { kind: 'ARRAY', element: INT.type } });
    await catalog.transact((transaction) =>
      transaction.changeTable({ ...table('t'), fields: [INT, list('x'), TEXT, list('y')] }),
    );
    const [row] = await rows(`SELECT a, len(x), b, len(y) FROM ${physicalTable(ref('t'))}`);
    assert.deepEqual(row, [1n, 0n, null, 0n]);
  });

  it('merges options key by key, and removes those set to null', async () => {
    await catalog.createTable(table('t', { description: 'x', labels: { a: '1', b: '2' } }), 'fail');
    await setOptions({ description: null, labels: { a: null, c: '3' } });
    assert.deepEqual(catalog.table(ref('t'))?.options, { labels: { b: '2', c: '3' } });
  });

  it('refuses names that BigQuery refuses, and names that only case tells apart', async () => {
    const bad = { ...DATASET, datasetId: 'a-b' };
    await assert.rejects(
      catalog.createDataset(bad, 'fail', {}),
      refused(400, 'invalid', /^Invalid dataset ID "a-b"/),
    );
    await assert.rejects(
      catalog.createTable(table('a/b'), 'fail'),
      refused(400, 'invalid', /^Invalid table ID "a\/b"/),
    );
    await assert.rejects(
      catalog.createTable(table('t$20260101'), 'fail'),
      refused(501, 'notImplemented', /table decorators/),
    );
    await catalog.createTable(table('dash-and space'), 'fail');
    await catalog.createTable(table('Name'), 'fail');
    await assert.rejects(
      catalog.createTable(table('nAME'), 'fail'),
      refused(501, 'notImplemented', /differ in case only/),
    );
  });

  it('lists datasets by name, hidden ones only when asked', async () => {
    await catalog.createDataset({ ...DATASET, datasetId: '_hidden' }, 'fail', {});
    await catalog.createDataset({ ...DATASET, datasetId: 'b' }, 'fail', {});
    await catalog.createDataset({ projectId: 'q', datasetId: 'a' }, 'fail', {});
    const names = (all: boolean) => catalog.datasets('p', all).map((d) => d.ref.datasetId);
    assert.deepEqual(names(false), ['b', 'd']);
    assert.deepEqual(names(true), ['_hidden', 'b', 'd']);
  });

  it('answers a statement that another one overtook as BigQuery does', async () => {
    await catalog.createTable(table('t'), 'fail');
    await database.using(async (session) => {
      await session.run('BEGIN');
      await session.run(`ALTER TABLE ${physicalTable(ref('t'))} ADD COLUMN z BIGINT`);
      await assert.rejects(
        catalog.dropTable(ref('t'), false),
        refused(400, 'invalidQuery', /^Could not serialize access/),
      );
      await session.run('ROLLBACK');
    });
    await catalog.dropTable(ref('t'), false);
  });

  it('is the same after a restart, without what was left staged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
    const path = join(folder, 'bigquery.duckdb');
    await close();
    await open(path);
    await catalog.createDataset(DATASET, 'fail', { description: 'kept' });
    await catalog.createTable(table('t'), 'fail', 'SELECT 1::BIGINT');
    const query = { ...table('v'), kind: 'VIEW', viewQuery: 'SELECT a FROM d.t' } as const;
    await catalog.createTable(query, 'fail');
    const before = [catalog.dataset(DATASET), ...catalog.tableRecords(DATASET)];
    const staged = physicalTable(ref(stagingName('1')));
    await database.using((session) => session.run(`CREATE TABLE ${staged} AS SELECT 1 a`));
    await close();

    await open(path);
    assert.deepEqual([catalog.dataset(DATASET), ...catalog.tableRecords(DATASET)], before);
    assert.deepEqual(await rows(`FROM ${physicalTable(ref('t'))}`), [[1n]]);
    await assert.rejects(rows(`FROM ${staged}`), /does not exist/);
    await rm(folder, { recursive: true });
  });
});
