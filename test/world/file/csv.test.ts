import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FileError, readCsv } from './csv.ts';

async function parse(bytes: Uint8Array | string, chunk = Number.POSITIVE_INFINITY) {
  const buffer = Buffer.from(bytes);
  const pieces: Buffer[] = [];
  for (let i = 0; i < buffer.length; i += chunk) pieces.push(buffer.subarray(i, i + chunk));
  const rows = [];
  for await (const row of readCsv(pieces, 'loans.csv')) rows.push(row);
  return rows;
}

const cells = async (text: string) => (await parse(text)).map((row) => row.cells);

const fails = (bytes: Uint8Array | string, message: RegExp) =>
  assert.rejects(parse(bytes), (error) => {
    assert.ok(error instanceof FileError);
    assert.match(error.message, message);
    return true;
  });

describe('CSV', () => {
  it('reads back whatever rows are written, in pieces of any size', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '1', ' ', ',', '"', '\n', '\r', 'ä', '😀'),
    });
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
    const quote = (value: string) => `"${value.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        async (rows, ending, all, chunk) => {
          const write = (value: string) =>
            all || value === '' || /[",\r\n]/.test(value) ? quote(value) : value;
          const text = rows.map((row) => row.map(write).join(',') + ending).join('');
          const read = await parse(text, chunk);
          assert.deepEqual(
            read.map((row) => row.cells),
            rows,
          );
        },
      ),
    );
  });

  it('does without a last line end, with a byte order mark, and passes blank lines over', async () => {
    assert.deepEqual(await cells('\ufeffa,b\r\n\r\n1,2\n\n\n3,4'), [
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
    ]);
    assert.deepEqual(await cells(''), []);
    assert.deepEqual(await cells('\n\n'), []);
  });

  it('tells empty cells from a blank line', async () => {
    assert.deepEqual(await cells(',\n""\n'), [['', ''], ['']]);
    assert.deepEqual(await cells('a,'), [['a', '']]);
  });

  it('says on which line a row starts, with line ends inside quotes counted', async () => {
    const rows = await parse('h\n"one\ntwo\n"\n\nlast\n');
    assert.deepEqual(
      rows.map(({ line }) => line),
      [1, 2, 6],
    );
  });

  it('refuses broken quoting, with its place', async () => {
    await fails('a,b\n1,x"y\n', /^loans\.csv, line 2, character 4: a quote must begin its field/);
    await fails('a,b\n"1"x,2\n', /line 2, character 4: a closing quote must end its field/);
    await fails('a\n"open\nand on\n', /the quote opened on line 2 is never closed/);
  });

  it('refuses a carriage return that ends no line', async () => {
    await fails('a\rb\n', /line 1, character 3: a carriage return alone ends no line/);
  });

  it('refuses bytes that are not UTF-8, also where they are cut off', async () => {
    await fails(Buffer.from([97, 10, 0xff, 10]), /not UTF-8/);
    await fails(Buffer.from([97, 10, 0xc3]), /not UTF-8/);
  });
});
