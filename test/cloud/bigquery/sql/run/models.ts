/** CREATE, EXPORT and DROP MODEL: the query is this engine's, the model BigQuery ML's. */

import { duplicate, notFound } from '../../../errors.ts';
import { describeModel, type ModelRef } from '../../names.ts';
import type { IfExists, MlEngine, MlStatement, QueryOutcome } from '../../ports.ts';
import { parseQueryText } from '../parse/parse.ts';
import { topLevel } from '../resolve/analyzer.ts';
import type { ResolvedQuery } from '../resolve/context.ts';
import { outputText } from '../resolve/output.ts';
import { NO_REFS, type Refs } from '../resolve/typed.ts';
import { bytesProcessed } from './bytes.ts';
import { materialize } from './ml_steps.ts';
import { prepare, readBy, referencedTables } from './query.ts';
import type { Plan, Runner } from './runner.ts';

type Ddl = NonNullable<QueryOutcome['ddl']>;

export async function planModel(
  runner: Runner,
  ml: MlEngine,
  statement: MlStatement,
  source: string,
): Promise<Plan> {
  const { model } = statement;
  switch (statement.kind) {
    case 'CREATE_MODEL':
      return planCreate(runner, ml, statement, source);
    case 'IMPORT_MODEL':
      return planImport(ml, statement);
    case 'EXPORT_MODEL':
      if (!ml.exists(model)) throw notFound(describeModel(model));
      return simple('EXPORT_MODEL', undefined, () =>
        ml.export(model, statement.uri, statement.trialId),
      );
    case 'DROP_MODEL': {
      const exists = ml.exists(model);
      if (!exists && !statement.ifExists) throw notFound(describeModel(model));
      const ddl: Ddl = { operation: exists ? 'DROP' : 'SKIP', model };
      return simple('DROP_MODEL', ddl, () => ml.drop(model, statement.ifExists));
    }
  }
}

function planImport(ml: MlEngine, statement: Extract<MlStatement, { kind: 'IMPORT_MODEL' }>): Plan {
  const { model } = statement;
  const operation = operationOf(ml, statement);
  const plan = simple('CREATE_MODEL', { operation, model }, async () => {});
  return {
    ...plan,
    async run() {
      return { ddl: { operation: await ml.import(statement), model } };
    },
  };
}

/** What making a model does. @throws {ApiError} duplicate where it may not replace one. */
function operationOf(
  ml: MlEngine,
  { model, ifExists }: { readonly model: ModelRef; readonly ifExists: IfExists },
): Ddl['operation'] {
  if (!ml.exists(model)) return 'CREATE';
  if (ifExists === 'fail') throw duplicate(describeModel(model));
  return ifExists === 'skip' ? 'SKIP' : 'REPLACE';
}

const simple = (statementType: string, ddl: Ddl | undefined, work: () => Promise<void>): Plan => ({
  analysis: { statementType, referencedTables: [], bytesProcessed: 0, ...(ddl ? { ddl } : {}) },
  async run() {
    await work();
    return {};
  },
});

async function planCreate(
  runner: Runner,
  ml: MlEngine,
  statement: Extract<MlStatement, { kind: 'CREATE_MODEL' }>,
  source: string,
): Promise<Plan> {
  const { resolver, context, session, nextId } = runner;
  const { model } = statement;
  const query = trainingQuery(runner, statement, source);
  const { sql, fields } = outputText(query, 'CREATE MODEL');
  const operation = operationOf(ml, statement);
  const reads: Refs = operation === 'SKIP' ? NO_REFS : readBy(query);
  return {
    analysis: {
      statementType: 'CREATE_MODEL',
      ddl: { operation, model },
      referencedTables: referencedTables(runner),
      bytesProcessed: await bytesProcessed(session, reads, resolver),
    },
    async run() {
      await prepare(runner);
      const input = await materialize(
        session,
        resolver,
        { sql, fields },
        `training_${nextId().replace(/\W/g, '_')}`,
      );
      const done = await ml.create(statement, input, context);
      return { ddl: { operation: done, model } };
    },
  };
}

/** The query keeps its place in the statement, so that errors point into it. */
function trainingQuery(
  { resolver, context }: Runner,
  { query, queryOffset }: Extract<MlStatement, { kind: 'CREATE_MODEL' }>,
  source: string,
): ResolvedQuery {
  const before = source.slice(0, queryOffset).replace(/[^\n\t]/g, ' ');
  return resolver.query(parseQueryText(before + query), topLevel(context));
}
