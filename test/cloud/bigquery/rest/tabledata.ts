/** The tabledata resource: rows read by page, and rows streamed in. */
import { ApiError, invalid, unsupported } from '../../errors.ts';
import type { Call, Reply } from '../../http/router.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import { etagOf } from '../catalog/records.ts';
import type { Database, Session } from '../duckdb/database.ts';
import { encodeRows, type TimestampFormat } from '../duckdb/encode.ts';
import type { Inserter, InsertRow, RowProblem } from '../load/insert.ts';
import { parseJsonExactly } from '../load/json_text.ts';
import { describeTable, physicalTable, type TableRef } from '../names.ts';
import { type Api, booleanParameter, tableOf } from './api.ts';
import { rowsPage } from './paging.ts';
import { prune, selectFields } from './selection.ts';

export interface TabledataDependencies {
  readonly catalog: LocalCatalog;
  readonly database: Database;
  readonly inserter: Inserter;
}

export function tabledataRoutes(api: Api, dependencies: TabledataDependencies): void {
  const table = '/datasets/{datasetId}/tables/{tableId}';
  api
    .on('GET', `${table}/data`, (call) => list(dependencies, call))
    .on('POST', `${table}/insertAll`, (call) => insertAll(dependencies, call));
}

/** `formatOptions.…`, as the query of tabledata.list and getQueryResults has them. */
export function timestampFormat(query: URLSearchParams): TimestampFormat {
  return parseTimestampFormat(
    query.get('formatOptions.timestampOutputFormat'),
    booleanParameter(query, 'formatOptions.useInt64Timestamp'),
  );
}

/** @throws {ApiError} 400 for a format that does not exist. */
export function parseTimestampFormat(format: unknown, useInt64: boolean): TimestampFormat {
  switch (format) {
    case 'INT64':
    case 'FLOAT64':
    case 'ISO8601_STRING':
      return format;
    case undefined:
    case null:
    case '':
    case 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED':
      return useInt64 ? 'INT64' : 'FLOAT64';
    default:
      throw invalid(`Invalid value for formatOptions.timestampOutputFormat: ${format}`);
  }
}

async function list({ catalog, database }: TabledataDependencies, call: Call): Promise<Reply> {
  const ref = tableOf(call);
  const record = catalog.mustRecord(ref);
  const { kind, fields } = record.entry;
  if (kind === 'VIEW') throw invalid(`Cannot list a table of type ${kind}.`);
  const selected = selectFields(fields, call.query.get('selectedFields'));
  const names = new Set(selected.map(({ name }) => name));
  const columns = fields.filter(({ name }) => names.has(name));
  const format = timestampFormat(call.query);
  const scope = `data ${describeTable(ref)}`;
  // In one transaction, so that the count and the rows are of one state of the table.
  const read = (session: Session) =>
    session.transaction(async () => {
      const total = fields.length === 0 ? 0 : await rowCount(session, ref);
      const { pageToken, ...page } = rowsPage(total, columns.length, call.query, scope);
      const rows = await encodeRows(session, ref, columns, page, format);
      return {
        kind: 'bigquery#tableDataList',
        etag: etagOf([record, page]),
        totalRows: String(total),
        ...(pageToken === undefined ? {} : { pageToken }),
        ...(rows.length === 0
          ? {}
          : { rows: selected === fields ? rows : prune(rows, columns, selected) }),
      };
    });
  return { json: await database.using(read, call.signal) };
}

async function rowCount(session: Session, ref: TableRef): Promise<number> {
  const [row] = await session.rows(`SELECT count(*) FROM ${physicalTable(ref)}`);
  return Number(row?.[0]);
}

async function insertAll({ inserter }: TabledataDependencies, call: Call): Promise<Reply> {
  const body = parseBody(await call.bytes());
  if (body.templateSuffix) throw unsupported('templateSuffix of insertAll');
  const rows = body.rows;
  if (!Array.isArray(rows) || rows.length === 0) throw invalid('No rows present in the request.');
  const problems = await inserter.insert(tableOf(call), (rows as unknown[]).map(parseRow), {
    skipInvalidRows: body.skipInvalidRows === true,
    ignoreUnknownValues: body.ignoreUnknownValues === true,
  });
  return {
    json: {
      kind: 'bigquery#tableDataInsertAllResponse',
      ...(problems.length === 0 ? {} : { insertErrors: problems.map(insertError) }),
    },
  };
}

/** The body, with numbers as they were written. */
function parseBody(bytes: Buffer): Record<string, unknown> {
  let body: unknown;
  try {
    body = parseJsonExactly(bytes.toString('utf8'));
  } catch (error) {
    const problem = `Parse Error: the body is not JSON: ${(error as Error).message}`;
    throw new ApiError(400, 'parseError', problem, { cause: error });
  }
  if (typeof body !== 'object' || body === null) throw invalid('The body must be a JSON object.');
  return body as Record<string, unknown>;
}

function parseRow(row: unknown, index: number): InsertRow {
  const { insertId, json } = (row ?? {}) as { insertId?: unknown; json?: unknown };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid(`Row ${index} has no json.`, 'rows');
  }
  return {
    json: json as Record<string, unknown>,
    ...(insertId === undefined ? {} : { insertId: String(insertId) }),
  };
}

const insertError = ({ index, reason, location, message }: RowProblem) => ({
  index,
  errors: [{ reason, location, debugInfo: '', message }],
});
