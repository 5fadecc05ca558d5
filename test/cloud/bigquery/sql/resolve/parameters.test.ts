import assert from 'node:assert/strict';
import type { QueryParameter } from '../../ports.ts';
import type { BqType, ScalarType } from '../../types.ts';
import { openWarehouse, type Warehouse } from '../run/testing.ts';
import type { Plain } from '../testing.ts';

const array = (element: ScalarType): BqType => ({ kind: 'ARRAY', element: { kind: element } });
const typeOf = (type: ScalarType | BqType): BqType =>
  typeof type === 'string' ? { kind: type } : type;

const named = (name: string, type: ScalarType | BqType, value: unknown): QueryParameter => ({
  name,
  type: typeOf(type),
  value,
});
const positional = (type: ScalarType | BqType, value: unknown): QueryParameter => ({
  type: typeOf(type),
  value,
});

const POINT: BqType = {
  kind: 'STRUCT',
  fields: [
    { name: 'x', type: { kind: 'INT64' } },
    { name: 'tags', type: array('STRING') },
  ],
};

describe('query parameters', () => {
  let warehouse: Warehouse;
  before(async () => {
    warehouse = await openWarehouse();
    await warehouse.run('CREATE TABLE d.t (id INT64, day DATE)');
    await warehouse.run("INSERT d.t VALUES (1, '2024-01-01'), (2, '2024-01-02')");
  });
  after(() => warehouse.close());

  const VALUES: readonly (readonly [string, ScalarType | BqType, unknown, Plain])[] = [
    ['INT64', 'INT64', 9223372036854775807n, '9223372036854775807'],
    ['INT64 as a number', 'INT64', -5, '-5'],
    ['FLOAT64', 'FLOAT64', 0.1, '0.1'],
    ['FLOAT64 that is no number', 'FLOAT64', Number.NaN, 'NaN'],
    ['NUMERIC', 'NUMERIC', '12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['BOOL', 'BOOL', true, 'true'],
    ['STRING', 'STRING', "it's @x ? \\ \n 😀", "it's @x ? \\ \n 😀"],
    ['BYTES', 'BYTES', new Uint8Array([0, 255]), 'AP8='],
    ['DATE', 'DATE', '2024-02-29', '2024-02-29'],
    ['DATETIME', 'DATETIME', '2024-02-29 01:02:03.5', '2024-02-29T01:02:03.500'],
    ['TIME', 'TIME', '01:02:03', '01:02:03'],
    ['TIMESTAMP', 'TIMESTAMP', '2024-01-01 00:00:00+01', '2023-12-31T23:00:00Z'],
    ['JSON', 'JSON', '{"a": [1, null]}', '{"a":[1,null]}'],
    ['INTERVAL', 'INTERVAL', '1-2 3 4:5:6', '1-2 3 4:5:6'],
    ['ARRAY', array('INT64'), [1n, 2n], ['1', '2']],
    ['an empty ARRAY', array('DATE'), [], []],
    ['STRUCT', POINT, { x: 1n, tags: ['a', 'b'] }, ['1', ['a', 'b']]],
    ['ARRAY of STRUCT', { kind: 'ARRAY', element: POINT }, [{ x: 1n, tags: [] }], [['1', []]]],
    ['NULL of INT64', 'INT64', null, null],
    ['NULL of ARRAY', array('INT64'), null, []],
    ['NULL of STRUCT', POINT, null, null],
    ['STRUCT with NULL', POINT, { x: null, tags: [] }, [null, []]],
  ];
  for (const [what, type, value, plain] of VALUES) {
    it(`take ${what}, by name and by position`, async () => {
      const byName = await warehouse.rows('SELECT @p AS p', {
        parameters: [named('p', type, value)],
      });
      const byPlace = await warehouse.rows('SELECT ? AS p', {
        parameters: [positional(type, value)],
      });
      assert.deepEqual([byName, byPlace], [[[plain]], [[plain]]]);
    });
  }

  it('are values: what looks like SQL in them is text', async () => {
    const parameters = [named('x', 'STRING', "' OR TRUE --")];
    assert.deepEqual(await warehouse.rows('SELECT @x = "a" AS same', { parameters }), [['false']]);
  });

  it('are found by name in any case, used as often as wanted, and left unused if not', async () => {
    const parameters = [named('Day', 'DATE', '2024-01-02'), named('unused', 'INT64', 1n)];
    const sql = 'SELECT id FROM t WHERE day = @day OR @DAY < day';
    assert.deepEqual(await warehouse.rows(sql, { parameters }), [['2']]);
  });

  it('stand where a value may stand: IN, UNNEST, LIMIT, and what changes rows', async () => {
    const parameters = [named('ids', array('INT64'), [1n, 2n]), named('n', 'INT64', 1n)];
    const sql = 'SELECT id FROM t WHERE id IN UNNEST(@ids) ORDER BY id LIMIT @n OFFSET @n';
    assert.deepEqual(await warehouse.rows(sql, { parameters }), [['2']]);
    await warehouse.execute('INSERT t (id) SELECT x FROM UNNEST(@ids) AS x WHERE x > @n', {
      parameters,
    });
    await warehouse.execute('UPDATE t SET day = ? WHERE day IS NULL AND id = ?', {
      parameters: [positional('DATE', '2024-03-01'), positional('INT64', 2n)],
    });
    const rows = await warehouse.rows('SELECT id, day FROM t ORDER BY id, day');
    assert.deepEqual(rows.at(-1), ['2', '2024-03-01']);
    await warehouse.execute('DELETE t WHERE day = @d', {
      parameters: [named('d', 'DATE', '2024-03-01')],
    });
  });

  it('bind in the order of the text, however it nests', async () => {
    const parameters = ['a', 'b', 'c'].map((text) => positional('STRING', text));
    const sql = 'WITH w AS (SELECT ? AS x) SELECT x, y, ? AS z FROM w, (SELECT ? AS y)';
    assert.deepEqual(await warehouse.rows(sql, { parameters }), [['a', 'c', 'b']]);
  });

  const fails = (sql: string, parameters: readonly QueryParameter[], message: string) =>
    assert.rejects(warehouse.execute(sql, { parameters }), {
      name: 'ApiError',
      status: 400,
      message,
    });

  it('must be given', async () => {
    await fails('SELECT @nope', [], "Query parameter 'nope' not found at [1:8]");
    const one = [positional('INT64', 1n)];
    await fails('SELECT ?,\n ?', one, 'Query parameter number 2 is not defined at [2:2]');
  });

  it('must be of their type', async () => {
    const wrong: readonly (readonly [ScalarType | BqType, unknown, string])[] = [
      ['INT64', 1.5, '1.5 is no INT64'],
      ['INT64', 9223372036854775808n, '9223372036854775808 is no INT64'],
      ['DATE', '2024-02-30', '2024-02-30 is no DATE'],
      ['BOOL', 'true', 'true is no BOOL'],
      ['NUMERIC', 'x', 'x is no NUMERIC'],
      ['JSON', '{', '{ is no JSON'],
      [array('INT64'), ['a'], 'a is no INT64'],
      [POINT, 'x', 'x is no STRUCT<x INT64, tags ARRAY<STRING>>'],
    ];
    for (const [type, value, problem] of wrong) {
      await fails(
        'SELECT @p',
        [named('p', type, value)],
        `Invalid value for parameter @p: ${problem}`,
      );
    }
  });

  it('have their type in the query, and no other', async () => {
    const parameters = [named('p', 'STRING', '1')];
    await fails(
      'SELECT id FROM t WHERE id = @p',
      parameters,
      'No matching signature for operator = for argument types: INT64, STRING. Supported signature: ANY = ANY at [1:24]',
    );
    await fails('SELECT id FROM @p', parameters, 'Syntax error: Unexpected "@p" at [1:16]');
  });
});
