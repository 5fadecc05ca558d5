/** Mathematical functions. Source: "Mathematical functions" of the GoogleSQL reference. */
import { isLiteral } from '../resolve/typed.ts';
import type { Chosen, FunctionTable, Overload } from './overload.ts';

/** A result that is not finite though the arguments are is an error. */
function checked(name: string, expr: string, count = 1): string {
  const args = Array.from({ length: count }, (_, i) => `$${i + 1}`);
  const finite = args.map((arg) => `isfinite(${arg})`).join(' AND ');
  return `(CASE WHEN NOT isfinite(${expr}) AND ${finite} THEN ${fails(name, args)} ELSE ${expr} END)`;
}

const fails = (name: string, args: readonly string[]): string =>
  `CAST(bq_raise('Floating point error in function: ${name}(' || ${args.join(" || ', ' || ")} || ')') AS DOUBLE)`;

/** Fails for finite arguments for which the condition holds; the result for infinite ones is NaN. */
const outside = (name: string, condition: string, expr: string): string =>
  `(CASE WHEN isinf($1) THEN 'nan'::DOUBLE WHEN ${condition} AND NOT isnan($1) THEN ${fails(name, ['$1'])} ELSE ${expr} END)`;

/** The same, but greater than all is within the function's domain. */
const below = (name: string, condition: string, expr: string): string =>
  `(CASE WHEN $1 = '-inf'::DOUBLE THEN 'nan'::DOUBLE WHEN ${condition} THEN ${fails(name, ['$1'])} ELSE ${expr} END)`;

/** Of an angle: NaN for infinite ones, which DuckDB refuses. */
const angle = (expr: string): string => `(CASE WHEN isinf($1) THEN 'nan'::DOUBLE ELSE ${expr} END)`;

const float = (sql: string): Overload => ['FLOAT64(FLOAT64)', sql];

/** By exact type: INT64 and NUMERIC keep theirs. */
const numeric = (int64: string, numericSql: string, float64: string): readonly Overload[] => [
  ['INT64(INT64)', int64],
  ['NUMERIC(NUMERIC)', numericSql],
  ['FLOAT64(FLOAT64)', float64],
];

/** INT64 becomes FLOAT64; NUMERIC stays. */
const rounding = (numericSql: string, float64: string): readonly Overload[] => [
  ['FLOAT64(FLOAT64)', float64],
  ['NUMERIC(NUMERIC)', numericSql],
];

const QUOTIENT = '$1 / $2';

/** NULL where the operator fails. */
const SAFE_DIVIDE =
  `(CASE WHEN isfinite(${QUOTIENT}) THEN ${QUOTIENT} WHEN $2 = 0 OR (isfinite($1) AND isfinite($2)) ` +
  `THEN NULL ELSE ${QUOTIENT} END)`;

const safeFloat = (expr: string): string =>
  `(CASE WHEN NOT isfinite(${expr}) AND isfinite($1) AND isfinite($2) THEN NULL ELSE ${expr} END)`;

const safe = (operator: string): readonly Overload[] => [
  ['INT64(INT64, INT64)', `TRY($1 ${operator} $2)`],
  [
    'NUMERIC(NUMERIC, NUMERIC)',
    operator === '*'
      ? 'bqs_numeric_multiply($1, $2)'
      : `TRY(CAST($1 ${operator} $2 AS DECIMAL(38, 9)))`,
  ],
  ['FLOAT64(FLOAT64, FLOAT64)', safeFloat(`$1 ${operator} $2`)],
];

const zero = (name: string, type: string) =>
  `CAST(bq_raise('division by zero: ${name}(' || $1 || ', ' || $2 || ')') AS ${type})`;

/** NULL if any is NULL; NaN if any is NaN, which DuckDB takes for the greatest. */
function extreme(call: Chosen, name: 'greatest' | 'least'): string {
  const places = call.args.map((_, i) => `$${i + 1}`);
  const missing = places.map((place) => `${place} IS NULL`).join(' OR ');
  const nan = places.map((place) => `isnan(${place})`).join(' OR ');
  const isLeastFloat = name === 'least' && call.result.kind === 'FLOAT64';
  const nanCase = isLeastFloat ? ` WHEN ${nan} THEN 'nan'::DOUBLE` : '';
  return `(CASE WHEN ${missing} THEN NULL${nanCase} ELSE ${name}($*) END)`;
}

/** Boundaries that are written out are compared one by one; DuckDB is slower with lists. */
function rangeBucket(call: Chosen): string {
  const [point, boundaries] = call.args;
  const items = boundaries!.constant?.kind === 'array' ? boundaries!.constant.items : undefined;
  const nan = point!.type.kind === 'FLOAT64' ? ' OR isnan($1)' : '';
  const ascending =
    "CASE WHEN list_count($2) < len($2) OR (len($2) > 1 AND list_reduce($2, lambda below, above: CASE WHEN above >= below THEN above END, $2[1]) IS NULL) THEN CAST(bq_raise('Elements in input array to RANGE_BUCKET are not in ascending order.') AS BIGINT)";
  const general = `(CASE WHEN $1 IS NULL${nan} THEN NULL ELSE ${ascending} ELSE CAST(len(list_filter($2, lambda boundary: boundary <= $1)) AS BIGINT) END END)`;
  if (!items?.every(isLiteral) || !isAscending(items)) return general;
  const tests = items.map((item, i) => `WHEN $1 < ${item.sql} THEN ${i}::BIGINT`).join(' ');
  return `(CASE WHEN $1 IS NULL${nan} THEN NULL ${tests} ELSE ${items.length}::BIGINT END)`;
}

function isAscending(items: Chosen['args']): boolean {
  const values = items.map(({ constant }) =>
    constant?.kind === 'literal' && typeof constant.value !== 'boolean'
      ? Number(constant.value)
      : Number.NaN,
  );
  return values.every((value, i) => !Number.isNaN(value) && (i === 0 || values[i - 1]! <= value));
}

/** Of vectors: numbers in order, or numbers by keys. */
const distance = (name: string): readonly Overload[] => [
  ['FLOAT64(ARRAY<FLOAT64>, ARRAY<FLOAT64>)', `bq_${name}($1, $2)`],
  ...['INT64', 'STRING'].map((key): Overload => {
    const vector = `ARRAY<STRUCT<key ${key}, value FLOAT64>>`;
    return [`FLOAT64(${vector}, ${vector})`, `bq_${name}_by_${key.toLowerCase()}($1, $2)`];
  }),
];

export const NUMBERS: FunctionTable = {
  ABS: numeric('abs($1)', 'abs($1)', 'abs($1)'),
  SIGN: numeric(
    'CAST(sign($1) AS BIGINT)',
    'CAST(sign($1) AS DECIMAL(38, 9))',
    '(CASE WHEN isnan($1) THEN $1 ELSE CAST(sign($1) AS DOUBLE) END)',
  ),
  IS_INF: [['BOOL(FLOAT64)', 'isinf($1)']],
  IS_NAN: [['BOOL(FLOAT64)', 'isnan($1)']],
  IEEE_DIVIDE: [['FLOAT64(FLOAT64, FLOAT64)', `(${QUOTIENT})`]],
  RAND: [['FLOAT64()', 'random()']],
  SQRT: [float(below('SQRT', '$1 < 0', 'sqrt($1)')), ['NUMERIC(NUMERIC)', 'bq_numeric_sqrt($1)']],
  CBRT: [float('bq_cbrt($1)')],
  POW: [
    ['FLOAT64(FLOAT64, FLOAT64)', checked('POW', 'pow($1, $2)', 2)],
    ['NUMERIC(NUMERIC, NUMERIC)', 'bq_numeric_pow($1, $2)'],
  ],
  EXP: [float(checked('EXP', 'exp($1)')), ['NUMERIC(NUMERIC)', 'bq_numeric_exp($1)']],
  LN: [float(below('LN', '$1 <= 0', 'ln($1)')), ['NUMERIC(NUMERIC)', 'bq_numeric_ln($1)']],
  LOG10: [
    float(below('LOG10', '$1 <= 0', 'log10($1)')),
    ['NUMERIC(NUMERIC)', 'bq_numeric_log10($1)'],
  ],
  LOG: [
    float(below('LOG', '$1 <= 0', 'ln($1)')),
    ['NUMERIC(NUMERIC)', 'bq_numeric_ln($1)'],
    [
      'FLOAT64(FLOAT64, FLOAT64)',
      `(CASE WHEN $1 = '-inf'::DOUBLE OR $2 = 'inf'::DOUBLE THEN 'nan'::DOUBLE WHEN $1 <= 0 OR $2 <= 0 OR $2 = 1 THEN ${fails('LOG', ['$1', '$2'])} ELSE ln($1) / ln($2) END)`,
    ],
    ['NUMERIC(NUMERIC, NUMERIC)', 'bq_numeric_log($1, $2)'],
  ],
  GREATEST: [['T(T, T...)', (call) => extreme(call, 'greatest')]],
  LEAST: [['T(T, T...)', (call) => extreme(call, 'least')]],

  DIV: [
    ['INT64(INT64, INT64)', `(CASE WHEN $2 = 0 THEN ${zero('DIV', 'BIGINT')} ELSE $1 // $2 END)`],
    ['NUMERIC(NUMERIC, NUMERIC)', 'bq_numeric_div($1, $2)'],
  ],
  MOD: [
    [
      'INT64(INT64, INT64)',
      `(CASE WHEN $2 = 0 THEN ${zero('MOD', 'BIGINT')} WHEN $2 = -1 THEN $1 * 0 ELSE $1 % $2 END)`,
    ],
    ['NUMERIC(NUMERIC, NUMERIC)', 'bq_numeric_mod($1, $2)'],
  ],
  SAFE_DIVIDE: [
    ['FLOAT64(FLOAT64, FLOAT64)', SAFE_DIVIDE],
    ['NUMERIC(NUMERIC, NUMERIC)', 'bqs_numeric_divide($1, $2)'],
  ],
  SAFE_ADD: safe('+'),
  SAFE_SUBTRACT: safe('-'),
  SAFE_MULTIPLY: safe('*'),
  SAFE_NEGATE: numeric('TRY(-($1))', '(-($1))', '(-($1))'),

  ROUND: [
    ...rounding('bq_numeric_round($1, 0)', 'round($1)'),
    ['FLOAT64(FLOAT64, INT64)', 'bq_float64_round($1, $2)'],
    ['NUMERIC(NUMERIC, INT64)', 'bq_numeric_round($1, $2)'],
    ['NUMERIC(NUMERIC, INT64, STRING)', 'bq_numeric_round_mode($1, $2, $3)'],
  ],
  TRUNC: [
    ...rounding('bq_numeric_trunc($1, 0)', 'trunc($1)'),
    ['FLOAT64(FLOAT64, INT64)', 'bq_float64_trunc($1, $2)'],
    ['NUMERIC(NUMERIC, INT64)', 'bq_numeric_trunc($1, $2)'],
  ],
  CEIL: rounding('CAST(ceil($1) AS DECIMAL(38, 9))', 'ceil($1)'),
  FLOOR: rounding('CAST(floor($1) AS DECIMAL(38, 9))', 'floor($1)'),

  SIN: [float(angle('sin($1)'))],
  COS: [float(angle('cos($1)'))],
  TAN: [float(angle('tan($1)'))],
  COT: [float(outside('COT', '$1 = 0', 'cot($1)'))],
  CSC: [float(outside('CSC', '$1 = 0', '(1 / sin($1))'))],
  SEC: [float(angle('(1 / cos($1))'))],
  ASIN: [float(outside('ASIN', '($1 < -1 OR $1 > 1)', 'asin($1)'))],
  ACOS: [float(outside('ACOS', '($1 < -1 OR $1 > 1)', 'acos($1)'))],
  ATAN: [float('atan($1)')],
  ATAN2: [['FLOAT64(FLOAT64, FLOAT64)', 'atan2($1, $2)']],
  SINH: [float(checked('SINH', 'sinh($1)'))],
  COSH: [float(checked('COSH', 'cosh($1)'))],
  TANH: [float('tanh($1)')],
  COTH: [float(checked('COTH', '(1 / tanh($1))'))],
  CSCH: [float(checked('CSCH', '(1 / sinh($1))'))],
  SECH: [float('(1 / cosh($1))')],
  ASINH: [float('asinh($1)')],
  ACOSH: [float(below('ACOSH', '$1 < 1', 'acosh($1)'))],
  ATANH: [float(outside('ATANH', '($1 <= -1 OR $1 >= 1)', 'atanh($1)'))],

  RANGE_BUCKET: [['INT64(T, ARRAY<T>)', rangeBucket]],
  EUCLIDEAN_DISTANCE: distance('euclidean_distance'),
  COSINE_DISTANCE: distance('cosine_distance'),
  BIT_COUNT: [
    ['INT64(INT64)', 'CAST(bit_count($1) AS BIGINT)'],
    ['INT64(BYTES)', 'bq_bytes_bit_count($1)'],
  ],
};
