import * as z from 'zod';
import type { DecisionEvent } from '../decision/decide.ts';

/** A column as BigQuery's schema JSON has it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly fields?: readonly Column[];
}

/** The event, or what the table would not take of it, field by field. */
export type CheckedEvent =
  | { readonly ok: true; readonly event: DecisionEvent }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks events against the table that they end in: what fits is a row, and not a dead letter. */
export function createEventCheck(columns: readonly Column[]): (event: unknown) => CheckedEvent {
  const row = rowOf(columns);
  return (event) => {
    const parsed = row.safeParse(event);
    // As it came: what it holds beside the columns is for the subscription to drop.
    if (parsed.success) return { ok: true, event: event as DecisionEvent };
    const problems = parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join('.')}: ${message}`,
    );
    return { ok: false, problems };
  };
}

const rowOf = (columns: readonly Column[]): z.ZodType =>
  z.looseObject(Object.fromEntries(columns.map((column) => [column.name, columnValue(column)])));

function columnValue(column: Column): z.ZodType {
  const value = column.type === 'RECORD' ? rowOf(column.fields ?? []) : scalarOf(column);
  if (column.mode === 'REPEATED') return z.array(value).optional();
  return column.mode === 'REQUIRED' ? value : value.nullish();
}

const SCALARS: Readonly<Record<string, z.ZodType>> = {
  STRING: z.string(),
  INT64: z.int(),
  FLOAT64: z.number(),
  BOOL: z.boolean(),
  TIMESTAMP: z.iso.datetime({ offset: true }),
};

function scalarOf({ name, type }: Column): z.ZodType {
  const scalar = SCALARS[type];
  if (!scalar) throw new Error(`The column ${name} is of type ${type}, which no event has.`);
  return scalar;
}
