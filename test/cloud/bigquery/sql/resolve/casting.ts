/**
 * CAST and SAFE_CAST between all types that GoogleSQL casts, and the same text for coercions.
 *
 * Source: "Conversion functions" (CAST) of the GoogleSQL reference. DuckDB's own casts differ: they
 * round halves to even, read '1.5' as an integer, and write 1.0 where GoogleSQL writes 1.
 */
import { physicalField, physicalType } from '../../duckdb/types.ts';
import { type BqType, type Field, type ScalarType, typeText } from '../../types.ts';
import { fill } from './template.ts';
import { equivalent, sameType } from './type_rules.ts';

type Casts = Partial<Record<ScalarType, string>>;

/** From a type to the types that it casts to; DuckDB text with the value as `$1`. */
const CASTS: Partial<Record<ScalarType, Casts>> = {
  INT64: {
    BOOL: '($1 <> 0)',
    FLOAT64: 'CAST($1 AS DOUBLE)',
    NUMERIC: 'CAST($1 AS DECIMAL(38, 9))',
    STRING: 'CAST($1 AS VARCHAR)',
  },
  NUMERIC: {
    INT64: 'bq_int64_from_numeric($1)',
    // By way of the digits: dividing by 10^9 would round twice.
    FLOAT64: 'CAST(CAST($1 AS VARCHAR) AS DOUBLE)',
    STRING: "rtrim(rtrim(CAST($1 AS VARCHAR), '0'), '.')",
  },
  FLOAT64: {
    INT64:
      '(CASE WHEN $1 >= -9223372036854775808e0 AND $1 < 9223372036854775808e0 ' +
      'THEN CAST(round($1) AS BIGINT) ELSE bq_int64_from_float64($1) END)',
    NUMERIC: 'bq_numeric_from_float64($1)',
    STRING: 'bq_string_from_float64($1)',
  },
  BOOL: { INT64: 'CAST($1 AS BIGINT)', STRING: 'CAST($1 AS VARCHAR)' },
  STRING: {
    BOOL: 'bq_bool_from_string($1)',
    INT64: 'bq_int64_from_string($1)',
    NUMERIC: 'bq_numeric_from_string($1)',
    FLOAT64: 'bq_float64_from_string($1)',
    BYTES: 'encode($1)',
    DATE: 'bq_date_from_string($1)',
    DATETIME: 'bq_datetime_from_string($1)',
    TIME: 'bq_time_from_string($1)',
    TIMESTAMP: "bq_timestamp_from_string($1, 'UTC')",
    INTERVAL: 'bq_interval_from_string($1)',
  },
  BYTES: { STRING: 'bq_string_from_bytes($1)' },
  DATE: {
    STRING: 'CAST($1 AS VARCHAR)',
    DATETIME: 'CAST($1 AS TIMESTAMP)',
    TIMESTAMP: 'CAST(CAST($1 AS TIMESTAMP) AS TIMESTAMPTZ)',
  },
  DATETIME: {
    STRING: 'bq_string_from_datetime($1)',
    DATE: 'CAST($1 AS DATE)',
    TIME: 'CAST($1 AS TIME)',
    TIMESTAMP: 'CAST($1 AS TIMESTAMPTZ)',
  },
  TIME: { STRING: 'bq_string_from_time($1)' },
  TIMESTAMP: {
    STRING: "bq_string_from_timestamp($1, 'UTC')",
    DATE: 'CAST(CAST($1 AS TIMESTAMP) AS DATE)',
    DATETIME: 'CAST($1 AS TIMESTAMP)',
    TIME: 'CAST(CAST($1 AS TIMESTAMP) AS TIME)',
  },
  INTERVAL: { STRING: 'bq_string_from_interval($1)' },
};

/**
 * DuckDB text that turns a value, given as text, into another type.
 * @returns undefined when GoogleSQL has no such cast.
 */
export function castText(sql: string, from: BqType, to: BqType): string | undefined {
  const template = castTemplate(from, to);
  return template === undefined ? undefined : fill(template, [sql]);
}

/** The same with the value as `$1`. */
export function castTemplate(from: BqType, to: BqType): string | undefined {
  if (sameType(from, to)) return '$1';
  if (from.kind === 'ARRAY') {
    return to.kind === 'ARRAY' ? arrayTemplate(from.element, to.element) : undefined;
  }
  if (from.kind === 'STRUCT') {
    return to.kind === 'STRUCT' ? structTemplate(from.fields, to.fields) : undefined;
  }
  if (to.kind === 'ARRAY' || to.kind === 'STRUCT') return undefined;
  return CASTS[from.kind]?.[to.kind];
}

/** Arrays cast only where their elements differ in nothing but the names of fields. */
function arrayTemplate(from: BqType, to: BqType): string | undefined {
  const element = equivalent(from, to) ? castTemplate(from, to) : undefined;
  if (element === undefined) return undefined;
  const name = `e${typeText(to).replace(/\W/g, '').length}_${typeText(from).length}`;
  return `list_transform($1, lambda ${name}: ${fill(element, [name])})`;
}

function structTemplate(from: readonly Field[], to: readonly Field[]): string | undefined {
  if (from.length !== to.length) return undefined;
  const values = from.map((field, i) =>
    castText(fieldText('$1', from, i), field.type, to[i]!.type),
  );
  if (values.includes(undefined)) return undefined;
  const text = structText(to, values as string[]);
  return `(CASE WHEN $1 IS NULL THEN CAST(NULL AS ${physicalType({ kind: 'STRUCT', fields: to })}) ELSE ${text} END)`;
}

/** Reads the field of a struct. */
export const fieldText = (struct: string, fields: readonly Field[], index: number): string =>
  `struct_extract(${struct}, ${quoted(physicalField(fields, index))})`;

/** Builds a struct from the values of its fields. */
export function structText(fields: readonly Field[], values: readonly string[]): string {
  if (fields.length === 0) return `struct_pack(_empty := TRUE)`;
  return `{${fields.map((_, i) => `${quoted(physicalField(fields, i))}: ${values[i]}`).join(', ')}}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
