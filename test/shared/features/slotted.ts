/** Rows put into slots, as a reader of bytes would. */
import type { InputField } from '../../../shared/features/compile.ts';
import type { Row } from '../../../shared/features/row.ts';
import type { Slots } from '../../../shared/features/slots.ts';
import { parseDate, parseRfc3339 } from '../../../shared/features/values/time_text.ts';

export const slotsFor = (fields: readonly InputField[]): Slots => ({
  names: fields.map(({ name }) => name),
  types: fields.map(({ type }) => type),
  numbers: new Float64Array(fields.length).fill(Number.NaN),
  texts: new Array<string | null>(fields.length).fill(null),
});

export function fillSlots({ names, types, numbers, texts }: Slots, row: Row): void {
  for (const [i, name] of names.entries()) {
    const value = row[name] ?? null;
    const isText = types[i] === 'STRING';
    texts[i] = isText ? (value as string | null) : null;
    numbers[i] = value === null || isText ? Number.NaN : numberOf(value);
  }
}

function numberOf(value: unknown): number {
  if (typeof value === 'string') return parseRfc3339(value) ?? parseDate(value) ?? Number.NaN;
  return Number(value);
}
