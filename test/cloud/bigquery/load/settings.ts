/** A load job's configuration, checked: what is not supported is refused by name. */
import { invalid, unsupported } from '../../errors.ts';
import { parseSchema } from '../catalog/schema.ts';
import type { Field } from '../types.ts';
import { isUnset } from '../unset.ts';

export type SourceFormat = 'NEWLINE_DELIMITED_JSON' | 'CSV' | 'PARQUET';

export interface LoadSettings {
  readonly format: SourceFormat;
  /** `[]` where the job gives none. */
  readonly schema: readonly Field[];
  readonly autodetect: boolean;
  readonly encoding: string | undefined;
  readonly maxBadRecords: number;
  readonly ignoreUnknownValues: boolean;
  readonly csv: CsvSettings;
  readonly listInference: boolean;
}

export interface CsvSettings {
  /** Undefined where it is to be detected. */
  readonly skipLeadingRows: number | undefined;
  readonly fieldDelimiter: string | undefined;
  readonly quote: string;
  readonly allowQuotedNewlines: boolean;
  readonly allowJaggedRows: boolean;
  readonly nullMarkers: readonly string[];
  readonly preserveAsciiControlCharacters: boolean;
}

const FORMATS: Readonly<Record<string, SourceFormat>> = {
  NEWLINE_DELIMITED_JSON: 'NEWLINE_DELIMITED_JSON',
  JSON: 'NEWLINE_DELIMITED_JSON',
  CSV: 'CSV',
  PARQUET: 'PARQUET',
};

const KNOWN_FORMATS = new Set(['AVRO', 'ORC', 'DATASTORE_BACKUP', 'ICEBERG']);

/** Read here, or by `parseDestination` and the job; the rest is refused where it says something. */
const SUPPORTED = new Set([
  'allowJaggedRows',
  'allowQuotedNewlines',
  'autodetect',
  'clustering',
  'createDisposition',
  'destinationTable',
  'destinationTableProperties',
  'encoding',
  'fieldDelimiter',
  'ignoreUnknownValues',
  'maxBadRecords',
  'nullMarker',
  'nullMarkers',
  'parquetOptions',
  'preserveAsciiControlCharacters',
  'quote',
  'rangePartitioning',
  'schema',
  'schemaUpdateOptions',
  'skipLeadingRows',
  'sourceFormat',
  'sourceUris',
  'timePartitioning',
  'writeDisposition',
]);

/** Avro is not read at all, so how it would be read says nothing. */
const MEANINGLESS = new Set(['useAvroLogicalTypes', 'projectionFields']);

type Json = Readonly<Record<string, unknown>>;

/** @throws {ApiError} 400 for a value that means nothing, 501 for what is not supported here. */
export function parseLoad(configuration: Json): LoadSettings {
  for (const [key, value] of Object.entries(configuration)) {
    if (SUPPORTED.has(key) || MEANINGLESS.has(key) || isUnset(value)) continue;
    throw unsupported(`${key} of load jobs`);
  }
  const format = parseFormat(configuration.sourceFormat);
  const { enableListInference = false, ...others } = (configuration.parquetOptions ?? {}) as Json;
  for (const [key, value] of Object.entries(others)) {
    if (!isUnset(value)) throw unsupported(`parquetOptions.${key} of load jobs`);
  }
  const encoding = configuration.encoding as string | undefined;
  return {
    format,
    schema: parseSchema(configuration.schema),
    autodetect: isTrue(configuration.autodetect),
    encoding: encoding || undefined,
    maxBadRecords: count(configuration.maxBadRecords, 'maxBadRecords') ?? 0,
    ignoreUnknownValues: isTrue(configuration.ignoreUnknownValues),
    csv: parseCsv(configuration),
    listInference: isTrue(enableListInference),
  };
}

function parseFormat(given: unknown): SourceFormat {
  const name = String(given ?? 'CSV').toUpperCase();
  const format = FORMATS[name];
  if (format !== undefined) return format;
  if (KNOWN_FORMATS.has(name)) throw unsupported(`loads of ${name} files`);
  throw invalid(`Invalid value for sourceFormat: ${given}`, 'sourceFormat');
}

function parseCsv(configuration: Json): CsvSettings {
  const { nullMarker, nullMarkers, quote, fieldDelimiter } = configuration;
  const many = (nullMarkers ?? []) as readonly string[];
  if (nullMarker !== undefined && many.length > 0) {
    throw invalid('nullMarker and nullMarkers cannot be set at the same time.', 'nullMarkers');
  }
  return {
    skipLeadingRows: count(configuration.skipLeadingRows, 'skipLeadingRows'),
    fieldDelimiter: (fieldDelimiter as string | undefined) || undefined,
    quote: (quote as string | undefined) ?? '"',
    allowQuotedNewlines: isTrue(configuration.allowQuotedNewlines),
    allowJaggedRows: isTrue(configuration.allowJaggedRows),
    nullMarkers: many.length > 0 ? many : [(nullMarker as string | undefined) ?? ''],
    preserveAsciiControlCharacters: isTrue(configuration.preserveAsciiControlCharacters),
  };
}

/** Clients send booleans and numbers as text too. */
const isTrue = (value: unknown): boolean => value === true || value === 'true';

function count(value: unknown, what: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw invalid(`Invalid value for ${what}: ${value} is not a count`, what);
}
