import assert from 'node:assert/strict';
import { compileFeatures, type InputField } from '../../../shared/features/compile.ts';

const INPUTS: readonly InputField[] = [
  { name: 'n', type: 'INT64', nullable: false, minimum: -3, maximum: 5 },
  { name: 'p', type: 'INT64', nullable: false, minimum: 2, maximum: 10 },
  { name: 'x', type: 'FLOAT64', nullable: false, minimum: -0.5, maximum: 8 },
  { name: 'q', type: 'FLOAT64', nullable: false, minimum: 0.25, maximum: 4 },
  { name: 'maybe', type: 'INT64', nullable: true, minimum: 0, maximum: 9 },
  { name: 'b', type: 'BOOL', nullable: false },
  { name: 's', type: 'STRING', nullable: false, maxLength: 12 },
  { name: 'ts', type: 'TIMESTAMP', nullable: false },
  { name: 'd', type: 'DATE', nullable: false, minimum: 0, maximum: 364 },
];

const MAX = Number.MAX_VALUE;

describe('what is proven of an expression', () => {
  const cases: [expression: string, minimum: number, maximum: number, nullable?: boolean][] = [
    ['n + p', -1, 15],
    ['n - p', -13, 3],
    ['n * p', -30, 50],
    ['n * n', -15, 25],
    ['-n', -5, 3],
    ['ABS(n)', 0, 5],
    ['ABS(p - 20)', 10, 18],
    ['SIGN(p)', 1, 1],
    ['n / p', -1.5, 2.5],
    ['p / q', 0.5, 40],
    ['SAFE_DIVIDE(p, q)', 0.5, 40],
    ['SAFE_DIVIDE(p, n)', -10, 10, true],
    ['SAFE_DIVIDE(n, n)', -5, 5, true],
    ['SAFE_DIVIDE(p, x)', -MAX, MAX, true],
    ['SAFE_DIVIDE(q, maybe)', 0.25 / 9, 4, true],
    ['SAFE_ADD(1e308, x * 2e307)', 9e307, MAX, true],
    ['DIV(n, p)', -1, 2],
    ['SAFE.DIV(p, n)', -10, 10, true],
    ['MOD(n, p)', -3, 5],
    ['MOD(p, 3)', 0, 2],
    ['SAFE.MOD(n, maybe)', -3, 5, true],
    ['ROUND(x)', -1, 8],
    ['ROUND(q, 1)', 0.3, 4],
    ['FLOOR(x)', -1, 8],
    ['CEIL(q)', 1, 4],
    ['TRUNC(x)', 0, 8],
    ['SQRT(q)', 0.5, 2],
    ['SAFE.SQRT(x)', 0, Math.sqrt(8), true],
    ['n = p', 0, 1],
    ['maybe > 3', 0, 1, true],
    ['maybe IS NULL', 0, 1],
    ['maybe IS DISTINCT FROM n', 0, 1],
    ['maybe > 3 AND b', 0, 1, true],
    ['(maybe > 3) IS TRUE', 0, 1],
    ['IF(maybe > 3, n, p)', -3, 10],
    ['IF(b, n, NULL)', -3, 5, true],
    ['CASE WHEN b THEN n WHEN n > 2 THEN 20 END', -3, 20, true],
    ['IFNULL(maybe, -1)', -1, 9],
    ['COALESCE(maybe, NULL)', 0, 9, true],
    ['NULLIF(p, 3)', 2, 10, true],
    ['GREATEST(n, p)', 2, 10],
    ['LEAST(n, p, 0)', -3, 0],
    ['LEAST(GREATEST(x, 0), 1)', 0, 1],
    ['LENGTH(s)', 0, 12],
    ['LENGTH(UPPER(s))', 0, 36],
    ["LENGTH(CONCAT(s, '-', s))", 1, 25],
    ['LENGTH(SUBSTR(s, 2, 3))', 0, 3],
    ['LENGTH(CAST(n AS STRING))', 1, 2],
    ['STRPOS(s, s)', 0, 13],
    ['SAFE_CAST(s AS INT64)', -(10 ** 12 - 1), 10 ** 12 - 1, true],
    ['RANGE_BUCKET(x, [0.0, 1.0])', 0, 2],
    ['CAST(x AS INT64)', -1, 8],
    ['CAST(b AS INT64)', 0, 1],
    ['EXTRACT(HOUR FROM ts)', 0, 23],
    ['EXTRACT(YEAR FROM d)', 1970, 1970],
    ['EXTRACT(YEAR FROM ts)', 1830, 2110],
    ["DATE_DIFF(d, '1970-01-01', MONTH)", 0, 11],
    ["DATE_DIFF('1970-02-01', d, MONTH)", -10, 1],
    ["DATE_DIFF(DATE_TRUNC(d, WEEK), '1970-01-01', DAY)", -4, 360],
    ['UNIX_DATE(d)', 0, 364],
    ['SAFE.POW(1000.0, GREATEST(x, 3) * 100)', -MAX, MAX, true],
    ['SAFE.LN(LEAST(x, -0.1))', Number.NaN, Number.NaN, true],
    ['SAFE_DIVIDE(n, 0)', Number.NaN, Number.NaN, true],
    ['CAST(NULL AS INT64) + n', Number.NaN, Number.NaN, true],
    ['LN(CAST(NULL AS FLOAT64))', Number.NaN, Number.NaN, true],
  ];
  for (const [expression, minimum, maximum, nullable = false] of cases) {
    const range = Number.isNaN(minimum) ? 'always NULL' : `in ${minimum} to ${maximum}`;
    it(`is ${range}${nullable ? ' or NULL' : ''} for ${expression}`, () => {
      const program = compileFeatures(`SELECT ${expression} AS f FROM input`, INPUTS);
      const [feature] = program.features;
      const found = [feature?.minimum ?? Number.NaN, feature?.maximum ?? Number.NaN];
      assert.deepEqual([...found, feature?.nullable], [minimum, maximum, nullable]);
    });
  }

  it('holds the bounds of what is not correctly rounded, and little more', () => {
    const cases: [expression: string, minimum: number, maximum: number][] = [
      ['LN(q)', Math.log(0.25), Math.log(4)],
      ['LOG10(p)', Math.log10(2), 1],
      ['EXP(n)', Math.exp(-3), Math.exp(5)],
      ['POW(x, 2)', 0, 64],
      ['POW(n, 3)', -27, 125],
      ['POW(n - 6, -1)', -1, -1 / 9],
      ['POW(q, x)', 4 ** -0.5 / 4 ** 7.5, 4 ** 8],
      ['LOG(q, p)', Math.log(0.25) / Math.log(2), 2],
      ['LOG(q, 0.5)', -2, 2],
    ];
    for (const [expression, minimum, maximum] of cases) {
      const program = compileFeatures(`SELECT ${expression} AS f FROM input`, INPUTS);
      const [feature] = program.features;
      const slack = (bound: number) => Math.abs(bound) * 1e-14;
      const { minimum: low = Number.NaN, maximum: high = Number.NaN } = feature ?? {};
      assert.ok(low <= minimum && low >= minimum - slack(minimum), `${expression} from ${low}`);
      assert.ok(high >= maximum && high <= maximum + slack(maximum), `${expression} to ${high}`);
    }
  });
});
