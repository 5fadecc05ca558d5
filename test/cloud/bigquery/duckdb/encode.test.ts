import assert from 'node:assert/strict';
import fc from 'fast-check';
import { physicalSchema, physicalTable } from '../names.ts';
import type { BqType, Field, ScalarType } from '../types.ts';
import { Database } from './database.ts';
import { type EncodedValue, encodeRows, type TimestampFormat } from './encode.ts';
import { physicalType } from './types.ts';

const TABLE = { projectId: 'p', datasetId: 'd', tableId: 't' };
const of = (kind: ScalarType): BqType => ({ kind });
const array = (element: BqType): BqType => ({ kind: 'ARRAY', element });
const struct = (...fields: readonly (readonly [string, BqType])[]): BqType => ({
  kind: 'STRUCT',
  fields: fields.map(([name, type]) => ({ name, type })),
});
const v = (value: EncodedValue['v']) => ({ v: value });

describe('rows as the REST API writes them', () => {
  let database: Database;
  beforeEach(async () => {
    database = await Database.open({ threads: 1 });
    await database.using((s) => s.run(`CREATE SCHEMA ${physicalSchema(TABLE)}`));
  });
  afterEach(() => database.close());

  const fill = (fields: readonly Field[], rows: string) => {
    const columns = fields.map(({ name, type }) => `"${name}" ${physicalType(type)}`).join(', ');
    return database.using(async (session) => {
      await session.run(`CREATE OR REPLACE TABLE ${physicalTable(TABLE)} (${columns})`);
      await session.run(`INSERT INTO ${physicalTable(TABLE)} ${rows}`);
    });
  };
  const page = (
    fields: readonly Field[],
    start = 0,
    count = 1000,
    timestamps: TimestampFormat = 'FLOAT64',
  ) =>
    database.using((session) => encodeRows(session, TABLE, fields, { start, count }, timestamps));

  const VALUES: readonly (readonly [string, BqType, string, EncodedValue['v']])[] = [
    ['INT64', of('INT64'), '-9223372036854775808', '-9223372036854775808'],
    ['a whole FLOAT64', of('FLOAT64'), '1', '1.0'],
    ['a large FLOAT64', of('FLOAT64'), '1e10', '1.0E10'],
    ['a small FLOAT64', of('FLOAT64'), '-1.5e-7', '-1.5E-7'],
    ['FLOAT64 that is no number', of('FLOAT64'), "'nan'::DOUBLE", 'NaN'],
    ['infinite FLOAT64', of('FLOAT64'), "'-inf'::DOUBLE", '-Infinity'],
    [
      'NUMERIC without an exponent',
      of('NUMERIC'),
      '12345678901234567890.000000001',
      '12345678901234567890.000000001',
    ],
    ['NUMERIC without trailing zeros', of('NUMERIC'), '-1.500', '-1.5'],
    ['BOOL', of('BOOL'), 'TRUE', 'true'],
    ['STRING', of('STRING'), "'né 😀'", 'né 😀'],
    ['an empty STRING', of('STRING'), "''", ''],
    ['a long STRING', of('STRING'), "repeat('x', 100)", 'x'.repeat(100)],
    ['BYTES', of('BYTES'), "'\\x00\\xFF'::BLOB", 'AP8='],
    ['DATE', of('DATE'), "'0001-01-01'", '0001-01-01'],
    ['DATETIME', of('DATETIME'), "'2024-02-29 01:02:03.5'", '2024-02-29T01:02:03.500'],
    ['TIME', of('TIME'), "'23:59:59.999999'", '23:59:59.999999'],
    ['TIMESTAMP', of('TIMESTAMP'), "'2024-01-01 00:00:00.25+00'", '1.70406720025E9'],
    ['JSON', of('JSON'), `'{"a":[1,null]}'`, '{"a":[1,null]}'],
    ['INTERVAL', of('INTERVAL'), "INTERVAL '14 months 3 days 4 hours'", '1-2 3 4:0:0'],
    ['ARRAY', array(of('INT64')), '[1, 2]', [v('1'), v('2')]],
    ['an empty ARRAY', array(of('STRING')), '[]', []],
    [
      'STRUCT',
      struct(['a', of('INT64')], ['b', of('STRING')]),
      "{'a': 1, 'b': NULL}",
      { f: [v('1'), v(null)] },
    ],
    [
      'STRUCTs in ARRAYs in STRUCTs',
      struct(['xs', array(struct(['y', array(of('BOOL'))]))]),
      "{'xs': [{'y': [TRUE]}, {'y': []}]}",
      { f: [v([v({ f: [v([v('true')])] }), v({ f: [v([])] })])] },
    ],
  ];
  for (const [what, type, sql, expected] of VALUES) {
    it(`hold ${what}, and null for NULL`, async () => {
      const fields = [{ name: 'x', type }];
      await fill(fields, `VALUES (${sql}), (NULL), (${sql})`);
      const empty = type.kind === 'ARRAY' ? [] : null;
      const cells = (await page(fields)).map(({ f }) => f[0]!.v);
      assert.deepEqual(cells, [expected, empty, expected]);
    });
  }

  it('give timestamps as seconds, as whole microseconds, or as ISO 8601', async () => {
    const fields = [{ name: 'ts', type: of('TIMESTAMP') }];
    await fill(fields, "VALUES ('1969-12-31 23:59:59.999999+00'), ('2024-01-01 00:00:00+00')");
    const texts = async (format: TimestampFormat) =>
      (await page(fields, 0, 10, format)).map(({ f }) => f[0]!.v);
    assert.deepEqual(await texts('FLOAT64'), ['-1.0E-6', '1.7040672E9']);
    assert.deepEqual(await texts('INT64'), ['-1', '1704067200000000']);
    assert.deepEqual(await texts('ISO8601_STRING'), [
      '1969-12-31T23:59:59.999999Z',
      '2024-01-01T00:00:00Z',
    ]);
  });

  it('are the pages that are asked for, in the order of the table', async () => {
    const fields = [{ name: 'n', type: of('INT64') }];
    await fill(fields, 'SELECT range FROM range(10000)');
    const numbers = async (start: number, count: number) =>
      (await page(fields, start, count)).map(({ f }) => Number(f[0]!.v));
    assert.deepEqual(await numbers(0, 3), [0, 1, 2]);
    assert.deepEqual(await numbers(2047, 2), [2047, 2048]);
    assert.deepEqual(await numbers(9998, 10), [9998, 9999]);
    assert.deepEqual([await numbers(10_000, 5), await numbers(5, 0)], [[], []]);
    assert.deepEqual(
      await numbers(0, 10_000),
      Array.from({ length: 10_000 }, (_, i) => i),
    );
  });

  it('hold the columns that are asked for, in that order, and none for none', async () => {
    const a = { name: 'a', type: of('INT64') };
    const b = { name: 'odd "name"', type: of('STRING') };
    await database.using(async (session) => {
      await session.run(`CREATE TABLE ${physicalTable(TABLE)} (a BIGINT, "odd ""name""" VARCHAR)`);
      await session.run(`INSERT INTO ${physicalTable(TABLE)} VALUES (1, 'x')`);
    });
    assert.deepEqual(await page([b, a]), [{ f: [v('x'), v('1')] }]);
    assert.deepEqual(await page([]), []);
  });

  it('read back as the numbers that they were, whatever they are', async () => {
    const fields = [{ name: 'x', type: of('FLOAT64') }];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 1, maxLength: 20 }), async (numbers) => {
        const values = numbers.map((n) => `('${Object.is(n, -0) ? '-0' : n}'::DOUBLE)`);
        await fill(fields, `VALUES ${values.join(', ')}`);
        const read = (await page(fields)).map(({ f }) => Number(f[0]!.v));
        assert.deepEqual(read, numbers);
      }),
      { numRuns: 40 },
    );
  });
});
