import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Column } from '../ports.ts';
import type { BqType, ScalarType } from '../types.ts';
import { appendColumns } from './append.ts';
import { readColumns } from './columns.ts';
import { Database, type Session } from './database.ts';
import { physicalType } from './types.ts';

const POINT: BqType = {
  kind: 'STRUCT',
  fields: [
    { name: 'x', type: { kind: 'INT64' } },
    { name: 'at', type: { kind: 'DATE' } },
  ],
};

describe('whole columns', () => {
  let database: Database;
  let session: Session;
  beforeEach(async () => {
    database = await Database.open({ threads: 1 });
    session = await database.connect();
  });
  afterEach(() => {
    session.close();
    database.close();
  });

  /** Appends columns to a table, and reads them again. */
  async function roundTrip(columns: readonly Column[]): Promise<readonly Column[]> {
    const definitions = columns.map(({ name, type }) => `${name} ${physicalType(type)}`);
    await session.run(`CREATE OR REPLACE TEMP TABLE t (${definitions.join(', ')})`);
    await appendColumns(session, 't', columns);
    const wanted = columns.map(({ name, type }) => ({ name, type, sql: name }));
    return readColumns(session, 't', wanted, columns[0]!.values.length);
  }

  const column = (name: string, type: ScalarType | BqType, values: Column['values']): Column => ({
    name,
    type: typeof type === 'string' ? { kind: type } : type,
    values,
  });

  it('come back as they went in: numbers as typed arrays, the rest as values', async () => {
    const columns = [
      column('f', 'FLOAT64', Float64Array.of(1.5, Number.NaN, -0, Number.POSITIVE_INFINITY)),
      column('i', 'INT64', Float64Array.of(1, -2, 2 ** 53, 0)),
      column('b', 'BOOL', [true, null, false, true]),
      column('s', 'STRING', ['é', '', null, 'x'.repeat(50)]),
      column('y', 'BYTES', [Buffer.of(0, 255), null, Buffer.of(), Buffer.of(1)]),
      column('d', 'DATE', ['2024-02-29', null, '0001-01-01', '9999-12-31']),
      column('ts', 'TIMESTAMP', [
        '2024-01-01 00:00:00+00',
        null,
        '1969-12-31 23:59:59.500+00',
        '2024-01-01 00:00:00.000001+00',
      ]),
      column('n', 'NUMERIC', [
        '1.5',
        null,
        '-0.000000001',
        '99999999999999999999999999999.999999999',
      ]),
      column('xs', { kind: 'ARRAY', element: { kind: 'INT64' } }, [
        [1n, 2n],
        [],
        [9223372036854775807n],
        [0n],
      ]),
      column('p', POINT, [
        { x: 1n, at: '2024-01-01' },
        null,
        { x: null, at: null },
        { x: 2n, at: null },
      ]),
    ];
    const read = await roundTrip(columns);
    for (const [i, { name, values }] of columns.entries())
      assert.deepEqual(read[i]!.values, values, name);
  });

  it('tell which numbers are NULL, and none when none is', async () => {
    const nulls = Uint8Array.of(0, 1, 0);
    const [f, i, all] = await roundTrip([
      { ...column('f', 'FLOAT64', Float64Array.of(1, 0, 3)), nulls },
      { ...column('i', 'INT64', Float64Array.of(1, 0, 3)), nulls },
      column('a', 'INT64', Float64Array.of(1, 2, 3)),
    ]);
    assert.deepEqual([f!.nulls, i!.nulls, all!.nulls], [nulls, nulls, undefined]);
    assert.deepEqual([f!.values, i!.values], [Float64Array.of(1, 0, 3), Float64Array.of(1, 0, 3)]);
  });

  it('hold integers beyond 2^53 exactly, all of the column then as bigint', async () => {
    const wide = 2n ** 53n + 1n;
    const rows = 5000;
    const values = Array.from({ length: rows }, (_, i) =>
      i === 4000 ? wide : i % 7 ? BigInt(i) : null,
    );
    const [read] = await roundTrip([column('i', 'INT64', values)]);
    assert.deepEqual(read!.values, values);
    assert.equal(read!.nulls, undefined);
  });

  it('keep every row and its place over many chunks, whatever the values', async () => {
    const cell = fc.option(fc.double({ noNaN: true }), { freq: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 120 }),
        async (pattern, times) => {
          const cells = Array.from({ length: times }, () => pattern).flat();
          const nulls = Uint8Array.from(cells, (value) => Number(value === null));
          const values = Float64Array.from(cells, (value) => value ?? 0);
          const [read] = await roundTrip([{ ...column('f', 'FLOAT64', values), nulls }]);
          assert.deepEqual(read!.values, values);
          assert.deepEqual(read!.nulls ?? new Uint8Array(cells.length), nulls);
        },
      ),
      { numRuns: 30 },
    );
  });
});
