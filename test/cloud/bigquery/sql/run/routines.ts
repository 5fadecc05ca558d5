/** CREATE FUNCTION and DROP FUNCTION. Source: "Data definition language". */
import { duplicate, notFound } from '../../../errors.ts';
import { describeRoutine, type RoutineRef } from '../../names.ts';
import type { TablePath } from '../parse/query_ast.ts';
import type { CreateFunctionStatement, DropStatement } from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import { checkDefinition } from '../resolve/calls.ts';
import { queryError } from '../resolve/errors.ts';
import { routineRef } from '../resolve/routines.ts';
import { NO_REFS } from '../resolve/typed.ts';
import { type Ddl, ddlPlan, ifExists } from './ddl.ts';
import type { Plan, Runner } from './runner.ts';

export async function planCreateFunction(
  runner: Runner,
  statement: CreateFunctionStatement,
): Promise<Plan> {
  const { catalog, context, resolver } = runner;
  const ref = refOf(runner, statement.target);
  const exists = catalog.routine(ref) !== undefined;
  if (exists && !statement.orReplace && !statement.ifNotExists) {
    throw duplicate(describeRoutine(ref));
  }
  // A body is resolved where it is at home: without the default dataset of this query.
  const env = topLevel(context);
  checkDefinition(resolver, statement.definition, {
    ...env,
    home: { ...env.home, datasetId: undefined },
  });
  const operation = !exists ? 'CREATE' : statement.orReplace ? 'REPLACE' : 'SKIP';
  const ddl: Ddl = { operation, routine: ref };
  return ddlPlan(runner, 'CREATE_FUNCTION', ddl, NO_REFS, () =>
    catalog.createRoutine({ ref, definition: statement.text }, ifExists(statement)),
  );
}

export async function planDropFunction(runner: Runner, statement: DropStatement): Promise<Plan> {
  const { catalog } = runner;
  const ref = refOf(runner, statement.target);
  const exists = catalog.routine(ref) !== undefined;
  if (!exists && !statement.ifExists) {
    throw notFound(`${describeRoutine(ref)} was not found in location US`);
  }
  const ddl: Ddl = { operation: exists ? 'DROP' : 'SKIP', routine: ref };
  return ddlPlan(runner, 'DROP_FUNCTION', ddl, NO_REFS, () =>
    catalog.dropRoutine(ref, statement.ifExists),
  );
}

function refOf({ context }: Runner, { names, at }: TablePath): RoutineRef {
  const ref = routineRef(names, topLevel(context).home);
  if (ref) return ref;
  const shown = names.map(({ text }) => text).join('.');
  throw queryError(`Function "${shown}" must be qualified with a dataset (e.g. dataset.f)`, at);
}
