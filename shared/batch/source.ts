/** Where a batch's rows come from, as the SQL that reads them. */
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import type { Bucket } from '@google-cloud/storage';
import { AppError, badRequest, type Fault, notFound } from '../errors.ts';
import { type Contract, columnType } from '../portfolio/contract.ts';
import { WarehouseError } from '../warehouse/failures.ts';
import { identifier, literal } from '../warehouse/sql.ts';
import type { Load, Warehouse } from '../warehouse/warehouse.ts';
import { textColumn } from './contract_sql.ts';
import { headerOf } from './header.ts';
import type { BatchSource } from './request.ts';

export interface OpenSource {
  /** A query; of a file with the text of each field in its `textColumn`. */
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly isText: boolean;
  /** Fields of the contract that it has. */
  readonly has: ReadonlySet<string>;
  /** When a row of it cannot be read at all. */
  readonly unreadable?: { readonly when: string; readonly problem: string };
}

export interface SourceParts {
  readonly warehouse: Warehouse;
  readonly contract: Contract;
  /** Column of the time of an application, for dates. */
  readonly time: string;
  /** Fields without which nothing can be scored. */
  readonly needed: ReadonlySet<string>;
  /** Opens a bucket by name. */
  readonly bucket: (name: string) => Bucket;
  /** The run's day, from which `last_days` counts. */
  readonly at: Date;
  /** Names jobs and tables. */
  readonly run: string;
  readonly now: () => Date;
}

const DAY_MS = 86_400_000;

/** @throws {AppError} 422 naming what the source lacks, or has as another type */
export async function openSource(source: BatchSource, parts: SourceParts): Promise<OpenSource> {
  return 'uri' in source ? openFile(source.uri, parts) : openTable(source, parts);
}

async function openTable(
  source: Extract<BatchSource, { table: string }>,
  parts: SourceParts,
): Promise<OpenSource> {
  const { time } = parts;
  const dates = datesOf(source, parts.at);
  const within = dates
    ? `\nWHERE ${identifier(time)} >= @from\n  AND ${identifier(time)} < @until`
    : '';
  const from = `FROM ${tableReference(source.table)}${within}`;
  return openColumns(source.table, from, dates ?? {}, parts);
}

/** @param name what it is called where it does not fit */
async function openColumns(
  name: string,
  from: string,
  parameters: OpenSource['parameters'],
  parts: SourceParts,
): Promise<OpenSource> {
  const described = await parts.warehouse
    .columns({ sql: `SELECT *\n${from}`, parameters })
    .catch((cause) => {
      throw unusable(name, cause);
    });
  const types = new Map(
    described.map(({ name, type, mode }) => [name, mode === 'REPEATED' ? 'ARRAY' : type]),
  );
  const faults = columnFaults(types, parts);
  if (faults.length > 0) throw unfit(name, faults);
  const has = new Set([...parts.needed].filter((name) => types.has(name)));
  const columns = [...has].map(identifier).join(', ');
  return { sql: `SELECT ${columns}\n${from}`, parameters, isText: false, has };
}

function datesOf(source: Extract<BatchSource, { table: string }>, at: Date) {
  const { start_date, end_date, last_days } = source;
  const span = (from: number, until: number) => ({
    from: new BigQueryTimestamp(new Date(from)),
    until: new BigQueryTimestamp(new Date(until)),
  });
  if (start_date && end_date) return span(Date.parse(start_date), Date.parse(end_date) + DAY_MS);
  if (last_days === undefined) return undefined;
  const today = Math.floor(at.getTime() / DAY_MS) * DAY_MS;
  return span(today - last_days * DAY_MS, today);
}

/** The schema allows nothing but words with points between, and dashes of projects. */
const tableReference = (table: string): string => `\`${table}\``;

/** BigQuery's names of types in schemas. */
const STANDARD: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  NUMERIC: 'FLOAT64',
};

function columnFaults(
  types: ReadonlyMap<string, string>,
  { contract, needed }: SourceParts,
): Fault[] {
  return [...needed].flatMap((name) => {
    const given = types.get(name);
    const wanted = columnType(contract.properties[name]!);
    if (given === undefined) {
      const problem = 'is missing: the source has no such column';
      return contract.required.includes(name) ? [{ pointer: `/${name}`, problem }] : [];
    }
    const type = STANDARD[given] ?? given;
    if (type === wanted || (type === 'INT64' && wanted === 'FLOAT64')) return [];
    const problem = `is ${type}, and must be ${wanted}: cast it`;
    return [{ pointer: `/${name}`, problem }];
  });
}

const unusable = (source: string, cause: unknown): AppError => {
  const message = `${source} cannot be read: ${(cause as Error).message}`;
  return new AppError('source_unusable', 422, message, { cause });
};

const unfit = (source: string, faults: readonly Fault[]): AppError =>
  new AppError('source_unfit', 422, `${source} does not fit the contract.`, { faults });

/** The table that a file is loaded into: of no use once there is a plan. */
export const fileTable = (run: string): string => `batch_file_${run}`;

async function openFile(uri: string, parts: SourceParts): Promise<OpenSource> {
  const [, bucket, object] = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri)!;
  const place = { bucket: bucket!, object: object!, table: fileTable(parts.run) };
  const file = parts.bucket(bucket!).file(object!);
  const [exists] = await file.exists();
  if (!exists) throw notFound(`There is no object ${uri}.`);
  if (uri.endsWith('.csv')) return openCsv(uri, place, await headerOf(file), parts);
  return uri.endsWith('.parquet') ? openParquet(uri, place, parts) : openNdjson(place, parts);
}

type Place = { readonly bucket: string; readonly object: string; readonly table: string };

/** Every column is loaded as text: what it says is then told row by row. */
async function openCsv(
  uri: string,
  place: Place,
  header: readonly string[],
  parts: SourceParts,
): Promise<OpenSource> {
  const { contract, needed } = parts;
  const doubled = header.filter((name, i) => header.indexOf(name) !== i);
  if (doubled.length > 0) throw badRequest(`${uri} has the column ${doubled[0]} twice.`);
  const has = new Set([...needed].filter((name) => header.includes(name)));
  const faults = [...needed]
    .filter((name) => !has.has(name) && contract.required.includes(name))
    .map((name) => ({ pointer: `/${name}`, problem: 'is missing: the file has no such column' }));
  if (faults.length > 0) throw unfit(uri, faults);
  await loadFile(parts, place, {
    schema: header.map((_, i) => ({ name: `c${i}`, type: 'STRING' })),
    format: { sourceFormat: 'CSV', skipLeadingRows: 1, allowQuotedNewlines: true },
  });
  const columns = [...has].map(
    (name) => `NULLIF(c${header.indexOf(name)}, '') AS ${textColumn(name)}`,
  );
  return textSource(columns, `FROM ${identifier(place.table)}`, has);
}

/** Every line is loaded as it is, by a delimiter that JSON cannot hold. */
async function openNdjson(place: Place, parts: SourceParts): Promise<OpenSource> {
  const { needed } = parts;
  await loadFile(parts, place, {
    schema: [{ name: 'line', type: 'STRING' }],
    format: { sourceFormat: 'CSV', fieldDelimiter: '\u0001', quote: '' },
  });
  const columns = [...needed].map(
    (name) => `JSON_VALUE(record, ${literal(`$.${name}`)}) AS ${textColumn(name)}`,
  );
  const from = `FROM (SELECT SAFE.PARSE_JSON(line, wide_number_mode => 'round') AS record FROM ${identifier(place.table)})`;
  const isObject = "IFNULL(JSON_TYPE(record) = 'object', FALSE) AS batch_is_record";
  return {
    ...textSource([...columns, isObject], from, new Set(needed)),
    unreadable: { when: 'NOT batch_is_record', problem: 'is not an object of JSON' },
  };
}

/** Its columns have types: it is a table, once it is loaded. */
async function openParquet(uri: string, place: Place, parts: SourceParts): Promise<OpenSource> {
  await loadFile(parts, place, { format: { sourceFormat: 'PARQUET' } }).catch((cause) => {
    throw cause instanceof WarehouseError && cause.final ? unusable(uri, cause) : cause;
  });
  return openColumns(uri, `FROM ${identifier(place.table)}`, {}, parts);
}

/** The table goes by itself, whatever becomes of the run; until then a repeated run finds it. */
async function loadFile(
  { warehouse, run, now }: SourceParts,
  place: Place,
  how: Pick<Load, 'schema' | 'format'>,
): Promise<void> {
  await warehouse.load(`batch-${run}-file`, { ...place, ...how });
  await warehouse.expireTable(place.table, new Date(now().getTime() + DAY_MS));
}

const textSource = (
  columns: readonly string[],
  from: string,
  has: ReadonlySet<string>,
): OpenSource => ({
  sql: `SELECT\n      ${columns.join(',\n      ')}\n    ${from}`,
  parameters: {},
  isText: true,
  has,
});
