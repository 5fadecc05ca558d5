import { itAnswers, itRefuses, openWarehouse, type Warehouse } from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('set operations', () => {
  before(async () => {
    warehouse = await openWarehouse();
  });
  after(() => warehouse.close());

  describe('by position', () => {
    itAnswers(opened, [
      [
        "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, 'y' ORDER BY a DESC",
        'a INT64, b STRING',
        [
          ['2', 'y'],
          ['1', 'x'],
        ],
      ],
      [
        'SELECT 1 AS a UNION ALL SELECT 1 UNION ALL SELECT 2 ORDER BY 1',
        'a INT64',
        [['1'], ['1'], ['2']],
      ],
      [
        'SELECT 1 AS a UNION DISTINCT SELECT 1 UNION DISTINCT SELECT NULL UNION DISTINCT SELECT NULL ORDER BY a',
        'a INT64',
        [[null], ['1']],
      ],
      ['SELECT x FROM UNNEST([1, 1, 2]) AS x INTERSECT DISTINCT SELECT 1', 'x INT64', [['1']]],
      [
        'SELECT x FROM UNNEST([1, 1, 2, 3, NULL]) AS x EXCEPT DISTINCT SELECT 1 ORDER BY 1',
        'x INT64',
        [[null], ['2'], ['3']],
      ],
      ['SELECT NULL AS x INTERSECT DISTINCT SELECT NULL', 'x INT64', [[null]]],
      [
        '(SELECT 1 AS a ORDER BY a LIMIT 1) UNION ALL (SELECT 2) ORDER BY a DESC LIMIT 1',
        'a INT64',
        [['2']],
      ],
      [
        'SELECT 1 AS a UNION ALL (SELECT 2 INTERSECT DISTINCT SELECT 2) ORDER BY 1',
        'a INT64',
        [['1'], ['2']],
      ],
      ['SELECT COUNT(*) FROM (SELECT 1 UNION ALL SELECT 2)', 'f0_ INT64', [['2']]],
    ]);
    itRefuses(opened, [
      [
        'SELECT 1 AS a UNION ALL SELECT 1, 2',
        'Queries in UNION ALL have mismatched column count; query 1 has 1 columns, query 2 has 2 columns at [1:15]',
      ],
      [
        "SELECT 1 AS a UNION ALL SELECT 'x'",
        'Column 1 in UNION ALL has incompatible types: INT64, STRING at [1:15]',
      ],
      [
        'SELECT 1 AS a UNION ALL SELECT 2 ORDER BY b',
        'Unrecognized name: b; Did you mean a? at [1:43]',
      ],
      [
        "SELECT JSON '1' AS j UNION DISTINCT SELECT JSON '1'",
        'Column 1 in UNION DISTINCT has type that does not support set operation comparisons: JSON at [1:22]',
      ],
    ]);
  });

  describe('with one type for both sides', () => {
    itAnswers(opened, [
      ['SELECT 1 AS a UNION ALL SELECT 2.5 ORDER BY a', 'a FLOAT64', [['1.0'], ['2.5']]],
      ["SELECT NUMERIC '1.5' AS a UNION ALL SELECT 1 ORDER BY a", 'a NUMERIC', [['1'], ['1.5']]],
      ["SELECT NULL AS a UNION ALL SELECT 'x' ORDER BY a", 'a STRING', [[null], ['x']]],
      [
        "SELECT DATE '2024-01-01' AS d UNION ALL SELECT '2024-01-02' ORDER BY 1",
        'd DATE',
        [['2024-01-01'], ['2024-01-02']],
      ],
      [
        'SELECT [1] AS xs UNION ALL SELECT [2.5] ORDER BY xs[OFFSET(0)]',
        'xs ARRAY<FLOAT64>',
        [[['1.0']], [['2.5']]],
      ],
      [
        'SELECT STRUCT(1 AS a) AS s UNION ALL SELECT STRUCT(2.5) ORDER BY s.a',
        's STRUCT<a FLOAT64>',
        [[['1.0']], [['2.5']]],
      ],
    ]);
    itRefuses(opened, [
      [
        "SELECT CAST('2024-01-02' AS STRING) AS d UNION ALL SELECT DATE '2024-01-01'",
        'Column 1 in UNION ALL has incompatible types: STRING, DATE at [1:42]',
      ],
      [
        "SELECT DATE '2024-01-01' AS d UNION ALL SELECT TIMESTAMP '2024-01-01'",
        'Column 1 in UNION ALL has incompatible types: DATE, TIMESTAMP at [1:31]',
      ],
    ]);
  });

  describe('by name', () => {
    itAnswers(opened, [
      [
        'SELECT 1 AS a, 2 AS b UNION ALL BY NAME SELECT 3 AS b, 4 AS A ORDER BY a',
        'a INT64, b INT64',
        [
          ['1', '2'],
          ['4', '3'],
        ],
      ],
      [
        'SELECT 1 AS a, 2 AS b FULL OUTER UNION ALL BY NAME SELECT 3 AS b, 4 AS c ORDER BY b',
        'a INT64, b INT64, c INT64',
        [
          ['1', '2', null],
          [null, '3', '4'],
        ],
      ],
      [
        'SELECT 1 AS a, 2 AS b INNER UNION ALL BY NAME SELECT 3 AS b, 4 AS c ORDER BY b',
        'b INT64',
        [['2'], ['3']],
      ],
      [
        'SELECT 1 AS a, 2 AS b LEFT OUTER UNION ALL BY NAME SELECT 3 AS b, 4 AS c ORDER BY b',
        'a INT64, b INT64',
        [
          ['1', '2'],
          [null, '3'],
        ],
      ],
      [
        'SELECT 1 AS a, 2 AS b UNION ALL BY NAME ON (b) SELECT 3 AS b, 4 AS a ORDER BY b',
        'b INT64',
        [['2'], ['3']],
      ],
      [
        'SELECT 1 AS a, 2 AS b UNION ALL CORRESPONDING SELECT 3 AS b, 4 AS c ORDER BY b',
        'b INT64',
        [['2'], ['3']],
      ],
      [
        'SELECT 1 AS a, 2 AS b EXCEPT DISTINCT BY NAME SELECT 2 AS b, 1 AS a',
        'a INT64, b INT64',
        [],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS b',
        'BY NAME without a mode requires all inputs to have the same column names; a is not in all of them at [1:15]',
      ],
      [
        'SELECT 1 AS a, 2 AS a UNION ALL BY NAME SELECT 2 AS a',
        'Duplicate column name a in a set operation by name at [1:23]',
      ],
    ]);
  });

  describe('recursion', () => {
    itAnswers(opened, [
      [
        'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 4) SELECT * FROM r ORDER BY n',
        'n INT64',
        [['1'], ['2'], ['3'], ['4']],
      ],
      [
        'WITH RECURSIVE r AS (SELECT 1 AS n UNION DISTINCT SELECT MOD(n + 1, 5) FROM r) SELECT * FROM r ORDER BY n',
        'n INT64',
        [['0'], ['1'], ['2'], ['3'], ['4']],
      ],
      [
        'WITH RECURSIVE r AS (SELECT 1 AS id, [1] AS path UNION ALL SELECT id * 2, ARRAY_CONCAT(path, [id * 2]) FROM r WHERE id < 5) SELECT * FROM r ORDER BY id',
        'id INT64, path ARRAY<INT64>',
        [
          ['1', ['1']],
          ['2', ['1', '2']],
          ['4', ['1', '2', '4']],
          ['8', ['1', '2', '4', '8']],
        ],
      ],
      [
        'WITH RECURSIVE a AS (SELECT 1 AS x), r AS (SELECT x FROM a UNION ALL SELECT x + 1 FROM r WHERE x < 3) SELECT SUM(x) AS s FROM r',
        's INT64',
        [['6']],
      ],
      [
        'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT r.n + 1 FROM r JOIN UNNEST([1, 2]) AS x ON x = r.n) SELECT * FROM r ORDER BY n',
        'n INT64',
        [['1'], ['2'], ['3']],
      ],
    ]);
    itRefuses(opened, [
      [
        'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 0.5 FROM r WHERE n < 4) SELECT * FROM r',
        'Recursive term of r changes the type of column 1: cast it to INT64 at [1:36]',
      ],
      [
        'WITH RECURSIVE r AS (SELECT n FROM r) SELECT * FROM r',
        'Not found: Table p:d.r was not found in location US',
        404,
      ],
      [
        'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r ORDER BY n) SELECT * FROM r',
        'The local Google Cloud does not support recursive queries with ORDER BY, LIMIT or BY NAME.',
        501,
      ],
    ]);
  });
});
