/**
 * Contracts: what a record of a portfolio may hold, as the part of JSON Schema (2020-12) that both
 * a request and a warehouse table can keep. One file is the source of the request check, the table
 * and the bounds that features are compiled against.
 */
import * as z from 'zod';
import { type Fault, pointerTo } from '../errors.ts';
import type { InputField, InputType } from '../features/compile.ts';
import { lengthOf } from '../features/values/text.ts';
import { either, isRecord } from '../quick.ts';
import { createFits } from './fits.ts';

const bounded = { description: z.string().min(1), readOnly: z.boolean().optional() };
const nullable = <T extends string>(type: T) =>
  z.union([z.literal(type), z.tuple([z.literal(type), z.literal('null')])]);

const numberForm = z.strictObject({
  ...bounded,
  type: z.union([nullable('integer'), nullable('number')]),
  minimum: z.number(),
  maximum: z.number(),
});
const enumForm = z.strictObject({
  ...bounded,
  type: nullable('string'),
  enum: z.array(z.string()).min(1).max(500),
});
const textForm = z.strictObject({
  ...bounded,
  type: nullable('string'),
  maxLength: z.int().min(1).max(10_000),
  pattern: z.string().optional(),
});
const timeForm = z.strictObject({
  ...bounded,
  type: nullable('string'),
  format: z.enum(['date-time', 'date']),
});
const booleanForm = z.strictObject({ ...bounded, type: nullable('boolean') });

const property = either((value) => {
  if (!isRecord(value)) return booleanForm;
  if ('minimum' in value || 'maximum' in value) return numberForm;
  if ('enum' in value) return enumForm;
  if ('format' in value) return timeForm;
  return 'maxLength' in value ? textForm : booleanForm;
});

/** The document itself. Every property is described, every text and number bounded. */
export const contractSchema = z
  .strictObject({
    $schema: z.literal('https://json-schema.org/draft/2020-12/schema'),
    title: z.string().min(1),
    description: z.string().min(1),
    type: z.literal('object'),
    additionalProperties: z.literal(false),
    required: z.array(z.string()),
    properties: z.record(
      z
        .string()
        .regex(/^[a-z_][a-z0-9_]*$/)
        .max(300),
      property,
    ),
  })
  .superRefine(({ required, properties }, context) => {
    for (const name of required) {
      if (!(name in properties)) {
        context.addIssue(`"required" names ${name}, which "properties" lacks`);
      }
    }
  });

export type Contract = z.infer<typeof contractSchema>;
export type Property = Contract['properties'][string];

/** Who sends a record: `readOnly` fields are the lender's own and never part of a request. */
export type Sender = 'checkout' | 'lender';

export type Checked<T> = { ok: true; value: T } | { ok: false; faults: readonly Fault[] };

export type RecordCheck = (record: unknown) => Checked<Record<string, unknown>>;

/**
 * A check that names every fault of a record by JSON pointer. Most records have none, which is told
 * several times as fast as faults are.
 */
export function createCheck(contract: Contract, sender: Sender): RecordCheck {
  const fits = createFits(fittedFields(contract, sender));
  const schema = recordSchema(contract, sender);
  return (record) => {
    if (fits(record)) return { ok: true, value: record as Record<string, unknown> };
    const parsed = schema.safeParse(record, { reportInput: true });
    if (parsed.success) return { ok: true, value: parsed.data };
    return { ok: false, faults: parsed.error.issues.flatMap(faultsOf) };
  };
}

/** Of everything that a record may hold. */
export function recordSchema(
  contract: Contract,
  sender: Sender,
): z.ZodType<Record<string, unknown>> {
  const shape = fittedFields(contract, sender).map(({ name, schema, optional, nullable }) => {
    const value = nullable ? schema.nullable() : schema;
    return [name, optional ? value.optional() : value];
  });
  return z.strictObject(Object.fromEntries(shape));
}

const fittedFields = (contract: Contract, sender: Sender) =>
  fieldsFor(contract, sender).map(([name, field]) => ({
    name,
    field,
    schema: valueSchema(field),
    optional: !contract.required.includes(name),
    nullable: isNullable(field),
  }));

/** What a checkout sends, by name, in the contract's order. */
export const requestFields = (contract: Contract): [string, Property][] =>
  fieldsFor(contract, 'checkout');

function fieldsFor(contract: Contract, sender: Sender): [string, Property][] {
  const fields = Object.entries(contract.properties);
  return sender === 'lender' ? fields : fields.filter(([, field]) => !field.readOnly);
}

/** What a TIMESTAMP of the warehouse can hold. */
const MICROSECONDS = /^[^.]*(\.\d{1,6}(?!\d).*)?$/;

// What features are proven for; a table of the warehouse holds little more.
const FIRST_TIME = Date.UTC(1830, 0);
const AFTER_LAST_TIME = Date.UTC(2110, 0);
const FIRST_DATE = '1000-01-01';

const isCommonTime = (text: string): boolean => {
  const time = Date.parse(text);
  return time >= FIRST_TIME && time < AFTER_LAST_TIME;
};

/** Half a character of UTF-16 has no UTF-8: neither the warehouse nor a feature could hold it. */
const wellFormed = z.string().refine((value) => value.isWellFormed(), {
  error: 'must not hold lone surrogates',
  abort: true,
});

function valueSchema(field: Property): z.ZodType {
  if ('enum' in field) return z.enum(field.enum);
  if ('format' in field) {
    return field.format === 'date'
      ? z.iso
          .date('must be a date, YYYY-MM-DD')
          .refine((text) => text >= FIRST_DATE, 'must not be before the year 1000')
      : z.iso
          .datetime({ offset: true, error: 'must be a time with offset, as RFC 3339 writes it' })
          .regex(MICROSECONDS, 'must have no more than six digits of a second')
          .refine(isCommonTime, 'must be in the years 1830 to 2109');
  }
  if ('maxLength' in field) {
    const text = wellFormed.refine((value) => lengthOf(value) <= field.maxLength, {
      error: `must have at most ${field.maxLength} characters`,
    });
    return field.pattern === undefined ? text : text.regex(new RegExp(field.pattern, 'u'));
  }
  if ('minimum' in field) {
    const number = baseType(field) === 'integer' ? z.int() : z.number();
    return number.min(field.minimum).max(field.maximum);
  }
  return z.boolean();
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerTo([key]),
      problem: 'is not in the contract',
    }));
  }
  const missing = issue.path.length > 0 && issue.input === undefined;
  return [{ pointer: pointerTo(issue.path), problem: missing ? 'is missing' : issue.message }];
}

const baseType = (field: Property): string =>
  Array.isArray(field.type) ? field.type[0] : (field.type as string);

/** The values of a field that can be told apart as more or less. */
export type Scale =
  | {
      readonly kind: 'number';
      readonly integer: boolean;
      readonly minimum: number;
      readonly maximum: number;
    }
  /** In the contract's order; false before true. */
  | { readonly kind: 'list'; readonly values: readonly (string | boolean)[] };

/** Undefined for times and for open text. */
export function scaleOf(field: Property): Scale | undefined {
  if ('enum' in field) return { kind: 'list', values: field.enum };
  if ('minimum' in field) {
    const { minimum, maximum } = field;
    return { kind: 'number', integer: baseType(field) === 'integer', minimum, maximum };
  }
  return baseType(field) === 'boolean' ? { kind: 'list', values: [false, true] } : undefined;
}

/** Whether a field may be there and null; one that is not required may be absent. */
export const isNullable = (field: Property): boolean => Array.isArray(field.type);

/** What a checkout sends of an application: without the lender's own fields. */
export const requestOf = (
  contract: Contract,
  application: Readonly<Record<string, unknown>>,
): Record<string, unknown> =>
  Object.fromEntries(
    fieldsFor(contract, 'checkout').flatMap(([name]) =>
      application[name] === undefined ? [] : [[name, application[name]]],
    ),
  );

/** What `createCheck` takes of a checkout, as JSON Schema: without the lender's own fields. */
export function requestSchema(contract: Contract): Readonly<Record<string, unknown>> {
  const { $schema: _, ...rest } = contract;
  const properties = Object.fromEntries(fieldsFor(contract, 'checkout'));
  const required = contract.required.filter((name) => name in properties);
  return { ...rest, required, properties };
}

/** Texts of which one fits the patterns that keys and codes have. */
const SAMPLE_TEXTS = ['example-1', 'example', 'US', 'us', 'A1', '1'];

/** A request that the contract allows; undefined where a pattern is not to be guessed. */
export function exampleOf(contract: Contract): Record<string, unknown> | undefined {
  const request = Object.fromEntries(
    fieldsFor(contract, 'checkout').map(([name, field]) => [name, sampleOf(field)]),
  );
  const result = createCheck(contract, 'checkout')(request);
  return result.ok ? result.value : undefined;
}

function sampleOf(field: Property): unknown {
  if ('enum' in field) return field.enum[0];
  if ('format' in field) return field.format === 'date' ? '2026-01-15' : '2026-01-15T12:00:00Z';
  if ('minimum' in field) return field.minimum;
  if (!('maxLength' in field)) return true;
  const isFit = valueSchema(field);
  return SAMPLE_TEXTS.find((text) => isFit.safeParse(text).success);
}

const COLUMN_TYPES: Readonly<Record<string, InputType>> = {
  integer: 'INT64',
  number: 'FLOAT64',
  boolean: 'BOOL',
  string: 'STRING',
  'date-time': 'TIMESTAMP',
  date: 'DATE',
};

/** The type of a field's column in the warehouse. */
export const columnType = (field: Property): InputType =>
  COLUMN_TYPES['format' in field ? field.format : baseType(field)]!;

/** What the feature compiler may assume of a checkout's request. */
export function inputFields(contract: Contract): InputField[] {
  return fieldsFor(contract, 'checkout').map(([name, field]) => ({
    name,
    type: columnType(field),
    nullable: isNullable(field) || !contract.required.includes(name),
    ...('minimum' in field ? { minimum: field.minimum, maximum: field.maximum } : {}),
    ...('enum' in field ? { values: field.enum } : {}),
    ...('maxLength' in field ? { maxLength: field.maxLength } : {}),
  }));
}

/** A column of a BigQuery table schema. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE';
  readonly description: string;
}

/** The table that keeps the records, as BigQuery's schema JSON. */
export function tableSchema(contract: Contract): ColumnSchema[] {
  return Object.entries(contract.properties).map(([name, field]) => ({
    name,
    type: columnType(field),
    mode: contract.required.includes(name) && !isNullable(field) ? 'REQUIRED' : 'NULLABLE',
    description: field.description,
  }));
}
