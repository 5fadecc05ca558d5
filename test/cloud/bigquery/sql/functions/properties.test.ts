import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BqType } from '../../types.ts';
import { openEngine, type Plain, type TestEngine } from '../testing.ts';

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
const fits = (value: bigint) => (value >= LEAST && value <= MOST ? String(value) : null);

const int64 = fc.oneof(
  fc.bigInt(LEAST, MOST),
  fc.bigInt(-100n, 100n),
  fc.constantFrom(LEAST, LEAST + 1n, MOST, MOST - 1n),
);
const words = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));

const INT64: BqType = { kind: 'INT64' };
const PAIR: BqType = {
  kind: 'STRUCT',
  fields: [
    { name: 'a', type: INT64 },
    { name: 'b', type: INT64 },
  ],
};

describe('for all values', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await openEngine();
  });
  after(() => engine.close());

  /** An expression of `x` for each of many values, in one query. */
  async function each(element: BqType, values: readonly unknown[], expressions: readonly string[]) {
    const columns = expressions.map((expression, i) => `${expression} AS c${i}`).join(', ');
    const type: BqType = { kind: 'ARRAY', element };
    return engine.rows(`SELECT ${columns} FROM UNNEST(@xs) AS x WITH OFFSET AS i ORDER BY i`, {
      parameters: [{ name: 'xs', type, value: values }],
    });
  }

  /** Checks the expressions against a twin, on lists of values. */
  const agrees = <T>(
    type: BqType,
    arbitrary: fc.Arbitrary<T>,
    expressions: readonly string[],
    twin: (value: T) => readonly Plain[],
  ) =>
    fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 1, maxLength: 50 }), async (values) => {
        assert.deepEqual(await each(type, values, expressions), values.map(twin));
      }),
      { numRuns: 15 },
    );

  it('INT64, FLOAT64, NUMERIC, BYTES and STRING come back from text', async () => {
    await agrees(INT64, int64, ['CAST(CAST(x AS STRING) AS INT64)'], (x) => [String(x)]);
    const same = ['CAST(CAST(x AS STRING) AS FLOAT64) IS NOT DISTINCT FROM x'];
    await agrees({ kind: 'FLOAT64' }, fc.double(), same, () => ['true']);
    const bytes = fc.uint8Array({ maxLength: 40 });
    const coded = [
      'FROM_HEX(TO_HEX(x)) = x',
      'FROM_BASE64(TO_BASE64(x)) = x',
      'FROM_BASE32(TO_BASE32(x)) = x',
    ];
    await agrees({ kind: 'BYTES' }, bytes, coded, () => ['true', 'true', 'true']);
    const texts = ['CAST(CAST(x AS BYTES) AS STRING)', 'CODE_POINTS_TO_STRING(TO_CODE_POINTS(x))'];
    await agrees({ kind: 'STRING' }, words, texts, (x) => [x, x]);
    const numeric = fc.bigInt(-(10n ** 38n) + 1n, 10n ** 38n - 1n).map(decimal);
    await agrees({ kind: 'NUMERIC' }, numeric, ['CAST(CAST(x AS STRING) AS NUMERIC)'], (x) => [x]);
  });

  it('DATE and TIMESTAMP come back from text, with CAST and with formats', async () => {
    const days = fc.bigInt(-719162n, 2932896n);
    const date = 'DATE_FROM_UNIX_DATE(x)';
    await agrees(
      INT64,
      days,
      [
        `UNIX_DATE(CAST(CAST(${date} AS STRING) AS DATE))`,
        `UNIX_DATE(PARSE_DATE('%d %B %E4Y', FORMAT_DATE('%d %B %E4Y', ${date})))`,
        `FORMAT_DATE('%E4Y-%m-%d', ${date})`,
      ],
      (x) => {
        const iso = new Date(Number(x) * 86_400_000).toISOString().slice(0, 10);
        return [String(x), String(x), iso];
      },
    );
    const micros = fc.bigInt(-62135596800000000n, 253402300799999999n);
    const timestamp = 'TIMESTAMP_MICROS(x)';
    await agrees(
      INT64,
      micros,
      [
        `UNIX_MICROS(CAST(CAST(${timestamp} AS STRING) AS TIMESTAMP))`,
        `UNIX_MICROS(PARSE_TIMESTAMP('%E4Y-%m-%d %H:%M:%E*S%Ez', FORMAT_TIMESTAMP('%E4Y-%m-%d %H:%M:%E*S%Ez', ${timestamp})))`,
      ],
      (x) => [String(x), String(x)],
    );
  });

  it('the day that DATE_ADD reaches is as far away as DATE_DIFF says', () =>
    agrees(
      INT64,
      fc.bigInt(-300000n, 300000n),
      [
        "DATE_DIFF(DATE_ADD(DATE '2000-02-29', INTERVAL x DAY), DATE '2000-02-29', DAY)",
        "DATE_DIFF(DATE '2000-02-29', DATE_SUB(DATE '2000-02-29', INTERVAL x DAY), DAY)",
        "TIMESTAMP_DIFF(TIMESTAMP_ADD(TIMESTAMP '2000-02-29', INTERVAL x MINUTE), TIMESTAMP '2000-02-29', MINUTE)",
      ],
      (x) => [String(x), String(x), String(x)],
    ));

  it('INT64 is added, subtracted, multiplied, divided and negated as BigInt, or overflows', async () => {
    const pairs = fc.record({ a: int64, b: int64 });
    const safe = [
      'SAFE_ADD(x.a, x.b)',
      'SAFE_SUBTRACT(x.a, x.b)',
      'SAFE_MULTIPLY(x.a, x.b)',
      'SAFE_NEGATE(x.a)',
    ];
    await agrees(PAIR, pairs, safe, ({ a, b }) => [
      fits(a + b),
      fits(a - b),
      fits(a * b),
      fits(-a),
    ]);
    const divisible = pairs.filter(({ a, b }) => b !== 0n && !(a === LEAST && b === -1n));
    const divided = ['DIV(x.a, x.b)', 'MOD(x.a, x.b)'];
    await agrees(PAIR, divisible, divided, ({ a, b }) => [String(a / b), String(a % b)]);
    await fc.assert(
      fc.asyncProperty(int64, int64, async (a, b) => {
        const sum = engine.rows(`SELECT (${a}) + (${b})`);
        if (fits(a + b) === null) {
          await assert.rejects(sum, { message: `int64 overflow: ${a} + ${b}` });
        } else {
          assert.deepEqual(await sum, [[String(a + b)]]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('ROUND goes half away from zero and TRUNC towards it', () =>
    agrees(
      INT64,
      fc.bigInt(-100000n, 100000n),
      // Eighths are exact in FLOAT64, and hold ties.
      [
        'CAST(ROUND(x / 8) AS INT64)',
        'CAST(TRUNC(x / 8) AS INT64)',
        'CAST(ROUND(CAST(x AS NUMERIC) / 8) AS INT64)',
        'CAST(x / 8 AS INT64)',
      ],
      (x) => {
        const size = x < 0n ? -x : x;
        const sign = x < 0n ? -1n : 1n;
        const rounded = String(sign * ((size + 4n) / 8n));
        return [rounded, String(sign * (size / 8n)), rounded, rounded];
      },
    ));

  it('texts are counted, cut, found and turned round by code points', () =>
    agrees(
      { kind: 'STRING' },
      words,
      [
        'LENGTH(x)',
        'SUBSTR(x, 2, 3)',
        'SUBSTR(x, -2)',
        'REVERSE(x)',
        'LEFT(x, 1)',
        'STRPOS(x, SUBSTR(x, 3, 1))',
      ],
      (x) => {
        const points = [...x];
        const third = points[2];
        const place = third === undefined ? 1 : points.indexOf(third) + 1;
        return [
          String(points.length),
          points.slice(1, 4).join(''),
          points.slice(-2).join(''),
          points.toReversed().join(''),
          points[0] ?? '',
          String(place),
        ];
      },
    ));

  it('JSON comes back from text', async () => {
    const written = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(fc.array(written, { minLength: 1, maxLength: 30 }), async (values) => {
        const back = "TO_JSON_STRING(PARSE_JSON(x, wide_number_mode => 'round'))";
        const rows = await each({ kind: 'STRING' }, values, [back]);
        const parsed = rows.map(([text]) => JSON.parse(text as string));
        // -0 is 0 in JSON's text.
        assert.deepEqual(
          parsed,
          values.map((value) => JSON.parse(value)),
        );
      }),
      { numRuns: 15 },
    );
    const named = ["JSON_VALUE(TO_JSON_STRING(STRUCT(x AS a)), '$.a')", 'STRING(TO_JSON(x))'];
    await agrees({ kind: 'STRING' }, words, named, (x) => [x, x]);
  });
});

/** A NUMERIC of so many billionths, as the API writes it. */
function decimal(scaled: bigint): string {
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(10, '0');
  const text = `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '');
  return scaled < 0n ? `-${text}` : text;
}
