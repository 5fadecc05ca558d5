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
import { type Refs, union } from './typed.ts';

/** Functions whose answer has the columns of the input behind its own. */
const KEEP_INPUT: ReadonlySet<string> = new Set(['PREDICT']);

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
  const { model, data, settings, extra } = readArguments(r, item, env);
  const input = data && resolveInput(r, data, env);
  const call = { functionName: name, model, settings };
  const inputFields = input ? { inputFields: input.fields } : {};
  const own = r.ml.describe({ ...call, extra: [], ...inputFields });
  const keepInput = KEEP_INPUT.has(name);
  const fields: readonly Field[] = [...own, ...(keepInput && input ? input.fields : [])];
  const table = r.unique('ml_');
  r.mlSteps.push({ call: { ...call, extra }, input, table, fields: own, keepInput, at: item.at });
  const unique = r.unique('t');
  const refs = input?.refs ?? new Set();
  const columns = fields.map((field, i) => ({ ...field, alias: `c${i + 1}`, refs }));
  return named(`${table} AS ${unique}`, columnsOf(unique, columns), item.alias?.text, refs);
}

interface Arguments {
  readonly model: ModelRef;
  readonly data: Extract<TableArgument, { kind: 'table' | 'query' }> | undefined;
  readonly settings: ReadonlyMap<string, unknown>;
  readonly extra: readonly MlExtra[];
}

function readArguments(r: Resolver, item: TableFunctionItem, env: QueryEnv): Arguments {
  const [first, ...rest] = item.args;
  const shown = item.name.map((part) => part.text).join('.');
  if (first?.kind !== 'model') {
    throw queryError(
      `The first argument of ${shown} must be MODEL and the name of a model`,
      item.at,
    );
  }
  const [second] = rest;
  const data = second?.kind === 'table' || second?.kind === 'query' ? second : undefined;
  const others = data ? rest.slice(1) : rest;
  let settings: ReadonlyMap<string, unknown> = new Map();
  const extra: MlExtra[] = [];
  for (const argument of others) {
    if (argument.kind !== 'expr' || argument.name) {
      throw queryError(`Unexpected argument of ${shown}`, argument.at);
    }
    if (argument.expr.kind === 'struct') settings = readSettings(r, argument.expr, env);
    else extra.push(readExtra(r, argument.expr, env));
  }
  return { model: modelRef(first.path, env), data, settings, extra };
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

function resolveInput(
  r: Resolver,
  data: NonNullable<Arguments['data']>,
  env: QueryEnv,
): MlInput & { refs: Refs } {
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
