/**
 * GoogleSQL's types, and their forms in BigQuery's REST API.
 *
 * Source: BigQuery REST v2, TableFieldSchema and StandardSqlDataType; "Data types" of the
 * GoogleSQL reference.
 */

export const SCALAR_TYPES = [
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOL',
  'STRING',
  'BYTES',
  'DATE',
  'DATETIME',
  'TIME',
  'TIMESTAMP',
  'JSON',
  'GEOGRAPHY',
  'INTERVAL',
] as const;

export type ScalarType = (typeof SCALAR_TYPES)[number];

export type BqType =
  | { readonly kind: ScalarType }
  | { readonly kind: 'ARRAY'; readonly element: BqType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly Field[] };

/** A named value of a row or a struct. An unnamed struct field has the name ''. */
export interface Field {
  readonly name: string;
  readonly type: BqType;
  /** NOT NULL: only in stored tables. */
  readonly required?: boolean;
  readonly description?: string;
}

/** TableFieldSchema of the REST API. */
export interface FieldResource {
  name: string;
  type: string;
  mode?: string;
  description?: string;
  fields?: FieldResource[];
  [other: string]: unknown;
}

/** Legacy names that the REST API answers, and the aliases that it and SQL accept. */
const TO_REST: Partial<Record<ScalarType, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
};

const ALIASES: Record<string, ScalarType> = {
  INTEGER: 'INT64',
  INT: 'INT64',
  SMALLINT: 'INT64',
  BIGINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  FLOAT: 'FLOAT64',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOLEAN: 'BOOL',
};

/** A scalar type by any of its names, in any case; undefined for another word. */
export function scalarType(name: string): ScalarType | undefined {
  const upper = name.toUpperCase();
  if ((SCALAR_TYPES as readonly string[]).includes(upper)) return upper as ScalarType;
  return ALIASES[upper];
}

/** The type as SQL writes it: `ARRAY<STRUCT<a INT64, b STRING>>`. */
export function typeText(type: BqType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${typeText(type.element)}>`;
  if (type.kind !== 'STRUCT') return type.kind;
  const fields = type.fields.map((f) => (f.name ? `${f.name} ` : '') + typeText(f.type));
  return `STRUCT<${fields.join(', ')}>`;
}

/** TableFieldSchema of a field. */
export function toResource(field: Field): FieldResource {
  const repeated = field.type.kind === 'ARRAY';
  const type = field.type.kind === 'ARRAY' ? field.type.element : field.type;
  const mode = repeated ? 'REPEATED' : field.required ? 'REQUIRED' : 'NULLABLE';
  const description = field.description === undefined ? {} : { description: field.description };
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map(toResource);
    return { name: field.name, type: 'RECORD', mode, fields, ...description };
  }
  // An array of arrays does not exist in GoogleSQL, so `type` is a scalar here.
  const kind = type.kind as ScalarType;
  return { name: field.name, type: TO_REST[kind] ?? kind, mode, ...description };
}

/** A field of a TableFieldSchema. @throws {TypeError} naming the field whose type is unknown. */
export function fromResource(resource: FieldResource): Field {
  const base = baseType(resource);
  const mode = (resource.mode ?? 'NULLABLE').toUpperCase();
  return {
    name: resource.name,
    type: mode === 'REPEATED' ? { kind: 'ARRAY', element: base } : base,
    ...(mode === 'REQUIRED' ? { required: true } : {}),
    ...(resource.description === undefined ? {} : { description: resource.description }),
  };
}

function baseType(resource: FieldResource): BqType {
  const name = String(resource.type).toUpperCase();
  if (name === 'RECORD' || name === 'STRUCT') {
    return { kind: 'STRUCT', fields: (resource.fields ?? []).map(fromResource) };
  }
  const kind = scalarType(name);
  if (!kind) throw new TypeError(`Field ${resource.name} has the unknown type ${resource.type}.`);
  return { kind };
}
