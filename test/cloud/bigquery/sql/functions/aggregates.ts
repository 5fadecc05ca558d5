/**
 * Aggregate functions, which with OVER are window functions too.
 *
 * Source: "Aggregate functions", "Approximate aggregate functions", "Statistical aggregate
 * functions" of the GoogleSQL reference. In a template stand, besides the arguments: `$D` DISTINCT,
 * `$O` ORDER BY, `$F` the filter (`$F{condition}` with one more), `$W` OVER, `$L` the LIMIT.
 */
import { unsupported } from '../../../errors.ts';
import type { Chosen } from './overload.ts';

export interface AggregateDefinition {
  readonly overloads: readonly (readonly [string, string | ((call: Chosen) => string)])[];
  /** What may stand among the arguments. */
  readonly takes: ReadonlySet<'DISTINCT' | 'NULLS' | 'ORDER' | 'LIMIT' | 'HAVING'>;
  readonly window?: false;
}

type Clause = 'DISTINCT' | 'NULLS' | 'ORDER' | 'LIMIT' | 'HAVING';

const aggregate = (
  overloads: AggregateDefinition['overloads'],
  ...takes: readonly Clause[]
): AggregateDefinition => ({ overloads, takes: new Set(takes) });

/** DuckDB answers infinity where GoogleSQL fails. */
const overflowing = (name: 'sum' | 'avg'): string =>
  `(CASE WHEN isinf(${name}($D$1)$F$W) AND NOT bool_or(isinf($1))$F$W ` +
  `THEN CAST(bq_raise('double overflow in ${name.toUpperCase()}') AS DOUBLE) ELSE ${name}($D$1)$F$W END)`;

/**
 * DuckDB fails where an input is not finite; the result is NaN then. A function of a sample is NULL
 * for less than two rows whatever they hold.
 */
const statistic = (name: string, sample: boolean): AggregateDefinition =>
  aggregate(
    [
      [
        'FLOAT64(FLOAT64)',
        `(CASE ${sample ? 'WHEN count($D$1)$F$W < 2 THEN NULL ' : ''}WHEN bool_or(NOT isfinite($1))$F$W ` +
          `THEN 'nan'::DOUBLE ELSE ${name}($D$1)$F{isfinite($1)}$W END)`,
      ],
    ],
    'DISTINCT',
  );

const PAIR = 'isfinite($1) AND isfinite($2)';

/** The same for pairs; those with a NULL are left out. */
const paired = (name: string, sample: boolean): AggregateDefinition =>
  aggregate([
    [
      'FLOAT64(FLOAT64, FLOAT64)',
      `(CASE ${sample ? 'WHEN regr_count($1, $2)$F$W < 2 THEN NULL ' : ''}WHEN bool_or(NOT (${PAIR}))$F$W ` +
        `THEN 'nan'::DOUBLE ELSE ${name}($1, $2)$F{${PAIR}}$W END)`,
    ],
  ]);

/** The first argument where the second is greatest or least; NaN is neither, and leaves none. */
export const extremeBy =
  (name: 'arg_max_null' | 'arg_min_null') =>
  (call: Pick<Chosen, 'args'>): string =>
    call.args[1]!.type.kind === 'FLOAT64'
      ? `(CASE WHEN NOT coalesce(bool_or(isnan($2))$F$W, FALSE) THEN ${name}($1, $2)$F$W END)`
      : `${name}($1, $2)$F$W`;

const MIN = (call: Chosen): string =>
  call.result.kind === 'FLOAT64'
    ? "(CASE WHEN bool_or(isnan($1))$F$W THEN 'nan'::DOUBLE ELSE min($1)$F$W END)"
    : 'min($1)$F$W';

/** Boundaries of equal shares: the smallest, one for each share, and so the greatest. */
function approxQuantiles(call: Chosen): string {
  const count = call.args[1]!.constant;
  const shares = count?.kind === 'literal' || count?.kind === 'parameter' ? Number(count.value) : 0;
  if (!Number.isInteger(shares) || shares < 1) {
    throw unsupported('APPROX_QUANTILES with a number that is not known before the query runs');
  }
  const fractions = Array.from({ length: shares + 1 }, (_, i) => i / shares).join(', ');
  return `quantile_disc($D$1, [${fractions}])$F$W`;
}

/** The most frequent first; NULL is a value like any other. */
const APPROX_TOP_COUNT =
  'list_slice(list_transform(list_reverse_sort(list_concat(' +
  'coalesce(list_transform(map_entries(histogram($1)$F$W), lambda entry: {n: CAST(entry.value AS BIGINT), v: entry.key}), []), ' +
  'CASE WHEN count(*)$F{$1 IS NULL}$W > 0 THEN [{n: count(*)$F{$1 IS NULL}$W, v: NULL}] ELSE [] END)), ' +
  "lambda entry: {'value': entry.v, 'count': entry.n}), 1, $2)";

const joinedBytes = (delimiter: string): string =>
  `bq_bytes_join($L{list($D$1$O)$F{$1 IS NOT NULL}$W}, ${delimiter})`;

const STDDEV_SAMP = statistic('stddev_samp', true);
const VAR_SAMP = statistic('var_samp', true);

export const AGGREGATES: Readonly<Record<string, AggregateDefinition>> = {
  ANY_VALUE: aggregate([['T(T)', 'any_value($1)$F$W']], 'DISTINCT', 'HAVING'),
  ARRAY_AGG: aggregate(
    [['ARRAY<T>(T)', '$L{list($D$1$O)$F$W}']],
    'DISTINCT',
    'NULLS',
    'ORDER',
    'LIMIT',
  ),
  ARRAY_CONCAT_AGG: {
    ...aggregate(
      [['ARRAY<T>(ARRAY<T>)', 'flatten($L{list($1$O)$F{$1 IS NOT NULL}$W})']],
      'ORDER',
      'LIMIT',
    ),
    window: false,
  },
  AVG: aggregate(
    [
      ['FLOAT64(FLOAT64)', overflowing('avg')],
      [
        'NUMERIC(NUMERIC)',
        'bq_numeric_divide(sum($D$1)$F$W, CAST(nullif(count($D$1)$F$W, 0) AS DECIMAL(38, 9)))',
      ],
    ],
    'DISTINCT',
  ),
  BIT_AND: aggregate([['INT64(INT64)', 'bit_and($D$1)$F$W']], 'DISTINCT'),
  BIT_OR: aggregate([['INT64(INT64)', 'bit_or($D$1)$F$W']], 'DISTINCT'),
  BIT_XOR: aggregate([['INT64(INT64)', 'bit_xor($D$1)$F$W']], 'DISTINCT'),
  COUNT: aggregate([['INT64(ANY)', 'count($D$1)$F$W']], 'DISTINCT'),
  COUNTIF: aggregate([['INT64(BOOL)', 'count($DCASE WHEN $1 THEN 1 END)$F$W']], 'DISTINCT'),
  LOGICAL_AND: aggregate([['BOOL(BOOL)', 'bool_and($1)$F$W']], 'DISTINCT'),
  LOGICAL_OR: aggregate([['BOOL(BOOL)', 'bool_or($1)$F$W']], 'DISTINCT'),
  MAX: aggregate([['T(T)', 'max($1)$F$W']], 'DISTINCT'),
  MIN: aggregate([['T(T)', MIN]], 'DISTINCT'),
  MAX_BY: aggregate([['T(T, U)', extremeBy('arg_max_null')]]),
  MIN_BY: aggregate([['T(T, U)', extremeBy('arg_min_null')]]),
  STRING_AGG: aggregate(
    [
      ['STRING(STRING)', "$L{string_agg($D$1, ','$O)$F$W}"],
      ['STRING(STRING, STRING)', '$L{string_agg($D$1, $2$O)$F$W}'],
      ['BYTES(BYTES)', joinedBytes("from_hex('2c')")],
      ['BYTES(BYTES, BYTES)', joinedBytes('$2')],
    ],
    'DISTINCT',
    'ORDER',
    'LIMIT',
  ),
  SUM: aggregate(
    [
      ['INT64(INT64)', 'CAST(sum($D$1)$F$W AS BIGINT)'],
      ['NUMERIC(NUMERIC)', 'sum($D$1)$F$W'],
      ['FLOAT64(FLOAT64)', overflowing('sum')],
    ],
    'DISTINCT',
  ),

  APPROX_COUNT_DISTINCT: aggregate([['INT64(ANY)', 'count(DISTINCT $1)$F$W']]),
  APPROX_QUANTILES: aggregate([['ARRAY<T>(T, INT64)', approxQuantiles]], 'DISTINCT', 'NULLS'),
  APPROX_TOP_COUNT: aggregate([
    ['ARRAY<STRUCT<value T, count INT64>>(T, INT64)', APPROX_TOP_COUNT],
  ]),

  STDDEV: STDDEV_SAMP,
  STDDEV_SAMP,
  STDDEV_POP: statistic('stddev_pop', false),
  VARIANCE: VAR_SAMP,
  VAR_SAMP,
  VAR_POP: statistic('var_pop', false),
  CORR: paired('corr', true),
  COVAR_POP: paired('covar_pop', false),
  COVAR_SAMP: paired('covar_samp', true),
};
