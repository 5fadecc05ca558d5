/** Functions with OVER: their values in the order of the rows. Source: the pages on window functions. */
import type { Case } from './case.ts';

const along = (window: string, rows: string): string =>
  `ARRAY(SELECT ${window} FROM UNNEST(${rows}) AS x WITH OFFSET AS i ORDER BY i)`;

export const WINDOW_CASES: readonly Case[] = [
  [along('ROW_NUMBER() OVER (ORDER BY x DESC)', '[1, 3, 2]'), 'ARRAY<INT64>', ['3', '1', '2']],
  [along('RANK() OVER (ORDER BY x)', '[1, 2, 2, 5]'), 'ARRAY<INT64>', ['1', '2', '2', '4']],
  [along('DENSE_RANK() OVER (ORDER BY x)', '[1, 2, 2, 5]'), 'ARRAY<INT64>', ['1', '2', '2', '3']],
  // NULL is first in ascending order.
  [along('RANK() OVER (ORDER BY x)', '[1, NULL]'), 'ARRAY<INT64>', ['2', '1']],
  [along('PERCENT_RANK() OVER (ORDER BY x)', '[1, 2, 2]'), 'ARRAY<FLOAT64>', ['0.0', '0.5', '0.5']],
  [
    along('CUME_DIST() OVER (ORDER BY x)', '[1, 2, 2, 4]'),
    'ARRAY<FLOAT64>',
    ['0.25', '0.75', '0.75', '1.0'],
  ],
  [along('NTILE(2) OVER (ORDER BY x)', '[1, 2, 3]'), 'ARRAY<INT64>', ['1', '1', '2']],
  [along('LEAD(x, 1, 0) OVER (ORDER BY x)', '[1, 2, 3]'), 'ARRAY<INT64>', ['2', '3', '0']],
  [
    along("LAG(x, 2, 'none') OVER (ORDER BY x)", "['a', 'b', 'c']"),
    'ARRAY<STRING>',
    ['none', 'none', 'a'],
  ],
  [along('FIRST_VALUE(x) OVER (ORDER BY x DESC)', '[1, 2, 3]'), 'ARRAY<INT64>', ['3', '3', '3']],
  // Without a frame the window ends with the row's peers.
  [along('LAST_VALUE(x) OVER (ORDER BY x)', '[1, 2, 3]'), 'ARRAY<INT64>', ['1', '2', '3']],
  [
    along('IFNULL(FIRST_VALUE(x IGNORE NULLS) OVER (ORDER BY i), 0)', '[NULL, 2, 3]'),
    'ARRAY<INT64>',
    ['0', '2', '2'],
  ],
  [
    along(
      'NTH_VALUE(x, 2) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)',
      '[1, 2, 3]',
    ),
    'ARRAY<INT64>',
    ['2', '2', '2'],
  ],
  [
    along('PERCENTILE_CONT(x, 0.5) OVER ()', '[0, 3, NULL, 1, 2]'),
    'ARRAY<FLOAT64>',
    ['1.5', '1.5', '1.5', '1.5', '1.5'],
  ],
  [along('PERCENTILE_DISC(x, 0.5) OVER ()', "['c', 'b', 'a']"), 'ARRAY<STRING>', ['b', 'b', 'b']],
  [along('SUM(x) OVER (ORDER BY x)', '[1, 2, 2]'), 'ARRAY<INT64>', ['1', '5', '5']],
  [
    along('SUM(x) OVER (ORDER BY i ROWS 1 PRECEDING)', '[1, 2, 4]'),
    'ARRAY<INT64>',
    ['1', '3', '6'],
  ],
  [
    along('COUNT(*) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)', '[1, 2, 4]'),
    'ARRAY<INT64>',
    ['1', '2', '1'],
  ],
  [
    along('MAX(x) OVER (PARTITION BY MOD(x, 2))', '[1, 2, 3, 4]'),
    'ARRAY<INT64>',
    ['3', '4', '3', '4'],
  ],
];
