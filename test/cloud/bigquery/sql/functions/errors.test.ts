import assert from 'node:assert/strict';
import { openEngine, type TestEngine } from '../testing.ts';

type Failure = readonly [expression: string, message: string];

const PLUS =
  'Supported signatures: INT64 + INT64; NUMERIC + NUMERIC; FLOAT64 + FLOAT64; DATE + INT64; ' +
  'INT64 + DATE; DATETIME + INTERVAL; INTERVAL + DATETIME; TIMESTAMP + INTERVAL; ' +
  'INTERVAL + TIMESTAMP; INTERVAL + INTERVAL';

/** The place is in the text of the query: `SELECT ` stands before the expression. */
const FAILURES: Readonly<Record<string, readonly Failure[]>> = {
  arithmetic: [
    ['1 / 0', 'division by zero: 1 / 0'],
    ["NUMERIC '1' / 0", 'division by zero: 1 / 0'],
    ['DIV(1, 0)', 'division by zero: DIV(1, 0)'],
    ['MOD(1, 0)', 'division by zero: MOD(1, 0)'],
    ['9223372036854775807 + 1', 'int64 overflow: 9223372036854775807 + 1'],
    ['-9223372036854775808 - 1', 'int64 overflow: -9223372036854775808 - 1'],
    ['9223372036854775807 * 2', 'int64 overflow: 9223372036854775807 * 2'],
    ['-(-9223372036854775808)', 'int64 overflow in negation'],
    ['ABS(-9223372036854775808)', 'int64 overflow: ABS(-9223372036854775808)'],
    ['DIV(-9223372036854775808, -1)', 'int64 overflow: -9223372036854775808 / -1'],
    ['9223372036854775808', 'Invalid integer literal: 9223372036854775808 at [1:8]'],
    ['1e308 * 10', 'double overflow: 1e+308 * 10'],
    ["NUMERIC '99999999999999999999999999999' + 1", 'numeric overflow'],
    ['EXP(1000)', 'Floating point error in function: EXP(1000.0)'],
    ['POW(10, 400)', 'Floating point error in function: POW(10.0, 400.0)'],
    ['SQRT(-1)', 'Floating point error in function: SQRT(-1.0)'],
    ['LN(0)', 'Floating point error in function: LN(0.0)'],
    ['ACOS(2)', 'Floating point error in function: ACOS(2.0)'],
    ['1 << -1', 'Bitwise shift by negative offset.'],
    [
      '(SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x)',
      'int64 overflow: 9223372036854775808 is out of range',
    ],
    ['(SELECT SUM(x) FROM UNNEST([1e308, 1e308]) AS x)', 'double overflow in SUM'],
  ],
  'casts and literals': [
    ["CAST('x' AS INT64)", 'Bad int64 value: x'],
    ["CAST('1.5' AS INT64)", 'Bad int64 value: 1.5'],
    ["CAST('x' AS FLOAT64)", 'Bad double value: x'],
    ["CAST('yes' AS BOOL)", 'Bad bool value: yes'],
    ['CAST(1e19 AS INT64)', 'int64 out of range: 1e+19'],
    ["CAST('nan' AS NUMERIC)", 'Invalid NUMERIC value: nan'],
    ["CAST('2023-02-29' AS DATE)", "Invalid date: '2023-02-29'"],
    ["CAST('x' AS TIMESTAMP)", "Invalid timestamp: 'x'"],
    ["CAST(b'\\xff' AS STRING)", 'Invalid UTF-8: bytes cannot be cast to a STRING'],
    ['CAST(1 AS DATE)', 'Invalid cast from INT64 to DATE at [1:13]'],
    ["DATE '2023-02-29'", "Invalid DATE literal: Invalid date: '2023-02-29' at [1:8]"],
    [
      "TIMESTAMP '2024-01-01 00:00:00.1234567Z'",
      "Invalid TIMESTAMP literal: Invalid timestamp: '2024-01-01 00:00:00.1234567Z' at [1:8]",
    ],
  ],
  'dates and times': [
    ['DATE(2023, 2, 29)', 'Input calculates to invalid date: 2023-2-29'],
    ["DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)", 'Adding DAY causes date overflow'],
    [
      "DATE_ADD(DATE '2024-01-01', INTERVAL 1 HOUR)",
      'A valid date part name for DATE is required but found HOUR at [1:47]',
    ],
    [
      "DATE_TRUNC(DATE '2024-01-01', HOUR)",
      'A valid date part name for DATE is required but found HOUR at [1:38]',
    ],
    [
      'TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP(), MONTH)',
      'A valid date part name for TIMESTAMP is required but found MONTH at [1:65]',
    ],
    [
      "EXTRACT(HOUR FROM DATE '2024-01-01')",
      'A valid date part name is required but found HOUR for EXTRACT from DATE at [1:16]',
    ],
    ['TIMESTAMP_SECONDS(9223372036854775807)', 'int64 overflow: 9223372036854775807 * 1000000'],
    ["DATETIME(CURRENT_TIMESTAMP(), 'Nowhere/City')", 'Invalid time zone: Nowhere/City'],
    ["PARSE_DATE('%F', '2024-13-01')", 'Failed to parse input string "2024-13-01"'],
  ],
  'values of arguments': [
    ["SUBSTR('apple', 2, -1)", 'Third argument in SUBSTR() cannot be negative'],
    ["REPEAT('a', -1)", 'Second argument in REPEAT() cannot be negative'],
    ["LPAD('a', -1)", 'Second argument (output size) for LPAD cannot be negative'],
    ["LEFT('a', -1)", 'Second argument in LEFT() cannot be negative'],
    ['CHR(-1)', 'Invalid codepoint -1'],
    ['CODE_POINTS_TO_STRING([1114112])', 'Invalid codepoint 1114112'],
    ["FROM_HEX('xy')", 'Failed to decode invalid hexadecimal string due to invalid character: xy'],
    ["FROM_BASE64('?')", 'Failed to decode invalid base64 string'],
    ["REGEXP_CONTAINS('a', '(')", 'Cannot parse regular expression: missing ): ('],
    ["FORMAT('%d', 'a')", 'Invalid type for %d of FORMAT: STRING'],
    ["FORMAT('%z', 1)", 'Invalid format specifier character "z"'],
    ["FORMAT('%d')", 'Too few arguments to FORMAT for pattern "%d"'],
    [
      "PARSE_JSON('{')",
      'Invalid input to PARSE_JSON: syntax error while parsing value: unexpected end of input at position 1',
    ],
    ['INT64(JSON \'"x"\')', 'The provided JSON input is not an integer'],
    ["JSON_VALUE('{}', '$[')", 'Invalid token in JSONPath at: ['],
    ['[1, 2][OFFSET(2)]', 'Array index 2 is out of bounds (overflow)'],
    ['[1, 2][ORDINAL(0)]', 'Array index 0 is out of bounds (underflow)'],
    [
      'ARRAY_FIRST(CAST([] AS ARRAY<INT64>))',
      'ARRAY_FIRST cannot get an element of an empty array',
    ],
    ['GENERATE_ARRAY(1, 5, 0)', 'Sequence step cannot be 0.'],
    [
      'RANGE_BUCKET(1, [2, 1])',
      'Elements in input array to RANGE_BUCKET are not in ascending order.',
    ],
    ['(SELECT x FROM UNNEST([1, 2]) AS x)', 'Scalar subquery produced more than one element'],
    ["ERROR('it is broken')", 'it is broken'],
  ],
  'types of arguments': [
    [
      "'1' + 1",
      `No matching signature for operator + for argument types: STRING, INT64. ${PLUS} at [1:8]`,
    ],
    [
      "1 = '1'",
      'No matching signature for operator = for argument types: INT64, STRING. Supported signature: ANY = ANY at [1:8]',
    ],
    [
      "JSON '1' = JSON '1'",
      'No matching signature for operator = for argument types: JSON, JSON. Supported signature: ANY = ANY at [1:8]',
    ],
    [
      'NOT 1',
      'No matching signature for operator NOT for argument types: INT64. Supported signature: BOOL at [1:12]',
    ],
    [
      "1 LIKE 'a'",
      'No matching signature for operator LIKE for argument types: INT64, STRING. Supported signatures: STRING LIKE STRING; BYTES LIKE BYTES at [1:8]',
    ],
    [
      "1 IN ('a')",
      'No matching signature for operator IN for argument types INT64 and {STRING} at [1:8]',
    ],
    [
      'LENGTH(1)',
      'No matching signature for function LENGTH for argument types: INT64. Supported signatures: LENGTH(STRING); LENGTH(BYTES) at [1:8]',
    ],
    [
      "LENGTH('a', 'b')",
      'No matching signature for function LENGTH for argument types: STRING, STRING. Supported signatures: LENGTH(STRING); LENGTH(BYTES) at [1:8]',
    ],
    [
      "IF(TRUE, 1, 'a')",
      'No matching signature for function IF for argument types: BOOL, INT64, STRING. Supported signature: IF(BOOL, ANY, ANY) at [1:8]',
    ],
    [
      "COALESCE(1, 'a')",
      'No matching signature for function COALESCE for argument types: INT64, STRING. Supported signature: COALESCE(ANY, [ANY, ...]) at [1:8]',
    ],
    [
      'CASE WHEN 1 THEN 2 END',
      'No matching signature for operator CASE for argument types: INT64. Supported signature: BOOL at [1:18]',
    ],
    ["[1, 'a']", 'Array elements of types {INT64, STRING} do not have a common supertype at [1:8]'],
    [
      '[[1]]',
      'Cannot construct array with element type ARRAY<INT64> because nested arrays are not supported at [1:8]',
    ],
    ['x', 'Unrecognized name: x at [1:8]'],
    ['RANK()', 'Analytic function RANK cannot be called without an OVER clause at [1:8]'],
  ],
  "DuckDB's functions and operators, which GoogleSQL has not": [
    ['LIST_SORT([1])', 'Function not found: LIST_SORT at [1:8]'],
    ["STRPTIME('a', 'b')", 'Function not found: STRPTIME at [1:8]'],
    ['EPOCH_US(CURRENT_TIMESTAMP())', 'Function not found: EPOCH_US at [1:8]'],
    ["REGEXP_MATCHES('a', 'b')", 'Function not found: REGEXP_MATCHES at [1:8]'],
    ["BQ_RAISE('x')", 'Function not found: BQ_RAISE at [1:8]'],
    ["LENGHT('a')", 'Function not found: LENGHT; Did you mean LENGTH? at [1:8]'],
    ['CAST(1 AS HUGEINT)', 'Type not found: HUGEINT at [1:18]'],
  ],
  'what BigQuery has and the local one lacks': [
    ...[
      ['the function ST_GEOGPOINT', 'ST_GEOGPOINT(1, 2)'],
      ['the function NET.HOST', "NET.HOST('a')"],
      ['the function HLL_COUNT.INIT', 'HLL_COUNT.INIT(1)'],
      ['the function REGEXP_INSTR', "REGEXP_INSTR('a', 'b')"],
      ['the function KEYS.NEW_KEYSET', "KEYS.NEW_KEYSET('x')"],
      ['the type BIGNUMERIC', 'CAST(1 AS BIGNUMERIC)'],
      ['CAST … FORMAT and CAST … AT TIME ZONE', "CAST(1 AS STRING FORMAT '9')"],
      ['regular expressions with more than one capturing group', "REGEXP_EXTRACT('a', '(a)(b)')"],
      ['REGEXP_CONTAINS of BYTES', "REGEXP_CONTAINS(b'a', b'a')"],
    ].map(([what, sql]): Failure => [sql!, `The local Google Cloud does not support ${what}.`]),
  ],
};

describe('GoogleSQL expressions fail in the words of BigQuery', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await openEngine();
  });
  after(() => engine.close());

  for (const [area, failures] of Object.entries(FAILURES)) {
    describe(area, () => {
      for (const [expression, message] of failures) {
        it(expression, async () =>
          assert.equal(await engine.fails(`SELECT ${expression}`), message),
        );
      }
    });
  }

  it("gives the place on the line of the query's own text", async () => {
    const message = await engine.fails("SELECT 1,\n  '1' + 1");
    assert.match(message, /^No matching signature .* at \[2:3\]$/);
  });

  for (const operator of ['1 // 2', '1 % 2', '1 == 1', "'a' ~ 'b'", "'a' ILIKE 'A'", '1::STRING']) {
    it(`${operator} is a syntax error`, async () =>
      assert.match(await engine.fails(`SELECT ${operator}`), /^Syntax error: .* at \[1:\d+\]$/));
  }

  it('an argument that fails fails under SAFE. too: the prefix is for its function alone', async () => {
    assert.equal(await engine.fails('SELECT SAFE.ABS(1 / 0)'), 'division by zero: 1 / 0');
    assert.equal(await engine.fails("SELECT SAFE_CAST(ERROR('x') AS STRING)"), 'x');
  });
});
