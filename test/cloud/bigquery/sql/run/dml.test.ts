import assert from 'node:assert/strict';
import { openWarehouse, type Warehouse } from './testing.ts';

describe('statements that change rows', () => {
  let warehouse: Warehouse;
  beforeEach(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.t (id INT64 NOT NULL, name STRING, xs ARRAY<INT64>, s STRUCT<a INT64, b STRING>)',
      "INSERT d.t (id, name) VALUES (1, 'a'), (2, 'b'), (3, NULL)",
    );
  });
  afterEach(() => warehouse.close());

  const rows = (sql = 'SELECT id, name FROM t ORDER BY id, name') => warehouse.rows(sql);
  const BEFORE = [
    ['1', 'a'],
    ['2', 'b'],
    ['3', null],
  ];
  const changed = async (sql: string) => {
    const { statementType, dml } = await warehouse.execute(sql);
    assert.deepEqual(dml?.target, { projectId: 'p', datasetId: 'd', tableId: 't' });
    return [statementType, dml.inserted, dml.updated, dml.deleted];
  };
  const refused = async (sql: string, message: string, status = 400) => {
    await warehouse.fails(sql, message, status);
    assert.deepEqual(await rows(), BEFORE);
  };

  describe('INSERT', () => {
    it('adds rows of values, those without a column with NULL or an empty array there', async () => {
      const sql = "INSERT INTO d.t (NAME, id) VALUES ('x', 4), (DEFAULT, 5)";
      assert.deepEqual(await changed(sql), ['INSERT', 2, 0, 0]);
      assert.deepEqual(await rows('SELECT * FROM t WHERE id > 3 ORDER BY id'), [
        ['4', 'x', [], null],
        ['5', null, [], null],
      ]);
    });

    it('adds the rows of a query, also of the table itself', async () => {
      const sql = 'INSERT t SELECT id + 10, name, [id], STRUCT(id, name) FROM t WHERE id < 3';
      assert.deepEqual(await changed(sql), ['INSERT', 2, 0, 0]);
      assert.deepEqual(await rows('SELECT * FROM t WHERE id > 10 ORDER BY id'), [
        ['11', 'a', ['1'], ['1', 'a']],
        ['12', 'b', ['2'], ['2', 'b']],
      ]);
    });

    it('takes values that coerce, as the columns are', async () => {
      await warehouse.run(
        'CREATE TABLE d.c (f FLOAT64, n NUMERIC, d DATE, ts TIMESTAMP, j JSON, b BYTES)',
        `INSERT d.c VALUES (1, 2.5, '2024-01-01', '2024-01-01', JSON '{"a": 1}', b'x')`,
        'INSERT d.c (f, n) SELECT id, id FROM t WHERE id = 1',
      );
      assert.deepEqual(await rows('SELECT * FROM d.c ORDER BY n DESC'), [
        ['1.0', '2.5', '2024-01-01', '2024-01-01T00:00:00Z', '{"a":1}', 'eA=='],
        ['1.0', '1', null, null, null, null],
      ]);
    });

    it('refuses columns and values that do not fit, and adds no row', async () => {
      await refused(
        'INSERT t (id, nam) VALUES (4, "x")',
        'Column nam is not present in table t; Did you mean name? at [1:15]',
      );
      await refused(
        'INSERT t (id, ID) VALUES (4, 5)',
        'Column ID is given a value more than once at [1:15]',
      );
      await refused(
        'INSERT t (id) VALUES (4), (5, 6)',
        'Inserted row has wrong column count; Has 2, expected 1 at [1:1]',
      );
      await refused(
        'INSERT t (id) SELECT 1, 2',
        'Inserted row has wrong column count; Has 2, expected 1 at [1:1]',
      );
      await refused(
        "INSERT t (id) VALUES ('x')",
        'Value has type STRING which cannot be inserted into column id, which has type INT64 at [1:23]',
      );
      await refused('INSERT t (id) VALUES (4), (NULL)', 'Required field id cannot be null');
      await refused("INSERT t (name) VALUES ('x')", 'Required field id cannot be null');
      await refused(
        'INSERT t (id, xs) VALUES (4, [1, NULL])',
        'Array cannot have a null element; error in writing field xs',
      );
      await refused(
        'INSERT d.none VALUES (1)',
        'Not found: Table p:d.none was not found in location US',
        404,
      );
    });

    it('adds none of its rows when the last one fails', async () => {
      const sql = `INSERT t (id, name)
        SELECT x, IF(x = 5000, ERROR('row 5000 is bad'), 'ok') FROM UNNEST(GENERATE_ARRAY(100, 5000)) AS x`;
      await refused(sql, 'row 5000 is bad');
      await refused(
        'INSERT t (id) SELECT DIV(10, 1000 - x) FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS x',
        'division by zero: DIV(10, 0)',
      );
    });
  });

  describe('UPDATE', () => {
    it('gives the rows that match new values, all computed from the old ones', async () => {
      const sql = 'UPDATE d.t SET id = id + 1, name = CONCAT(name, id) WHERE id >= 2';
      assert.deepEqual(await changed(sql), ['UPDATE', 0, 2, 0]);
      assert.deepEqual(await rows(), [
        ['1', 'a'],
        ['3', 'b2'],
        ['4', null],
      ]);
    });

    it('takes values from other tables, for rows that meet one of theirs', async () => {
      const sql = `UPDATE t AS x SET name = u.n, xs = [u.id], s = STRUCT(1, u.n)
        FROM (SELECT 2 AS id, 'two' AS n UNION ALL SELECT 9, 'nine') AS u WHERE x.id = u.id`;
      assert.deepEqual(await changed(sql), ['UPDATE', 0, 1, 0]);
      assert.deepEqual(await rows('SELECT * FROM t WHERE id = 2'), [
        ['2', 'two', ['2'], ['1', 'two']],
      ]);
      assert.deepEqual(await changed('UPDATE t SET name = DEFAULT WHERE TRUE'), [
        'UPDATE',
        0,
        3,
        0,
      ]);
    });

    it('refuses a row that meets two others, and changes nothing', async () => {
      await refused(
        'UPDATE t SET name = "x" FROM UNNEST([1, 1]) AS u WHERE t.id = u',
        'UPDATE/MERGE must match at most one source row for each target row at [1:1]',
      );
    });

    it('refuses columns and values that do not fit, and changes nothing', async () => {
      await refused(
        'UPDATE t SET nope = 1 WHERE TRUE',
        'Column nope is not present in table t at [1:14]',
      );
      await refused(
        'UPDATE t SET id = 1, id = 2 WHERE TRUE',
        'Column id is given a value more than once at [1:22]',
      );
      await refused('UPDATE t SET id = NULL WHERE id = 2', 'Required field id cannot be null');
      await refused('UPDATE t SET name = ERROR("no") WHERE id = 3', 'no');
      await refused(
        'UPDATE t SET name = "x"',
        'Syntax error: UPDATE must have a WHERE clause at [1:24]',
      );
      await refused(
        'UPDATE t SET s.a = 1 WHERE TRUE',
        'The local Google Cloud does not support assignments to fields of a column (s.a): write the whole column.',
        501,
      );
    });
  });

  describe('DELETE and TRUNCATE', () => {
    it('remove the rows that match, and with TRUNCATE all', async () => {
      assert.deepEqual(await changed('DELETE t WHERE id = 1 OR name IS NULL'), ['DELETE', 0, 0, 2]);
      assert.deepEqual(await rows(), [['2', 'b']]);
      assert.deepEqual(await changed('DELETE FROM t AS x WHERE x.id IN (SELECT id + 1 FROM t)'), [
        'DELETE',
        0,
        0,
        0,
      ]);
      assert.deepEqual(await changed('TRUNCATE TABLE t'), ['TRUNCATE_TABLE', 0, 0, 1]);
      assert.deepEqual(await rows(), []);
    });

    it('keep rows for which the condition is NULL', async () => {
      assert.deepEqual(await changed("DELETE t WHERE name != 'a'"), ['DELETE', 0, 0, 1]);
      assert.deepEqual(await rows('SELECT id FROM t ORDER BY id'), [['1'], ['3']]);
    });

    it('refuse what is no table of rows', async () => {
      await warehouse.run('CREATE VIEW d.v AS SELECT id FROM d.t');
      await refused('DELETE d.v WHERE TRUE', 'd.v is a view and cannot be modified at [1:8]');
      await refused('TRUNCATE TABLE d.v', 'd.v is a view and cannot be modified at [1:16]');
      await refused(
        'DELETE t WHERE id',
        'No matching signature for WHERE clause for argument types: INT64. Supported signature: BOOL at [1:16]',
      );
    });
  });

  it('say what they would change, and change nothing, in a dry run', async () => {
    for (const sql of [
      'INSERT t (id) VALUES (9)',
      'DELETE t WHERE TRUE',
      "UPDATE t SET name = '' WHERE TRUE",
      'TRUNCATE TABLE t',
    ]) {
      const { referencedTables } = await warehouse.engine.analyze(sql, warehouse.context);
      assert.deepEqual(referencedTables, [{ projectId: 'p', datasetId: 'd', tableId: 't' }]);
    }
    assert.deepEqual(await rows(), BEFORE);
  });
});
