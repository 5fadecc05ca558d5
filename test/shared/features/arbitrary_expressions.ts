/** Random expressions of the feature language, by type, over columns of known types. */
import fc from 'fast-check';
import type { InputType } from '../../../shared/features/compile.ts';

export const INPUT_TYPES: readonly InputType[] = [
  'INT64',
  'FLOAT64',
  'BOOL',
  'STRING',
  'TIMESTAMP',
  'DATE',
];

export interface Taste {
  /**
   * Where LN, EXP, POW and their like may stand: two libraries differ in their last digit, so what
   * compares libraries must not round or compare what comes out of them.
   */
  readonly transcendental: 'anywhere' | 'outermost';
  /** Texts that columns and literals have. */
  readonly texts: readonly string[];
}

/** Texts that functions on text treat differently: cases, spaces, numbers, order by code point. */
export const TEXTS = [
  '',
  ' ',
  'a',
  'B',
  'aB',
  ' ab ',
  'true',
  'FALSE',
  '7',
  ' -12 ',
  '0x1F',
  '+3',
  '1.5',
  "it's",
  'back\\slash',
  'é',
  '\u00a0x\t',
  'Straße',
  '\uffff',
  '😀',
  'a😀b',
];

export interface TypedColumn {
  readonly name: string;
  readonly type: InputType;
}

/** Expressions of a type that nest so deep at most. */
export type Expressions = (type: InputType, depth: number) => fc.Arbitrary<string>;

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** SQL from pieces: strings as they are, arbitraries in between. */
const sql = (
  pieces: TemplateStringsArray,
  ...parts: readonly (fc.Arbitrary<string | number> | string)[]
): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((made) => pieces.reduce((text, piece, i) => `${text}${made[i - 1]}${piece}`));

const DATE_PERIODS = [
  'DAY',
  'WEEK',
  'WEEK(TUESDAY)',
  'ISOWEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'ISOYEAR',
];
const DATE_PARTS = [
  'YEAR',
  'QUARTER',
  'MONTH',
  'DAY',
  'DAYOFWEEK',
  'DAYOFYEAR',
  'WEEK',
  'WEEK(TUESDAY)',
  'ISOWEEK',
  'ISOYEAR',
];
const TIME_PARTS = ['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND'];
const TIME_UNITS = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];

const oneOf = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

const literalOf = (taste: Taste): Readonly<Record<InputType, fc.Arbitrary<string>>> => ({
  INT64: fc.oneof(fc.integer({ min: -20, max: 20 }), oneOf('0', '1', '-1', '0x10')).map(String),
  FLOAT64: oneOf('0.0', '-0.5', '0.125', '1.5', '2.675', '1e3', '-7.25', '.1', '3.'),
  BOOL: oneOf('TRUE', 'FALSE'),
  STRING: fc.constantFrom(...taste.texts).map(quoted),
  TIMESTAMP: oneOf(
    "TIMESTAMP '2024-02-29 23:59:59.999999'",
    "TIMESTAMP '1969-12-31T23:00:00-01:00'",
    "TIMESTAMP '2000-1-1'",
  ),
  DATE: oneOf("DATE '2024-12-30'", "DATE '1970-01-01'", "DATE '1999-2-28'"),
});

/** Expressions of every type over these columns; each type and depth is made once. */
export function expressionsOver(columns: readonly TypedColumn[], taste: Taste): Expressions {
  const made = new Map<string, fc.Arbitrary<string>>();
  const literal = literalOf(taste);
  const leaf = (type: InputType): fc.Arbitrary<string> => {
    const names = columns.filter((column) => column.type === type).map(({ name }) => name);
    return names.length === 0
      ? literal[type]
      : fc.oneof(
          { weight: 4, arbitrary: oneOf(...names) },
          { weight: 1, arbitrary: literal[type] },
        );
  };
  const build: Expressions = (type, depth) => {
    if (depth === 0) return leaf(type);
    const e = (of: InputType) => expressions(of, depth - 1);
    return fc.oneof(
      { weight: 3, arbitrary: leaf(type) },
      { weight: 3, arbitrary: fc.oneof(...anyType(type, e)) },
      { weight: 9, arbitrary: fc.oneof(...OF_TYPE[type](e, taste)) },
    );
  };
  const expressions: Expressions = (type, depth) => {
    const key = `${type} ${depth}`;
    const known = made.get(key) ?? build(type, depth);
    made.set(key, known);
    return known;
  };
  return expressions;
}

type Of = (type: InputType) => fc.Arbitrary<string>;

/** What every type has. */
const anyType = (type: InputType, e: Of): fc.Arbitrary<string>[] => [
  sql`IF(${e('BOOL')}, ${e(type)}, ${e(type)})`,
  sql`CASE WHEN ${e('BOOL')} THEN ${e(type)} WHEN ${e('BOOL')} THEN NULL ELSE ${e(type)} END`,
  sql`CASE ${e('INT64')} WHEN ${e('INT64')} THEN ${e(type)} WHEN 1 THEN ${e(type)} END`,
  sql`COALESCE(${e(type)}, ${e(type)}, ${e(type)})`,
  sql`IFNULL(${e(type)}, ${e(type)})`,
  sql`NULLIF(${e(type)}, ${e(type)})`,
  sql`GREATEST(${e(type)}, ${e(type)})`,
  sql`LEAST(${e(type)}, ${e(type)}, ${e(type)})`,
  sql`(${e(type)})`,
];

/** Within bounds that products and casts stay exact in. */
const small = (expression: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  sql`LEAST(GREATEST(${expression}, -1000), 1000)`;

const integers = (e: Of): fc.Arbitrary<string>[] => [
  sql`(${small(e('INT64'))} ${oneOf('+', '-', '*')} ${small(e('INT64'))})`,
  sql`(${e('INT64')} ${oneOf('+', '-')} ${e('INT64')})`,
  sql`- ${e('INT64')}`,
  sql`${oneOf('ABS', 'SIGN')}(${e('INT64')})`,
  sql`${oneOf('DIV', 'MOD')}(${e('INT64')}, ${oneOf('1', '3', '-7')})`,
  sql`SAFE.${oneOf('DIV', 'MOD')}(${e('INT64')}, ${e('INT64')})`,
  sql`${oneOf('SAFE_ADD', 'SAFE_SUBTRACT', 'SAFE_MULTIPLY')}(${small(e('INT64'))}, ${small(e('INT64'))})`,
  sql`CAST(${e('BOOL')} AS INT64)`,
  sql`CAST(${small(e('FLOAT64'))} AS INT64)`,
  sql`SAFE_CAST(SUBSTR(${e('STRING')}, 1, 15) AS INT64)`,
  sql`LENGTH(${e('STRING')})`,
  sql`STRPOS(${e('STRING')}, ${e('STRING')})`,
  sql`EXTRACT(${oneOf(...DATE_PARTS)} FROM ${e('DATE')})`,
  sql`EXTRACT(${oneOf(...DATE_PARTS, ...TIME_PARTS)} FROM ${e('TIMESTAMP')})`,
  sql`DATE_DIFF(${e('DATE')}, ${e('DATE')}, ${oneOf(...DATE_PERIODS)})`,
  sql`TIMESTAMP_DIFF(${e('TIMESTAMP')}, ${e('TIMESTAMP')}, ${oneOf(...TIME_UNITS, 'DAY')})`,
  sql`${oneOf('UNIX_SECONDS', 'UNIX_MILLIS', 'UNIX_MICROS')}(${e('TIMESTAMP')})`,
  sql`UNIX_DATE(${e('DATE')})`,
  sql`RANGE_BUCKET(${e('INT64')}, [-10, 0, 0, 25])`,
  sql`RANGE_BUCKET(${e('FLOAT64')}, [-0.5, 0.0, 2.675])`,
  sql`RANGE_BUCKET(${e('STRING')}, ['', 'a', '😀'])`,
];

/** What two libraries compute with another last digit. */
export const transcendental = (e: Of): fc.Arbitrary<string>[] => [
  sql`SAFE.${oneOf('LN', 'LOG10', 'EXP')}(${e('FLOAT64')})`,
  sql`SAFE.POW(${e('FLOAT64')}, ${e('FLOAT64')})`,
  sql`SAFE.LOG(${e('FLOAT64')}, ${e('FLOAT64')})`,
  sql`${oneOf('LN', 'LOG10')}(GREATEST(${e('FLOAT64')}, 0.25))`,
  sql`EXP(${small(e('FLOAT64'))} / 100)`,
  sql`POW(${small(e('FLOAT64'))}, ${oneOf('0', '2', '3')})`,
  sql`LOG(GREATEST(${e('FLOAT64')}, 0.25), ${oneOf('2', '0.5', '10.0')})`,
];

const floats = (e: Of, taste: Taste): fc.Arbitrary<string>[] => [
  sql`(${small(e('FLOAT64'))} ${oneOf('+', '-', '*')} ${small(e('FLOAT64'))})`,
  sql`(${e('INT64')} ${oneOf('+', '-')} ${small(e('FLOAT64'))})`,
  sql`(${e('INT64')} / ${oneOf('4', '-0.1', '3.')})`,
  sql`SAFE_DIVIDE(${e('FLOAT64')}, ${e('FLOAT64')})`,
  sql`SAFE_DIVIDE(${e('INT64')}, ${e('INT64')})`,
  sql`${oneOf('SAFE_ADD', 'SAFE_SUBTRACT', 'SAFE_MULTIPLY')}(${e('FLOAT64')}, ${e('FLOAT64')})`,
  sql`${oneOf('ROUND', 'FLOOR', 'CEIL', 'TRUNC', 'ABS', 'SIGN')}(${e('FLOAT64')})`,
  sql`ROUND(${e('FLOAT64')}, ${fc.integer({ min: -3, max: 4 })})`,
  sql`- ${e('FLOAT64')}`,
  sql`CAST(${e('INT64')} AS FLOAT64)`,
  sql`SQRT(ABS(${e('FLOAT64')}))`,
  sql`SAFE.SQRT(${e('FLOAT64')})`,
  ...(taste.transcendental === 'anywhere' ? transcendental(e) : []),
];

const sameType = (make: (of: fc.Arbitrary<string>) => fc.Arbitrary<string>, e: Of) =>
  INPUT_TYPES.map((type) => make(e(type)));

const truths = (e: Of): fc.Arbitrary<string>[] =>
  [
    fc.oneof(...sameType((x) => sql`${x} ${oneOf('=', '!=', '<', '<=', '>', '>=')} ${x}`, e)),
    fc.oneof(...sameType((x) => sql`${x} BETWEEN ${x} AND ${x}`, e)),
    fc.oneof(...sameType((x) => sql`${x} ${oneOf('', 'NOT')} IN (${x}, ${x}, NULL)`, e)),
    fc.oneof(...sameType((x) => sql`${x} IS ${oneOf('', 'NOT')} NULL`, e)),
    fc.oneof(...sameType((x) => sql`${x} IS ${oneOf('', 'NOT')} DISTINCT FROM ${x}`, e)),
    sql`${e('INT64')} ${oneOf('=', '<')} ${e('FLOAT64')}`,
    sql`${e('INT64')} IN (0, 1, -7, 2.5)`,
    sql`${e('STRING')} IN ('a', '', 'true')`,
    sql`(${e('BOOL')} ${oneOf('AND', 'OR')} ${e('BOOL')})`,
    sql`NOT ${e('BOOL')}`,
    sql`(${e('BOOL')}) IS ${oneOf('', 'NOT')} ${oneOf('TRUE', 'FALSE')}`,
    sql`CAST(${e('INT64')} AS BOOL)`,
    sql`SAFE_CAST(${e('STRING')} AS BOOL)`,
    sql`${oneOf('STARTS_WITH', 'ENDS_WITH')}(${e('STRING')}, ${e('STRING')})`,
  ].map((truth) => truth.map((text) => `(${text})`));

const texts = (e: Of): fc.Arbitrary<string>[] => [
  sql`${oneOf('LOWER', 'UPPER', 'TRIM', 'LTRIM', 'RTRIM')}(${e('STRING')})`,
  sql`${oneOf('TRIM', 'LTRIM', 'RTRIM')}(${e('STRING')}, ${e('STRING')})`,
  sql`SUBSTR(${e('STRING')}, ${small(e('INT64'))})`,
  sql`SUBSTR(${e('STRING')}, ${small(e('INT64'))}, GREATEST(${e('INT64')}, 0))`,
  sql`CONCAT(${e('STRING')}, ${e('STRING')})`,
  sql`(${e('STRING')} || ${e('STRING')})`,
  sql`CAST(${e('INT64')} AS STRING)`,
  sql`CAST(${e('BOOL')} AS STRING)`,
];

const OF_TYPE: Readonly<Record<InputType, (e: Of, taste: Taste) => fc.Arbitrary<string>[]>> = {
  INT64: integers,
  FLOAT64: floats,
  BOOL: truths,
  STRING: texts,
  TIMESTAMP: (e) => [
    sql`TIMESTAMP_TRUNC(${e('TIMESTAMP')}, ${oneOf(...TIME_UNITS, ...DATE_PERIODS)})`,
  ],
  DATE: (e) => [
    sql`DATE(${e('TIMESTAMP')})`,
    sql`CAST(${e('TIMESTAMP')} AS DATE)`,
    sql`DATE_TRUNC(${e('DATE')}, ${oneOf(...DATE_PERIODS)})`,
  ],
};
