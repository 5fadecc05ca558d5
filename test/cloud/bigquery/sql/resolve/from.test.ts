import {
  EXAMPLE_TABLE,
  itAnswers,
  itRefuses,
  openWarehouse,
  type Warehouse,
} from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('FROM', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(...EXAMPLE_TABLE);
  });
  after(() => warehouse.close());

  describe('joins', () => {
    itAnswers(opened, [
      [
        'SELECT a.id, b.id FROM t AS a JOIN t AS b ON a.id = b.id - 1 ORDER BY 1',
        'id INT64, id_1 INT64',
        [
          ['1', '2'],
          ['2', '3'],
        ],
      ],
      [
        'SELECT a.id, b.id FROM t AS a LEFT JOIN t AS b ON a.id = b.id - 1 ORDER BY 1',
        'id INT64, id_1 INT64',
        [
          ['1', '2'],
          ['2', '3'],
          ['3', null],
        ],
      ],
      [
        'SELECT a.id, b.id FROM t AS a RIGHT OUTER JOIN t AS b ON a.id = b.id - 1 ORDER BY 2',
        'id INT64, id_1 INT64',
        [
          [null, '1'],
          ['1', '2'],
          ['2', '3'],
        ],
      ],
      [
        'SELECT a.id, b.id FROM t AS a FULL JOIN t AS b ON a.id = b.id - 1 ORDER BY 1, 2',
        'id INT64, id_1 INT64',
        [
          [null, '1'],
          ['1', '2'],
          ['2', '3'],
          ['3', null],
        ],
      ],
      ['SELECT COUNT(*) FROM t CROSS JOIN t AS u, t AS v', 'f0_ INT64', [['27']]],
      [
        'SELECT COUNT(*) FROM t AS a JOIN t AS b JOIN t AS c ON b.id = c.id ON a.id = b.id',
        'f0_ INT64',
        [['3']],
      ],
      [
        'SELECT COUNT(*) FROM t AS a JOIN (t AS b JOIN t AS c ON b.id = c.id) ON a.id = c.id',
        'f0_ INT64',
        [['3']],
      ],
      [
        'SELECT a.id FROM t AS a JOIN t AS b ON a.name = b.name ORDER BY 1',
        'id INT64',
        [['1'], ['2']],
      ],
      [
        'SELECT a.id FROM t AS a LEFT JOIN t AS b ON FALSE WHERE b.id IS NULL ORDER BY 1',
        'id INT64',
        [['1'], ['2'], ['3']],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT 1 FROM t AS a JOIN t AS b',
        'INNER JOIN must have an immediately following ON or USING clause at [1:22]',
      ],
      [
        'SELECT 1 FROM t AS a LEFT JOIN t AS b',
        'LEFT JOIN must have an immediately following ON or USING clause at [1:22]',
      ],
      [
        'SELECT 1 FROM t AS a JOIN t AS b ON a.id',
        'No matching signature for JOIN ON clause for argument types: INT64. Supported signature: BOOL at [1:37]',
      ],
      [
        'SELECT 1 FROM t AS a JOIN t AS b ON a.id = b.name',
        'No matching signature for operator = for argument types: INT64, STRING. Supported signature: ANY = ANY at [1:37]',
      ],
    ]);
  });

  describe('USING, whose columns come first and once', () => {
    itAnswers(opened, [
      [
        'SELECT * FROM (SELECT 1 AS x, 2 AS id) JOIN (SELECT 2 AS id, 3 AS y) USING (id)',
        'id INT64, x INT64, y INT64',
        [['2', '1', '3']],
      ],
      [
        "SELECT * FROM (SELECT 1 AS id, 'l' AS l) FULL JOIN (SELECT 2 AS id, 'r' AS r) USING (id) ORDER BY id",
        'id INT64, l STRING, r STRING',
        [
          ['1', 'l', null],
          ['2', null, 'r'],
        ],
      ],
      [
        'SELECT id, a.id, b.id FROM (SELECT 1 AS id) AS a FULL JOIN (SELECT 2 AS id) AS b USING (id) ORDER BY 1',
        'id INT64, id_1 INT64, id_2 INT64',
        [
          ['1', '1', null],
          ['2', null, '2'],
        ],
      ],
      [
        'SELECT id, a.id FROM (SELECT 1 AS id) AS a RIGHT JOIN (SELECT 2 AS id) AS b USING (id)',
        'id INT64, id_1 INT64',
        [['2', null]],
      ],
      [
        'SELECT * FROM (SELECT 1 AS x, 2 AS y, 3 AS z) JOIN (SELECT 2 AS Y, 1 AS X) USING (y, x)',
        'y INT64, x INT64, z INT64',
        [['2', '1', '3']],
      ],
      [
        'SELECT id FROM t AS a JOIN t AS b USING (id) JOIN t AS c USING (id) ORDER BY 1',
        'id INT64',
        [['1'], ['2'], ['3']],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT * FROM t AS a JOIN t AS b USING (nope)',
        'Column nope in USING clause not found on left side of join at [1:41]',
      ],
      [
        "SELECT * FROM (SELECT 1 AS id) JOIN (SELECT 'x' AS id) USING (id)",
        'No matching signature for operator = for argument types: INT64, STRING. Supported signature: ANY = ANY at [1:63]',
      ],
      [
        'SELECT * FROM (t AS a JOIN t AS b ON TRUE) JOIN t AS c USING (id)',
        'Column id in USING clause is ambiguous on left side of join at [1:63]',
      ],
    ]);
  });

  describe('UNNEST', () => {
    itAnswers(opened, [
      [
        'SELECT * FROM UNNEST([10, 20]) WITH OFFSET',
        'f0_ INT64, offset INT64',
        [
          ['10', '0'],
          ['20', '1'],
        ],
      ],
      [
        "SELECT o, v FROM UNNEST(['a', 'b']) AS v WITH OFFSET AS o ORDER BY o DESC",
        'o INT64, v STRING',
        [
          ['1', 'b'],
          ['0', 'a'],
        ],
      ],
      [
        "SELECT x, y FROM UNNEST([STRUCT(1 AS x, 'a' AS y), (2, 'b')]) ORDER BY x",
        'x INT64, y STRING',
        [
          ['1', 'a'],
          ['2', 'b'],
        ],
      ],
      [
        'SELECT v, v.x FROM UNNEST([STRUCT(1 AS x)]) AS v',
        'v STRUCT<x INT64>, x INT64',
        [[['1'], '1']],
      ],
      ['SELECT * FROM UNNEST(CAST(NULL AS ARRAY<INT64>))', 'f0_ INT64', []],
      [
        'SELECT id, x FROM t, UNNEST(xs) AS x ORDER BY 1, 2',
        'id INT64, x INT64',
        [
          ['1', '1'],
          ['1', '2'],
        ],
      ],
      [
        'SELECT id, x, o FROM t, t.xs AS x WITH OFFSET AS o ORDER BY 1, 2',
        'id INT64, x INT64, o INT64',
        [
          ['1', '1', '0'],
          ['1', '2', '1'],
        ],
      ],
      [
        'SELECT id, xs FROM t, t.xs ORDER BY 1, 2',
        'id INT64, xs INT64',
        [
          ['1', '1'],
          ['1', '2'],
        ],
      ],
      [
        'SELECT id, x, o FROM t, UNNEST([id, id * 10]) AS x WITH OFFSET AS o WHERE id < 3 ORDER BY 1, 2',
        'id INT64, x INT64, o INT64',
        [
          ['1', '1', '0'],
          ['1', '10', '1'],
          ['2', '2', '0'],
          ['2', '20', '1'],
        ],
      ],
      [
        'SELECT a.id, x, y FROM t AS a JOIN t AS b ON b.id = a.id + 1, UNNEST([a.id, b.id]) AS x, UNNEST([x, 7]) AS y ' +
          'WHERE y > 1 ORDER BY 1, 2, 3',
        'id INT64, x INT64, y INT64',
        [
          ['1', '1', '7'],
          ['1', '2', '2'],
          ['1', '2', '7'],
          ['2', '2', '2'],
          ['2', '2', '7'],
          ['2', '3', '3'],
          ['2', '3', '7'],
        ],
      ],
      [
        'SELECT id, (SELECT SUM(x * u.id) FROM UNNEST([t.id, 1]) AS x, t AS u) AS n FROM t ORDER BY id',
        'id INT64, n INT64',
        [
          ['1', '12'],
          ['2', '18'],
          ['3', '24'],
        ],
      ],
      [
        'SELECT id, (SELECT SUM(x) FROM t AS u CROSS JOIN UNNEST([t.id, u.id]) AS x) AS n FROM t ORDER BY id',
        'id INT64, n INT64',
        [
          ['1', '9'],
          ['2', '12'],
          ['3', '15'],
        ],
      ],
      [
        'SELECT id, x, offset FROM t LEFT JOIN t.xs AS x WITH OFFSET ORDER BY id, offset',
        'id INT64, x INT64, offset INT64',
        [
          ['1', '1', '0'],
          ['1', '2', '1'],
          ['2', null, null],
          ['3', null, null],
        ],
      ],
      [
        'SELECT id, x FROM t LEFT JOIN UNNEST(xs) AS x ON x > 1 ORDER BY id',
        'id INT64, x INT64',
        [
          ['1', '2'],
          ['2', null],
          ['3', null],
        ],
      ],
      [
        'SELECT id, x FROM t JOIN UNNEST(xs) AS x ON x = id ORDER BY id',
        'id INT64, x INT64',
        [['1', '1']],
      ],
      [
        'SELECT a.v, b FROM UNNEST([STRUCT([1, 2] AS w, "p" AS v)]) AS a, a.w AS b',
        'v STRING, b INT64',
        [
          ['p', '1'],
          ['p', '2'],
        ],
      ],
      [
        "SELECT a.v, w FROM UNNEST([STRUCT([1, 2] AS w, 'p' AS v)]) AS a, a.w",
        'v STRING, w INT64',
        [
          ['p', '1'],
          ['p', '2'],
        ],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT * FROM UNNEST(1)',
        'Values referenced in UNNEST must be arrays. UNNEST contains expression of type INT64 at [1:15]',
      ],
      ['SELECT id, x FROM UNNEST(xs) AS x, t', 'Unrecognized name: xs at [1:26]'],
      [
        'SELECT * FROM t WITH OFFSET',
        'WITH OFFSET is not supported for tables: it needs an array at [1:17]',
      ],
    ]);
  });

  describe('subqueries and samples', () => {
    itAnswers(opened, [
      [
        'SELECT a.x, y FROM (SELECT 1 AS x) AS a, (SELECT 2 AS y)',
        'x INT64, y INT64',
        [['1', '2']],
      ],
      [
        'SELECT COUNT(*) AS n, MIN(s.id) AS first FROM t AS s TABLESAMPLE SYSTEM (100 PERCENT) JOIN t AS u TABLESAMPLE SYSTEM (100 PERCENT) ON s.id = u.id WHERE u.id > 1',
        'n INT64, first INT64',
        [['2', '2']],
      ],
      ['SELECT COUNT(*) FROM t TABLESAMPLE SYSTEM (0 PERCENT)', 'f0_ INT64', [['0']]],
    ]);
    itRefuses(opened, [
      [
        'SELECT * FROM t TABLESAMPLE SYSTEM (101 PERCENT)',
        'TABLESAMPLE percentage must be between 0 and 100 at [1:17]',
      ],
      [
        'SELECT * FROM (SELECT 1) TABLESAMPLE SYSTEM (10 PERCENT)',
        'The local Google Cloud does not support TABLESAMPLE of anything but a table.',
        501,
      ],
      ['SELECT * FROM t AS a, (SELECT a.id)', 'Unrecognized name: a at [1:31]'],
    ]);
  });
});
