/**
 * Functions that need OVER. `$W` stands for the window, `$N` for IGNORE NULLS.
 *
 * Source: "Numbering functions" and "Navigation functions" of the GoogleSQL reference.
 */
import type { Overload } from './overload.ts';

export interface WindowDefinition {
  readonly overloads: readonly Overload[];
  /** ORDER BY within OVER: it must be there, may be, or must not. */
  readonly order: 'required' | 'optional' | 'none';
  /** Whether a frame may be given. */
  readonly frame: boolean;
  /** Whether IGNORE NULLS and RESPECT NULLS may be given. */
  readonly nulls: boolean;
}

const numbering = (sql: string, order: WindowDefinition['order']): WindowDefinition => ({
  overloads: [[`${/percent|cume/.test(sql) ? 'FLOAT64' : 'INT64'}()`, sql]],
  order,
  frame: false,
  nulls: false,
});

const navigation = (...overloads: readonly Overload[]): WindowDefinition => ({
  overloads,
  order: 'optional',
  frame: true,
  nulls: true,
});

const shift = (name: 'lead' | 'lag'): WindowDefinition => ({
  overloads: [
    ['T(T)', `${name}($1)$W`],
    ['T(T, INT64)', `${name}($1, $2)$W`],
    ['T(T, INT64, T)', `${name}($1, $2, $3)$W`],
  ],
  order: 'required',
  frame: false,
  nulls: false,
});

const percentile = (...overloads: readonly Overload[]): WindowDefinition => ({
  overloads,
  order: 'none',
  frame: false,
  nulls: true,
});

/** DuckDB sorts NaN last instead of first. */
const withoutNan = (type: string, sql: string): string =>
  '(CASE WHEN bool_or(isnan($1))$W THEN ' +
  `CAST(bq_raise('The local BigQuery does not support percentiles of NaN') AS ${type}) ELSE ${sql} END)`;

export const WINDOWS: Readonly<Record<string, WindowDefinition>> = {
  ROW_NUMBER: numbering('row_number()$W', 'optional'),
  RANK: numbering('rank()$W', 'required'),
  DENSE_RANK: numbering('dense_rank()$W', 'required'),
  PERCENT_RANK: numbering('percent_rank()$W', 'required'),
  CUME_DIST: numbering('cume_dist()$W', 'required'),
  NTILE: {
    overloads: [['INT64(INT64)', 'ntile($1)$W']],
    order: 'required',
    frame: false,
    nulls: false,
  },
  LEAD: shift('lead'),
  LAG: shift('lag'),
  FIRST_VALUE: navigation(['T(T)', 'first_value($1$N)$W']),
  LAST_VALUE: navigation(['T(T)', 'last_value($1$N)$W']),
  NTH_VALUE: navigation(['T(T, INT64)', 'nth_value($1, $2$N)$W']),
  PERCENTILE_CONT: percentile(
    ['FLOAT64(FLOAT64, FLOAT64)', withoutNan('DOUBLE', 'quantile_cont($1, $2)$W')],
    ['NUMERIC(NUMERIC, NUMERIC)', 'quantile_cont($1, CAST($2 AS DOUBLE))$W'],
  ),
  PERCENTILE_DISC: percentile(
    ['FLOAT64(FLOAT64, FLOAT64)', withoutNan('DOUBLE', 'quantile_disc($1, $2)$W')],
    ['T(T, FLOAT64)', 'quantile_disc($1, $2)$W'],
  ),
};
