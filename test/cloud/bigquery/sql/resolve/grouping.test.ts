import { itAnswers, itRefuses, openWarehouse, type Warehouse } from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('grouping', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.t (k STRING, n INT64, x FLOAT64)',
      "INSERT d.t VALUES ('a', 1, 1), ('a', 2, NULL), ('b', 1, 0.5), (NULL, 1, 2)",
    );
  });
  after(() => warehouse.close());

  describe('by keys', () => {
    itAnswers(opened, [
      [
        'SELECT k, COUNT(*) AS c, SUM(n) AS s FROM t GROUP BY k ORDER BY k',
        'k STRING, c INT64, s INT64',
        [
          [null, '1', '1'],
          ['a', '2', '3'],
          ['b', '1', '1'],
        ],
      ],
      [
        'SELECT k, MOD(n, 2) AS odd, COUNT(x) AS c FROM t GROUP BY 1, odd ORDER BY 1, 2',
        'k STRING, odd INT64, c INT64',
        [
          [null, '1', '1'],
          ['a', '0', '0'],
          ['a', '1', '1'],
          ['b', '1', '1'],
        ],
      ],
      [
        'SELECT UPPER(k) AS u, k FROM t GROUP BY k ORDER BY k',
        'u STRING, k STRING',
        [
          [null, null],
          ['A', 'a'],
          ['B', 'b'],
        ],
      ],
      [
        'SELECT n AS k, COUNT(*) AS c FROM t GROUP BY k ORDER BY 1',
        'k INT64, c INT64',
        [
          ['1', '3'],
          ['2', '1'],
        ],
      ],
      ['SELECT n + 1 FROM t GROUP BY n + 1 ORDER BY 1', 'f0_ INT64', [['2'], ['3']]],
      [
        "SELECT s.a, s FROM (SELECT STRUCT(1 AS a, 'b' AS b) AS s) GROUP BY s",
        'a INT64, s STRUCT<a INT64, b STRING>',
        [['1', ['1', 'b']]],
      ],
      [
        "SELECT x, COUNT(*) FROM UNNEST([CAST('nan' AS FLOAT64), CAST('nan' AS FLOAT64), 0.0, -0.0]) AS x GROUP BY x ORDER BY x",
        'x FLOAT64, f0_ INT64',
        [
          ['NaN', '2'],
          ['0.0', '2'],
        ],
      ],
      ['SELECT COUNT(*) FROM t WHERE FALSE', 'f0_ INT64', [['0']]],
      ['SELECT k, COUNT(*) FROM t WHERE FALSE GROUP BY k', 'k STRING, f0_ INT64', []],
    ]);
    itRefuses(opened, [
      [
        'SELECT k, n FROM t GROUP BY k',
        'SELECT list expression references column n which is neither grouped nor aggregated at [1:11]',
      ],
      [
        'SELECT k, COUNT(*) FROM t',
        'SELECT list expression references column k which is neither grouped nor aggregated at [1:8]',
      ],
      [
        'SELECT * FROM t GROUP BY k',
        'SELECT list expression references column n which is neither grouped nor aggregated at [1:8]',
      ],
      ['SELECT k FROM t GROUP BY 2', 'GROUP BY is out of SELECT column number range: 2 at [1:26]'],
      [
        'SELECT COUNT(*) FROM t GROUP BY 1',
        'Column 1 contains an aggregation function, which is not allowed in GROUP BY at [1:33]',
      ],
      ["SELECT k FROM t GROUP BY 'a'", 'Cannot GROUP BY literal values at [1:26]'],
      ["SELECT COUNT(*) FROM t GROUP BY JSON '1'", 'Cannot GROUP BY literal values at [1:33]'],
      [
        'SELECT SUM(COUNT(*)) FROM t',
        'Aggregate function COUNT not allowed in an aggregate function or a key of GROUP BY at [1:12]',
      ],
      [
        'SELECT k FROM t GROUP BY k ORDER BY n',
        'ORDER BY clause expression references column n which is neither grouped nor aggregated at [1:37]',
      ],
      ['SELECT COUNT(*)', 'SELECT without FROM clause cannot use aggregation at [1:1]'],
    ]);
  });

  describe('by ALL that is not aggregated', () => {
    itAnswers(opened, [
      [
        'SELECT k, SUM(n) AS s FROM t GROUP BY ALL ORDER BY k',
        'k STRING, s INT64',
        [
          [null, '1'],
          ['a', '3'],
          ['b', '1'],
        ],
      ],
      [
        "SELECT k, n + 1 AS m, 'c' AS c, COUNT(*) AS rows_ FROM t GROUP BY ALL ORDER BY k, m",
        'k STRING, m INT64, c STRING, rows_ INT64',
        [
          [null, '2', 'c', '1'],
          ['a', '2', 'c', '1'],
          ['a', '3', 'c', '1'],
          ['b', '2', 'c', '1'],
        ],
      ],
      ['SELECT COUNT(*) AS c FROM t GROUP BY ALL', 'c INT64', [['4']]],
    ]);
  });

  describe('by ROLLUP, CUBE and GROUPING SETS', () => {
    itAnswers(opened, [
      [
        'SELECT k, SUM(n) AS s, GROUPING(k) AS g FROM t GROUP BY ROLLUP (k) ORDER BY g, k',
        'k STRING, s INT64, g INT64',
        [
          [null, '1', '0'],
          ['a', '3', '0'],
          ['b', '1', '0'],
          [null, '5', '1'],
        ],
      ],
      [
        'SELECT k, n, COUNT(*) AS c FROM t GROUP BY ROLLUP (k, n) ORDER BY GROUPING(k), GROUPING(n), k, n',
        'k STRING, n INT64, c INT64',
        [
          [null, '1', '1'],
          ['a', '1', '1'],
          ['a', '2', '1'],
          ['b', '1', '1'],
          [null, null, '1'],
          ['a', null, '2'],
          ['b', null, '1'],
          [null, null, '4'],
        ],
      ],
      [
        'SELECT k, n, COUNT(*) AS c FROM t WHERE k IS NOT NULL GROUP BY CUBE (k, n) ORDER BY GROUPING(k), GROUPING(n), k, n',
        'k STRING, n INT64, c INT64',
        [
          ['a', '1', '1'],
          ['a', '2', '1'],
          ['b', '1', '1'],
          ['a', null, '2'],
          ['b', null, '1'],
          [null, '1', '2'],
          [null, '2', '1'],
          [null, null, '3'],
        ],
      ],
      [
        'SELECT k, n, COUNT(*) AS c FROM t GROUP BY GROUPING SETS (k, (n), ()) ORDER BY GROUPING(k), GROUPING(n), k, n',
        'k STRING, n INT64, c INT64',
        [
          [null, null, '1'],
          ['a', null, '2'],
          ['b', null, '1'],
          [null, '1', '3'],
          [null, '2', '1'],
          [null, null, '4'],
        ],
      ],
      [
        'SELECT k, COUNT(*) AS c FROM t GROUP BY GROUPING SETS (k, ROLLUP (k)) ORDER BY GROUPING(k), k',
        'k STRING, c INT64',
        [
          [null, '1'],
          [null, '1'],
          ['a', '2'],
          ['a', '2'],
          ['b', '1'],
          ['b', '1'],
          [null, '4'],
        ],
      ],
      ['SELECT COUNT(*) AS c FROM t GROUP BY ()', 'c INT64', [['4']]],
    ]);
    itRefuses(opened, [
      [
        'SELECT GROUPING(n) FROM t GROUP BY ROLLUP (k)',
        'GROUPING must have an argument that is a key of GROUP BY at [1:17]',
      ],
      [
        'SELECT GROUPING(k) FROM t',
        'GROUPING must have an argument that is a key of GROUP BY at [1:17]',
      ],
    ]);
  });

  describe('HAVING', () => {
    itAnswers(opened, [
      ['SELECT k, COUNT(*) AS c FROM t GROUP BY k HAVING c > 1', 'k STRING, c INT64', [['a', '2']]],
      ['SELECT k FROM t GROUP BY k HAVING SUM(n) = 1 AND k IS NOT NULL', 'k STRING', [['b']]],
      ['SELECT COUNT(*) AS c FROM t HAVING COUNT(*) > 10', 'c INT64', []],
      ['SELECT 1 AS one FROM t HAVING COUNT(*) > 1', 'one INT64', [['1']]],
    ]);
    itRefuses(opened, [
      [
        'SELECT k FROM t GROUP BY k HAVING n > 1',
        'HAVING clause expression references column n which is neither grouped nor aggregated at [1:35]',
      ],
      [
        'SELECT k FROM t GROUP BY k HAVING COUNT(*)',
        'No matching signature for HAVING clause for argument types: INT64. Supported signature: BOOL at [1:35]',
      ],
      [
        'SELECT k FROM t HAVING COUNT(*) > 1',
        'SELECT list expression references column k which is neither grouped nor aggregated at [1:8]',
      ],
    ]);
  });

  describe('aggregates within it', () => {
    itAnswers(opened, [
      [
        "SELECT COUNT(DISTINCT k) AS d, AVG(n) AS a, MAX(k) AS m, ARRAY_AGG(n ORDER BY n DESC LIMIT 2) AS l, STRING_AGG(k, '-' ORDER BY k) AS s FROM t",
        'd INT64, a FLOAT64, m STRING, l ARRAY<INT64>, s STRING',
        [['2', '1.25', 'b', ['2', '1'], 'a-a-b']],
      ],
      [
        'SELECT k, SUM(COUNT(*)) OVER (ORDER BY k) AS running FROM t GROUP BY k ORDER BY k',
        'k STRING, running INT64',
        [
          [null, '1'],
          ['a', '3'],
          ['b', '4'],
        ],
      ],
      ['SELECT ANY_VALUE(k HAVING MAX x) AS k FROM t', 'k STRING', [[null]]],
      ['SELECT SUM(n) + MAX(n) * 2 AS s FROM t', 's INT64', [['9']]],
      [
        "SELECT SUM(IF(k = 'a', n, 0)) AS s, COUNTIF(k IS NULL) AS c FROM t",
        's INT64, c INT64',
        [['3', '1']],
      ],
      ['SELECT SUM(n) AS s FROM t WHERE FALSE', 's INT64', [[null]]],
    ]);
  });
});
