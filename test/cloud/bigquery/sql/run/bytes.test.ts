import assert from 'node:assert/strict';
import { openWarehouse, type Warehouse } from './testing.ts';

describe('bytes processed', () => {
  let warehouse: Warehouse;
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.t (i INT64, s STRING, b BOOL, xs ARRAY<INT64>, r STRUCT<a INT64, b STRING>, n NUMERIC, d DATE, j JSON)',
      `INSERT d.t VALUES
        (1, 'abc', TRUE, [1, 2], STRUCT(1, 'xy'), 1.5, '2024-01-01', JSON '{"a":1}'),
        (NULL, NULL, NULL, [], NULL, NULL, NULL, NULL)`,
      'CREATE TABLE d.u (i INT64, k STRING)',
      "INSERT d.u VALUES (1, 'é')",
      'CREATE VIEW d.v AS SELECT i, s FROM d.t',
    );
  });
  after(() => warehouse.close());

  const CASES: readonly (readonly [what: string, sql: string, bytes: number])[] = [
    ['8 for a number, none for NULL', 'SELECT i FROM t', 8],
    ['2 and its UTF-8 bytes for a string', 'SELECT k FROM u', 4],
    ['1 for a boolean', 'SELECT b FROM t', 1],
    ['the elements of an array', 'SELECT xs FROM t', 16],
    ['the fields of a struct', 'SELECT r FROM t', 12],
    ['the whole struct for one field of it', 'SELECT r.a FROM t', 12],
    ['16 for a decimal, 8 for a date', 'SELECT n, d FROM t', 24],
    ['each column once, wherever it stands', 'SELECT i, i + 1 FROM t WHERE i > 0 ORDER BY i', 8],
    [
      'columns of WHERE, joins, keys and order',
      'SELECT 1 FROM t JOIN u ON t.i = u.i WHERE b ORDER BY s',
      22,
    ],
    ['nothing for rows that are only counted', 'SELECT COUNT(*) FROM t', 0],
    ['nothing for a column that no one asks for', 'SELECT i FROM (SELECT * FROM t)', 8],
    ['what a CTE reads, once', 'WITH w AS (SELECT i FROM t) SELECT * FROM w, w AS x', 8],
    ["a view's columns", 'SELECT i FROM v', 8],
    [
      'columns of subqueries',
      'SELECT (SELECT MAX(i) FROM t), EXISTS(SELECT 1 FROM u WHERE k = "x")',
      12,
    ],
    ['what it is told to insert', 'INSERT d.u SELECT i, s FROM t WHERE FALSE', 13],
    ['what the condition of a DELETE reads', 'DELETE d.t WHERE i = 99', 8],
    ['nothing without a table', 'SELECT 1', 0],
  ];
  for (const [what, sql, bytes] of CASES) {
    it(`count ${what}: ${sql}`, async () => {
      const dry = await warehouse.engine.analyze(sql, warehouse.context);
      assert.equal(dry.bytesProcessed, bytes);
      assert.equal((await warehouse.execute(sql)).bytesProcessed, bytes);
    });
  }
});
