/** Reads a TableSchema that a client sent, and refuses what BigQuery refuses. */
import { invalid, unsupported } from '../../errors.ts';
import { type Field, type FieldResource, fromResource, scalarType } from '../types.ts';
import { isUnset } from '../unset.ts';

const MODES = new Set(['NULLABLE', 'REQUIRED', 'REPEATED']);

/** BigQuery nests at most 15 records deep, and keeps these prefixes to itself. */
const DEEPEST = 15;
const RESERVED =
  /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_SEQUENCE_NUMBER|_CHANGE_TYPE|_CHANGE_TIMESTAMP)/i;

/** "Flexible column names": any letter, mark or number, and these signs. */
const NAME = /^[\p{L}\p{M}\p{N}\p{Pc}&%=+:'<>#| -]{1,300}$/u;

/** Properties of a field that are read here; the others must say nothing. */
const KNOWN = new Set(['name', 'type', 'mode', 'description', 'fields']);

/**
 * The fields of a TableSchema, `[]` for none.
 * @throws {ApiError} 400 invalid naming the field; 501 for a property that is not supported here.
 */
export function parseSchema(schema: unknown): readonly Field[] {
  if (schema === undefined || schema === null) return [];
  const fields = (schema as { fields?: unknown }).fields;
  if (typeof schema !== 'object') throw invalid('Invalid value for schema: not an object.');
  return fields === undefined ? [] : parseFields(fields, 0);
}

function parseFields(fields: unknown, depth: number): readonly Field[] {
  if (!Array.isArray(fields)) throw invalid('Invalid value for schema.fields: not a list.');
  if (depth > DEEPEST) throw invalid(`Fields are nested more than ${DEEPEST} records deep.`);
  const parsed = (fields as unknown[]).map((field) => parseField(field, depth));
  checkDistinct(parsed);
  return parsed;
}

function parseField(resource: unknown, depth: number): Field {
  const field = resource as FieldResource;
  if (typeof resource !== 'object' || resource === null || typeof field.name !== 'string') {
    throw invalid('A schema field needs a name.');
  }
  const { name } = field;
  checkName(name);
  const type = String(field.type ?? '').toUpperCase();
  const isRecord = type === 'RECORD' || type === 'STRUCT';
  if (!isRecord && scalarType(type) === undefined) {
    if (type === 'RANGE') throw unsupported(`fields of type RANGE (field ${name})`);
    throw invalid(`Invalid value for type: ${field.type} is not a valid value`);
  }
  if (field.mode !== undefined && !MODES.has(String(field.mode).toUpperCase())) {
    throw invalid(`Invalid value for mode: ${field.mode} is not a valid value`);
  }
  for (const [key, value] of Object.entries(field)) {
    if (!KNOWN.has(key) && !isUnset(value)) throw unsupported(`${key} of a field (field ${name})`);
  }
  if (!isRecord) {
    if (!isUnset(field.fields)) throw invalid(`Field ${name} is not a RECORD but has fields.`);
    return fromResource(field);
  }
  const inner = field.fields ?? [];
  if (!Array.isArray(inner) || inner.length === 0) {
    throw invalid(`Field ${name} is type RECORD but has no schema`);
  }
  parseFields(inner, depth + 1);
  return fromResource(field);
}

/** @throws {ApiError} 400 for a name that no column may have. */
export function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw invalid(
      `Invalid field name "${name}". Fields must contain the allowed characters, and be at most 300 characters long. For allowed characters, please refer to https://cloud.google.com/bigquery/docs/schemas#column_names`,
    );
  }
  if (RESERVED.test(name)) {
    throw invalid(`Invalid field name "${name}". Field names must not start with this prefix.`);
  }
}

/** @throws {ApiError} 400 where two fields have one name; case does not tell names apart. */
export function checkDistinct(fields: readonly Field[]): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const key = name.toLowerCase();
    if (seen.has(key)) throw invalid(`Field ${name} already exists in schema`);
    seen.add(key);
  }
}
