import assert from 'node:assert/strict';
import { openWarehouse, ref, type Warehouse } from './testing.ts';

describe('statements that define things', () => {
  let warehouse: Warehouse;
  beforeEach(async () => {
    warehouse = await openWarehouse();
    await warehouse.run('CREATE TABLE d.t (id INT64 NOT NULL, name STRING)');
    await warehouse.run("INSERT d.t VALUES (1, 'a'), (2, 'b')");
  });
  afterEach(() => warehouse.close());

  describe('CREATE VIEW', () => {
    it('keeps the query and the types of its columns', async () => {
      const sql =
        'VIEW d.v (n OPTIONS(description="twice")) OPTIONS(description="x") AS SELECT id * 2 FROM d.t';
      assert.deepEqual(await warehouse.operation(`CREATE ${sql}`), ['CREATE_VIEW', 'CREATE']);
      const { kind, viewQuery, fields, options } = warehouse.entry('v');
      assert.deepEqual(
        [kind, viewQuery, options],
        ['VIEW', 'SELECT id * 2 FROM d.t', { description: 'x' }],
      );
      assert.deepEqual(fields, [{ name: 'n', type: { kind: 'INT64' }, description: 'twice' }]);
      await warehouse.fails(`CREATE ${sql}`, 'Already Exists: Table p:d.v', 409);
      assert.deepEqual(
        await warehouse.operation('CREATE VIEW IF NOT EXISTS d.v AS SELECT 1 AS x'),
        ['CREATE_VIEW', 'SKIP'],
      );
      assert.deepEqual(await warehouse.operation('CREATE OR REPLACE VIEW d.v AS SELECT 1 AS x'), [
        'CREATE_VIEW',
        'REPLACE',
      ]);
      assert.deepEqual(warehouse.columns('v'), ['x INT64']);
    });

    it('refuses a query that cannot be a view', async () => {
      await warehouse.fails(
        'CREATE VIEW d.v AS SELECT 1',
        'CREATE VIEW columns must be named, but column 1 has no name at [1:1]',
      );
      await warehouse.fails(
        'CREATE VIEW d.v AS SELECT nope FROM d.t',
        'Unrecognized name: nope at [1:27]',
      );
      await warehouse.fails(
        'CREATE VIEW d.v AS SELECT id FROM t',
        'Table "t" must be qualified with a dataset (e.g. dataset.table) at [1:35]',
      );
      await warehouse.fails(
        'CREATE VIEW d.v (a, b) AS SELECT id FROM d.t',
        'View has 2 columns in its column list, but its query gives 1 at [1:1]',
      );
      assert.equal(warehouse.catalog.table(ref('v')), undefined);
    });

    it('never reads itself, however far around', async () => {
      await warehouse.run(
        'CREATE VIEW d.a AS SELECT id FROM d.t',
        'CREATE VIEW d.b AS SELECT id FROM d.a',
      );
      await warehouse.run('CREATE OR REPLACE VIEW d.a AS SELECT id FROM d.b');
      await warehouse.fails('SELECT * FROM d.a', 'Table p:d.a refers to itself at [1:1]');
    });
  });

  describe('schemas and DROP', () => {
    it('creates a dataset once, with its options', async () => {
      assert.deepEqual(
        await warehouse.operation(
          'CREATE SCHEMA e OPTIONS(location="EU", description="x", default_table_expiration_days=2)',
        ),
        ['CREATE_SCHEMA', 'CREATE'],
      );
      const { options } = warehouse.catalog.mustDataset({ projectId: 'p', datasetId: 'e' });
      assert.deepEqual(options, {
        location: 'EU',
        description: 'x',
        defaultTableExpirationMs: '172800000',
      });
      await warehouse.fails('CREATE SCHEMA `p.e`', 'Already Exists: Dataset p:e', 409);
      assert.deepEqual(await warehouse.operation('CREATE SCHEMA IF NOT EXISTS e'), [
        'CREATE_SCHEMA',
        'SKIP',
      ]);
    });

    it('drops one that is empty, or all that is in it with CASCADE', async () => {
      await warehouse.fails('DROP SCHEMA d', 'Dataset p:d is still in use');
      assert.deepEqual(await warehouse.operation('DROP SCHEMA d CASCADE'), ['DROP_SCHEMA', 'DROP']);
      await warehouse.fails(
        'SELECT * FROM d.t',
        'Not found: Dataset p:d was not found in location US',
        404,
      );
      await warehouse.fails('DROP SCHEMA d', 'Not found: Dataset p:d', 404);
      assert.deepEqual(await warehouse.operation('DROP SCHEMA IF EXISTS d'), [
        'DROP_SCHEMA',
        'SKIP',
      ]);
    });

    it('drops tables and views, each by its own name', async () => {
      await warehouse.run('CREATE VIEW d.v AS SELECT 1 AS x');
      await warehouse.fails('DROP TABLE d.v', 'Table p:d.v is not a table: use DROP VIEW at [1:1]');
      await warehouse.fails('DROP VIEW d.t', 'Table p:d.t is not a view: use DROP TABLE at [1:1]');
      assert.deepEqual(await warehouse.operation('DROP VIEW d.v'), ['DROP_VIEW', 'DROP']);
      assert.deepEqual(await warehouse.operation('DROP TABLE t'), ['DROP_TABLE', 'DROP']);
      await warehouse.fails(
        'DROP TABLE t',
        'Not found: Table p:d.t was not found in location US',
        404,
      );
      assert.deepEqual(await warehouse.operation('DROP TABLE IF EXISTS t'), ['DROP_TABLE', 'SKIP']);
      await warehouse.run('CREATE TABLE d.t (id STRING)');
      assert.deepEqual(await warehouse.rows('SELECT * FROM t'), []);
    });
  });

  it('does nothing in a dry run but say what it would do', async () => {
    const dry = async (sql: string) => (await warehouse.engine.analyze(sql, warehouse.context)).ddl;
    assert.deepEqual(await dry('CREATE TABLE d.x AS SELECT 1 AS a'), {
      operation: 'CREATE',
      target: ref('x'),
    });
    assert.deepEqual(await dry('DROP TABLE d.t'), { operation: 'DROP', target: ref('t') });
    assert.deepEqual(await dry('ALTER TABLE d.t ADD COLUMN z INT64'), {
      operation: 'ALTER',
      target: ref('t'),
    });
    assert.deepEqual(
      [warehouse.catalog.table(ref('x')), warehouse.columns('t').length],
      [undefined, 2],
    );
  });
});
