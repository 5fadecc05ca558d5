/** Serves a CSV file as if its rows were applications that came in over a period. */
import * as z from 'zod';
import { DAY_MS, dayOf, isoTime } from '../dates.ts';
import { defineSource, rangeShape, type Source } from '../source.ts';
import { type Cell, checkTable, type Table, tableRows } from './table.ts';

const field = z
  .string()
  .regex(/^[a-z0-9_]+$/, 'must be a column name in lower case with _ for anything else')
  .refine((name) => name !== '_timestamp', 'is written by the server');

/** How to serve one file. */
export const fileOptions = z
  .strictObject({
    /** Of the generator; that of the outcomes is `<name>_outcomes`. */
    name: z.string().regex(/^[a-z][a-z0-9_]*$/),
    file: z.string().min(1),
    /** The column that names a row; in both streams. */
    key: field,
    application_fields: z.array(field).min(1),
    outcome_fields: z.array(field).min(1),
    /** First and last day on which applications come in. */
    period: z.strictObject({ start: z.iso.date(), end: z.iso.date() }),
    outcome_delay_days: z.int().min(0).max(3660),
  })
  .refine(({ period }) => period.start <= period.end, {
    path: ['period', 'end'],
    message: 'must not be before start',
  });

/** The same, as it is written. */
export type FileOptions = z.input<typeof fileOptions>;

const fileConfig = z.strictObject(rangeShape).refine((c) => c.start_date <= c.end_date, {
  path: ['end_date'],
  message: 'must not be before start_date',
});

type FileConfig = z.output<typeof fileConfig>;

/** Rows that are sent between two turns of others. */
const BATCH = 1000;

/**
 * The two streams of a file: applications, and their outcomes so many days later.
 *
 * @throws {FileError} where the file is not a whole table with these columns
 * @throws {z.ZodError} where the options are wrong
 */
export async function fileSources(options: FileOptions): Promise<Source[]> {
  const { name, file, key, period, ...rest } = fileOptions.parse(options);
  const { application_fields, outcome_fields, outcome_delay_days: delay } = rest;
  const table = await checkTable(file, key, [...application_fields, ...outcome_fields]);
  const start = dayOf(period.start) * DAY_MS;
  const end = (dayOf(period.end) + 1) * DAY_MS;
  const stream = (fields: readonly string[], delayMs: number) => (config: FileConfig) =>
    batches(table, [...new Set([key, ...fields])], start + delayMs, end + delayMs, config);
  return [
    defineSource({
      name,
      description: `Applications from ${table.rowCount} rows of a file.`,
      schema: fileConfig,
      batches: stream(application_fields, 0),
    }),
    defineSource({
      name: `${name}_outcomes`,
      description: `Their outcomes, ${delay} days later.`,
      schema: fileConfig,
      batches: stream(outcome_fields, delay * DAY_MS),
    }),
  ];
}

/** Rows are spread evenly from `start` to `end`, in the order of the file. */
async function* batches(
  table: Table,
  fields: readonly string[],
  start: number,
  end: number,
  config: FileConfig,
): AsyncGenerator<object[]> {
  const from = dayOf(config.start_date) * DAY_MS;
  const to = (dayOf(config.end_date) + 1) * DAY_MS;
  const places = fields.map((name) => table.columns.indexOf(name));
  let batch: object[] = [];
  let number = 0;
  for await (const cells of tableRows(table)) {
    const at = start + Math.floor(((number + 0.5) / table.rowCount) * (end - start));
    number += 1;
    if (at >= to) break;
    if (at >= from) batch.push(row(fields, places, cells, at));
    if (number % BATCH === 0) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

function row(
  fields: readonly string[],
  places: readonly number[],
  cells: readonly Cell[],
  at: number,
): Record<string, Cell> {
  const record: Record<string, Cell> = {};
  fields.forEach((name, index) => {
    record[name] = cells[places[index]!]!;
  });
  record._timestamp = isoTime(at);
  return record;
}
