/** Which column of the training query is what, and how a model finds its columns again. */
import type { Column, InputTable } from '../../bigquery/ports.ts';
import type { Field, ScalarType } from '../../bigquery/types.ts';
import { typeText } from '../../bigquery/types.ts';
import { invalidQuery, unsupported } from '../../errors.ts';
import type { Settings } from '../options/settings.ts';
import type { Source } from './features.ts';
import { coerces, isCategorical, isNumeric } from './values.ts';

export interface Roles {
  readonly label: Field;
  readonly split?: Field;
  readonly weight?: Field;
  /** In the order of the columns; fields of a STRUCT stand where the STRUCT stood. */
  readonly features: readonly Source[];
}

/**
 * Tells label, split and weight columns from features.
 * @throws {ApiError} invalidQuery for a column that is missing, unsupported for a type of feature
 *   that can't be encoded or exported.
 */
export function assignRoles(fields: readonly Field[], settings: Settings): Roles {
  const named = (option: string, name: string | undefined): Field | undefined => {
    if (name === undefined) return undefined;
    const field = findField(fields, name);
    if (field) return field;
    throw invalidQuery(`Column ${name} of ${option} is not found in the training data.`);
  };
  const label = named('INPUT_LABEL_COLS', settings.texts('INPUT_LABEL_COLS')[0])!;
  const split = named('DATA_SPLIT_COL', settings.column('DATA_SPLIT_COL'));
  const weight = named('INSTANCE_WEIGHT_COL', settings.column('INSTANCE_WEIGHT_COL'));
  const others = [label, split, weight].filter((field) => field !== undefined);
  if (new Set(others).size < others.length) {
    throw invalidQuery('Label, split and weight must be different columns.');
  }
  if (weight && !isNumeric(weight.type)) {
    throw invalidQuery(
      `INSTANCE_WEIGHT_COL needs a numeric column; ${weight.name} is ${typeText(weight.type)}.`,
    );
  }
  const features = fields.filter((field) => !others.includes(field)).flatMap(sourcesOf);
  if (features.length === 0) {
    throw invalidQuery('The training data has no feature column besides the label.');
  }
  const names = new Set(features.map(({ name }) => name.toLowerCase()));
  if (names.size < features.length) {
    throw invalidQuery('Two features have the same name once STRUCT columns are expanded.');
  }
  return { label, features, ...(split ? { split } : {}), ...(weight ? { weight } : {}) };
}

/** The field of a name, in any case. */
export const findField = (fields: readonly Field[], name: string): Field | undefined =>
  fields.find((field) => field.name.toLowerCase() === name.toLowerCase());

/** The features of a column: itself, or one a field of a STRUCT (`{struct}_{field}`). */
function sourcesOf(column: Field): Source[] {
  if (column.type.kind !== 'STRUCT') {
    return [
      { name: column.name, column: column.name, type: featureType(column.name, column.type) },
    ];
  }
  return column.type.fields.map(({ name: field, type }) => {
    if (field === '') {
      throw invalidQuery(`All fields of the STRUCT feature ${column.name} need names.`);
    }
    const name = `${column.name}_${field}`;
    return { name, column: column.name, field, type: featureType(name, type) };
  });
}

const ADVICE: Readonly<Record<string, string>> = {
  TIMESTAMP: 'cast it to a number or a string in the query, e.g. UNIX_SECONDS(…)',
  ARRAY: 'make columns of its elements in the query',
  STRUCT: 'a STRUCT within a STRUCT must be flattened in the query',
};

function featureType(name: string, type: Field['type']): ScalarType {
  if (isNumeric(type) || isCategorical(type)) return type.kind as ScalarType;
  const advice = ADVICE[type.kind] ?? 'leave it out of the query or cast it';
  throw unsupported(`the feature ${name} of type ${typeText(type)}: ${advice}`);
}

/**
 * Finds a model's features in the fields of an input.
 * @throws {ApiError} invalidQuery in BigQuery's words when one is missing or of another type.
 */
export function checkInput(
  functionName: string,
  fields: readonly Field[],
  sources: readonly Source[],
): void {
  const fail = (problem: string) =>
    invalidQuery(`Invalid table-valued function ML.${functionName}\n${problem}`);
  for (const source of sources) {
    const column = findField(fields, source.column);
    const inner =
      column?.type.kind === 'STRUCT' && source.field !== undefined
        ? findField(column.type.fields, source.field)
        : source.field === undefined
          ? column
          : undefined;
    if (!inner) {
      const where = `in the input data to the ${functionName} function.`;
      throw fail(`Column ${source.name} is not found ${where}`);
    }
    if (!coerces(inner.type, { kind: source.type })) {
      const types = `${typeText(inner.type)}, but the model was trained with ${source.type}`;
      throw fail(`Column ${source.name} in the input data is of type ${types}.`);
    }
  }
}

/** Reads the column of a feature from an input that has passed `checkInput`. */
export async function readSource(input: InputTable, source: Source): Promise<Column> {
  const column = await readColumn(input, source.column);
  if (source.field === undefined || column.type.kind !== 'STRUCT') return column;
  const field = findField(column.type.fields, source.field)!;
  const values = (column.values as readonly (Record<string, unknown> | null)[]).map(
    (struct) => struct?.[field.name] ?? null,
  );
  return { name: source.name, type: field.type, values };
}

/** Reads one column by a name in any case. */
export async function readColumn(input: InputTable, name: string): Promise<Column> {
  const [column] = await input.read([findField(input.fields, name)!.name]);
  return column!;
}
