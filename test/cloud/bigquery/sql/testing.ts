/** The engine on a database in memory, with the real catalogue: what the tests of SQL share. */
import { ManualClock } from '../../clock.ts';
import { LocalCatalog } from '../catalog/catalog.ts';
import { Database } from '../duckdb/database.ts';
import { type EncodedRow, type EncodedValue, encodeRows } from '../duckdb/encode.ts';
import { createEngine } from '../engine.ts';
import type { DatasetRef, TableRef } from '../names.ts';
import type {
  MlEngine,
  QueryContext,
  QueryEngine,
  QueryOutcome,
  QueryParameter,
} from '../ports.ts';
import { type Field, typeText } from '../types.ts';

/** Queries run as if it were this time unless they are told another. */
export const NOW = new Date('2024-05-06T07:08:09Z');

export interface QuerySettings {
  readonly parameters?: readonly QueryParameter[];
  readonly now?: Date;
  readonly defaultDataset?: DatasetRef;
}

/** What a query answered; a statement without rows has neither fields nor rows. */
export interface Answer {
  readonly fields: readonly Field[];
  /** In the REST API's form, timestamps as ISO 8601. */
  readonly rows: readonly EncodedRow[];
  readonly outcome: QueryOutcome;
}

/** A value without the API's wrapping: texts, null, and lists of them for arrays and structs. */
export type Plain = string | null | readonly Plain[];

export interface Evaluated {
  readonly type: string;
  readonly value: Plain;
}

export interface TestEngine {
  readonly engine: QueryEngine;
  readonly catalog: LocalCatalog;
  readonly database: Database;
  /** Runs one statement in project `p`, where the dataset `d` exists and is the default. */
  query(sql: string, settings?: QuerySettings): Promise<Answer>;
  /** The rows of a query without the API's wrapping. */
  rows(sql: string, settings?: QuerySettings): Promise<Plain[][]>;
  /** The values of expressions, all in one query. */
  evaluateAll(expressions: readonly string[], settings?: QuerySettings): Promise<Evaluated[]>;
  evaluate(expression: string, settings?: QuerySettings): Promise<Evaluated>;
  /** The message of the error that a statement ends with. @throws {Error} when it ends well. */
  fails(sql: string, settings?: QuerySettings): Promise<string>;
  close(): Promise<void>;
}

const PROJECT = 'p';
const DATASET: DatasetRef = { projectId: PROJECT, datasetId: 'd' };
const RESULTS: DatasetRef = { projectId: PROJECT, datasetId: 'answers' };

export async function openEngine({ ml }: { ml?: MlEngine } = {}): Promise<TestEngine> {
  const database = await Database.open({ threads: 1 });
  const catalog = await LocalCatalog.open(database, new ManualClock(NOW.toISOString()));
  let count = 0;
  const nextId = () => `t${++count}`;
  const engine = await createEngine({ database, catalog, nextId, ...(ml ? { ml } : {}) });
  await catalog.createDataset(DATASET, 'fail', {});
  await catalog.createDataset(RESULTS, 'fail', {});

  const query: TestEngine['query'] = async (sql, settings = {}) => {
    const resultTable: TableRef = { ...RESULTS, tableId: nextId() };
    const outcome = await engine.execute(sql, { ...contextOf(settings), resultTable });
    const { result } = outcome;
    if (!result) return { fields: [], rows: [], outcome };
    const { fields, rowCount } = result;
    const rows = await database.using(async (session) => {
      const page = { start: 0, count: rowCount };
      const encoded = await encodeRows(session, resultTable, fields, page, 'ISO8601_STRING');
      await session.run(`DROP TABLE ${result.physical}`);
      return encoded;
    });
    return { fields, rows, outcome };
  };

  const evaluateAll: TestEngine['evaluateAll'] = async (expressions, settings) => {
    const columns = expressions.map((expression, i) => `${expression} AS c${i}`);
    const { fields, rows } = await query(`SELECT ${columns.join(',\n')}`, settings);
    return fields.map(({ type }, i) => ({ type: typeText(type), value: plain(rows[0]!.f[i]!.v) }));
  };

  return {
    engine,
    catalog,
    database,
    query,
    evaluateAll,
    rows: async (sql, settings) =>
      (await query(sql, settings)).rows.map(({ f }) => f.map(({ v }) => plain(v))),
    evaluate: async (expression, settings) => (await evaluateAll([expression], settings))[0]!,
    fails: async (sql, settings) => {
      let answer: Answer;
      try {
        answer = await query(sql, settings);
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error(`No error, but ${JSON.stringify(answer.rows)} from ${sql}`);
    },
    close: async () => {
      await catalog.close();
      database.close();
    },
  };
}

/** What a statement of the project `p` knows. */
export const contextOf = ({
  parameters = [],
  now = NOW,
  defaultDataset,
}: QuerySettings): QueryContext => ({
  projectId: PROJECT,
  defaultDataset: defaultDataset ?? DATASET,
  parameters,
  now,
  signal: new AbortController().signal,
});

export function plain(v: EncodedValue['v']): Plain {
  if (v === null || typeof v === 'string') return v;
  return ('f' in v ? v.f : v).map((each) => plain(each.v));
}
