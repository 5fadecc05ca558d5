import { itAnswers, itRefuses, openWarehouse, type Warehouse } from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('names', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.t (id INT64, name STRING, xs ARRAY<INT64>, s STRUCT<a INT64, b STRING>)',
      "INSERT d.t VALUES (1, 'a', [1, 2], STRUCT(1, 'x')), (2, 'b', [], STRUCT(2, 'y')), (3, NULL, NULL, NULL)",
      'CREATE TABLE d.`odd name` (`a b` INT64, `select` INT64)',
      'INSERT d.`odd name` VALUES (1, 2)',
    );
  });
  after(() => warehouse.close());

  describe('of tables, however they are quoted', () => {
    itAnswers(opened, [
      ['SELECT id FROM t WHERE id = 1', 'id INT64', [['1']]],
      ['SELECT id FROM d.t WHERE id = 1', 'id INT64', [['1']]],
      ['SELECT id FROM p.d.t WHERE id = 1', 'id INT64', [['1']]],
      ['SELECT id FROM `p.d.t` WHERE id = 1', 'id INT64', [['1']]],
      ['SELECT id FROM `p`.`d`.`t` WHERE id = 1', 'id INT64', [['1']]],
      ['SELECT id FROM `p.d`.t WHERE id = 1', 'id INT64', [['1']]],
      [
        'SELECT `a b`, `odd name`.select FROM d.`odd name`',
        'a b INT64, select INT64',
        [['1', '2']],
      ],
    ]);
    itRefuses(opened, [
      ['SELECT * FROM nope', 'Not found: Table p:d.nope was not found in location US', 404],
      ['SELECT * FROM none.t', 'Not found: Dataset p:none was not found in location US', 404],
      [
        'SELECT * FROM my-project-1.d.t',
        'Not found: Dataset my-project-1:d was not found in location US',
        404,
      ],
      ['SELECT * FROM a.b.c.d', 'Invalid table name: a.b.c.d at [1:15]'],
      ['SELECT * FROM D.t', 'Not found: Dataset p:D was not found in location US', 404],
      ['SELECT * FROM T', 'Not found: Table p:d.T was not found in location US', 404],
      [
        'SELECT * FROM `d.events_*`',
        'The local Google Cloud does not support wildcard tables (d.events_*).',
        501,
      ],
      ['SELECT * FROM d.t$20240101', 'Syntax error: Expected end of input but got "$" at [1:18]'],
    ]);
  });

  describe('of columns', () => {
    itAnswers(opened, [
      ['SELECT ID, Name FROM t AS T WHERE T.iD = 1', 'ID INT64, Name STRING', [['1', 'a']]],
      ['SELECT t.s.b, s.a FROM t WHERE id = 1', 'b STRING, a INT64', [['x', '1']]],
      ['SELECT p.d.t.id FROM (SELECT STRUCT(STRUCT(7 AS id) AS t) AS d) AS p', 'id INT64', [['7']]],
      ['SELECT t FROM (SELECT 1 AS a) AS t', 't STRUCT<a INT64>', [[['1']]]],
      ['SELECT t FROM (SELECT 1 AS t, 2 AS a) AS t', 't STRUCT<t INT64, a INT64>', [[['1', '2']]]],
      ['SELECT t.t FROM (SELECT 1 AS t, 2 AS a) AS t', 't INT64', [['1']]],
    ]);
    itRefuses(opened, [
      ['SELECT nam FROM t', 'Unrecognized name: nam; Did you mean name? at [1:8]'],
      ['SELECT t.nam FROM t', 'Name nam not found inside t; Did you mean name? at [1:10]'],
      ['SELECT zzz FROM t', 'Unrecognized name: zzz at [1:8]'],
      [
        'SELECT s.c FROM t',
        'Field name c does not exist in STRUCT<a INT64, b STRING>; Did you mean a? at [1:10]',
      ],
      ['SELECT id.x FROM t', 'Cannot access field x on a value with type INT64 at [1:11]'],
      ['SELECT id FROM t AS a, t AS b', 'Column name id is ambiguous at [1:8]'],
      [
        'SELECT a.id FROM t AS a, t AS A',
        'Duplicate table alias A in the same FROM clause at [1:24]',
      ],
      ['SELECT t.id FROM t AS a', 'Unrecognized name: t; Did you mean s? at [1:8]'],
      ['SELECT d.t.id FROM d.t', 'Unrecognized name: d; Did you mean id? at [1:8]'],
      [
        'SELECT _PARTITIONTIME FROM t',
        'The local Google Cloud does not support the pseudo-column _PARTITIONTIME.',
        501,
      ],
      [
        'SELECT _TABLE_SUFFIX FROM t',
        'The local Google Cloud does not support the pseudo-column _TABLE_SUFFIX.',
        501,
      ],
    ]);
  });

  describe('of common table expressions', () => {
    itAnswers(opened, [
      ['WITH t AS (SELECT 9 AS id) SELECT * FROM t', 'id INT64', [['9']]],
      ['WITH t AS (SELECT 9 AS id) SELECT COUNT(*) FROM d.t', 'f0_ INT64', [['3']]],
      [
        'WITH t AS (SELECT id + 1 AS id FROM t) SELECT * FROM t ORDER BY id',
        'id INT64',
        [['2'], ['3'], ['4']],
      ],
      [
        'WITH T AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM t) SELECT t.x, b.x FROM t, B',
        'x INT64, x_1 INT64',
        [['1', '2']],
      ],
      [
        'WITH a AS (SELECT 1 AS x) SELECT * FROM (WITH a AS (SELECT 2 AS x) SELECT * FROM a), a',
        'x INT64, x_1 INT64',
        [['2', '1']],
      ],
      ['WITH a AS (SELECT 1 AS x) SELECT (SELECT x FROM a)', 'f0_ INT64', [['1']]],
    ]);
    itRefuses(opened, [
      [
        'WITH a AS (SELECT 1 AS x), A AS (SELECT 2) SELECT * FROM a',
        'Duplicate alias A for WITH subquery at [1:28]',
      ],
      [
        'WITH b AS (SELECT * FROM a), a AS (SELECT 1) SELECT * FROM b',
        'Not found: Table p:d.a was not found in location US',
        404,
      ],
      [
        'WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r',
        'Not found: Table p:d.r was not found in location US',
        404,
      ],
    ]);
  });

  describe('of the columns of a result', () => {
    itAnswers(opened, [
      [
        'SELECT 1, 2 AS a, 3, s.a, t.s.b, -id FROM t WHERE id = 1',
        'f0_ INT64, a INT64, f1_ INT64, a_1 INT64, b STRING, f2_ INT64',
        [['1', '2', '3', '1', 'x', '-1']],
      ],
      [
        'SELECT 1 AS a, 2 AS A, 3 AS a_1, 4 AS a',
        'a INT64, A_2 INT64, a_1 INT64, a_3 INT64',
        [['1', '2', '3', '4']],
      ],
      [
        'SELECT (SELECT 1 AS inner_name), STRUCT(1 AS a).a, [1][OFFSET(0)], CAST(1 AS STRING)',
        'f0_ INT64, a INT64, f1_ INT64, f2_ STRING',
        [['1', '1', '1', '1']],
      ],
      [
        "SELECT STRUCT(1, 'x' AS b, [(2, 3)]) AS s",
        's STRUCT<_field_1 INT64, b STRING, _field_3 ARRAY<STRUCT<_field_1 INT64, _field_2 INT64>>>',
        [[['1', 'x', [['2', '3']]]]],
      ],
    ]);
  });

  describe('in an expression with WITH', () => {
    itAnswers(opened, [
      ['SELECT WITH(a AS 1, b AS a + 1, a * 10 + b)', 'f0_ INT64', [['12']]],
      [
        'SELECT id, WITH(a AS id * 2, a + 1) AS x FROM t ORDER BY id',
        'id INT64, x INT64',
        [
          ['1', '3'],
          ['2', '5'],
          ['3', '7'],
        ],
      ],
    ]);
    itRefuses(opened, [
      ['SELECT WITH(a AS 1, b)', 'Unrecognized name: b; Did you mean a? at [1:21]'],
    ]);
  });
});
