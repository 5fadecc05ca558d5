import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { ParquetError } from '../../../shared/parquet/format.ts';
import { readParquet } from '../../../shared/parquet/read.ts';
import { createParquetWriter } from '../../../shared/parquet/write.ts';

const COLUMNS = [
  { name: 'whole', type: 'integer', optional: false },
  { name: 'at', type: 'time', optional: false },
  { name: 'number', type: 'number', optional: true },
  { name: 'text', type: 'text', optional: true },
  { name: 'same', type: 'text', optional: false },
  { name: 'nothing', type: 'text', optional: true },
] as const;

const AT = 1_700_000_000_000_000;

type Rows = readonly { readonly number: number; readonly text: string | null }[];

/** A file with a group of rows for each list. */
function write(groups: readonly Rows[]): Buffer {
  const writer = createParquetWriter(COLUMNS);
  for (const rows of groups) {
    writer.add(rows.length, [
      Float64Array.from(rows, (_, i) => i),
      { all: AT },
      Float64Array.from(rows, ({ number }) => number),
      rows.map(({ text }) => text),
      { all: 'é' },
      { all: null },
    ]);
  }
  return writer.finish();
}

const anyRows = fc.array(
  fc.record({
    number: fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.NaN)),
    text: fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a', 'b'))),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('Parquet', () => {
  let folder: string;
  let duckdb: DuckDBConnection;
  const path = () => join(folder, 'file.parquet');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flit-parquet-'));
    duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  });
  after(async () => {
    duckdb.closeSync();
    await rm(folder, { recursive: true });
  });

  it('gives back what was written', () => {
    fc.assert(
      fc.property(fc.array(anyRows, { maxLength: 3 }), (groups) => {
        const file = readParquet(write(groups));
        assert.equal(file.rows, groups.flat().length);
        assert.deepEqual(
          file.groups.map((group) => ({
            rows: group.rows,
            numbers: [...group.numbers('number')],
            texts: group.texts('text'),
            whole: [...group.numbers('whole')],
            at: new Set(group.numbers('at')),
            same: new Set(group.texts('same')),
            nothing: new Set(group.texts('nothing')),
          })),
          groups.map((rows) => ({
            rows: rows.length,
            numbers: rows.map(({ number }) => number),
            texts: rows.map(({ text }) => text),
            whole: rows.map((_, i) => i),
            at: new Set([AT]),
            same: new Set(['é']),
            nothing: new Set([null]),
          })),
        );
      }),
    );
  });

  it('writes many texts as they are, and few by dictionary, as DuckDB reads them', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({ number: i / 7, text: `ü${i}` }));
    const few = many.map((row, i) => ({
      number: i % 3 === 0 ? Number.NaN : row.number,
      text: ['a', 'b', null][i % 3]!,
    }));
    await writeFile(path(), write([many, few]));
    const reader = await duckdb.runAndReadAll(
      `SELECT count(*), count("number"), count("text"), count(DISTINCT "text"), max("text"),
         sum("whole")::BIGINT, min("at")::VARCHAR, count("nothing"), any_value("same")
       FROM '${path()}'`,
    );
    assert.deepEqual(reader.getRowsJson()[0], [
      '6000',
      '5000',
      '5000',
      '3002',
      'ü999',
      '8997000',
      '2023-11-14 22:13:20',
      '0',
      'é',
    ]);
  });

  for (const codec of ['uncompressed', 'zstd', 'gzip']) {
    it(`reads what DuckDB writes, ${codec}, over many pages and groups`, async () => {
      await duckdb.run(`COPY (
        SELECT i::BIGINT AS whole, (i % 7)::DOUBLE AS few,
          CASE WHEN i % 5 = 0 THEN NULL ELSE sin(i) END AS many, 'key_' || i AS key,
          CASE WHEN i % 3 = 0 THEN NULL ELSE 'c' || (i % 4) END AS kind,
          i % 2 = 0 AS flag, NULL::VARCHAR AS nothing, i::INT AS small
        FROM range(150000) r(i)
      ) TO '${path()}' (FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE 60000)`);
      const file = readParquet(await readFile(path()));
      assert.equal(file.rows, 150_000);
      assert.equal(file.groups.length, 3);
      let i = 0;
      for (const group of file.groups) {
        const [whole, few, many] = ['whole', 'few', 'many'].map((name) => group.numbers(name));
        const [flag, small] = [group.numbers('flag'), group.numbers('small')];
        const [key, kind] = [group.texts('key'), group.texts('kind')];
        const nothing = group.texts('nothing');
        for (let row = 0; row < group.rows; row++, i++) {
          const found = [whole![row], few![row], flag[row], small[row], key[row], kind[row]];
          const wanted = [i, i % 7, Number(i % 2 === 0), i, `key_${i}`, i % 3 ? `c${i % 4}` : null];
          if (found.join() !== wanted.join()) assert.deepEqual(found, wanted);
          const sine = i % 5 === 0 ? Number.NaN : Math.sin(i);
          assert.ok(Object.is(many![row], sine) || Math.abs(many![row]! - sine) < 1e-12);
          assert.equal(nothing[row], null);
        }
      }
    });
  }

  it('reads places in dictionaries of every width that DuckDB writes, NULLs between', async () => {
    const sizes = Array.from({ length: 14 }, (_, bits) => 2 ** bits + 1);
    const columns = sizes.map((size) => `IF(i % 7 = 0, NULL, i % ${size})::DOUBLE AS n${size}`);
    await duckdb.run(`COPY (SELECT ${columns.join(', ')} FROM range(20000) r(i))
      TO '${path()}' (FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 20000)`);
    const [group] = readParquet(await readFile(path())).groups;
    for (const size of sizes) {
      const wanted = Float64Array.from({ length: 20_000 }, (_, i) =>
        i % 7 ? i % size : Number.NaN,
      );
      assert.deepEqual(group!.numbers(`n${size}`), wanted);
    }
  });

  it('refuses by name what it does not read', async () => {
    const refused = async (sql: string, options: string, column: string, problem: RegExp) => {
      await duckdb.run(`COPY (${sql}) TO '${path()}' (FORMAT parquet${options})`);
      const bytes = await readFile(path());
      assert.throws(
        () => readParquet(bytes).groups[0]!.numbers(column),
        (error) => error instanceof ParquetError && problem.test(error.message),
      );
    };
    const numbers = 'SELECT i AS n FROM range(1000) r(i)';
    await refused(numbers, ', COMPRESSION snappy', 'n', /codec 1/);
    await refused(numbers, ', PARQUET_VERSION V2, COMPRESSION uncompressed', 'n', /encoding 5/);
    await refused('SELECT [1, 2] AS n', '', 'n', /[Nn]ested/);
    await refused("SELECT 'a' AS n", ', COMPRESSION uncompressed', 'n', /is text/);
    await refused(numbers, ', COMPRESSION uncompressed', 'other', /no column other/);
  });

  it('says so of bytes that are cut off or changed, and never fails in another way', () => {
    const bytes = write([[{ number: 1, text: 'a' }], [{ number: 2, text: null }]]);
    const readAll = (given: Uint8Array) => {
      for (const group of readParquet(given).groups) {
        for (const { name, type } of COLUMNS) {
          if (type === 'text') group.texts(name);
          else group.numbers(name);
        }
      }
    };
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => readAll(bytes.subarray(0, length)), ParquetError);
    }
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0xff;
      try {
        readAll(changed);
      } catch (error) {
        assert.ok(error instanceof ParquetError, `${at}: ${error}`);
      }
    }
  });
});
