/** Tables, views and common table expressions by name. */
import { notFound, unsupported } from '../../../errors.ts';
import { describeDataset, describeTable, physicalTable, type TableRef } from '../../names.ts';
import type { TableEntry } from '../../ports.ts';
import type { Place } from '../parse/ast.ts';
import { parseQueryText } from '../parse/parse.ts';
import type { TablePath } from '../parse/query_ast.ts';
import type { CteScope, Home, QueryEnv, ResolvedQuery, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { expanding } from './expanding.ts';
import { informationSchema } from './information_schema.ts';
import { columnsOf, derived, named, type Relation, valueTable } from './relation.ts';
import { finished } from './subqueries.ts';
import { NO_REFS } from './typed.ts';

/** The parts of a path; one that is quoted as a whole holds several. */
export const pathParts = (path: TablePath): readonly string[] =>
  path.names.flatMap((name) => name.text.split('.'));

/** @throws {ApiError} for a name that lacks its dataset, and for a wildcard. */
export function tableRef(parts: readonly string[], home: Home, at: Place): TableRef {
  const shown = parts.join('.');
  if (shown.includes('*')) throw unsupported(`wildcard tables (${shown})`);
  const [first, second, third] = parts;
  if (third !== undefined && parts.length === 3) {
    return { projectId: first!, datasetId: second!, tableId: third };
  }
  if (second !== undefined && parts.length === 2) {
    return { projectId: home.projectId, datasetId: first!, tableId: second };
  }
  if (parts.length === 1 && home.datasetId) return { ...home.datasetId, tableId: first! };
  if (parts.length === 1) {
    throw queryError(`Table "${first}" must be qualified with a dataset (e.g. dataset.table)`, at);
  }
  throw queryError(`Invalid table name: ${shown}`, at);
}

/** @throws {ApiError} notFound, naming the dataset if that is what is missing. */
export function existingTable(r: Resolver, ref: TableRef): TableEntry {
  const entry = r.catalog.table(ref);
  if (entry) return entry;
  const what = r.catalog.hasDataset(ref) ? describeTable(ref) : describeDataset(ref);
  throw notFound(`${what} was not found in location US`);
}

/** A table of the catalogue, a view or a CTE, under the alias that it has in the query. */
export function resolveTable(
  r: Resolver,
  path: TablePath,
  alias: string | undefined,
  env: QueryEnv,
): Relation {
  const parts = pathParts(path);
  const cte = path.names.length === 1 ? findCte(parts[0]!, env.ctes) : undefined;
  const name = alias ?? parts.at(-1)!;
  if (cte) return cteRelation(r, cte, name);
  const information = informationSchema(r, parts, env.home, name);
  if (information) return information;
  const ref = tableRef(parts, env.home, path.at);
  const entry = existingTable(r, ref);
  return entry.kind === 'VIEW'
    ? viewRelation(r, entry, name)
    : tableRelation(r, entry, name, path.at);
}

function findCte(name: string, ctes: CteScope | undefined): CteScope | undefined {
  const key = name.toLowerCase();
  for (let cte = ctes; cte; cte = cte.parent) if (cte.name.toLowerCase() === key) return cte;
  return undefined;
}

function cteRelation(r: Resolver, cte: CteScope, name: string): Relation {
  const unique = r.unique('t');
  const sql = `${cte.alias} AS ${unique}`;
  const columns = columnsOf(unique, cte.result.columns);
  if (cte.result.value) return valueTable(sql, columns[0]!, name, [], cte.result.always);
  return named(sql, columns, name, cte.result.always);
}

export function tableRelation(r: Resolver, entry: TableEntry, name: string, at: Place): Relation {
  const { ref, fields } = entry;
  if (fields.length === 0) {
    throw queryError(
      `Table "${describeTable(ref).replace('Table ', '')}" does not have a schema.`,
      at,
    );
  }
  const physical = physicalTable(ref);
  r.tables.set(physical, entry);
  const unique = r.unique('t');
  const columns = columnsOf(
    unique,
    fields.map((field) => ({ ...field, alias: field.name, refs: NO_REFS })),
  ).map((column) => ({ ...column, stored: { table: physical, name: column.name } }));
  return named(`${physical} AS ${unique}`, columns, name);
}

/** A view is its query, resolved where the view is at home. */
function viewRelation(r: Resolver, entry: TableEntry, name: string): Relation {
  const { ref } = entry;
  const key = physicalTable(ref);
  const refusal = () =>
    queryError(`${describeTable(ref)} refers to itself`, { line: 1, column: 1, offset: 0 });
  const query = expanding(r, key, refusal, () => {
    r.tables.set(key, entry);
    const home: Home = { projectId: ref.projectId, datasetId: undefined };
    return r.query(parseQueryText(entry.viewQuery!), { outer: undefined, ctes: undefined, home });
  });
  return derived(withNames(query, entry.fields), finished(query), r.unique('t'), name);
}

/** A view's columns are named as it says; what its query gives since then is taken as it is. */
function withNames(query: ResolvedQuery, fields: TableEntry['fields']): ResolvedQuery {
  if (query.value || query.columns.length !== fields.length) return query;
  const columns = query.columns.map((column, i) => ({ ...column, name: fields[i]!.name }));
  return { ...query, columns };
}
