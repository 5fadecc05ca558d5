import assert from 'node:assert/strict';
import type { Field } from '../types.ts';
import { Database } from './database.ts';
import { tableSize } from './logical_size.ts';

const TABLE = { projectId: 'p', datasetId: 'd', tableId: 't' };

const CASES: readonly [what: string, type: Field['type'], value: string, bytes: number][] = [
  ['a number', { kind: 'INT64' }, '1::BIGINT', 8],
  ['a decimal', { kind: 'NUMERIC' }, '1::DECIMAL(38, 9)', 16],
  ['a boolean', { kind: 'BOOL' }, 'TRUE', 1],
  ['a time', { kind: 'TIMESTAMP' }, "'2026-01-01 00:00:00+00'::TIMESTAMPTZ", 8],
  ['text, in UTF-8', { kind: 'STRING' }, "'né'", 5],
  ['no text', { kind: 'STRING' }, "''", 2],
  ['bytes', { kind: 'BYTES' }, "'\\x00\\xFF'::BLOB", 4],
  ['NULL', { kind: 'STRING' }, 'NULL::VARCHAR', 0],
  ['a list', { kind: 'ARRAY', element: { kind: 'STRING' } }, "['a', NULL, 'bc']", 7],
  ['no list', { kind: 'ARRAY', element: { kind: 'INT64' } }, '[]::BIGINT[]', 0],
  [
    'records in lists in records',
    {
      kind: 'STRUCT',
      fields: [
        { name: 'n', type: { kind: 'INT64' } },
        {
          name: 'l',
          type: {
            kind: 'ARRAY',
            element: {
              kind: 'STRUCT',
              fields: [
                { name: 's', type: { kind: 'STRING' } },
                { name: 'm', type: { kind: 'ARRAY', element: { kind: 'INT64' } } },
              ],
            },
          },
        },
      ],
    },
    "{n: NULL::BIGINT, l: [{s: 'x', m: [1::BIGINT, 2]}, NULL]}",
    19,
  ],
];

describe('the logical size', () => {
  for (const [what, type, value, bytes] of CASES) {
    it(`of ${what} is ${bytes} bytes`, async () => {
      const database = await Database.open();
      await database.using(async (session) => {
        await session.run(`CREATE SCHEMA "p.d"; CREATE TABLE "p.d".t AS SELECT ${value} AS c`);
        const size = await tableSize(session, TABLE, [{ name: 'c', type }]);
        assert.deepEqual(size, { rows: 1, bytes });
      });
      database.close();
    });
  }

  it('of a table without columns is nothing', async () => {
    const database = await Database.open();
    await database.using(async (session) => {
      assert.deepEqual(await tableSize(session, TABLE, []), { rows: 0, bytes: 0 });
    });
    database.close();
  });
});
