import assert from 'node:assert/strict';
import { openWarehouse, type Warehouse } from './testing.ts';

describe('ALTER TABLE', () => {
  let warehouse: Warehouse;
  beforeEach(async () => {
    warehouse = await openWarehouse();
    await warehouse.run('CREATE TABLE d.t (id INT64 NOT NULL, name STRING)');
    await warehouse.run("INSERT d.t VALUES (1, 'a'), (2, 'b')");
  });
  afterEach(() => warehouse.close());

  it('adds columns, empty in the rows that are there', async () => {
    const sql =
      'ALTER TABLE d.t ADD COLUMN xs ARRAY<INT64>, ADD COLUMN f FLOAT64 OPTIONS(description="x"), ADD COLUMN ys ARRAY<STRING>';
    assert.deepEqual(await warehouse.operation(sql), ['ALTER_TABLE', 'ALTER']);
    assert.deepEqual(warehouse.columns('t').slice(2), [
      'xs ARRAY<INT64>',
      'f FLOAT64',
      'ys ARRAY<STRING>',
    ]);
    await warehouse.run('INSERT d.t (id, f) VALUES (3, 1)');
    assert.deepEqual(await warehouse.rows('SELECT * FROM t ORDER BY id'), [
      ['1', 'a', [], null, []],
      ['2', 'b', [], null, []],
      ['3', null, [], '1.0', []],
    ]);
    await warehouse.run('ALTER TABLE d.t ADD COLUMN IF NOT EXISTS F STRING');
    assert.equal(warehouse.columns('t').length, 5);
  });

  it('drops, renames and relaxes columns, all in one', async () => {
    await warehouse.run(
      'ALTER TABLE d.t ADD COLUMN z INT64, RENAME COLUMN name TO label, ALTER COLUMN id DROP NOT NULL, DROP COLUMN z, DROP COLUMN IF EXISTS q',
      'INSERT d.t (label) VALUES ("c")',
    );
    assert.deepEqual(warehouse.columns('t'), ['id INT64', 'label STRING']);
    assert.deepEqual(await warehouse.rows('SELECT * FROM t ORDER BY id'), [
      [null, 'c'],
      ['1', 'a'],
      ['2', 'b'],
    ]);
  });

  it('changes options, and removes those set to NULL', async () => {
    await warehouse.run(
      'ALTER TABLE d.t SET OPTIONS (description = "x", friendly_name = "y", labels = [("a", "b")])',
      'ALTER TABLE d.t SET OPTIONS (description = NULL), SET OPTIONS (friendly_name = "z")',
    );
    assert.deepEqual(warehouse.entry('t').options, { friendlyName: 'z', labels: { a: 'b' } });
  });

  it('does all of its actions or none', async () => {
    const before = warehouse.entry('t');
    const refused: readonly (readonly [string, string | RegExp])[] = [
      ['ADD COLUMN a INT64, DROP COLUMN nope', 'Column not found: nope at [1:49]'],
      ['ADD COLUMN a INT64, ADD COLUMN A INT64', 'Column already exists: A at [1:48]'],
      [
        'ADD COLUMN a INT64 NOT NULL',
        'ALTER TABLE ADD COLUMN cannot add a NOT NULL column at [1:28]',
      ],
      ['RENAME COLUMN id TO NAME', 'Column already exists: NAME at [1:37]'],
      [
        'DROP COLUMN id, DROP COLUMN name',
        'ALTER TABLE cannot drop the only column of a table at [1:45]',
      ],
      [
        'DROP COLUMN id, SET OPTIONS (partition_expiration_days = 1)',
        'The table is not partitioned by time at [1:33]',
      ],
    ];
    for (const [actions, message] of refused) {
      await warehouse.fails(`ALTER TABLE d.t ${actions}`, message);
      assert.deepEqual(warehouse.entry('t'), before);
    }
    assert.deepEqual(await warehouse.rows('SELECT * FROM t ORDER BY id'), [
      ['1', 'a'],
      ['2', 'b'],
    ]);
  });

  it('keeps the columns by which a table is partitioned or clustered', async () => {
    await warehouse.run(
      'CREATE TABLE d.p (day DATE, k STRING, n INT64) PARTITION BY day CLUSTER BY k',
    );
    await warehouse.fails(
      'ALTER TABLE d.p DROP COLUMN day',
      'The field specified for partitioning cannot be found in the schema: day',
    );
    await warehouse.fails(
      'ALTER TABLE d.p DROP COLUMN n, RENAME COLUMN k TO l',
      'The field specified for clustering cannot be found in the schema: k',
    );
    await warehouse.run('INSERT d.p VALUES ("2024-01-01", "x", 1)');
    assert.deepEqual(await warehouse.rows('SELECT * FROM d.p'), [['2024-01-01', 'x', '1']]);
  });

  it('of several at once, each is seen by the next', async () => {
    await Promise.all(
      ['a', 'b', 'c', 'e'].map((name) =>
        warehouse.run(`ALTER TABLE d.t ADD COLUMN ${name} ARRAY<INT64>`),
      ),
    );
    assert.equal(warehouse.columns('t').length, 6);
    assert.deepEqual((await warehouse.rows('SELECT * FROM t WHERE id = 1'))[0], [
      '1',
      'a',
      [],
      [],
      [],
      [],
    ]);
  });

  it('is refused for what is no table, and skipped for none if told to', async () => {
    await warehouse.run('CREATE VIEW d.v AS SELECT 1 AS x');
    await warehouse.fails(
      'ALTER TABLE d.v ADD COLUMN a INT64',
      'The local Google Cloud does not support ALTER TABLE of a view.',
      501,
    );
    await warehouse.fails(
      'ALTER TABLE d.none ADD COLUMN a INT64',
      'Not found: Table p:d.none was not found in location US',
      404,
    );
    assert.deepEqual(await warehouse.operation('ALTER TABLE IF EXISTS d.none ADD COLUMN a INT64'), [
      'ALTER_TABLE',
      'SKIP',
    ]);
  });
});
