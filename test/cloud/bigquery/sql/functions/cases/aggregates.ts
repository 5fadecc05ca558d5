/** Aggregate functions, over a few rows each. Source: the pages on aggregate functions. */
import type { Case } from './case.ts';

const over = (aggregate: string, rows: string): string =>
  `(SELECT ${aggregate} FROM UNNEST(${rows}) AS x)`;
const NONE = 'CAST([] AS ARRAY<INT64>)';
const NAN = "CAST('nan' AS FLOAT64)";
const PAIRS = '[STRUCT(1.0 AS x, 5.0 AS y), (3.0, 9.0), (4.0, 7.0)]';
const PAIRED = (aggregate: string): string => `(SELECT ${aggregate} FROM UNNEST(${PAIRS}))`;

export const AGGREGATE_CASES: readonly Case[] = [
  [over('ANY_VALUE(x)', "['a', 'a']"), 'STRING', 'a'],
  [
    "(SELECT ANY_VALUE(n HAVING MAX v) FROM UNNEST([STRUCT('a' AS n, 1 AS v), ('b', 3), ('c', 2)]))",
    'STRING',
    'b',
  ],
  [
    "(SELECT ANY_VALUE(n HAVING MIN v) FROM UNNEST([STRUCT('a' AS n, 1 AS v), ('b', 3), ('c', 2)]))",
    'STRING',
    'a',
  ],
  [over('ARRAY_AGG(x ORDER BY x DESC)', '[2, 1, 3]'), 'ARRAY<INT64>', ['3', '2', '1']],
  [over('ARRAY_AGG(DISTINCT x ORDER BY x)', '[2, 1, -2, 1]'), 'ARRAY<INT64>', ['-2', '1', '2']],
  [
    over('ARRAY_AGG(x IGNORE NULLS ORDER BY x LIMIT 2)', '[3, NULL, 1, 2]'),
    'ARRAY<INT64>',
    ['1', '2'],
  ],
  [`ARRAY_LENGTH(${over('ARRAY_AGG(x)', NONE)})`, 'INT64', null],
  [
    '(SELECT ARRAY_CONCAT_AGG(a ORDER BY ARRAY_LENGTH(a)) FROM (SELECT [3, 4] AS a UNION ALL SELECT [1] UNION ALL SELECT NULL))',
    'ARRAY<INT64>',
    ['1', '3', '4'],
  ],
  [over('AVG(x)', '[0, 2, NULL, 4]'), 'FLOAT64', '2.0'],
  [over('AVG(DISTINCT x)', '[1, 1, 2]'), 'FLOAT64', '1.5'],
  [over('AVG(x)', `[1.0, ${NAN}]`), 'FLOAT64', 'NaN'],
  [over('AVG(x)', "[NUMERIC '1', 2, 2]"), 'NUMERIC', '1.666666667'],
  [over('AVG(x)', NONE), 'FLOAT64', null],
  [over('BIT_AND(x)', '[61441, 161]'), 'INT64', '1'],
  [over('BIT_OR(x)', '[61441, 161]'), 'INT64', '61601'],
  [over('BIT_XOR(x)', '[5678, 1234, 1234]'), 'INT64', '5678'],
  [over('COUNT(*)', '[1, NULL, 2]'), 'INT64', '3'],
  [over('COUNT(x)', '[1, NULL, 2]'), 'INT64', '2'],
  [over('COUNT(DISTINCT x)', '[1, NULL, 1]'), 'INT64', '1'],
  [over('COUNTIF(x < 0)', '[5, -2, 3, NULL, -10]'), 'INT64', '2'],
  [over('COUNTIF(x < 0)', NONE), 'INT64', '0'],
  [over('LOGICAL_AND(x)', '[TRUE, NULL, FALSE]'), 'BOOL', 'false'],
  [over('LOGICAL_OR(x)', '[TRUE, NULL, FALSE]'), 'BOOL', 'true'],
  [over('LOGICAL_OR(x)', '[CAST(NULL AS BOOL)]'), 'BOOL', null],
  [over('MAX(x)', '[8, 37, 55, 4]'), 'INT64', '55'],
  [over('MAX(x)', `[1.0, ${NAN}]`), 'FLOAT64', 'NaN'],
  [over('MIN(x)', `[1.0, ${NAN}]`), 'FLOAT64', 'NaN'],
  [over('MIN(x)', "['b', 'B', 'a']"), 'STRING', 'B'],
  ["(SELECT MAX_BY(n, v) FROM UNNEST([STRUCT('a' AS n, 1 AS v), ('b', 3)]))", 'STRING', 'b'],
  ["(SELECT MIN_BY(n, v) FROM UNNEST([STRUCT('a' AS n, 1 AS v), ('b', 3)]))", 'STRING', 'a'],
  [over('STRING_AGG(x)', "['apple', NULL, 'pear']"), 'STRING', 'apple,pear'],
  [
    over("STRING_AGG(DISTINCT x, ' & ' ORDER BY x DESC LIMIT 2)", "['a', 'c', 'b', 'c']"),
    'STRING',
    'c & b',
  ],
  [over("STRING_AGG(x, b'-' ORDER BY x)", "[b'b', b'a']"), 'BYTES', 'YS1i'],
  [over('SUM(x)', '[1, 2, NULL]'), 'INT64', '3'],
  [over('SUM(DISTINCT x)', '[1, 1, 2]'), 'INT64', '3'],
  [over('SUM(x)', '[1.5, 2.5]'), 'FLOAT64', '4.0'],
  [over('SUM(x)', "[NUMERIC '0.1', NUMERIC '0.2']"), 'NUMERIC', '0.3'],
  [over('SUM(x)', NONE), 'INT64', null],

  [over('APPROX_COUNT_DISTINCT(x)', '[0, 1, 1, 2, 3, 5]'), 'INT64', '5'],
  [
    over('APPROX_QUANTILES(x, 2)', '[1, 1, 1, 4, 5, 6, 7, 8, 9, 10]'),
    'ARRAY<INT64>',
    ['1', '5', '10'],
  ],
  [over('APPROX_QUANTILES(x, 1)', '[NULL, 3, 1]'), 'ARRAY<INT64>', ['1', '3']],
  [
    over('APPROX_TOP_COUNT(x, 2)', "['apple', 'apple', 'pear', 'pear', 'pear', 'banana']"),
    'ARRAY<STRUCT<value STRING, count INT64>>',
    [
      ['pear', '3'],
      ['apple', '2'],
    ],
  ],
  [over('STDDEV(x)', '[10, 14, 18]'), 'FLOAT64', '4.0'],
  [over('STDDEV_SAMP(x)', '[10]'), 'FLOAT64', null],
  [over('STDDEV_POP(x)', '[10]'), 'FLOAT64', '0.0'],
  [over('STDDEV_POP(x)', `[10, ${NAN}]`), 'FLOAT64', 'NaN'],
  [over('VARIANCE(x)', '[10, 14, 18]'), 'FLOAT64', '16.0'],
  [over('VAR_SAMP(x)', '[10, NULL]'), 'FLOAT64', null],
  [over('VAR_POP(x)', '[1, 3]'), 'FLOAT64', '1.0'],
  [PAIRED('COVAR_POP(y, x)'), 'FLOAT64', '1.3333333333333333'],
  [PAIRED('COVAR_SAMP(y, x)'), 'FLOAT64', '2.0'],
  [PAIRED('ROUND(CORR(y, x), 6)'), 'FLOAT64', '0.654654'],

  ["(SELECT STRING_AGG(x, '') FROM UNNEST(['a', 'b']) AS x)", 'STRING', 'ab'],
  ['(SELECT STRING_AGG(x) FROM UNNEST([CAST(NULL AS STRING)]) AS x)', 'STRING', null],
  [
    '(SELECT ARRAY_AGG(x IGNORE NULLS) FROM UNNEST([CAST(NULL AS INT64)]) AS x)',
    'ARRAY<INT64>',
    [],
  ],
  ['(SELECT COUNT(DISTINCT MOD(x, 2)) FROM UNNEST([1, 2, 3]) AS x)', 'INT64', '2'],
  [
    "(SELECT MAX(x) FROM UNNEST([DATE '2024-01-01', DATE '2023-01-01']) AS x)",
    'DATE',
    '2024-01-01',
  ],
  ['(SELECT SUM(IF(x > 1, 1, 0)) FROM UNNEST([1, 2, 3]) AS x)', 'INT64', '2'],
  [
    '(SELECT AVG(x) FROM UNNEST([9223372036854775807, 9223372036854775807]) AS x)',
    'FLOAT64',
    '9.223372036854776E18',
  ],
  ['(SELECT LOGICAL_AND(x > 0) FROM UNNEST([1, NULL]) AS x)', 'BOOL', 'true'],
  ['(SELECT CORR(x, x) FROM UNNEST([1.0]) AS x)', 'FLOAT64', null],
];
