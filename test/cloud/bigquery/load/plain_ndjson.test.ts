import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Database, type Session } from '../duckdb/database.ts';
import { TableWriter } from '../duckdb/table_writer.ts';
import { physicalSchema, physicalTable } from '../names.ts';
import type { Field, ScalarType } from '../types.ts';
import { readNdjson } from './ndjson.ts';
import { isPlainSchema, readPlainNdjson } from './plain_ndjson.ts';
import { createStaged, dropStaged, type Staged } from './staging.ts';
import { Tally } from './tally.ts';

const DATASET = { projectId: 'p', datasetId: 'd' };

const KINDS: readonly ScalarType[] = [
  'STRING',
  'INT64',
  'FLOAT64',
  'BOOL',
  'DATE',
  'DATETIME',
  'TIMESTAMP',
];

const FIELDS: readonly Field[] = KINDS.map((kind, i) => ({
  name: `c${i}`,
  type: { kind },
  ...(kind === 'BOOL' ? { required: true } : {}),
}));

/** JSON texts that readers like to differ about. */
const ODD = [
  ...['null', 'true', 'false', '[]', '{}', '[1]', '"x"', '""', '" "', '"true"', '"null"'],
  ...['0', '-0', '1.0', '1e2', '1E400', '-1e-400', '0.1', '9223372036854775807', '1.5', '01', '.5'],
  ...['9223372036854775808', '-9223372036854775808', '18446744073709551616', '123456789012345678'],
  ...['0.30000000000000004', '1.7976931348623157e308', '5e-324', '12345678901234567890.5', 'NaN'],
  ...['"12"', '"1.5"', '"NaN"', '"Infinity"', 'Infinity', '-Infinity', '"-inf"', '"1e3"', '"yes"'],
  ...[
    '"\\u0041"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"a\\"b"',
    '"a\\\\"',
    '"a\\nb"',
    '"\\u0000"',
    '"é"',
  ],
  ...['"2026-01-02"', '"2026-1-2"', '"2026-02-30"', '"0001-01-01"', '"9999-12-31"', '"0000-01-01"'],
  ...['"2026-01-02T03:04:05"', '"2026-01-02 03:04:05.123456"', '"2026-01-02T24:00:00"'],
  ...['"2026-01-02T03:04:60"', '"2026-01-02T03:04:05Z"', '"2026-01-02 03:04:05.5+05:30"'],
  ...['"2026-01-02T03:04:05-14:00"', '"2026-01-02T03:04:05+15:00"', '"2026-01-02T03:04:05+14:30"'],
  ...[
    '"0001-01-01T00:00:00+01:00"',
    '"9999-12-31T23:59:59.999999Z"',
    '"9999-12-31T23:59:59-01:00"',
  ],
  ...['"2026-01-02T03:04:05+00:60"', '"infinity"', '"epoch"', '"1534680695"', '1534680695'],
];

/** Mostly values that suit the column, so that whole files are plain often enough. */
const PLAIN: Readonly<Record<string, fc.Arbitrary<string>>> = {
  STRING: fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  INT64: fc.integer().map(String),
  FLOAT64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => JSON.stringify(x)),
  BOOL: fc.boolean().map(String),
  DATE: fc.constantFrom('"2026-01-02"', '"2024-02-29"'),
  DATETIME: fc.constantFrom('"2026-01-02T03:04:05"', '"2026-01-02 03:04:05.5"'),
  TIMESTAMP: fc.constantFrom('"2026-01-02T03:04:05Z"', '"2026-01-02 03:04:05.5+01:00"'),
};

const row = fc
  .tuple(
    ...FIELDS.map(({ name, type }) =>
      fc.oneof(
        { weight: 40, arbitrary: PLAIN[type.kind]!.map((value) => `"${name}":${value}`) },
        { weight: 1, arbitrary: fc.constantFrom(...ODD).map((value) => `"${name}":${value}`) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
    ),
  )
  .map((cells) => `{${cells.filter((cell) => cell !== undefined).join(',')}}`);

const line = fc.oneof(
  { weight: 60, arbitrary: row },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '[]',
      '3',
      '{"c0":"a","c0":"b"}',
      '{"C0":"a"}',
      '{"x":1}',
      '{',
      '{} {}',
    ),
  },
);

describe("newline-delimited JSON by DuckDB's reader", () => {
  let database: Database;
  let session: Session;
  let folder: string;
  let count = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plain-'));
    database = await Database.open();
    session = await database.connect();
    await session.run(`CREATE SCHEMA ${physicalSchema(DATASET)}`);
  });

  after(async () => {
    session.close();
    database.close();
    await rm(folder, { recursive: true });
  });

  const file = async (text: string) => {
    const path = join(folder, 'x');
    await writeFile(path, text);
    return { path, uri: undefined, size: text.length };
  };

  const staged = (fields: readonly Field[]) =>
    createStaged(session, DATASET, String(count++), fields);

  const rowsOf = async ({ table }: Staged) =>
    JSON.stringify(await session.rows(`FROM ${physicalTable(table)}`), (_key, value) =>
      typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value,
    );

  const compare = async (text: string): Promise<boolean> => {
    const source = await file(text);
    const [quick, exact] = [await staged(FIELDS), await staged(FIELDS)];
    try {
      const rows = await readPlainNdjson(session, source, quick);
      if (rows === undefined) {
        assert.equal(await rowsOf(quick), '[]');
        return false;
      }
      const writer = await TableWriter.open(session, exact.table);
      const tally = new Tally('JSON', 0);
      const { signal } = new AbortController();
      await readNdjson(source, FIELDS, writer, tally, { ignoreUnknownValues: false, signal });
      writer.close();
      assert.equal(rows, tally.rows);
      assert.equal(await rowsOf(quick), await rowsOf(exact));
      return true;
    } finally {
      await dropStaged(session, quick);
      await dropStaged(session, exact);
    }
  };

  it('reads a file as the exact reader does, or declines it', async function () {
    this.timeout(60_000);
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        if (await compare(lines.join('\n'))) plain++;
      }),
      { numRuns: 100 },
    );
    assert.ok(plain > 15, `only ${plain} of 100 files were read`);
  });

  it('agrees with the exact reader about every odd value in every column', async function () {
    this.timeout(60_000);
    const read: string[] = [];
    for (const { name } of FIELDS) {
      for (const value of ODD) {
        const cells = name === 'c3' ? '' : '"c3":true,';
        if (await compare(`{${cells}"${name}":${value}}`)) read.push(`${name}:${value}`);
      }
    }
    assert.ok(read.includes('c1:-9223372036854775808'));
    assert.ok(!read.includes('c1:1.5'));
  });

  it('declines a file of one byte, whatever it is', async () => {
    for (const text of ['3', '{', '\n', '']) assert.equal(await compare(text), false);
  });

  it('keeps the order of the rows of a large file', async () => {
    const source = await file(
      Array.from({ length: 200_000 }, (_, i) => `{"c3":true,"c1":${i}}`).join('\n'),
    );
    const table = await staged(FIELDS);
    assert.equal(await readPlainNdjson(session, source, table), 200_000);
    const [[disorder]] = (await session.rows(
      `SELECT count(*) FROM (SELECT c1 - row_number() OVER () AS d FROM ${physicalTable(table.table)}) WHERE d <> -1`,
    )) as [[bigint]];
    assert.equal(disorder, 0n);
  });

  it('knows which schemas it can read', () => {
    assert.ok(isPlainSchema(FIELDS));
    assert.ok(!isPlainSchema([]));
    assert.ok(!isPlainSchema([...FIELDS, { name: 'n', type: { kind: 'NUMERIC' } }]));
    assert.ok(!isPlainSchema([{ name: 'r', type: { kind: 'STRUCT', fields: FIELDS } }]));
  });

  it('is stopped by its session', async () => {
    const abort = new AbortController();
    const source = await file('{"c3":true}\n'.repeat(300_000));
    const table = await staged(FIELDS);
    await database.using(async (stoppable) => {
      setImmediate(() => abort.abort());
      await assert.rejects(readPlainNdjson(stoppable, source, table), /cancelled/);
    }, abort.signal);
  });
});
