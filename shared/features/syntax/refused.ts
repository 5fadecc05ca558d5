/**
 * What GoogleSQL has and the feature language has not: each by name, why, and what to write instead.
 * A feature is computed from one row alone, gives the same value whenever it is computed, and
 * never fails; what breaks one of these is refused.
 */

import type { Token } from '../../sql/lexer.ts';

interface Refused {
  readonly problem: string;
  readonly advice: string;
}

const notRowWise = (what: string, why: string): Refused => ({
  problem: `${what} is not row-wise: ${why}`,
  advice: 'Compute it before, as a column of the table that features read.',
});

const DROPS = 'it drops rows, and every row needs its features';
const LOOKS = 'it looks at other rows';

/** Clauses by their first word. */
const CLAUSES: Readonly<Record<string, Refused>> = {
  WHERE: notRowWise('WHERE', DROPS),
  HAVING: notRowWise('HAVING', DROPS),
  QUALIFY: notRowWise('QUALIFY', DROPS),
  LIMIT: notRowWise('LIMIT', DROPS),
  OFFSET: notRowWise('OFFSET', DROPS),
  TABLESAMPLE: notRowWise('TABLESAMPLE', DROPS),
  DISTINCT: notRowWise('SELECT DISTINCT', DROPS),
  INTERSECT: notRowWise('INTERSECT', DROPS),
  EXCEPT: notRowWise('EXCEPT', DROPS),
  UNION: notRowWise('UNION', 'it adds rows'),
  ORDER: notRowWise('ORDER BY', 'it sorts rows'),
  GROUP: notRowWise('GROUP BY', 'it makes one row of many'),
  PIVOT: notRowWise('PIVOT', 'it makes one row of many'),
  UNPIVOT: notRowWise('UNPIVOT', 'it makes many rows of one'),
  UNNEST: notRowWise('UNNEST', 'it makes many rows of one'),
  WINDOW: notRowWise('WINDOW', LOOKS),
  ...Object.fromEntries(
    ['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'NATURAL'].map((word) => [
      word,
      notRowWise('JOIN', LOOKS),
    ]),
  ),
};

export const clauseRefusal = (word: string): Refused | undefined =>
  Object.hasOwn(CLAUSES, word) ? CLAUSES[word] : undefined;

export const SUBQUERY: Refused = {
  problem: `A subquery is not row-wise: ${LOOKS}`,
  advice: 'Write a step of its own: WITH step AS (SELECT *, … AS x FROM input).',
};

export const PARAMETER: Refused = {
  problem: 'A query parameter is not part of a feature: a model could not be replayed without it',
  advice: 'Write the value, or add a column to the contract.',
};

export const NO_ZONE: Refused = {
  problem: 'Time zones other than UTC are not supported in features: their rules change',
  advice: 'Leave the zone out, which is UTC, or add a local column to the contract.',
};

const CALENDAR = 'Write it with DATE_DIFF, TIMESTAMP_DIFF or EXTRACT.';
const AS_TEXT = 'Compare text with =, IN, STARTS_WITH, ENDS_WITH or STRPOS.';

/** Functions by families: their names, and the refusal of each. */
const FAMILIES: readonly (readonly [names: string, refusal: (name: string) => Refused])[] = [
  [
    `ANY_VALUE ARRAY_AGG ARRAY_CONCAT_AGG AVG BIT_AND BIT_OR BIT_XOR COUNT COUNTIF LOGICAL_AND
    LOGICAL_OR MAX MAX_BY MIN MIN_BY STRING_AGG SUM APPROX_COUNT_DISTINCT APPROX_QUANTILES
    APPROX_TOP_COUNT APPROX_TOP_SUM CORR COVAR_POP COVAR_SAMP STDDEV STDDEV_POP STDDEV_SAMP
    VARIANCE VAR_POP VAR_SAMP GROUPING`,
    (name) => notRowWise(name, 'it makes one value of many rows'),
  ],
  [
    `ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST NTILE LAG LEAD FIRST_VALUE LAST_VALUE
    NTH_VALUE PERCENTILE_CONT PERCENTILE_DISC`,
    (name) => notRowWise(name, 'it looks at other rows'),
  ],
  [
    'RAND GENERATE_UUID CURRENT_DATE CURRENT_TIMESTAMP CURRENT_DATETIME CURRENT_TIME SESSION_USER',
    (name) => ({
      problem: `${name} is not repeatable: it gives another value when it runs again`,
      advice: 'Use a column of the row, such as the time of the application.',
    }),
  ],
  [
    'IEEE_DIVIDE',
    (name) => ({
      problem: `${name} can give NaN or an infinity, which no model reads`,
      advice: 'Write SAFE_DIVIDE(x, y), which is NULL there.',
    }),
  ],
  [
    'IS_NAN IS_INF',
    (name) => ({
      problem: `${name} is always FALSE here: no NaN and no infinity can arise`,
      advice: 'Leave it out.',
    }),
  ],
  [
    'FARM_FINGERPRINT MD5 SHA1 SHA256 SHA512',
    (name) => ({
      problem: `${name} gives 64 bits or more, which are not exact here`,
      advice: 'A hash of an identity predicts nothing; use what the identity stands for.',
    }),
  ],
  [
    'REGEXP_CONTAINS REGEXP_EXTRACT REGEXP_REPLACE REGEXP_INSTR REGEXP_SUBSTR',
    (name) => ({
      problem: `${name}: regular expressions have no bound on their time here`,
      advice: AS_TEXT,
    }),
  ],
  ['LEFT RIGHT', (name) => unsupported(name, 'Write SUBSTR.')],
  [
    `DATE_ADD DATE_SUB TIMESTAMP_ADD TIMESTAMP_SUB DATETIME DATETIME_DIFF TIME TIMESTAMP LAST_DAY
    FORMAT_DATE FORMAT_TIMESTAMP PARSE_DATE PARSE_TIMESTAMP`,
    (name) => unsupported(name, CALENDAR),
  ],
];

const unsupported = (name: string, advice: string): Refused => ({
  problem: `The function ${name} is not supported in features`,
  advice,
});

const FUNCTIONS: ReadonlyMap<string, Refused> = new Map(
  FAMILIES.flatMap(([names, refusal]) =>
    names.split(/\s+/).map((name) => [name, refusal(name)] as const),
  ),
);

/** Why a function of GoogleSQL is not in the language; undefined for one that has no reason here. */
export const functionRefusal = (name: string): Refused | undefined => FUNCTIONS.get(name);

const OPERATORS: Readonly<Record<string, string>> = {
  '&': 'Write MOD and DIV.',
  '|': 'Write MOD and DIV.',
  '^': 'Write MOD and DIV.',
  '~': 'Write MOD and DIV.',
  '<<': 'Write a multiplication.',
  '>>': 'Write DIV.',
  '|>': 'Write SELECT and WITH.',
  '<=>': 'Write IS NOT DISTINCT FROM.',
  '=>': 'Write the arguments by position.',
  LIKE: AS_TEXT,
};

/** The refusal of an operator that GoogleSQL has and the language has not. */
export function operatorRefusal({ kind, value }: Token): Refused | undefined {
  const operator = kind === 'operator' ? value : kind === 'identifier' ? value.toUpperCase() : '';
  if (!Object.hasOwn(OPERATORS, operator)) return undefined;
  return {
    problem: `Operator ${operator} is not supported in features`,
    advice: OPERATORS[operator]!,
  };
}

export const NO_ARRAY: Refused = {
  problem: 'ARRAY is not supported in features',
  advice: 'Boundaries of RANGE_BUCKET are written [1, 2, 3]; anything else as columns of its own.',
};

/** Reserved words that begin an expression of GoogleSQL, but none of the language. */
const EXPRESSIONS: Readonly<Record<string, Refused>> = {
  ARRAY: NO_ARRAY,
  UNNEST: NO_ARRAY,
  EXISTS: SUBQUERY,
  SELECT: SUBQUERY,
  WITH: SUBQUERY,
  STRUCT: { problem: 'STRUCT is not supported in features', advice: 'Write columns.' },
  INTERVAL: { problem: 'INTERVAL is not supported in features', advice: CALENDAR },
};

export const expressionRefusal = (word: string): Refused | undefined =>
  Object.hasOwn(EXPRESSIONS, word) ? EXPRESSIONS[word] : undefined;
