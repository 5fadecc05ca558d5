import { itAnswers, itRefuses, openWarehouse, type Warehouse } from '../run/testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('types', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE TABLE d.v (i INT64, f FLOAT64, n NUMERIC, s STRING, d DATE, ts TIMESTAMP, b BOOL)',
      "INSERT d.v VALUES (7, 2.5, 1.5, 'x', '2024-01-01', '2024-01-01 10:00:00+02', TRUE)",
    );
  });
  after(() => warehouse.close());

  describe('of arithmetic', () => {
    itAnswers(opened, [
      [
        'SELECT i + 1 AS a, i + f AS b, i + n AS c, n + f AS d, -i AS e, i * n AS f FROM v',
        'a INT64, b FLOAT64, c NUMERIC, d FLOAT64, e INT64, f NUMERIC',
        [['8', '9.5', '8.5', '4.0', '-7', '10.5']],
      ],
      [
        'SELECT i / 2 AS a, DIV(i, 2) AS b, MOD(-i, 3) AS c, n / 2 AS d, i / n AS e FROM v',
        'a FLOAT64, b INT64, c INT64, d NUMERIC, e NUMERIC',
        [['3.5', '3', '-1', '0.75', '4.666666667']],
      ],
      [
        'SELECT 9223372036854775807 AS max, -9223372036854775808 AS min, 0x10 AS hex',
        'max INT64, min INT64, hex INT64',
        [['9223372036854775807', '-9223372036854775808', '16']],
      ],
      [
        'SELECT d + 1 AS a, d - 1 AS b, ts + INTERVAL 1 DAY AS c FROM v',
        'a DATE, b DATE, c TIMESTAMP',
        [['2024-01-02', '2023-12-31', '2024-01-02T08:00:00Z']],
      ],
    ]);
    itRefuses(opened, [
      ['SELECT 1 / 0', 'division by zero: 1 / 0'],
      ['SELECT 9223372036854775807 + 1', 'int64 overflow: 9223372036854775807 + 1'],
      ['SELECT 9223372036854775808', 'Invalid integer literal: 9223372036854775808 at [1:8]'],
      [
        "SELECT 1 + '1'",
        'No matching signature for operator + for argument types: INT64, STRING. Supported signatures: INT64 + INT64; NUMERIC + NUMERIC; FLOAT64 + FLOAT64; DATE + INT64; INT64 + DATE; DATETIME + INTERVAL; INTERVAL + DATETIME; TIMESTAMP + INTERVAL; INTERVAL + TIMESTAMP; INTERVAL + INTERVAL at [1:8]',
      ],
      [
        'SELECT s + 1 FROM v',
        'No matching signature for operator + for argument types: STRING, INT64. Supported signatures: INT64 + INT64; NUMERIC + NUMERIC; FLOAT64 + FLOAT64; DATE + INT64; INT64 + DATE; DATETIME + INTERVAL; INTERVAL + DATETIME; TIMESTAMP + INTERVAL; INTERVAL + TIMESTAMP; INTERVAL + INTERVAL at [1:8]',
      ],
      [
        'SELECT -s FROM v',
        'No matching signature for operator - for argument types: STRING. Supported signatures: -INT64; -NUMERIC; -FLOAT64; -INTERVAL at [1:8]',
      ],
      [
        'SELECT d + f FROM v',
        'No matching signature for operator + for argument types: DATE, FLOAT64. Supported signatures: INT64 + INT64; NUMERIC + NUMERIC; FLOAT64 + FLOAT64; DATE + INT64; INT64 + DATE; DATETIME + INTERVAL; INTERVAL + DATETIME; TIMESTAMP + INTERVAL; INTERVAL + TIMESTAMP; INTERVAL + INTERVAL at [1:8]',
      ],
      [
        'SELECT NOT 1',
        'No matching signature for operator NOT for argument types: INT64. Supported signature: BOOL at [1:12]',
      ],
    ]);
  });

  describe('of comparisons', () => {
    itAnswers(opened, [
      [
        "SELECT i = 7.0 AS a, n < f AS b, d = '2024-01-01' AS c, ts = '2024-01-01 08:00:00' AS d, i IS DISTINCT FROM NULL AS e FROM v",
        'a BOOL, b BOOL, c BOOL, d BOOL, e BOOL',
        [['true', 'true', 'true', 'true', 'true']],
      ],
      [
        "SELECT CAST('nan' AS FLOAT64) = CAST('nan' AS FLOAT64) AS a, CAST('nan' AS FLOAT64) < 1 AS b, NULL = NULL AS c",
        'a BOOL, b BOOL, c BOOL',
        [['false', 'false', null]],
      ],
      [
        "SELECT i BETWEEN 1 AND 7.5 AS a, s BETWEEN 'a' AND 'z' AS b FROM v",
        'a BOOL, b BOOL',
        [['true', 'true']],
      ],
      [
        "SELECT (1, 'a') = (1, 'a') AS a, STRUCT(1 AS x) = STRUCT(2 AS x) AS b",
        'a BOOL, b BOOL',
        [['true', 'false']],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT s = 1 FROM v',
        'No matching signature for operator = for argument types: STRING, INT64. Supported signature: ANY = ANY at [1:8]',
      ],
      [
        'SELECT d < ts FROM v',
        'No matching signature for operator < for argument types: DATE, TIMESTAMP. Supported signature: ANY < ANY at [1:8]',
      ],
      [
        'SELECT s = d FROM v',
        'No matching signature for operator = for argument types: STRING, DATE. Supported signature: ANY = ANY at [1:8]',
      ],
      [
        'SELECT i = b FROM v',
        'No matching signature for operator = for argument types: INT64, BOOL. Supported signature: ANY = ANY at [1:8]',
      ],
      [
        'SELECT [1] < [2]',
        'No matching signature for operator < for argument types: ARRAY<INT64>, ARRAY<INT64>. Supported signature: ANY < ANY at [1:8]',
      ],
    ]);
  });

  describe('common to several expressions', () => {
    itAnswers(opened, [
      [
        'SELECT COALESCE(NULL, i, f) AS a, IF(b, i, n) AS b, [i, f] AS c, CASE WHEN b THEN 1 ELSE n END AS d FROM v',
        'a FLOAT64, b NUMERIC, c ARRAY<FLOAT64>, d NUMERIC',
        [['7.0', '7', ['7.0', '2.5'], '1']],
      ],
      [
        "SELECT IFNULL(NULL, 'x') AS a, NULLIF(i, 7) AS b, GREATEST(i, f) AS c, [NULL, 1.5][OFFSET(0)] AS d FROM v",
        'a STRING, b INT64, c FLOAT64, d FLOAT64',
        [['x', null, '7.0', null]],
      ],
      [
        "SELECT CASE i WHEN 7.0 THEN 'seven' END AS a, IF(NULL, 1, 2) AS b, COALESCE('2024-02-03', d) AS c FROM v",
        'a STRING, b INT64, c DATE',
        [['seven', '2', '2024-02-03']],
      ],
      [
        "SELECT STRUCT(1 AS a, 'b' AS b) AS x, [STRUCT(1 AS a), STRUCT(2.5)] AS y, STRUCT<a FLOAT64, b DATE>(1, '2024-01-01') AS z",
        'x STRUCT<a INT64, b STRING>, y ARRAY<STRUCT<a FLOAT64>>, z STRUCT<a FLOAT64, b DATE>',
        [
          [
            ['1', 'b'],
            [['1.0'], ['2.5']],
            ['1.0', '2024-01-01'],
          ],
        ],
      ],
    ]);
    itRefuses(opened, [
      [
        'SELECT COALESCE(i, s) FROM v',
        'No matching signature for function COALESCE for argument types: INT64, STRING. Supported signature: COALESCE(ANY, [ANY, ...]) at [1:8]',
      ],
      [
        'SELECT IF(b, i, s) FROM v',
        'No matching signature for function IF for argument types: BOOL, INT64, STRING. Supported signature: IF(BOOL, ANY, ANY) at [1:8]',
      ],
      [
        'SELECT IF(i, 1, 2) FROM v',
        'No matching signature for function IF for argument types: INT64, INT64, INT64. Supported signature: IF(BOOL, ANY, ANY) at [1:8]',
      ],
      [
        'SELECT [i, s] FROM v',
        'Array elements of types {INT64, STRING} do not have a common supertype at [1:8]',
      ],
      [
        'SELECT CASE WHEN b THEN d ELSE ts END FROM v',
        'No matching signature for operator CASE for argument types: DATE, TIMESTAMP; all THEN/ELSE arguments must be coercible to a common type at [1:8]',
      ],
      [
        'SELECT [[1]]',
        'Cannot construct array with element type ARRAY<INT64> because nested arrays are not supported at [1:8]',
      ],
      ['SELECT [1, NULL]', 'Array cannot have a null element; error in writing field f0_'],
    ]);
  });

  describe('of what is cast', () => {
    itAnswers(opened, [
      [
        "SELECT CAST(f AS INT64) AS a, CAST(2.5 AS INT64) AS b, CAST(-0.5 AS INT64) AS c, CAST('12' AS INT64) AS d, CAST(ts AS DATE) AS e, CAST(b AS STRING) AS f FROM v",
        'a INT64, b INT64, c INT64, d INT64, e DATE, f STRING',
        [['3', '3', '-1', '12', '2024-01-01', 'true']],
      ],
      [
        "SELECT SAFE_CAST('x' AS INT64) AS a, SAFE_CAST('2024-13-01' AS DATE) AS b, CAST(NULL AS ARRAY<INT64>) AS c, SAFE_CAST(1e30 AS INT64) AS d",
        'a INT64, b DATE, c ARRAY<INT64>, d INT64',
        [[null, null, [], null]],
      ],
    ]);
    itRefuses(opened, [
      ["SELECT CAST('x' AS INT64)", 'Bad int64 value: x'],
      ['SELECT CAST(d AS INT64) FROM v', 'Invalid cast from DATE to INT64 at [1:13]'],
      ['SELECT CAST(1e30 AS INT64)', 'int64 out of range: 1e+30'],
      ['SELECT CAST(1 AS FOO)', 'Type not found: FOO at [1:18]'],
      ['SELECT CAST([1] AS STRING)', 'Invalid cast from ARRAY<INT64> to STRING at [1:13]'],
    ]);
  });

  describe('of elements', () => {
    itAnswers(opened, [
      [
        'SELECT [1, 2][OFFSET(1)] AS a, [1, 2][ORDINAL(1)] AS b, [1, 2][SAFE_OFFSET(5)] AS c, [1, 2][0] AS d',
        'a INT64, b INT64, c INT64, d INT64',
        [['2', '1', null, '1']],
      ],
    ]);
    itRefuses(opened, [
      ['SELECT [1, 2][OFFSET(2)]', 'Array index 2 is out of bounds (overflow)'],
      ['SELECT [1, 2][ORDINAL(0)]', 'Array index 0 is out of bounds (underflow)'],
      [
        'SELECT i[0] FROM v',
        'Subscript access using [INT64] is not supported on values of type INT64 at [1:8]',
      ],
      [
        "SELECT [1]['a']",
        'Array position in [] must be coercible to INT64 type, but has type STRING (OFFSET) at [1:12]',
      ],
    ]);
  });
});
