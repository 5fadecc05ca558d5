/** The tables resource. */
import { ApiError, invalid, unsupported } from '../../errors.ts';
import { mergePatch } from '../../http/merge_patch.ts';
import type { Call, Reply } from '../../http/router.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import { evolve } from '../catalog/evolution.ts';
import { locationOf } from '../catalog/location.ts';
import { etagOf, type TableRecord } from '../catalog/records.ts';
import { parseSchema } from '../catalog/schema.ts';
import type { Database } from '../duckdb/database.ts';
import { tableSize } from '../duckdb/logical_size.ts';
import type { TableRef } from '../names.ts';
import type { QueryEngine, TableEntry, TableOptions } from '../ports.ts';
import type { Field } from '../types.ts';
import { type Api, checkIfMatch, datasetOf, isUnchanged, tableOf } from './api.ts';
import { listPage } from './paging.ts';
import { keptOptions, withoutNulls } from './resource_options.ts';
import { TABLE_RULES } from './table_options.ts';
import { tableResource, tableSummary } from './table_resource.ts';

export interface TableDependencies {
  readonly catalog: LocalCatalog;
  readonly database: Database;
  readonly engine: QueryEngine;
  readonly now: () => number;
}

export function tableRoutes(api: Api, dependencies: TableDependencies): void {
  const { catalog } = dependencies;
  const one = '/datasets/{datasetId}/tables/{tableId}';
  api
    .on('POST', '/datasets/{datasetId}/tables', (call) => insert(dependencies, call))
    .on('GET', '/datasets/{datasetId}/tables', (call) => ({ json: list(catalog, call) }))
    .on('GET', one, async (call) => {
      const record = catalog.mustRecord(tableOf(call));
      if (isUnchanged(call, etagOf(record))) return { status: 304 };
      return { json: await resource(dependencies, call, record) };
    })
    .on('PATCH', one, (call) => change(dependencies, call, mergePatch))
    .on('PUT', one, (call) => change(dependencies, call, (_options, given) => withoutNulls(given)))
    .on('DELETE', one, async (call) => {
      await catalog.transact(async (transaction) => {
        const record = transaction.mustTable(tableOf(call));
        checkIfMatch(call, etagOf(record));
        await transaction.dropTable(record.entry.ref);
      });
      return { status: 204 };
    });
}

/** What a body says of a table besides its name. */
interface Given {
  readonly fields: readonly Field[] | undefined;
  readonly viewQuery: string | undefined;
  readonly options: TableOptions;
}

function parseBody({ schema, view, ...others }: TableOptions): Given {
  return {
    fields: schema === undefined || schema === null ? undefined : parseSchema(schema),
    viewQuery: view === undefined || view === null ? undefined : parseView(view as TableOptions),
    options: keptOptions(others, TABLE_RULES),
  };
}

function parseView({ query, useLegacySql, ...others }: TableOptions): string {
  if (typeof query !== 'string') {
    throw new ApiError(400, 'required', 'Required parameter is missing: view.query');
  }
  // The REST API's default is true.
  if (useLegacySql !== false)
    throw unsupported('legacy SQL in views: set view.useLegacySql to false');
  keptOptions(others, { resource: 'views', kept: new Set(), outputOnly: new Set() });
  return query;
}

async function insert(dependencies: TableDependencies, call: Call): Promise<Reply> {
  const body = await call.json();
  const { tableId } = (body.tableReference ?? {}) as Partial<TableRef>;
  if (typeof tableId !== 'string') {
    throw new ApiError(400, 'required', 'Required parameter is missing: tableId');
  }
  const { catalog } = dependencies;
  const ref = { ...datasetOf(call), tableId };
  catalog.mustDataset(ref);
  const { fields = [], viewQuery, options } = parseBody(body);
  const entry: TableEntry = {
    ref,
    kind: viewQuery === undefined ? 'TABLE' : 'VIEW',
    fields:
      viewQuery === undefined ? fields : await viewFields(dependencies, call, viewQuery, fields),
    ...(viewQuery === undefined ? {} : { viewQuery }),
    options: withoutNulls(options),
  };
  checkExpiration(entry, dependencies.now());
  await catalog.createTable(entry, 'fail');
  return { json: await resource(dependencies, call, catalog.mustRecord(ref)) };
}

/** A view's columns are its query's; what the client says of them are descriptions. */
async function viewFields(
  { engine, now }: TableDependencies,
  call: Call,
  query: string,
  given: readonly Field[],
): Promise<readonly Field[]> {
  const context = {
    projectId: call.params.projectId!,
    parameters: [],
    now: new Date(now()),
    signal: call.signal,
  };
  const { fields } = await engine.analyze(query, context);
  if (fields === undefined) throw invalid('A view needs a query that answers rows.', 'view');
  return fields.map(({ name, type }) => {
    const description = given.find((g) => g.name.toLowerCase() === name.toLowerCase())?.description;
    return { name, type, ...(description === undefined ? {} : { description }) };
  });
}

function checkExpiration({ options }: TableEntry, now: number): void {
  const { expirationTime: time } = options;
  if (time === undefined) return;
  if (!/^\d+$/.test(String(time))) throw invalid(`Invalid value for expirationTime: ${time}`);
  if (Number(time) <= now) {
    throw invalid(`Expiration time ${time} is in the past.`, 'expirationTime');
  }
}

type Merge = (options: TableOptions, change: TableOptions) => TableOptions;

async function change(dependencies: TableDependencies, call: Call, merge: Merge): Promise<Reply> {
  const { catalog, now } = dependencies;
  const ref = tableOf(call);
  const { fields, viewQuery, options } = parseBody(await call.json());
  const viewed =
    viewQuery === undefined
      ? undefined
      : await viewFields(dependencies, call, viewQuery, fields ?? []);
  const record = await catalog.transact(async (transaction) => {
    const current = transaction.mustTable(ref);
    checkIfMatch(call, etagOf(current));
    const { entry } = current;
    if (viewQuery !== undefined && entry.kind !== 'VIEW') {
      throw invalid(`Table ${ref.tableId} cannot become a view.`, 'view');
    }
    const next: TableEntry = {
      ...entry,
      fields: viewed ?? nextFields(entry, fields),
      ...(viewQuery === undefined ? {} : { viewQuery }),
      options: merge(entry.options, options),
    };
    if (options.expirationTime !== entry.options.expirationTime) checkExpiration(next, now());
    return transaction.changeTable(next);
  });
  return { json: await resource(dependencies, call, record) };
}

function nextFields({ ref, kind, fields }: TableEntry, given: readonly Field[] | undefined) {
  if (given === undefined) return fields;
  const allowed = { addition: kind === 'TABLE', relaxation: true, omission: false };
  return evolve(ref, fields, given, allowed);
}

function list(catalog: LocalCatalog, call: Call): unknown {
  const dataset = datasetOf(call);
  catalog.mustDataset(dataset);
  const records = catalog.tableRecords(dataset);
  const scope = `tables ${dataset.projectId}.${dataset.datasetId}`;
  const { items, ...more } = listPage(records, call.query, scope);
  return {
    kind: 'bigquery#tableList',
    etag: etagOf(items),
    ...more,
    ...(items.length === 0 ? {} : { tables: items.map(tableSummary) }),
    totalItems: records.length,
  };
}

async function resource(
  { catalog, database }: TableDependencies,
  call: Call,
  record: TableRecord,
): Promise<unknown> {
  const { ref, kind, fields } = record.entry;
  const isSized = kind === 'TABLE' && call.query.get('view') !== 'BASIC';
  const size = isSized
    ? await database.using((session) => tableSize(session, ref, fields))
    : undefined;
  return tableResource(call, record, locationOf(catalog, ref), size);
}
