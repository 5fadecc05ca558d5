/** Columns as statistics see them: numbers or texts, arrays unnested, structs expanded. */
import type { Column } from '../../bigquery/ports.ts';
import type { BqType, Field } from '../../bigquery/types.ts';
import { typeText } from '../../bigquery/types.ts';
import { isComparable, isNumeric, textAt } from '../data/values.ts';

/** What a column, or a field of a STRUCT column, holds. */
export interface ColumnValues {
  readonly name: string;
  readonly rowCount: number;
  /** Rows that are NULL. */
  readonly nullCount: number;
  /** What is not NULL: of arrays, their elements. */
  readonly values: Float64Array | readonly string[];
  /** Of an ARRAY column: how many elements each row has. */
  readonly lengths?: readonly number[];
  /** Of ARRAY<STRUCT<INT64, numerical>>: the greatest index, and one. */
  readonly dimension?: number;
}

/** A column or a field of one, before it is read. */
export interface ValueSource {
  /** `column`, or `column_field`. */
  readonly name: string;
  readonly column: string;
  readonly field?: string;
  readonly type: BqType;
}

/**
 * The sources of some fields, a STRUCT's fields in its place.
 * @param refuse is told of a type that has no statistics, and throws
 */
export function valueSources(
  fields: readonly Field[],
  refuse: (problem: string) => Error,
): ValueSource[] {
  return fields.flatMap(({ name, type }): ValueSource[] => {
    const parts =
      type.kind === 'STRUCT'
        ? type.fields.map((part) => ({
            name: `${name}_${part.name}`,
            column: name,
            field: part.name,
            type: part.type,
          }))
        : [{ name, column: name, type }];
    for (const part of parts) {
      const isPart = type.kind === 'STRUCT';
      if (isComparable(part.type) || (!isPart && isArrayOfValues(part.type))) continue;
      throw refuse(`Column ${part.name} of type ${typeText(part.type)} has no statistics.`);
    }
    return parts;
  });
}

const isArrayOfValues = (type: BqType): boolean =>
  type.kind === 'ARRAY' && (isComparable(type.element) || isSparse(type.element));

/** An element of a sparse tensor: STRUCT<INT64, numerical>. */
const isSparse = (type: BqType): boolean =>
  type.kind === 'STRUCT' &&
  type.fields.length === 2 &&
  type.fields[0]!.type.kind === 'INT64' &&
  isNumeric(type.fields[1]!.type);

/** The values of a source, from the column that it names. */
export function valuesOf(source: ValueSource, column: Column): ColumnValues {
  const { name, field, type } = source;
  const rows =
    field === undefined
      ? column
      : {
          ...column,
          type,
          values: Array.from(
            column.values,
            (value) => (value as unknown as Struct)?.[field] ?? null,
          ),
        };
  return type.kind === 'ARRAY' ? ofArrays(name, type.element, rows) : ofScalars(name, type, rows);
}

type Struct = Readonly<Record<string, unknown>> | null;

function ofScalars(name: string, type: BqType, column: Column): ColumnValues {
  const rowCount = column.values.length;
  const kept = keep(type, column);
  return { name, rowCount, nullCount: rowCount - kept.length, values: kept };
}

function ofArrays(name: string, element: BqType, { values }: Column): ColumnValues {
  const arrays = values as readonly (readonly unknown[] | null)[];
  const items = arrays.flatMap((array) => array ?? []);
  const shape = {
    name,
    rowCount: arrays.length,
    nullCount: arrays.filter((array) => array === null).length,
    lengths: arrays.map((array) => array?.length ?? 0),
  };
  if (element.kind !== 'STRUCT') {
    return { ...shape, values: keep(element, { name, type: element, values: items }) };
  }
  const [index, value] = element.fields as [Field, Field];
  const structs = items as readonly Record<string, unknown>[];
  const numbers = structs.map((struct) => struct[value.name]);
  const greatest = structs.reduce((most, struct) => Math.max(most, Number(struct[index.name])), -1);
  return {
    ...shape,
    values: keep(value.type, { name, type: value.type, values: numbers }),
    dimension: greatest + 1,
  };
}

/** Values that are not NULL: numbers as FLOAT64, all else as text. */
function keep(type: BqType, column: Column): Float64Array | string[] {
  const { values, nulls } = column;
  if (isNumeric(type)) {
    const numbers = Float64Array.from(values as ArrayLike<unknown>, Number);
    return numbers.filter((_, row) => (nulls ? nulls[row] === 0 : values[row] !== null));
  }
  const texts: string[] = [];
  for (let row = 0; row < values.length; row++) {
    const text = textAt(column, row);
    if (text !== null) texts.push(text);
  }
  return texts;
}

/** How often each text occurs, the most frequent first, then in the order of the texts. */
export function ranked(texts: Iterable<string>): [text: string, count: number][] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return rankedCounts(counts);
}

export const rankedCounts = (counts: Iterable<readonly [string, number]>): [string, number][] =>
  Array.from(counts, ([text, count]): [string, number] => [text, count]).sort(
    ([a, m], [b, n]) => n - m || (a < b ? -1 : 1),
  );
