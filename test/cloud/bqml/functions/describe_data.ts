import { doubleText } from '../../bigquery/sql/numbers/float.ts';
import { readColumn } from '../data/columns.ts';
import { median } from '../data/quantiles.ts';
import { compareText } from '../data/values.ts';
import { type ColumnValues, ranked, valueSources, valuesOf } from '../monitoring/column_values.ts';
import {
  type Answer,
  arrayOfStructs,
  type CallShape,
  countOf,
  type DataFunction,
  fail,
  field,
  numbers,
  texts,
} from './function.ts';

/** What ML.DESCRIBE_DATA says of a column; undefined where it says nothing of its kind. */
interface Description {
  readonly num_nulls: number;
  readonly num_zeros?: number;
  readonly min?: string;
  readonly max?: string;
  readonly mean?: number;
  readonly stdev?: number;
  readonly median?: number;
  readonly quantiles?: readonly number[];
  readonly unique?: number;
  readonly avg_string_length?: number;
  readonly num_values: number;
  readonly top_values?: readonly { readonly value: string; readonly count: bigint }[];
  readonly min_array_length?: number;
  readonly max_array_length?: number;
  readonly avg_array_length?: number;
  readonly total_array_length?: number;
  readonly array_length_quantiles?: readonly bigint[];
  readonly dimension?: number;
}

const arrayOf = (name: string, kind: 'FLOAT64' | 'INT64') => ({
  name,
  type: { kind: 'ARRAY', element: { kind } } as const,
});

const FIELDS = [
  field('name', 'STRING'),
  field('num_rows', 'INT64'),
  field('num_nulls', 'INT64'),
  field('num_zeros', 'INT64'),
  field('min', 'STRING'),
  field('max', 'STRING'),
  field('mean', 'FLOAT64'),
  field('stdev', 'FLOAT64'),
  field('median', 'FLOAT64'),
  arrayOf('quantiles', 'FLOAT64'),
  field('unique', 'INT64'),
  field('avg_string_length', 'FLOAT64'),
  field('num_values', 'INT64'),
  arrayOfStructs('top_values', field('value', 'STRING'), field('count', 'INT64')),
  field('min_array_length', 'INT64'),
  field('max_array_length', 'INT64'),
  field('avg_array_length', 'FLOAT64'),
  field('total_array_length', 'INT64'),
  arrayOf('array_length_quantiles', 'INT64'),
  field('dimension', 'INT64'),
] as const;

/** ML.DESCRIBE_DATA: a row of statistics a column, or a field of a STRUCT column. */
export const DESCRIBE_DATA: DataFunction = {
  tables: 1,
  settings: ['num_quantiles', 'num_array_length_quantiles', 'top_k'],
  fields(call) {
    sizesOf(call);
    sourcesOf(call);
    return FIELDS;
  },
  async run(call) {
    const input = call.input!;
    const shape = { ...call, inputFields: input.fields };
    const sizes = sizesOf(shape);
    const columns: ColumnValues[] = [];
    for (const source of sourcesOf(shape)) {
      columns.push(valuesOf(source, await readColumn(input, source.column)));
    }
    const rows = columns.map((column) => ({
      name: column.name,
      num_rows: column.rowCount,
      ...describe(column, sizes),
    }));
    return FIELDS.map(({ name, type }): Answer => {
      const cells = rows.map((row) => row[name as keyof typeof row]);
      if (type.kind === 'ARRAY') return { values: cells.map((cell) => cell ?? []) };
      return type.kind === 'STRING'
        ? texts(cells.map((cell) => (cell as string | undefined) ?? null))
        : numbers(cells as (number | undefined)[]);
    });
  },
};

const sourcesOf = (call: CallShape) =>
  valueSources(call.inputFields!, (problem) => fail(call.functionName, problem));

const sizesOf = (call: CallShape) => ({
  quantiles: countOf(call, 'num_quantiles', 2, 100_000),
  lengthQuantiles: countOf(call, 'num_array_length_quantiles', 10, 100_000),
  topK: countOf(call, 'top_k', 1, 10_000),
});

function describe(column: ColumnValues, sizes: ReturnType<typeof sizesOf>): Description {
  const { values, nullCount, dimension } = column;
  return {
    num_nulls: nullCount,
    num_values: values.length,
    ...(values instanceof Float64Array
      ? ofNumbers(values, sizes.quantiles)
      : ofTexts(values, sizes.topK)),
    ...(column.lengths ? ofLengths(column.lengths, sizes.lengthQuantiles) : {}),
    ...(dimension === undefined ? {} : { dimension }),
  };
}

function ofNumbers(values: Float64Array, shares: number): Partial<Description> {
  const zeros = { num_zeros: values.filter((x) => x === 0).length };
  if (values.length === 0) return zeros;
  // NaN is less than all numbers, as in ORDER BY.
  const sorted = values.toSorted((a, b) =>
    Number.isNaN(a) || Number.isNaN(b) ? (Number.isNaN(a) ? -1 : 1) : a - b,
  );
  const hasNaN = Number.isNaN(sorted[0]);
  const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length;
  const squares = sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return {
    ...zeros,
    min: doubleText(sorted[0]!),
    max: doubleText(hasNaN ? Number.NaN : sorted.at(-1)!),
    mean,
    ...(sorted.length > 1 ? { stdev: Math.sqrt(squares / (sorted.length - 1)) } : {}),
    median: hasNaN ? Number.NaN : median(sorted),
    quantiles: quantilesOf(sorted, shares),
  };
}

function ofTexts(values: readonly string[], topK: number): Partial<Description> {
  const counts = ranked(values);
  const top = counts.slice(0, topK).map(([value, count]) => ({ value, count: BigInt(count) }));
  if (counts.length === 0) return { unique: 0, top_values: [] };
  const sorted = counts.map(([text]) => text).sort(compareText);
  const characters = counts.reduce((sum, [text, count]) => sum + [...text].length * count, 0);
  return {
    min: sorted[0]!,
    max: sorted.at(-1)!,
    unique: counts.length,
    avg_string_length: characters / values.length,
    top_values: top,
  };
}

function ofLengths(lengths: readonly number[], shares: number): Partial<Description> {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (lengths.length === 0) return { total_array_length: 0 };
  const sorted = Float64Array.from(lengths).sort();
  return {
    min_array_length: sorted[0]!,
    max_array_length: sorted.at(-1)!,
    avg_array_length: total / lengths.length,
    total_array_length: total,
    array_length_quantiles: quantilesOf(sorted, shares).map(BigInt),
  };
}

/** As APPROX_QUANTILES: the smallest value, one for each share, and so the greatest. */
const quantilesOf = (sorted: Float64Array, shares: number): number[] =>
  Array.from(
    { length: shares + 1 },
    (_, i) => sorted[Math.max(Math.ceil((i / shares) * sorted.length), 1) - 1]!,
  );
