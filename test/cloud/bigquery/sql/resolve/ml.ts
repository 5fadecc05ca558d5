/** Table functions of BigQuery ML: `ML.PREDICT(MODEL m, TABLE t | (query), STRUCT(…), …)`. */
import { unsupported } from '../../../errors.ts';
import type { ModelRef } from '../../names.ts';
import type { Field } from '../../types.ts';
import type { Expr, StructNode } from '../parse/ast.ts';
import type { TableArgument, TableFunctionItem, TablePath } from '../parse/query_ast.ts';
import { constantValue } from './constants.ts';
import type { CteScope, MlExtra, MlInput, QueryEnv, ResolvedQuery, Resolver } from './context.ts';
import { expressionEnv } from './env.ts';
import { queryError } from './errors.ts';
import { outputFields } from './output.ts';
import { columnsOf, named, type Relation } from './relation.ts';
import { finished } from './subqueries.ts';
import { pathParts, resolveTable, tableRef } from './tables.ts';
import { NO_REFS, type Refs, union } from './typed.ts';

export function resolveTableFunction(
  r: Resolver,
  item: TableFunctionItem,
  env: QueryEnv,
): Relation {
  const [family, name, ...rest] = item.name.map((part) => part.text.toUpperCase());
  const shown = item.name.map((part) => part.text).join('.');
  if (family !== 'ML' || name === undefined || rest.length > 0 || !r.ml) {
    throw unsupported(`the table function ${shown}`);
  }
  const { model, tables, settings, extra } = readArguments(r, item, env);
  const [input, study] = tables.map((table) => resolveInput(r, table, env));
  const call = { functionName: name, settings, ...(model ? { model } : {}) };
  const { fields: own, keepInput } = r.ml.describe({
    ...call,
    // What they are is known when they are evaluated.
    extra: [],
    ...(input ? { inputFields: input.fields } : {}),
    ...(study ? { studyFields: study.fields } : {}),
  });
  const fields: readonly Field[] = [...own, ...(keepInput && input ? input.fields : [])];
  const table = r.unique('ml_');
  const step = { call: { ...call, extra }, input, study, table, fields: own, keepInput };
  r.mlSteps.push({ ...step, at: item.at });
  const unique = r.unique('t');
  const refs = union(input?.refs ?? NO_REFS, study?.refs ?? NO_REFS);
  const columns = fields.map((field, i) => ({ ...field, alias: `c${i + 1}`, refs }));
  return named(`${table} AS ${unique}`, columnsOf(unique, columns), item.alias?.text, refs);
}

type DataArgument = Extract<TableArgument, { kind: 'table' | 'query' }>;

const isData = (argument: TableArgument): argument is DataArgument =>
  argument.kind === 'table' || argument.kind === 'query';

interface Arguments {
  readonly model: ModelRef | undefined;
  readonly tables: readonly DataArgument[];
  readonly settings: ReadonlyMap<string, unknown>;
  readonly extra: readonly MlExtra[];
}

/** Sorts the arguments: each kind stands where its kind may, whatever the function. */
function readArguments(r: Resolver, item: TableFunctionItem, env: QueryEnv): Arguments {
  const shown = item.name.map((part) => part.text).join('.');
  let model: ModelRef | undefined;
  const tables: DataArgument[] = [];
  let settings: ReadonlyMap<string, unknown> = new Map();
  const extra: MlExtra[] = [];
  for (const argument of item.args) {
    if (argument.kind === 'model' && !model) model = modelRef(argument.path, env);
    else if (isData(argument) && tables.length < 2) tables.push(argument);
    else if (argument.kind !== 'expr' || argument.name) {
      throw queryError(`Unexpected argument of ${shown}`, argument.at);
    } else if (argument.expr.kind === 'struct') settings = readSettings(r, argument.expr, env);
    else extra.push(readExtra(r, argument.expr, env));
  }
  return { model, tables, settings, extra };
}

export function modelRef(path: TablePath, env: QueryEnv): ModelRef {
  const { projectId, datasetId, tableId } = tableRef(pathParts(path), env.home, path.at);
  return { projectId, datasetId, modelId: tableId };
}

/** @throws {ApiError} for a field that has no name or is no constant. */
function readSettings(r: Resolver, node: StructNode, env: QueryEnv): ReadonlyMap<string, unknown> {
  const settings = new Map<string, unknown>();
  for (const { name, value } of node.fields) {
    if (!name)
      throw queryError('Settings of an ML function need names: STRUCT(value AS name)', value.at);
    const expr = r.expression(value, expressionEnv(env, undefined, 'settings of an ML function'));
    settings.set(name.text.toLowerCase(), constantValue(expr));
  }
  return settings;
}

function readExtra(r: Resolver, node: Expr, env: QueryEnv): MlExtra {
  const { sql, type } = r.expression(
    node,
    expressionEnv(env, undefined, 'arguments of an ML function'),
  );
  return { sql, type };
}

function resolveInput(r: Resolver, data: DataArgument, env: QueryEnv): MlInput & { refs: Refs } {
  // The input is evaluated once, before the query: it sees no row of the query around it.
  const inner: QueryEnv = { ...env, outer: undefined };
  if (data.kind === 'query') {
    const query = r.query(data.query, inner);
    return { ...inputOf(query, finished(query), env.ctes), refs: readBy(query) };
  }
  const relation = resolveTable(r, data.path, undefined, inner);
  const list = relation.columns.map((column, i) => `${column.sql} AS c${i + 1}`);
  const fields = relation.columns.map(({ name, type }) => ({ name, type }));
  const sql = `${definitions(env.ctes)}SELECT ${list.join(', ')} FROM ${relation.sql}`;
  return { sql, fields, refs: union(relation.always, new Set(relation.columns)) };
}

function inputOf(query: ResolvedQuery, text: string, ctes: CteScope | undefined): MlInput {
  const fields = outputFields(query);
  if (query.value)
    throw unsupported('SELECT AS STRUCT and AS VALUE as the input of an ML function');
  return { sql: `${definitions(ctes)}SELECT * FROM (${text})`, fields };
}

const readBy = (query: ResolvedQuery): Refs =>
  union(query.always, ...query.columns.map((column) => column.refs));

/** The WITH clause of all that the input may mention. */
function definitions(ctes: CteScope | undefined): string {
  const texts: string[] = [];
  for (let cte = ctes; cte; cte = cte.parent)
    if (cte.definition !== '') texts.unshift(cte.definition);
  return texts.length > 0 ? `WITH RECURSIVE ${texts.join(', ')} ` : '';
}
