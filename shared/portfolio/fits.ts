/** A quick yes: whether a record is one that its contract allows, without a word on why not. */
import { lengthOf } from '../features/values/text.ts';
import type { Contract } from './contract.ts';

type Property = Contract['properties'][string];

type Test = (value: unknown) => boolean;

/** One field of a record. */
export interface FittedField {
  readonly name: string;
  readonly field: Property;
  readonly optional: boolean;
  readonly nullable: boolean;
  /** What decides where only a grammar can: the field's own schema. */
  readonly schema: { safeParse(value: unknown): { readonly success: boolean } };
}

/**
 * @returns true only for what the fields' schemas allow, with nothing beside it: of a record that came
 *   as JSON always then, unless a field is called as what every object inherits
 */
export function createFits(fields: readonly FittedField[]): Test {
  const tests = fields.map(({ name, optional, nullable, ...field }) => {
    const test = testOf(field);
    return { name, optional, test: nullable ? orNull(test) : test };
  });
  return (record) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) return false;
    let found = 0;
    for (const { name, optional, test } of tests) {
      const value = (record as Record<string, unknown>)[name];
      if (value === undefined) {
        if (!optional) return false;
      } else {
        if (!test(value)) return false;
        found++;
      }
    }
    // What is more than was found is not in the contract.
    for (const _ in record) found--;
    return found === 0;
  };
}

const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);

/** Of the years, days and times that most are of, all that these take is one: the schema has the others. */
const USUAL = '(?:19|20)\\d\\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])';
const USUAL_DATE = new RegExp(`^${USUAL}$`);
const USUAL_TIME = new RegExp(`^${USUAL}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?Z$`);

function testOf({ field, schema }: Pick<FittedField, 'field' | 'schema'>): Test {
  if ('enum' in field) {
    const values = new Set<unknown>(field.enum);
    return (value) => values.has(value);
  }
  if ('format' in field) {
    const usual = field.format === 'date-time' ? USUAL_TIME : USUAL_DATE;
    return (value) =>
      (typeof value === 'string' && usual.test(value)) || schema.safeParse(value).success;
  }
  if ('maxLength' in field) return textTest(field);
  if ('minimum' in field) {
    const { type, minimum, maximum } = field;
    const isInteger = type === 'integer' || type[0] === 'integer';
    return (value) =>
      typeof value === 'number' &&
      value >= minimum &&
      value <= maximum &&
      (!isInteger || Number.isSafeInteger(value));
  }
  return (value) => typeof value === 'boolean';
}

function textTest(field: {
  readonly maxLength: number;
  readonly pattern?: string | undefined;
}): Test {
  const { maxLength, pattern } = field;
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  return (value) =>
    typeof value === 'string' &&
    // Characters are never more than UTF-16 units.
    (value.length <= maxLength || lengthOf(value) <= maxLength) &&
    value.isWellFormed() &&
    (expression === undefined || expression.test(value));
}
