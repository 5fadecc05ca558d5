/** Random rows within the domains of their inputs: NULLs, bounds, zeros, the smallest numbers. */
import fc from 'fast-check';
import type { InputField } from '../../../shared/features/compile.ts';
import { domainOf } from '../../../shared/features/graph/domain.ts';
import type { Row } from '../../../shared/features/row.ts';
import { civilOf, DAY, dayOf } from '../../../shared/features/values/calendar.ts';

/** A row of these fields; STRING columns hold these texts. */
export function rowOf(fields: readonly InputField[], texts: readonly string[]): fc.Arbitrary<Row> {
  const columns = fields.map((field) => [field.name, columnOf(field, texts)] as const);
  return fc.record(Object.fromEntries(columns));
}

function columnOf(field: InputField, texts: readonly string[]): fc.Arbitrary<unknown> {
  const present = presentOf(field, texts);
  return field.nullable
    ? fc.oneof({ weight: 3, arbitrary: present }, { weight: 1, arbitrary: fc.constant(null) })
    : present;
}

function presentOf(field: InputField, texts: readonly string[]): fc.Arbitrary<unknown> {
  const { low, high } = domainOf(field);
  const within = (values: readonly number[]) => values.filter((x) => x >= low && x <= high);
  const edges = fc.constantFrom(...within([low, high, 0, 1, -1]));
  switch (field.type) {
    case 'INT64':
      return fc.oneof(edges, fc.integer({ min: low, max: high }));
    case 'FLOAT64': {
      const few = within([low, 0.1, 2.675, 1e-300, 5e-324, -0.5, 1.005]);
      const any = fc.double({ min: low, max: high, noNaN: true });
      return fc.oneof(edges, fc.constantFrom(...few), any);
    }
    case 'BOOL':
      return fc.boolean();
    case 'STRING':
      return fc.constantFrom(...texts);
    case 'TIMESTAMP': {
      const micros = fc.oneof(edges, fc.integer({ min: low, max: high }));
      return fc.tuple(micros, fc.integer({ min: -14 * 60, max: 14 * 60 })).map(toRfc3339);
    }
    case 'DATE':
      return fc.oneof(edges, fc.integer({ min: low, max: high })).map(toDate);
  }
}

const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/** A day as YYYY-MM-DD. */
export function toDate(days: number): string {
  const { year, month, day } = civilOf(days);
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

/** A moment in RFC 3339, on a clock so many minutes ahead of UTC. */
export function toRfc3339([micros, offset]: readonly [number, number]): string {
  const local = micros + offset * 60_000_000;
  const days = dayOf(local);
  const time = local - days * DAY;
  const clock = [time / 3_600_000_000, (time / 60_000_000) % 60, (time / 1_000_000) % 60];
  const zone = `${digits(Math.floor(Math.abs(offset) / 60), 2)}:${digits(Math.abs(offset) % 60, 2)}`;
  return `${toDate(days)}T${clock.map((part) => digits(Math.floor(part), 2)).join(':')}.${digits(
    time % 1_000_000,
    6,
  )}${offset < 0 ? '-' : '+'}${zone}`;
}
