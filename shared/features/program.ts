import * as z from 'zod/mini';
import { isListOf, isNumber, isRecord, quickly } from '../quick.ts';
import { FEATURE_TYPES, MAX_LITERAL, TYPES, type Type } from './types.ts';

/**
 * The form of a feature program: plain JSON that travels inside a model bundle. The schema checks
 * form and size; `restore` (restore.ts) checks that it means something and proves it total again.
 */

/** Raised when programs of the older form can no longer be read. */
export const PROGRAM_VERSION = 1;

export const MAX_NODES = 10_000;
const MAX_FIELDS = 2_000;

const name = z.string().check(z.minLength(1), z.maxLength(300));
const text = z.string().check(z.maxLength(MAX_LITERAL));
const list = <T extends z.core.$ZodType>(item: T, most: number) =>
  z.readonly(z.array(item).check(z.maxLength(most)));
const index = z.int().check(z.minimum(0), z.maximum(MAX_NODES));
const literal = z.union([z.number(), text, z.boolean()]);

const inputSchema = z.strictObject({
  name,
  type: z.enum(TYPES),
  nullable: z.boolean(),
  minimum: z.exactOptional(z.number()),
  maximum: z.exactOptional(z.number()),
  maxLength: z.exactOptional(z.int().check(z.minimum(0))),
  values: z.exactOptional(list(text, MAX_FIELDS)),
});

/** The commonest form first: what a union tries in vain it describes in full. */
const nodeSchema = z.union([
  z.strictObject({
    op: name,
    /** Nodes before this one. */
    args: list(index, 3),
    settings: z.exactOptional(list(literal, MAX_FIELDS)),
  }),
  z.strictObject({ type: z.enum(TYPES), value: z.nullable(literal) }),
  z.strictObject({ input: name }),
]);

const isText = (value: unknown, most: number): boolean =>
  typeof value === 'string' && value.length <= most;

const isName = (value: unknown): boolean => value !== '' && isText(value, 300);

const isLiteral = (value: unknown): boolean =>
  isNumber(value) || isText(value, MAX_LITERAL) || typeof value === 'boolean';

const isIndex = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_NODES;

/** As `nodeSchema` has it: there are hundreds of them. */
function isNode(node: unknown): boolean {
  if (!isRecord(node)) return false;
  const { op, args, settings, type, value, input } = node;
  const members = Object.keys(node).length;
  if (op !== undefined) {
    const isCall = isName(op) && isArgs(args);
    return (
      isCall && (settings === undefined ? members === 2 : members === 3 && isSettings(settings))
    );
  }
  if (input !== undefined) return members === 1 && isName(input);
  return members === 2 && TYPES.includes(type as Type) && (value === null || isLiteral(value));
}

const isArgs = isListOf(isIndex, 3);
const isSettings = isListOf(isLiteral, MAX_FIELDS);

const featureSchema = z.strictObject({
  name,
  type: z.enum(FEATURE_TYPES),
  nullable: z.boolean(),
  /** Every value that is not NULL lies within; absent for STRING and where all are NULL. */
  minimum: z.exactOptional(z.number()),
  maximum: z.exactOptional(z.number()),
  /** The input columns that it depends on, in the order of `inputs`. */
  reads: list(name, MAX_FIELDS),
  /** Its expression as features.sql has it. */
  sql: z.string().check(z.maxLength(100_000)),
  node: index,
});

export const featureProgramSchema = z.strictObject({
  version: z.literal(PROGRAM_VERSION),
  /** The inputs that any feature depends on. */
  inputs: list(inputSchema, MAX_FIELDS),
  nodes: quickly(isListOf(isNode, MAX_NODES), list(nodeSchema, MAX_NODES)),
  features: list(featureSchema, MAX_FIELDS),
});

/**
 * A raw column: its type and domain, by the JSON Schema keywords of the contract.
 *
 * `minimum` and `maximum` of a TIMESTAMP are microseconds, of a DATE days since 1970-01-01.
 * `values` are the values that the contract allows a STRING; `maxLength` counts characters.
 */
export type InputField = Readonly<z.infer<typeof inputSchema>>;

/** An input, a constant, or an instruction on earlier nodes. */
export type Node = Readonly<z.infer<typeof nodeSchema>>;

export type Feature = Readonly<z.infer<typeof featureSchema>>;

export type FeatureProgram = Readonly<z.infer<typeof featureProgramSchema>>;
