import { itAnswers, itRefuses, openWarehouse, type Warehouse } from './testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('temporary functions', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run('CREATE TABLE d.t (id INT64)', 'INSERT d.t VALUES (1), (2)');
  });
  after(() => warehouse.close());

  itAnswers(opened, [
    [
      'CREATE TEMP FUNCTION f(x INT64) AS (x * 2); SELECT f(21) AS a, F(1) AS b',
      'a INT64, b INT64',
      [['42', '2']],
    ],
    ['CREATE TEMP FUNCTION f(x FLOAT64) AS (x); SELECT f(1) AS a', 'a FLOAT64', [['1.0']]],
    [
      'CREATE TEMP FUNCTION f(x ANY TYPE) AS (IF(x IS NULL, "none", "some")); SELECT f(1) AS a, f(CAST(NULL AS DATE)) AS b',
      'a STRING, b STRING',
      [['some', 'none']],
    ],
    [
      'CREATE TEMP FUNCTION half(x FLOAT64) AS (x / 2); CREATE TEMP FUNCTION text(x FLOAT64) RETURNS STRING AS (CAST(half(x) AS STRING)); SELECT text(1) AS a',
      'a STRING',
      [['0.5']],
    ],
    [
      'CREATE TEMP FUNCTION total(n INT64) AS ((SELECT SUM(x) FROM UNNEST(GENERATE_ARRAY(1, n)) AS x)); SELECT id, total(id * 2) AS a FROM t ORDER BY id',
      'id INT64, a INT64',
      [
        ['1', '3'],
        ['2', '10'],
      ],
    ],
    [
      'CREATE TEMP FUNCTION last() AS ((SELECT MAX(id) FROM d.t)); SELECT last() AS a',
      'a INT64',
      [['2']],
    ],
    [
      'CREATE TEMP FUNCTION id(x INT64) AS (x + 100); SELECT id(id) AS a FROM t ORDER BY a',
      'a INT64',
      [['101'], ['102']],
    ],
    [
      'CREATE TEMP FUNCTION f(x INT64) AS (x + 1); SELECT SUM(f(id)) AS a, f(SUM(id)) AS b FROM t',
      'a INT64, b INT64',
      [['5', '4']],
    ],
  ]);

  itRefuses(opened, [
    [
      "CREATE TEMP FUNCTION f(x INT64) AS (x); SELECT f('a')",
      'No matching signature for function f at [1:50]',
    ],
    [
      'CREATE TEMP FUNCTION f(x INT64) AS (x); SELECT f(1, 2)',
      'Number of arguments does not match for function f: expected 1, found 2 at [1:48]',
    ],
    [
      'CREATE TEMP FUNCTION f(x INT64) AS (id); SELECT f(id) FROM t',
      'Unrecognized name: id at [1:37]',
    ],
    [
      'CREATE TEMP FUNCTION f(x INT64) AS (SUM(x)); SELECT f(id) FROM t',
      'Aggregate function SUM not allowed in function f at [1:37]',
    ],
    ['CREATE TEMP FUNCTION f() AS (1); SELECT g()', 'Function not found: g at [1:41]'],
    [
      'CREATE TEMP FUNCTION f() AS (1); SELECT SAFE.f()',
      'The local Google Cloud does not support SAFE. with a function of one’s own.',
      501,
    ],
    [
      'CREATE TEMP FUNCTION endless(x INT64) AS (endless(x)); SELECT endless(1)',
      'Function not found: endless at [1:43]',
    ],
  ]);
});

describe('ASSERT', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run('CREATE TABLE d.t (id INT64)', 'INSERT d.t VALUES (1), (2)');
  });
  after(() => warehouse.close());

  it('passes what is true', async () => {
    await warehouse.run('ASSERT 1 = 1', "ASSERT (SELECT COUNT(*) FROM t) = 2 AS 'two rows'");
    await warehouse.run('ASSERT EXISTS(SELECT 1 FROM t WHERE id = 2)');
  });

  itRefuses(opened, [
    ["ASSERT (SELECT COUNT(*) FROM t) = 3 AS 'three rows'", 'three rows'],
    ['ASSERT FALSE', 'Assertion failed'],
    ['ASSERT NULL', 'Assertion failed'],
    [
      'ASSERT 1',
      'No matching signature for ASSERT for argument types: INT64. Supported signature: BOOL at [1:8]',
    ],
    ['ASSERT (SELECT id FROM t) = 1', 'Scalar subquery produced more than one element'],
  ]);
});
