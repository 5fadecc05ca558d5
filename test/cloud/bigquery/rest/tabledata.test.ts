import assert from 'node:assert/strict';
import type { Dataset, Table } from '@google-cloud/bigquery';
import { ManualClock } from '../../clock.ts';
import { startBigQuery, status, type TestBigQuery } from '../testing.ts';

describe('the tabledata resource', () => {
  let bigquery: TestBigQuery;
  let clock: ManualClock;
  let dataset: Dataset;
  let count = 0;
  before(async () => {
    clock = new ManualClock('2026-03-01T00:00:00Z');
    bigquery = await startBigQuery({ clock });
    [dataset] = await bigquery.client.createDataset('d');
  });
  after(() => bigquery.stop());

  const make = async (schema: string | object): Promise<Table> => {
    const [table] = await dataset.createTable(`t${++count}`, { schema } as object);
    return table;
  };

  const rowsOf = async (table: Table) => (await table.getRows())[0];

  describe('insertAll', () => {
    it('takes every type as the client sends it, and gives it back', async () => {
      const { client } = bigquery;
      const table = await make(
        'i:INTEGER,f:FLOAT,n:NUMERIC,b:BOOLEAN,s:STRING,y:BYTES,d:DATE,dt:DATETIME,t:TIME,ts:TIMESTAMP,j:JSON',
      );
      const row = {
        i: client.int('9007199254740993'),
        f: 0.1,
        n: '12345678901234567890.123456789',
        b: true,
        s: 'é',
        y: Buffer.from([0, 255]),
        d: client.date('2026-01-02'),
        dt: client.datetime('2026-01-02 03:04:05.000001'),
        t: client.time('03:04:05'),
        ts: client.timestamp('2026-01-02T03:04:05.123456Z'),
        j: '{"a":[1,2]}',
      };
      await table.insert(row);
      const [[read]] = await table.getRows({ wrapIntegers: true });
      assert.equal(read.i.value, '9007199254740993');
      assert.equal(read.n.toFixed(), '12345678901234567890.123456789');
      assert.deepEqual(read.y, Buffer.from([0, 255]));
      assert.deepEqual(
        [read.f, read.b, read.s, read.d.value, read.t.value, read.j],
        [0.1, true, 'é', '2026-01-02', '03:04:05', '{"a":[1,2]}'],
      );
      assert.equal(read.dt.value, '2026-01-02T03:04:05.000001');
      assert.equal(read.ts.value, '2026-01-02T03:04:05.123456000Z');
    });

    it('is read back in the forms of the REST API', async () => {
      const table = await make('f:FLOAT,g:FLOAT,b:BOOLEAN,y:BYTES,dt:DATETIME,t:TIME,n:NUMERIC');
      await table.insert({
        f: 1e10,
        g: 'NaN',
        b: false,
        y: 'AP8=',
        dt: '2026-01-02 03:04:05',
        t: '3:4:5.25',
        n: '-0.5',
      });
      const { body } = await bigquery.request('GET', `/datasets/d/tables/${table.id}/data`);
      assert.deepEqual(
        body.rows[0].f.map(({ v }: { v: string }) => v),
        ['1.0E10', 'NaN', 'false', 'AP8=', '2026-01-02T03:04:05', '03:04:05.250', '-0.5'],
      );
    });

    it('takes lists and records', async () => {
      const table = await make({
        fields: [
          { name: 'l', type: 'INTEGER', mode: 'REPEATED' },
          {
            name: 'r',
            type: 'RECORD',
            fields: [
              { name: 'x', type: 'STRING' },
              {
                name: 'in',
                type: 'RECORD',
                mode: 'REPEATED',
                fields: [{ name: 'y', type: 'FLOAT' }],
              },
            ],
          },
        ],
      });
      const rows = [
        { l: [1, 2], r: { x: 'a', in: [{ y: 1.5 }, { y: null }] } },
        { l: [], r: null },
      ];
      await table.insert(rows);
      assert.deepEqual(await rowsOf(table), rows);
    });

    it('inserts none of the rows where one is bad, and says what is wrong with it', async () => {
      const table = await make('a:INTEGER,b:STRING');
      const error = await table.insert([{ a: 1 }, { a: 'x' }, { c: 1 }, { a: 4 }]).then(
        () => assert.fail('inserted'),
        (e) => e,
      );
      assert.equal(error.name, 'PartialFailureError');
      assert.deepEqual(
        error.errors.map(({ errors, row }: { errors: unknown; row: unknown }) => [row, errors]),
        [
          [
            { a: 'x' },
            [{ message: 'Cannot convert value to integer (bad value): x', reason: 'invalid' }],
          ],
          [{ c: 1 }, [{ message: 'no such field: c.', reason: 'invalid' }]],
          [{ a: 1 }, [{ message: '', reason: 'stopped' }]],
          [{ a: 4 }, [{ message: '', reason: 'stopped' }]],
        ],
      );
      assert.deepEqual(error.response.insertErrors[0].errors[0].location, 'a');
      assert.deepEqual(await rowsOf(table), []);
    });

    it('inserts the good rows where told to skip the bad ones', async () => {
      const table = await make('a:INTEGER');
      const options = { skipInvalidRows: true };
      await assert.rejects(table.insert([{ a: 1 }, { a: 'x' }], options), {
        name: 'PartialFailureError',
      });
      await table.insert([{ a: 2, more: true }], { ignoreUnknownValues: true });
      assert.deepEqual(await rowsOf(table), [{ a: 1 }, { a: 2 }]);
    });

    it('words the other misfits as BigQuery does', async () => {
      const table = await make({
        fields: [
          { name: 'i', type: 'INTEGER', mode: 'REQUIRED' },
          { name: 's', type: 'STRING', mode: 'REQUIRED' },
          { name: 'f', type: 'FLOAT' },
          { name: 'b', type: 'BOOLEAN' },
          { name: 't', type: 'TIMESTAMP' },
          { name: 'l', type: 'STRING', mode: 'REPEATED' },
        ],
      });
      const good = { i: 1, s: 'x' };
      const cases: [object, string][] = [
        [{ s: 'x' }, 'Missing required field: Msg_0_CLOUD_QUERY_TABLE.i.'],
        [{}, 'Missing required fields: Msg_0_CLOUD_QUERY_TABLE.i, Msg_0_CLOUD_QUERY_TABLE.s.'],
        [{ ...good, i: 5.69 }, 'Cannot convert value to integer (bad value): 5.69'],
        [{ ...good, f: 'SPY' }, 'Cannot convert value to floating point (bad value): SPY'],
        [{ ...good, b: 'maybe' }, 'Cannot convert value to boolean (bad value): maybe'],
        [{ ...good, s: true }, 'Conversion from bool to std::string is unsupported.'],
        [{ ...good, s: ['x'] }, 'Array specified for non-repeated field: s.'],
        [{ ...good, s: { a: 1 } }, 'This field: s is not a record.'],
        [
          { ...good, t: 'noon' },
          "Could not parse 'noon' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]",
        ],
      ];
      const error = await table.insert(cases.map(([row]) => row)).catch((e) => e);
      assert.deepEqual(
        error.errors.map((e: { errors: { message: string }[] }) => e.errors[0]!.message),
        cases.map(([, message]) => message),
      );
      await table.insert({ i: '5', s: 3, f: '1.5' });
      assert.deepEqual((await rowsOf(table))[0], { i: 5, s: '3', f: 1.5, b: null, t: null, l: [] });
    });

    it('takes one row of an insertId a minute, in one request and over several', async () => {
      const table = await make('a:INTEGER');
      const send = (...ids: string[]) =>
        table.insert(
          ids.map((insertId, a) => ({ insertId, json: { a } })),
          { raw: true },
        );
      await send('x', 'y', 'x');
      await send('y', 'z');
      assert.equal((await rowsOf(table)).length, 3);
      await clock.advance(61_000);
      await send('x');
      assert.equal((await rowsOf(table)).length, 4);
      await Promise.all([send('same'), send('same'), send('same')]);
      assert.equal((await rowsOf(table)).length, 5);
    });

    it('remembers no insertId of rows that it did not take', async () => {
      const table = await make('a:INTEGER');
      const good = { insertId: 'g', json: { a: 1 } };
      await assert.rejects(
        table.insert([good, { insertId: 'b', json: { a: 'x' } }], { raw: true }),
        { name: 'PartialFailureError' },
      );
      await table.insert([good], { raw: true });
      assert.equal((await rowsOf(table)).length, 1);
    });

    it('refuses a missing table, no rows, and templates', async () => {
      await assert.rejects(
        dataset.table('none').insert({ a: 1 }),
        status(404, 'notFound', /^Not found: Table p:d\.none$/),
      );
      const table = await make('a:INTEGER');
      const path = `/datasets/d/tables/${table.id}/insertAll`;
      const insertAll = (body: object) => bigquery.request('POST', path, { body });
      assert.equal((await insertAll({ rows: [] })).status, 400);
      assert.equal((await insertAll({ rows: [{ insertId: 'x' }] })).status, 400);
      const template = await insertAll({ rows: [{ json: { a: 1 } }], templateSuffix: '_x' });
      assert.match(template.body.error.message, /templateSuffix/);
      const broken = await bigquery.request('POST', path, { text: '{"rows": [' });
      assert.equal(broken.body.error.errors[0].reason, 'parseError');
    });
  });

  describe('list', () => {
    let table: Table;
    before(async () => {
      table = await make({
        fields: [
          { name: 'n', type: 'INTEGER' },
          { name: 'at', type: 'TIMESTAMP' },
          {
            name: 'r',
            type: 'RECORD',
            mode: 'REPEATED',
            fields: [
              { name: 'x', type: 'INTEGER' },
              { name: 'y', type: 'STRING' },
            ],
          },
        ],
      });
      const rows = Array.from({ length: 25 }, (_, n) => ({
        n,
        at: n === 0 ? 1700000000.5 : null,
        r: [{ x: n, y: `y${n}` }],
      }));
      await table.insert(rows);
    });

    const list = async (query: string) =>
      (await bigquery.request('GET', `/datasets/d/tables/${table.id}/data?${query}`)).body;

    it('pages through all rows in their order', async () => {
      const seen: number[] = [];
      let token = '';
      do {
        const body = await list(`maxResults=10&pageToken=${token}`);
        assert.equal(body.totalRows, '25');
        seen.push(...body.rows.map((row: { f: { v: string }[] }) => Number(row.f[0]!.v)));
        token = body.pageToken ?? '';
      } while (token);
      assert.deepEqual(
        seen,
        Array.from({ length: 25 }, (_, n) => n),
      );
      const body = await list('startIndex=23');
      assert.equal(body.rows.length, 2);
      assert.equal((await list('startIndex=30')).rows, undefined);
    });

    it('answers selected columns and fields only', async () => {
      const body = await list('selectedFields=r.y,n&maxResults=1');
      assert.deepEqual(body.rows, [{ f: [{ v: '0' }, { v: [{ v: { f: [{ v: 'y0' }] } }] }] }]);
      const [rows] = await table.getRows({ selectedFields: 'r.y', maxResults: 1 });
      assert.deepEqual(rows, [{ r: [{ y: 'y0' }] }]);
      assert.match((await list('selectedFields=r.z')).error.message, /No such field: r\.z/);
    });

    it('writes timestamps in the format asked for', async () => {
      const at = async (query: string) => (await list(`maxResults=1&${query}`)).rows[0].f[1].v;
      assert.equal(await at(''), '1.7000000005E9');
      assert.equal(await at('formatOptions.useInt64Timestamp=true'), '1700000000500000');
      assert.equal(
        await at('formatOptions.timestampOutputFormat=ISO8601_STRING'),
        '2023-11-14T22:13:20.500Z',
      );
      assert.match((await list('formatOptions.timestampOutputFormat=X')).error.message, /: X$/);
    });

    it('refuses counts that are none and tokens of other tables', async () => {
      assert.equal((await list('maxResults=many')).error.code, 400);
      assert.equal((await list('pageToken=nonsense')).error.code, 400);
    });
  });
});
