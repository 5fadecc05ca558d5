import { createHash } from 'node:crypto';
import type { RecordCheck } from '../../shared/portfolio/contract.ts';

/** A record that the contract allows, ready for its table; or one that it does not, with why. */
export type Sorted =
  | { readonly kind: 'accepted'; readonly row: Record<string, unknown> }
  | { readonly kind: 'quarantined'; readonly row: Record<string, unknown> };

export interface Sorter {
  sort(record: unknown): Sorted;
}

const MOST_FAULTS = 20;
/** Longer than any key of a contract. */
const LONGEST_KEY = 10_000;

/** Holds records of one stream against their contract. */
export function createSorter(options: {
  readonly stream: string;
  readonly check: RecordCheck;
  /** The fields that a record is known by, and that say when it was. */
  readonly key: string;
  readonly time: string;
  /** Fields that the source's transport adds; they are no data. */
  readonly transportFields: readonly string[];
}): Sorter {
  const { stream, check, key, time, transportFields } = options;
  return {
    sort(record) {
      const data = without(record, transportFields);
      const checked = check(data);
      if (checked.ok) return { kind: 'accepted', row: checked.value };
      const fields = typeof data === 'object' && data !== null ? data : {};
      return {
        kind: 'quarantined',
        row: {
          quarantine_id: idOf(stream, data),
          stream,
          record: JSON.stringify(record),
          faults: checked.faults.slice(0, MOST_FAULTS),
          record_key: keyOf((fields as Record<string, unknown>)[key]),
          record_time: timeOf((fields as Record<string, unknown>)[time]),
        },
      };
    },
  };
}

/** A record as the contract sees it: without what the transport adds. */
export function without(record: unknown, fields: readonly string[]): unknown {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return record;
  const rest: Record<string, unknown> = {};
  for (const name in record) {
    if (!fields.includes(name)) rest[name] = (record as Record<string, unknown>)[name];
  }
  return rest;
}

/** The same for the same data, whatever the transport calls a delivery of it. */
const idOf = (stream: string, data: unknown): string =>
  createHash('sha256')
    .update(`${stream}\n${JSON.stringify(data)}`)
    .digest('hex');

/** As the warehouse writes a key as text; null where none could be one. */
function keyOf(value: unknown): string | null {
  const isText = typeof value === 'string' && value.isWellFormed() && value.length <= LONGEST_KEY;
  return isText || Number.isSafeInteger(value) ? String(value) : null;
}

/** Null for what is no time, or none that a table could hold. */
function timeOf(value: unknown): string | null {
  const time = new Date(typeof value === 'string' ? value : Number.NaN);
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9999 ? time.toISOString() : null;
}
