import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FileError } from './csv.ts';
import { type FileOptions, fileSources } from './source.ts';
import { cellValue, columnName } from './table.ts';

describe('cells', () => {
  it('are numbers where they look like numbers', () => {
    for (const text of ['0', '-12', '3.5', '.5', '-0.25', '1e5', '2.5E-3']) {
      assert.equal(cellValue(text), Number(text), text);
    }
    const kept = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value));
    fc.assert(fc.property(kept, (value) => cellValue(String(value)) === value));
  });

  it('are null where they are empty', () => assert.equal(cellValue(''), null));

  it('stay text otherwise: codes, signs, dates and numbers too long to be exact', () => {
    for (const text of [
      '02139',
      '-007',
      '9007199254740993',
      '12345678901234567890',
      '1e999',
      '+5',
      '-',
      '.',
      'e5',
      '1.',
      '1,5',
      ' 1',
      '2020-01-05',
      'NaN',
      'Infinity',
      '0x10',
      'ab',
    ]) {
      assert.equal(cellValue(text), text, text);
    }
  });
});

describe('column names', () => {
  it('are lower case with _ for every run of anything else', () => {
    assert.equal(columnName('default.payment.next.month'), 'default_payment_next_month');
    assert.equal(columnName('LIMIT_BAL'), 'limit_bal');
    assert.equal(columnName('Loan Amount ($)'), 'loan_amount_');
    assert.equal(columnName('Größe'), 'gr_e');
  });
});

describe('a file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'world-file-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function options(text: string, more: Partial<FileOptions> = {}): Promise<FileOptions> {
    const file = join(folder, 'cards.csv');
    await writeFile(file, text);
    return {
      name: 'cards',
      file,
      key: 'id',
      application_fields: ['limit_bal', 'note'],
      outcome_fields: ['default_next_month'],
      period: { start: '2026-01-01', end: '2026-01-04' },
      outcome_delay_days: 30,
      ...more,
    };
  }

  const TEXT = [
    '\ufeff"ID","Limit Bal","note","unused","default.next month"',
    '1,20000,"a, ""b""",x,0',
    '2,,"",x,1',
    '007,12.5,,x,0',
    '4,1e3,d,x,1',
    '',
  ].join('\r\n');

  async function read(name: string, opts: FileOptions, config: object) {
    const source = (await fileSources(opts)).find((each) => each.name === name)!;
    const rows: object[] = [];
    for await (const batch of source.open(config).batches) rows.push(...batch);
    return rows;
  }

  const fails = async (opts: FileOptions | Promise<FileOptions>, message: RegExp) => {
    const given = await opts;
    await assert.rejects(fileSources(given), (error) => {
      assert.ok(error instanceof FileError, String(error));
      assert.match(error.message, message);
      return true;
    });
  };

  it('is served as applications spread evenly over the period', async () => {
    const range = { start_date: '2026-01-01', end_date: '2026-01-04' };
    assert.deepEqual(await read('cards', await options(TEXT), range), [
      { id: 1, limit_bal: 20000, note: 'a, "b"', _timestamp: '2026-01-01T12:00:00.000Z' },
      { id: 2, limit_bal: null, note: null, _timestamp: '2026-01-02T12:00:00.000Z' },
      { id: '007', limit_bal: 12.5, note: null, _timestamp: '2026-01-03T12:00:00.000Z' },
      { id: 4, limit_bal: 1000, note: 'd', _timestamp: '2026-01-04T12:00:00.000Z' },
    ]);
  });

  it('tells the outcomes so many days later', async () => {
    const range = { start_date: '2026-02-01', end_date: '2026-02-02' };
    assert.deepEqual(await read('cards_outcomes', await options(TEXT), range), [
      { id: 2, default_next_month: 1, _timestamp: '2026-02-01T12:00:00.000Z' },
      { id: '007', default_next_month: 0, _timestamp: '2026-02-02T12:00:00.000Z' },
    ]);
  });

  it('gives the same rows in any split of the days', async () => {
    const rows = Array.from({ length: 2500 }, (_, i) => `${i},${i},n,u,0`).join('\n');
    const opts = await options(`id,limit_bal,note,unused,default_next_month\n${rows}`);
    const range = (start_date: string, end_date: string) =>
      read('cards', opts, { start_date, end_date });
    const whole = await range('2026-01-01', '2026-01-04');
    assert.equal(whole.length, 2500);
    assert.deepEqual(
      [...(await range('2026-01-01', '2026-01-02')), ...(await range('2026-01-03', '2026-01-31'))],
      whole,
    );
    assert.deepEqual(await range('2026-01-05', '2026-12-31'), []);
  });

  it('is refused where a column is missing, with those that there are', async () => {
    const missing = options(TEXT, { application_fields: ['limit_bal', 'income', 'age'] });
    await fails(
      missing,
      /cards\.csv, line 1: no column income, age; there are id, limit_bal, note/,
    );
    await fails(options(TEXT, { key: 'loan' }), /no column loan/);
  });

  it('is refused where a row is ragged, with its line and column', async () => {
    const head = 'id,limit_bal,note,default_next_month\n1,1,"two\nlines",0\n';
    await fails(
      options(`${head}2,2,n\n`),
      /line 4: 3 cells for 4 columns; column default_next_month/,
    );
    await fails(options(`${head}2,2,n,0,5\n`), /line 4: 5 cells for 4 columns; cell 5 is too many/);
  });

  it('is refused where a key is empty or there twice', async () => {
    const head = 'id,limit_bal,note,default_next_month\n1,1,n,0\n';
    await fails(options(`${head},1,n,0\n`), /line 3, column id: the key is empty/);
    await fails(options(`${head}1,2,n,0\n`), /line 3, column id: the key 1 is on line 2 already/);
  });

  it('is refused where columns have no name or share one', async () => {
    await fails(options('id,Note,NOTE\n'), /line 1, column 3: note is column 2 already/);
    await fails(options('id,,note\n'), /line 1, column 2: it has no name/);
  });

  it('is refused where it is empty, no text, absent or a folder', async () => {
    await fails(options(''), /the file is empty/);
    await fails(options('id,"limit_bal\n'), /the quote opened on line 1 is never closed/);
    const absent = { ...(await options(TEXT)), file: join(folder, 'absent.csv') };
    await fails(absent, /absent\.csv: it can't be read: ENOENT/);
    await fails({ ...absent, file: folder }, /it can't be read: EISDIR/);
  });

  it('fails in the middle where it has changed for the worse since it was checked', async () => {
    const opts = await options(TEXT);
    const [source] = await fileSources(opts);
    await writeFile(opts.file, 'ID,Limit Bal,note,unused,default.next month\n1,2,3,4,5\n1,2\n');
    const range = { start_date: '2026-01-01', end_date: '2026-01-04' };
    await assert.rejects(async () => {
      for await (const _ of source!.open(range).batches);
    }, /line 3: 2 cells for 5 columns/);
  });

  it('is refused where the options are wrong', async () => {
    const backwards = { period: { start: '2026-02-01', end: '2026-01-01' } };
    await assert.rejects(fileSources(await options(TEXT, backwards)), /must not be before start/);
    const clash = { application_fields: ['_timestamp'] };
    await assert.rejects(fileSources(await options(TEXT, clash)), /is written by the server/);
  });

  it('takes a range, a limit and a pace, and nothing of the simulator’s', async () => {
    const [source] = await fileSources(await options(TEXT));
    const range = { start_date: '2026-01-01', end_date: '2026-01-04' };
    assert.equal(source!.open({ ...range, max_records: 2 }).pace.max_records, 2);
    assert.throws(() => source!.open({ ...range, seed: 1 }), /seed/);
    assert.throws(() => source!.open({ ...range, end_date: '2025-12-31' }), /end_date/);
  });
});
