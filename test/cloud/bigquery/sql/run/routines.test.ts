/** Functions that outlive their query: CREATE FUNCTION, DROP FUNCTION, and calls of them. */
import assert from 'node:assert/strict';
import { itAnswers, itRefuses, openWarehouse, type Warehouse } from './testing.ts';

let warehouse: Warehouse;
const opened = () => warehouse;

describe('functions that outlive their query', () => {
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run(
      'CREATE SCHEMA e',
      'CREATE TABLE d.t (id INT64)',
      'INSERT d.t VALUES (1), (2)',
      'CREATE FUNCTION d.half(x FLOAT64) RETURNS FLOAT64 AS (x / 2)',
      'CREATE FUNCTION e.quarter(x FLOAT64) AS (d.half(d.half(x)))',
      'CREATE FUNCTION d.total() AS ((SELECT SUM(id) FROM d.t))',
      'CREATE FUNCTION d.shown(x ANY TYPE) AS (CAST(x AS STRING))',
      'CREATE VIEW e.halves AS SELECT id, d.half(id) AS h FROM d.t',
    );
  });
  after(() => warehouse.close());

  describe('are called', () => {
    itAnswers(opened, [
      ['SELECT d.half(3) AS a', 'a FLOAT64', [['1.5']]],
      ['SELECT half(3) AS a', 'a FLOAT64', [['1.5']]],
      ['SELECT `p.d`.half(3) AS a, `p.d.half`(5) AS b', 'a FLOAT64, b FLOAT64', [['1.5', '2.5']]],
      ['SELECT e.quarter(d.half(8)) AS a', 'a FLOAT64', [['1.0']]],
      ['SELECT SUM(d.half(id)) AS a FROM d.t', 'a FLOAT64', [['1.5']]],
      ['SELECT d.total() AS a', 'a INT64', [['3']]],
      ['SELECT d.shown(1) AS a, d.shown(TRUE) AS b', 'a STRING, b STRING', [['1', 'true']]],
      ['SELECT h FROM e.halves ORDER BY id', 'h FLOAT64', [['0.5'], ['1.0']]],
      [
        'CREATE TEMP FUNCTION half(x INT64) AS (x * 100); SELECT half(1) AS a, d.half(1) AS b',
        'a INT64, b FLOAT64',
        [['100', '0.5']],
      ],
    ]);
    itRefuses(opened, [
      ["SELECT d.half('a')", 'No matching signature for function half at [1:15]'],
      [
        'SELECT d.half(1, 2)',
        'Number of arguments does not match for function half: expected 1, found 2 at [1:8]',
      ],
      ['SELECT d.third(1)', 'Function not found: d.third at [1:8]'],
      ['SELECT e.half(1)', 'Function not found: e.half at [1:8]'],
      [
        'SELECT SAFE.d.half(1)',
        'The local Google Cloud does not support SAFE. with a function of one’s own.',
        501,
      ],
    ]);
  });

  describe('are made', () => {
    itRefuses(opened, [
      ['CREATE FUNCTION d.half(x INT64) AS (x)', 'Already Exists: Routine p:d.half', 409],
      ['CREATE FUNCTION d.bad(x INT64) AS (y)', 'Unrecognized name: y; Did you mean x? at [1:36]'],
      ['CREATE FUNCTION none.f() AS (1)', 'Not found: Dataset p:none', 404],
    ]);

    it('of what fits, in SQL, with names that hold anywhere', async () => {
      for (const [sql, message] of [
        ['CREATE FUNCTION d.bad(x INT64) RETURNS DATE AS (x)', /No matching signature/],
        ['CREATE FUNCTION d.bad() AS ((SELECT a FROM t))', /must be qualified with a dataset/],
      ] as const) {
        await warehouse.fails(sql, message);
      }
      await warehouse.fails(
        "CREATE FUNCTION d.f() RETURNS INT64 LANGUAGE js AS 'return 1'",
        /functions in other languages than SQL/,
        501,
      );
    });

    it('anew, left alone and taken away, as asked', async () => {
      const did = (sql: string) => warehouse.operation(sql);
      assert.deepEqual(await did('CREATE FUNCTION d.one() AS (1)'), ['CREATE_FUNCTION', 'CREATE']);
      assert.deepEqual(await did('CREATE FUNCTION IF NOT EXISTS d.one() AS (2)'), [
        'CREATE_FUNCTION',
        'SKIP',
      ]);
      assert.deepEqual((await warehouse.ask('SELECT d.one() AS a')).rows, [['1']]);
      assert.deepEqual(await did('CREATE OR REPLACE FUNCTION d.one() AS (3)'), [
        'CREATE_FUNCTION',
        'REPLACE',
      ]);
      assert.deepEqual((await warehouse.ask('SELECT d.one() AS a')).rows, [['3']]);
      assert.deepEqual(await did('DROP FUNCTION d.one'), ['DROP_FUNCTION', 'DROP']);
      assert.deepEqual(await did('DROP FUNCTION IF EXISTS d.one'), ['DROP_FUNCTION', 'SKIP']);
      await warehouse.fails('DROP FUNCTION d.one', /Not found: Routine p:d.one/, 404);
      await warehouse.fails('SELECT d.one()', 'Function not found: d.one at [1:8]');
    });

    it('go with their dataset, and keep it from being empty', async () => {
      await warehouse.run('CREATE SCHEMA g', 'CREATE FUNCTION g.f() AS (1)');
      await warehouse.fails('DROP SCHEMA g', /still in use/);
      await warehouse.run('DROP SCHEMA g CASCADE', 'CREATE SCHEMA g');
      await warehouse.fails('SELECT g.f()', 'Function not found: g.f at [1:8]');
    });

    it('never call themselves', async () => {
      await warehouse.run('CREATE FUNCTION d.a() AS (1)', 'CREATE FUNCTION d.b() AS (d.a())');
      await warehouse.run('CREATE OR REPLACE FUNCTION d.a() AS (d.b())');
      await warehouse.fails('SELECT d.a()', /Function not found/);
    });
  });
});
