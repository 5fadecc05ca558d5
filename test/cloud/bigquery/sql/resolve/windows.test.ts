import { itAnswers, itRefuses, openWarehouse, type Warehouse } from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('windows', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.t (k STRING, n INT64, x FLOAT64)',
      "INSERT d.t VALUES ('a', 1, 1), ('a', 2, NULL), ('b', 3, 0.5), ('b', 5, 2)",
    );
  });
  after(() => warehouse.close());

  describe('numbering functions', () => {
    itAnswers(opened, [
      [
        'SELECT n, ROW_NUMBER() OVER (ORDER BY n DESC) AS r FROM t ORDER BY n',
        'n INT64, r INT64',
        [
          ['1', '4'],
          ['2', '3'],
          ['3', '2'],
          ['5', '1'],
        ],
      ],
      [
        'SELECT n, RANK() OVER (ORDER BY k) AS r, DENSE_RANK() OVER (ORDER BY k) AS d FROM t ORDER BY n',
        'n INT64, r INT64, d INT64',
        [
          ['1', '1', '1'],
          ['2', '1', '1'],
          ['3', '3', '2'],
          ['5', '3', '2'],
        ],
      ],
      [
        'SELECT n, PERCENT_RANK() OVER (ORDER BY n) AS p, CUME_DIST() OVER (ORDER BY n) AS c, NTILE(3) OVER (ORDER BY n) AS t FROM t ORDER BY n',
        'n INT64, p FLOAT64, c FLOAT64, t INT64',
        [
          ['1', '0.0', '0.25', '1'],
          ['2', '0.3333333333333333', '0.5', '1'],
          ['3', '0.6666666666666666', '0.75', '2'],
          ['5', '1.0', '1.0', '3'],
        ],
      ],
      [
        'SELECT n, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n) AS r FROM t ORDER BY n',
        'n INT64, r INT64',
        [
          ['1', '1'],
          ['2', '2'],
          ['3', '1'],
          ['5', '2'],
        ],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT ROW_NUMBER() FROM t',
        'Analytic function ROW_NUMBER cannot be called without an OVER clause at [1:8]',
      ],
      [
        'SELECT RANK() OVER () FROM t',
        'Window ORDER BY is required for analytic function RANK at [1:20]',
      ],
      [
        'SELECT ROW_NUMBER() OVER (ORDER BY n ROWS 1 PRECEDING) FROM t',
        'Window framing clause is not allowed for analytic function ROW_NUMBER at [1:38]',
      ],
      ['SELECT NTILE(0) OVER (ORDER BY n) FROM t', 'Argument for ntile must be greater than zero'],
    ]);
  });

  describe('navigation functions', () => {
    itAnswers(opened, [
      [
        'SELECT n, LAG(n) OVER (ORDER BY n) AS a, LEAD(n, 2, -1) OVER (ORDER BY n) AS b FROM t ORDER BY n',
        'n INT64, a INT64, b INT64',
        [
          ['1', null, '3'],
          ['2', '1', '5'],
          ['3', '2', '-1'],
          ['5', '3', '-1'],
        ],
      ],
      [
        'SELECT n, FIRST_VALUE(x) OVER w AS f, LAST_VALUE(x IGNORE NULLS) OVER w AS l, NTH_VALUE(n, 2) OVER w AS s FROM t WINDOW w AS (ORDER BY n) ORDER BY n',
        'n INT64, f FLOAT64, l FLOAT64, s INT64',
        [
          ['1', '1.0', '1.0', null],
          ['2', '1.0', '1.0', '2'],
          ['3', '1.0', '0.5', '2'],
          ['5', '1.0', '2.0', '2'],
        ],
      ],
      [
        'SELECT n, PERCENTILE_CONT(n, 0.5) OVER (PARTITION BY k) AS p, PERCENTILE_DISC(n, 0.5) OVER (PARTITION BY k) AS d FROM t ORDER BY n',
        'n INT64, p FLOAT64, d INT64',
        [
          ['1', '1.5', '1'],
          ['2', '1.5', '1'],
          ['3', '4.0', '3'],
          ['5', '4.0', '3'],
        ],
      ],
    ]);
  });

  describe('frames', () => {
    itAnswers(opened, [
      [
        'SELECT n, SUM(n) OVER (ORDER BY n) AS s, SUM(n) OVER (ORDER BY k) AS peers, SUM(n) OVER () AS total FROM t ORDER BY n',
        'n INT64, s INT64, peers INT64, total INT64',
        [
          ['1', '1', '3', '11'],
          ['2', '3', '3', '11'],
          ['3', '6', '11', '11'],
          ['5', '11', '11', '11'],
        ],
      ],
      [
        'SELECT n, SUM(n) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS a, SUM(n) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS b FROM t ORDER BY n',
        'n INT64, a INT64, b INT64',
        [
          ['1', '1', '11'],
          ['2', '3', '10'],
          ['3', '5', '8'],
          ['5', '8', '5'],
        ],
      ],
      [
        'SELECT n, COUNT(*) OVER (ORDER BY n RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS near FROM t ORDER BY n',
        'n INT64, near INT64',
        [
          ['1', '2'],
          ['2', '3'],
          ['3', '2'],
          ['5', '1'],
        ],
      ],
      [
        'SELECT n, SUM(n) OVER (ORDER BY n ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING) AS s FROM t ORDER BY n',
        'n INT64, s INT64',
        [
          ['1', '8'],
          ['2', '5'],
          ['3', null],
          ['5', null],
        ],
      ],
      [
        'SELECT n, COUNT(x) OVER (ORDER BY x) AS c FROM t ORDER BY x',
        'n INT64, c INT64',
        [
          ['2', '0'],
          ['3', '1'],
          ['1', '2'],
          ['5', '3'],
        ],
      ],
    ]);
    itRefuses(opened, [
      [
        "SELECT SUM(n) OVER (ORDER BY n ROWS BETWEEN 'a' PRECEDING AND CURRENT ROW) FROM t",
        'Window framing expressions must be literals or parameters at [1:45]',
      ],
      [
        'SELECT SUM(n) OVER (ORDER BY n ROWS BETWEEN n PRECEDING AND CURRENT ROW) FROM t',
        'Window framing expressions must be literals or parameters at [1:45]',
      ],
      [
        'SELECT SUM(n) OVER (ORDER BY k RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t',
        'Window framing by RANGE with an offset needs one numeric ORDER BY expression at [1:32]',
      ],
      [
        'SELECT SUM(n) OVER (ORDER BY n ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM t',
        'Window framing expressions must not be negative at [1:45]',
      ],
      [
        'SELECT SUM(n) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM t',
        'A window frame cannot start at CURRENT ROW and end at PRECEDING at [1:32]',
      ],
    ]);
  });

  describe('named windows', () => {
    itAnswers(opened, [
      [
        'SELECT n, SUM(n) OVER w AS s, SUM(n) OVER (w ROWS 1 PRECEDING) AS r FROM t WINDOW w AS (PARTITION BY k ORDER BY n) ORDER BY n',
        'n INT64, s INT64, r INT64',
        [
          ['1', '1', '1'],
          ['2', '3', '3'],
          ['3', '3', '3'],
          ['5', '8', '8'],
        ],
      ],
      [
        'SELECT n, SUM(n) OVER b AS s FROM t WINDOW a AS (PARTITION BY k), b AS (a ORDER BY n) ORDER BY n',
        'n INT64, s INT64',
        [
          ['1', '1'],
          ['2', '3'],
          ['3', '3'],
          ['5', '8'],
        ],
      ],
    ]);
    itRefuses(opened, [
      ['SELECT SUM(n) OVER nope FROM t', 'Unrecognized window alias nope at [1:20]'],
      [
        'SELECT SUM(n) OVER (w PARTITION BY n) FROM t WINDOW w AS (ORDER BY n)',
        'PARTITION BY is not allowed when a window is referenced at [1:20]',
      ],
      [
        'SELECT SUM(n) OVER (w ORDER BY n) FROM t WINDOW w AS (ORDER BY n)',
        'The referenced window already has an ORDER BY at [1:20]',
      ],
      [
        'SELECT SUM(n) OVER (PARTITION BY x) FROM t',
        'Partitioning by expressions of type FLOAT64 is not allowed at [1:34]',
      ],
      [
        'SELECT SUM(ROW_NUMBER() OVER ()) OVER () FROM t',
        'Analytic function not allowed in another analytic function at [1:12]',
      ],
      ['SELECT UPPER(k) OVER () FROM t', 'Function UPPER does not support OVER clause at [1:8]'],
    ]);
  });

  describe('QUALIFY', () => {
    itAnswers(opened, [
      [
        'SELECT n FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC) = 1 ORDER BY n',
        'n INT64',
        [['2'], ['5']],
      ],
      [
        'SELECT n, RANK() OVER (ORDER BY n) AS r FROM t QUALIFY r <= 2 ORDER BY n',
        'n INT64, r INT64',
        [
          ['1', '1'],
          ['2', '2'],
        ],
      ],
      [
        'SELECT k, COUNT(*) AS c FROM t GROUP BY k QUALIFY RANK() OVER (ORDER BY c DESC, k) = 1',
        'k STRING, c INT64',
        [['a', '2']],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT n FROM t QUALIFY n = 1',
        'The QUALIFY clause requires analytic function to be present at [1:25]',
      ],
      [
        'SELECT n FROM t QUALIFY ROW_NUMBER() OVER ()',
        'No matching signature for QUALIFY clause for argument types: INT64. Supported signature: BOOL at [1:25]',
      ],
    ]);
  });
});
