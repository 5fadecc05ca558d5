/**
 * How a table's schema may change: fields are added at the end, required ones relaxed, descriptions
 * changed; nothing else. Source: "Modifying table schemas".
 */
import { ApiError } from '../../errors.ts';
import { describeTable, type TableRef } from '../names.ts';
import { type BqType, type Field, toResource, typeText } from '../types.ts';

export interface AllowedChanges {
  /** ALLOW_FIELD_ADDITION. */
  readonly addition: boolean;
  /** ALLOW_FIELD_RELAXATION. */
  readonly relaxation: boolean;
  /** Whether columns that the new schema leaves out stay as they are, or are an error. */
  readonly omission: boolean;
}

/**
 * The schema that a table has after it was given a new one: its own order, new fields last.
 * @throws {ApiError} 400 invalid, in BigQuery's words, naming the field.
 */
export function evolve(
  table: TableRef,
  current: readonly Field[],
  proposed: readonly Field[],
  allowed: AllowedChanges,
): readonly Field[] {
  const refuse = (problem: string): never => {
    const name = describeTable(table).replace('Table ', '');
    throw new ApiError(400, 'invalid', `Provided Schema does not match Table ${name}. ${problem}`);
  };
  return merge(current, proposed, allowed, '', refuse);
}

type Refuse = (problem: string) => never;

function merge(
  current: readonly Field[],
  proposed: readonly Field[],
  allowed: AllowedChanges,
  prefix: string,
  refuse: Refuse,
): readonly Field[] {
  const given = new Map(proposed.map((field) => [field.name.toLowerCase(), field]));
  const kept = current.map((field) => {
    const path = prefix + field.name;
    const next = given.get(field.name.toLowerCase());
    if (next) return mergeField(field, next, allowed, path, refuse);
    if (!allowed.omission) refuse(`Field ${path} is missing in new schema`);
    if (field.required) refuse(`Required field ${path} is missing in new schema`);
    return field;
  });
  const known = new Set(current.map((field) => field.name.toLowerCase()));
  const added = proposed.filter((field) => !known.has(field.name.toLowerCase()));
  for (const { name, required } of added) {
    if (!allowed.addition) refuse(`Cannot add fields (field: ${prefix}${name})`);
    if (required) {
      refuse(`Cannot add required fields to an existing schema. (field: ${prefix}${name})`);
    }
  }
  return [...kept, ...added];
}

function mergeField(
  current: Field,
  next: Field,
  allowed: AllowedChanges,
  path: string,
  refuse: Refuse,
): Field {
  const [from, to] = [toResource(current), toResource(next)];
  if (from.type !== to.type) {
    refuse(`Field ${path} has changed type from ${from.type} to ${to.type}`);
  }
  const relaxed = from.mode === 'REQUIRED' && to.mode === 'NULLABLE' && allowed.relaxation;
  if (from.mode !== to.mode && !relaxed) {
    refuse(`Field ${path} has changed mode from ${from.mode} to ${to.mode}`);
  }
  const description = next.description ?? current.description;
  return {
    name: current.name,
    type: mergeType(current.type, next.type, allowed, path, refuse),
    ...(to.mode === 'REQUIRED' ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
  };
}

function mergeType(
  current: BqType,
  next: BqType,
  allowed: AllowedChanges,
  path: string,
  refuse: Refuse,
): BqType {
  if (current.kind === 'ARRAY' && next.kind === 'ARRAY') {
    const element = mergeType(current.element, next.element, allowed, path, refuse);
    return { kind: 'ARRAY', element };
  }
  if (current.kind === 'STRUCT' && next.kind === 'STRUCT') {
    const fields = merge(current.fields, next.fields, allowed, `${path}.`, refuse);
    return { kind: 'STRUCT', fields };
  }
  return current;
}

/** Whether two lists of fields hold the same data: names, types and their order. */
export const sameLayout = (a: readonly Field[], b: readonly Field[]): boolean =>
  a.length === b.length &&
  a.every((field, i) => field.name === b[i]?.name && sameType(field.type, b[i].type));

const sameType = (a: BqType, b: BqType): boolean => typeText(a) === typeText(b);
