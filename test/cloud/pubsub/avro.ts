/**
 * Apache Avro's schemas, and what JSON they take: https://avro.apache.org/docs/1.11.1/specification
 * and its encoding as JSON. Enums, fixed, maps, bytes, references to types by name, namespaces,
 * logical types and defaults are refused by name.
 */
import { invalidArgument, unsupported } from './status.ts';

/** Whether a JSON value is one of the schema's. */
export type Accepts = (value: unknown) => boolean;

interface Compiled {
  /** What a union calls it. */
  readonly name: string;
  readonly accepts: Accepts;
}

/** @throws {PubSubError} INVALID_ARGUMENT for what is no schema, UNIMPLEMENTED for what is left out */
export function compileAvro(definition: string): Accepts {
  let parsed: unknown;
  try {
    parsed = JSON.parse(definition);
  } catch {
    throw wrong('it is not JSON');
  }
  return compile(parsed, new Set()).accepts;
}

const wrong = (problem: string) =>
  invalidArgument(`Could not parse the schema definition: ${problem}.`);

const LONG = 2 ** 63;
const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) < most;

const PRIMITIVES: Readonly<Record<string, Accepts>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  int: (value) => isWhole(value, -(2 ** 31), 2 ** 31),
  long: (value) => isWhole(value, -LONG, LONG),
  float: (value) => typeof value === 'number',
  double: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
};

const LEFT_OUT = new Set(['bytes', 'enum', 'fixed', 'map']);
const LEFT_OUT_PARTS = ['namespace', 'aliases', 'logicalType', 'default'];

/** @param records names of records so far: none may be taken twice */
function compile(schema: unknown, records: Set<string>): Compiled {
  if (typeof schema === 'string') return named(schema, records);
  if (Array.isArray(schema)) return union(schema, records);
  if (!isObject(schema)) throw wrong('a type is a name, a list or an object');
  refuseParts(schema);
  if (schema.type === 'record') return record(schema, records);
  if (schema.type === 'array') {
    const { accepts } = compile(schema.items, records);
    return { name: 'array', accepts: (value) => Array.isArray(value) && value.every(accepts) };
  }
  return compile(schema.type, records);
}

function named(name: string, records: ReadonlySet<string>): Compiled {
  if (Object.hasOwn(PRIMITIVES, name)) return { name, accepts: PRIMITIVES[name]! };
  if (LEFT_OUT.has(name)) throw unsupported(`Avro's ${name}`);
  if (records.has(name)) throw unsupported('references to Avro types by name');
  throw wrong(`there is no type ${name}`);
}

/** JSON names the branch, null apart: `null` or `{"double": 0.1}`. */
function union(schemas: readonly unknown[], records: Set<string>): Compiled {
  if (schemas.some(Array.isArray)) throw wrong('a union is directly in a union');
  const compiled = schemas.map((schema) => compile(schema, records));
  const branches = new Map(compiled.map(({ name, accepts }) => [name, accepts]));
  if (branches.size < compiled.length) throw wrong('a union has a type twice');
  const accepts = (value: unknown) => {
    if (value === null) return branches.has('null');
    if (!isObject(value)) return false;
    const [[name, content] = [], ...rest] = Object.entries(value);
    return rest.length === 0 && name !== undefined && branches.get(name)?.(content) === true;
  };
  return { name: 'union', accepts };
}

/** Fields that the schema does not name are passed over, as Avro's own decoder does. */
function record(schema: Readonly<Record<string, unknown>>, records: Set<string>): Compiled {
  const name = nameOf(schema);
  if (records.has(name)) throw wrong(`${name} is defined twice`);
  records.add(name);
  if (!Array.isArray(schema.fields)) throw wrong(`${name} has no list of fields`);
  const fields = new Map<string, Accepts>();
  for (const field of schema.fields) {
    if (!isObject(field)) throw wrong(`a field of ${name} is no object`);
    refuseParts(field);
    const key = nameOf(field);
    if (fields.has(key)) throw wrong(`${name} has ${key} twice`);
    fields.set(key, compile(field.type, records).accepts);
  }
  const accepts = (value: unknown) =>
    isObject(value) &&
    [...fields].every(([key, isField]) => Object.hasOwn(value, key) && isField(value[key]));
  return { name, accepts };
}

function nameOf({ name }: Readonly<Record<string, unknown>>): string {
  if (typeof name === 'string' && /^[A-Za-z_]\w*$/.test(name)) return name;
  throw wrong('a record or field has no name of letters, digits and underscores');
}

function refuseParts(schema: Readonly<Record<string, unknown>>): void {
  for (const part of LEFT_OUT_PARTS) {
    if (part in schema) throw unsupported(`${part} in Avro schemas`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
