import {
  EXAMPLE_TABLE,
  itAnswers,
  itRefuses,
  openWarehouse,
  type Warehouse,
} from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('SELECT', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(...EXAMPLE_TABLE);
  });
  after(() => warehouse.close());

  describe('star', () => {
    itAnswers(opened, [
      [
        'SELECT * FROM t ORDER BY id LIMIT 1',
        'id INT64, name STRING, xs ARRAY<INT64>, s STRUCT<a INT64, b STRING>',
        [['1', 'a', ['1', '2'], ['1', 'x']]],
      ],
      [
        'SELECT t.*, 1 AS one FROM t WHERE id = 1',
        'id INT64, name STRING, xs ARRAY<INT64>, s STRUCT<a INT64, b STRING>, one INT64',
        [['1', 'a', ['1', '2'], ['1', 'x'], '1']],
      ],
      [
        'SELECT s.* FROM t ORDER BY a',
        'a INT64, b STRING',
        [
          [null, null],
          ['1', 'x'],
          ['2', 'y'],
        ],
      ],
      ['SELECT * EXCEPT (xs, S) FROM t WHERE id = 1', 'id INT64, name STRING', [['1', 'a']]],
      [
        'SELECT * REPLACE (id * 2 AS ID) FROM (SELECT id, name FROM t) WHERE id = 1',
        'id INT64, name STRING',
        [['2', 'a']],
      ],
      [
        "SELECT * EXCEPT (a) REPLACE ('x' AS b) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)",
        'b STRING, c INT64',
        [['x', '3']],
      ],
      ["SELECT STRUCT(1 AS a, 'b' AS b).*", 'a INT64, b STRING', [['1', 'b']]],
    ]);
    itRefuses(opened, [
      ['SELECT *', 'SELECT * must have a FROM clause at [1:8]'],
      [
        'SELECT * EXCEPT (nope) FROM t',
        'Column nope in SELECT * EXCEPT list does not exist at [1:18]',
      ],
      [
        'SELECT * EXCEPT (id, id) FROM t',
        'Duplicate column name in SELECT * EXCEPT list: id at [1:22]',
      ],
      [
        'SELECT * EXCEPT (id, name, xs, s) FROM t',
        'SELECT * EXCEPT expands to zero columns after applying EXCEPT at [1:8]',
      ],
      [
        'SELECT * REPLACE (1 AS nope) FROM t',
        'Column nope in SELECT * REPLACE list does not exist at [1:24]',
      ],
      [
        'SELECT * EXCEPT (id) REPLACE (1 AS id) FROM t',
        'Column id in SELECT * REPLACE list does not exist at [1:36]',
      ],
      ['SELECT name.* FROM t', 'Dot-star is not supported for type STRING at [1:8]'],
    ]);
  });

  describe('AS STRUCT and AS VALUE', () => {
    itAnswers(opened, [
      [
        'SELECT AS STRUCT id, name FROM t ORDER BY id',
        'id INT64, name STRING',
        [
          ['1', 'a'],
          ['2', 'b'],
          ['3', null],
        ],
      ],
      ['SELECT AS VALUE s FROM t WHERE id = 1', 'a INT64, b STRING', [['1', 'x']]],
      ['SELECT AS VALUE id FROM t ORDER BY id', 'f0_ INT64', [['1'], ['2'], ['3']]],
      [
        'SELECT v.a, v FROM (SELECT AS STRUCT 1 AS a, 2 AS b) AS v',
        'a INT64, v STRUCT<a INT64, b INT64>',
        [['1', ['1', '2']]],
      ],
      ['SELECT a FROM (SELECT AS VALUE STRUCT(1 AS a))', 'a INT64', [['1']]],
      [
        'SELECT ARRAY(SELECT AS STRUCT id, name FROM t ORDER BY id DESC) AS people',
        'people ARRAY<STRUCT<id INT64, name STRING>>',
        [
          [
            [
              ['3', null],
              ['2', 'b'],
              ['1', 'a'],
            ],
          ],
        ],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT AS VALUE id, name FROM t',
        'SELECT AS VALUE query must have exactly one column at [1:1]',
      ],
    ]);
  });

  describe('DISTINCT', () => {
    itAnswers(opened, [
      ['SELECT DISTINCT name IS NULL AS b FROM t ORDER BY b', 'b BOOL', [['false'], ['true']]],
      [
        'SELECT DISTINCT x FROM UNNEST([1, NULL, 1, NULL]) AS x ORDER BY x',
        'x INT64',
        [[null], ['1']],
      ],
      [
        "SELECT DISTINCT x FROM UNNEST([CAST('nan' AS FLOAT64), CAST('nan' AS FLOAT64), 0.0, -0.0]) AS x ORDER BY x",
        'x FLOAT64',
        [['NaN'], ['0.0']],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT DISTINCT name FROM t ORDER BY id',
        'ORDER BY clause expression references a column which is not visible after SELECT DISTINCT at [1:38]',
      ],
      [
        "SELECT DISTINCT JSON '1' AS j",
        'Column j of type JSON cannot be used in SELECT DISTINCT at [1:17]',
      ],
    ]);
  });

  describe('WHERE', () => {
    itAnswers(opened, [
      ["SELECT id FROM t WHERE name = 'a'", 'id INT64', [['1']]],
      ["SELECT id FROM t WHERE name != 'a'", 'id INT64', [['2']]],
      [
        "SELECT id FROM t WHERE NOT (name = 'a') OR name IS NULL ORDER BY id",
        'id INT64',
        [['2'], ['3']],
      ],
    ]);
    itRefuses(opened, [
      ['SELECT 1 WHERE TRUE', 'Query without FROM clause cannot have a WHERE clause at [1:16]'],
      [
        'SELECT id FROM t WHERE id',
        'No matching signature for WHERE clause for argument types: INT64. Supported signature: BOOL at [1:24]',
      ],
      ['SELECT id AS x FROM t WHERE x = 1', 'Unrecognized name: x; Did you mean xs? at [1:29]'],
      [
        'SELECT id FROM t WHERE SUM(id) > 1',
        'Aggregate function SUM not allowed in WHERE clause at [1:24]',
      ],
      [
        'SELECT id FROM t WHERE ROW_NUMBER() OVER () = 1',
        'Analytic function not allowed in WHERE clause at [1:24]',
      ],
    ]);
  });

  describe('ORDER BY, with NULL first and NaN before all numbers', () => {
    itAnswers(opened, [
      [
        "SELECT x FROM UNNEST([1.5, NULL, CAST('nan' AS FLOAT64), CAST('-inf' AS FLOAT64), 2]) AS x ORDER BY x",
        'x FLOAT64',
        [[null], ['NaN'], ['-Infinity'], ['1.5'], ['2.0']],
      ],
      [
        "SELECT x FROM UNNEST([1.5, NULL, CAST('nan' AS FLOAT64), CAST('-inf' AS FLOAT64), 2]) AS x ORDER BY x DESC",
        'x FLOAT64',
        [['2.0'], ['1.5'], ['-Infinity'], ['NaN'], [null]],
      ],
      [
        "SELECT x FROM UNNEST([1.5, NULL, CAST('nan' AS FLOAT64)]) AS x ORDER BY x NULLS LAST",
        'x FLOAT64',
        [['NaN'], ['1.5'], [null]],
      ],
      [
        "SELECT x FROM UNNEST([1.5, NULL, CAST('nan' AS FLOAT64)]) AS x ORDER BY x DESC NULLS FIRST",
        'x FLOAT64',
        [[null], ['1.5'], ['NaN']],
      ],
      [
        "SELECT x FROM UNNEST(['b', 'B', 'a', '', 'é', NULL]) AS x ORDER BY x",
        'x STRING',
        [[null], [''], ['B'], ['a'], ['b'], ['é']],
      ],
      [
        'SELECT x FROM UNNEST([TRUE, NULL, FALSE]) AS x ORDER BY x',
        'x BOOL',
        [[null], ['false'], ['true']],
      ],
      [
        'SELECT name AS id, id AS name FROM t ORDER BY name DESC',
        'id STRING, name INT64',
        [
          [null, '3'],
          ['b', '2'],
          ['a', '1'],
        ],
      ],
      ['SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY -x', 'x INT64', [['3'], ['2'], ['1']]],
      [
        'SELECT x, y FROM UNNEST([STRUCT(1 AS x, 2 AS y), (1, 1), (0, 5)]) ORDER BY 1 DESC, 2',
        'x INT64, y INT64',
        [
          ['1', '1'],
          ['1', '2'],
          ['0', '5'],
        ],
      ],
      ['SELECT name FROM t ORDER BY id DESC', 'name STRING', [[null], ['b'], ['a']]],
    ]);
    itRefuses(opened, [
      [
        'SELECT x FROM UNNEST([3]) AS x ORDER BY 2',
        'ORDER BY is out of SELECT column number range: 2 at [1:41]',
      ],
      ["SELECT x FROM UNNEST([3]) AS x ORDER BY 'a'", 'Cannot ORDER BY literal values at [1:41]'],
      [
        'SELECT xs FROM t ORDER BY xs',
        'ORDER BY does not support expressions of type ARRAY<INT64> at [1:27]',
      ],
      [
        'SELECT s FROM t ORDER BY s',
        'ORDER BY does not support expressions of type STRUCT<a INT64, b STRING> at [1:26]',
      ],
    ]);
  });

  describe('LIMIT and OFFSET', () => {
    itAnswers(opened, [
      ['SELECT x FROM UNNEST([1, 2, 3, 4]) AS x ORDER BY x LIMIT 2', 'x INT64', [['1'], ['2']]],
      ['SELECT x FROM UNNEST([1, 2, 3, 4]) AS x ORDER BY x LIMIT 2 OFFSET 3', 'x INT64', [['4']]],
      ['SELECT x FROM UNNEST([1, 2, 3, 4]) AS x ORDER BY x LIMIT 0', 'x INT64', []],
      [
        'SELECT x FROM (SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY x DESC LIMIT 2) ORDER BY x',
        'x INT64',
        [['2'], ['3']],
      ],
    ]);
    itRefuses(opened, [
      ['SELECT 1 LIMIT -1', 'LIMIT expects a non-negative integer literal or parameter at [1:16]'],
      ["SELECT 1 LIMIT 'a'", 'LIMIT expects an INT64, but has type STRING at [1:16]'],
      [
        'SELECT 1 LIMIT NULL',
        'The local Google Cloud does not support LIMIT with an expression that is no literal or parameter.',
        501,
      ],
      ['SELECT id FROM t LIMIT id', 'Unrecognized name: id at [1:24]'],
      [
        'SELECT 1 LIMIT 1 + 1',
        'The local Google Cloud does not support LIMIT with an expression that is no literal or parameter.',
        501,
      ],
    ]);
  });
});
