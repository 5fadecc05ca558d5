/** What the tests of statements and names share: the engine with BigQuery ML, and tables of cases. */
import assert from 'node:assert/strict';
import { createMl } from '../../../bqml/ml.ts';
import { memoryStore } from '../../../bqml/testing.ts';
import { ApiError } from '../../../errors.ts';
import type { TableRef } from '../../names.ts';
import type { QueryContext, QueryOutcome, TableEntry } from '../../ports.ts';
import { typeText } from '../../types.ts';
import {
  contextOf,
  openEngine,
  type Plain,
  plain,
  type QuerySettings,
  type TestEngine,
} from '../testing.ts';

export interface Table {
  /** `a INT64, b STRING`. */
  readonly schema: string;
  readonly rows: readonly (readonly Plain[])[];
}

export interface Warehouse extends Pick<TestEngine, 'engine' | 'catalog' | 'database' | 'rows'> {
  /** Of the project `p`, where the dataset `d` exists and is the default. */
  readonly context: QueryContext;
  execute(sql: string, settings?: QuerySettings): Promise<QueryOutcome>;
  /** Statements one after another. */
  run(...statements: string[]): Promise<void>;
  ask(sql: string): Promise<Table>;
  /** What the catalogue knows of a table of the dataset. */
  entry(tableId: string): TableEntry;
  /** `a INT64 NOT NULL`, for each of its columns. */
  columns(tableId: string): string[];
  /** The type of a statement that defines something, and what it did. */
  operation(sql: string): Promise<readonly [string, string | undefined]>;
  /** Checks that a statement fails with just this message. */
  fails(sql: string, message: string | RegExp, status?: number): Promise<void>;
  close(): Promise<void>;
}

/** A table of the dataset. */
export const ref = (tableId: string): TableRef => ({ projectId: 'p', datasetId: 'd', tableId });

/** Makes `d.t`, with a column of each shape and a row of NULLs. */
export const EXAMPLE_TABLE = [
  'CREATE TABLE d.t (id INT64, name STRING, xs ARRAY<INT64>, s STRUCT<a INT64, b STRING>)',
  "INSERT d.t VALUES (1, 'a', [1, 2], STRUCT(1, 'x')), (2, 'b', [], STRUCT(2, 'y')), (3, NULL, NULL, NULL)",
] as const;

export async function openWarehouse(): Promise<Warehouse> {
  const ml = await createMl({ objectStore: memoryStore() });
  const test = await openEngine({ ml });
  const execute: Warehouse['execute'] = async (sql, settings) =>
    (await test.query(sql, settings)).outcome;
  const entry = (tableId: string) => {
    const found = test.catalog.table(ref(tableId));
    assert(found, `${tableId} does not exist`);
    return found;
  };
  return {
    ...test,
    entry,
    columns: (tableId) =>
      entry(tableId).fields.map(
        ({ name, type, required }) => `${name} ${typeText(type)}${required ? ' NOT NULL' : ''}`,
      ),
    async operation(sql) {
      const { statementType, ddl } = await execute(sql);
      return [statementType, ddl?.operation];
    },
    context: contextOf({}),
    execute,
    async run(...statements) {
      for (const sql of statements) await execute(sql);
    },
    async ask(sql) {
      const { fields, rows } = await test.query(sql);
      const schema = fields.map(({ name, type }) => `${name} ${typeText(type)}`).join(', ');
      return { schema, rows: rows.map(({ f }) => f.map(({ v }) => plain(v))) };
    },
    fails: (sql, message, status = 400) =>
      assert.rejects(execute(sql), (error) => isError(error, message, status)),
    async close() {
      await ml.stop();
      await test.close();
    },
  };
}

function isError(error: unknown, message: string | RegExp, status: number): true {
  assert(error instanceof ApiError, String((error as Error).stack));
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  assert.equal(error.status, status, error.message);
  return true;
}

/** A test for each query: the columns of its answer and the rows, in order. */
export function itAnswers(
  warehouse: () => Warehouse,
  cases: readonly (readonly [sql: string, schema: string, rows: Table['rows']])[],
): void {
  for (const [sql, schema, rows] of cases) {
    it(shown(sql), async () => assert.deepEqual(await warehouse().ask(sql), { schema, rows }));
  }
}

/** A test for each statement that fails; status 400 unless another is given. */
export function itRefuses(
  warehouse: () => Warehouse,
  cases: readonly (readonly [sql: string, message: string, status?: number])[],
): void {
  for (const [sql, message, status] of cases) {
    it(`refuses ${shown(sql)}`, () => warehouse().fails(sql, message, status));
  }
}

const shown = (sql: string): string => sql.replace(/\s+/g, ' ');
