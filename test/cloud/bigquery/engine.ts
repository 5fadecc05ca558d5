/** The local BigQuery's SQL engine: GoogleSQL on DuckDB. */
import { Turns } from '../state/turns.ts';
import type { Database, Session } from './duckdb/database.ts';
import type {
  Catalog,
  JobHistory,
  MlEngine,
  QueryContext,
  QueryEngine,
  QueryOutcome,
} from './ports.ts';
import { NATIVES } from './sql/natives/all.ts';
import { registerNatives } from './sql/natives/native.ts';
import { parseScript } from './sql/parse/parse.ts';
import type { FunctionDefinition, Statement } from './sql/parse/statements_ast.ts';
import { createResolver } from './sql/resolve/analyzer.ts';
import { planAlterTable } from './sql/run/alter.ts';
import { planAssert } from './sql/run/assert.ts';
import { planCreateSchema, planDrop } from './sql/run/ddl.ts';
import { planDelete, planInsert, planTruncate, planUpdate } from './sql/run/dml.ts';
import { guarded } from './sql/run/errors.ts';
import { planMerge } from './sql/run/merge.ts';
import { planModel } from './sql/run/models.ts';
import { planQuery } from './sql/run/query.ts';
import { planCreateFunction, planDropFunction } from './sql/run/routines.ts';
import type { Plan, Runner } from './sql/run/runner.ts';
import { planCreateTable } from './sql/run/tables.ts';
import { planCreateView } from './sql/run/views.ts';

export interface EngineOptions {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly ml?: MlEngine;
  /** What ran; nothing where it is not told. */
  readonly jobs?: JobHistory;
  /** Names for tables in the making and for results; never twice the same. */
  readonly nextId: () => string;
}

/** Makes GoogleSQL's functions known to the database, and the engine that runs queries on it. */
export async function createEngine(options: EngineOptions): Promise<QueryEngine> {
  await options.database.using(async (session) => registerNatives(session, NATIVES));
  return new LocalEngine(options);
}

class LocalEngine implements QueryEngine {
  private readonly options: EngineOptions;
  private readonly turns = new Turns();

  constructor(options: EngineOptions) {
    this.options = options;
  }

  async analyze(sql: string, context: QueryContext) {
    return this.planned(sql, context, async ({ analysis }) => analysis);
  }

  async execute(sql: string, context: QueryContext): Promise<QueryOutcome> {
    return this.planned(sql, context, async ({ analysis, run }) => {
      const { fields: _, ...outcome } = analysis;
      return { ...outcome, ...(await run()) };
    });
  }

  private planned<T>(
    sql: string,
    context: QueryContext,
    work: (plan: Plan) => Promise<T>,
  ): Promise<T> {
    const { database } = this.options;
    return guarded(() =>
      database.using(
        async (session) => work(await this.plan(sql, context, session)),
        context.signal,
      ),
    );
  }

  private async plan(sql: string, context: QueryContext, session: Session): Promise<Plan> {
    const { catalog, ml, jobs, nextId } = this.options;
    const runnerWith = (functions: readonly FunctionDefinition[]): Runner => {
      const resolver = createResolver({ catalog, ml, jobs }, context, functions);
      return { session, catalog, ml, context, resolver, nextId, turns: this.turns };
    };
    const model = ml?.parse(sql, context);
    if (ml && model) return planModel(runnerWith([]), ml, model, sql);
    const { statement, functions } = parseScript(sql);
    return planStatement(runnerWith(functions), statement);
  }
}

function planStatement(runner: Runner, statement: Statement): Promise<Plan> {
  switch (statement.kind) {
    case 'query':
      return planQuery(runner, statement.query);
    case 'insert':
      return planInsert(runner, statement);
    case 'update':
      return planUpdate(runner, statement);
    case 'delete':
      return planDelete(runner, statement);
    case 'truncate':
      return planTruncate(runner, statement);
    case 'merge':
      return planMerge(runner, statement);
    case 'create table':
      return planCreateTable(runner, statement);
    case 'create view':
      return planCreateView(runner, statement);
    case 'create schema':
      return planCreateSchema(runner, statement);
    case 'create function':
      return planCreateFunction(runner, statement);
    case 'drop':
      return statement.what === 'FUNCTION'
        ? planDropFunction(runner, statement)
        : planDrop(runner, statement);
    case 'alter table':
      return planAlterTable(runner, statement);
    case 'assert':
      return planAssert(runner, statement);
  }
}
