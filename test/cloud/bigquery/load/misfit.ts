/** Why a row is refused, in the words of the way by which it came. */
import type { ScalarType } from '../types.ts';

/** A value that does not fit its column. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
  /** The field, by its path; '' where the row as a whole is meant. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** How loads and streaming inserts differ: in what they take for a string, and in their words. */
export interface Dialect {
  /** Whether a number is taken for a STRING. */
  readonly numbersAsStrings: boolean;
  /** Whether a JSON column takes any value as it stands, or the text of one. */
  readonly plainJson: boolean;
  /** Whether a required field that is NULL is told from one that is missing. */
  readonly refusesNull: boolean;
  unconvertible(value: unknown, kind: ScalarType, path: string): string;
  notRecord(value: unknown, path: string): string;
  unexpectedRecord(path: string): string;
  notArray(path: string): string;
  unexpectedArray(path: string): string;
  unexpectedNull(path: string): string;
  unknownField(path: string): string;
}

const FORMAT =
  'Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]';

const TARGETS: Readonly<Partial<Record<ScalarType, string>>> = {
  INT64: 'integer',
  FLOAT64: 'double',
  BOOL: 'boolean',
  STRING: 'string',
  BYTES: 'bytes',
};

const shown = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** Load jobs of newline-delimited JSON. */
export const LOAD: Dialect = {
  numbersAsStrings: false,
  plainJson: true,
  refusesNull: true,
  unconvertible(value, kind, path) {
    const text = shown(value);
    const place = `Field: ${path}; Value: ${text}`;
    if (kind === 'NUMERIC') return `Invalid NUMERIC value: ${text} ${place}`;
    if (kind === 'TIMESTAMP') {
      return `Couldn't convert value to timestamp: Could not parse '${text}' as a timestamp. ${FORMAT} ${place}`;
    }
    const given = typeof value;
    const target = TARGETS[kind] ?? kind.toLowerCase();
    const quoted = given === 'string' ? `"${text}"` : text;
    return `Could not convert value '${GIVEN[given]}: ${quoted}' to ${target}. ${place}`;
  },
  notRecord: (value, path) =>
    `JSON object is expected for a record. Field: ${path}; Value: ${shown(value)}`,
  unexpectedRecord: (path) => `This field: ${path} is not a record.`,
  notArray: (path) => `Repeated field must be imported as a JSON array. Field: ${path}.`,
  unexpectedArray: (path) => `Array specified for non-repeated field: ${path}.`,
  unexpectedNull: (path) => `Only optional fields can be set to NULL. Field: ${path}; Value: NULL`,
  unknownField: (path) => `No such field: ${path}.`,
};

const GIVEN: Readonly<Record<string, string>> = {
  string: 'string_value',
  number: 'number_value',
  boolean: 'bool_value',
};

/** tabledata.insertAll. */
export const STREAM: Dialect = {
  numbersAsStrings: true,
  plainJson: false,
  refusesNull: false,
  unconvertible(value, kind) {
    const text = shown(value);
    switch (kind) {
      case 'INT64':
        return `Cannot convert value to integer (bad value): ${text}`;
      case 'FLOAT64':
        return `Cannot convert value to floating point (bad value): ${text}`;
      case 'BOOL':
        return `Cannot convert value to boolean (bad value): ${text}`;
      case 'BYTES':
        return `Could not decode base64 string to bytes. Value: ${text}`;
      case 'STRING':
        return 'Conversion from bool to std::string is unsupported.';
      case 'NUMERIC':
        return `Invalid NUMERIC value: ${text}`;
      case 'TIMESTAMP':
        return `Could not parse '${text}' as a timestamp. ${FORMAT}`;
      case 'JSON':
        return `Invalid JSON value: ${text}`;
      default:
        return `Invalid ${kind.toLowerCase()}: '${text}'`;
    }
  },
  notRecord: (_value, path) => `JSON object is expected for a record, field: ${path}.`,
  unexpectedRecord: (path) => `This field: ${path} is not a record.`,
  notArray: (path) => `Repeated value added outside of an array, field: ${path}.`,
  unexpectedArray: (path) => `Array specified for non-repeated field: ${path}.`,
  unexpectedNull: (path) => `Field value of ${path} cannot be empty.`,
  unknownField: (path) => `no such field: ${path}.`,
};

/** Both ways name a missing required field by the message that rows travel in inside BigQuery. */
export function missingFields(paths: readonly string[]): Misfit {
  const names = paths.map((path) => `Msg_0_CLOUD_QUERY_TABLE.${path}`);
  const field = names.length === 1 ? 'field' : 'fields';
  return new Misfit('', `Missing required ${field}: ${names.join(', ')}.`);
}
