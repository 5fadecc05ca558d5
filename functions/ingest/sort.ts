import { createHash } from 'node:crypto';
import type { Fault } from '../../shared/errors.ts';
import type { RecordCheck } from '../../shared/portfolio/contract.ts';

/** A record that the contract allows, ready for its table; or one that it does not, with why. */
export type Sorted =
  | { readonly kind: 'accepted'; readonly row: Record<string, unknown> }
  | { readonly kind: 'quarantined'; readonly row: Record<string, unknown> };

export interface Sorter {
  sort(record: unknown): Sorted;
}

/** Holds records of one stream against their contract. */
export function createSorter(options: {
  readonly stream: string;
  readonly check: RecordCheck;
  /** Fields that the source's transport adds; they are no data. */
  readonly transportFields: readonly string[];
  readonly run: string;
  readonly ingestedAt: Date;
}): Sorter {
  const lineage = { _ingest_run: options.run, _ingested_at: options.ingestedAt.toISOString() };
  return {
    sort(record) {
      const checked = options.check(without(record, options.transportFields));
      return checked.ok
        ? { kind: 'accepted', row: { ...checked.value, ...lineage } }
        : {
            kind: 'quarantined',
            row: { ...quarantined(options.stream, record, checked.faults), ...lineage },
          };
    },
  };
}

function without(record: unknown, fields: readonly string[]): unknown {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return record;
  const rest: Record<string, unknown> = {};
  for (const name in record) {
    if (!fields.includes(name)) rest[name] = (record as Record<string, unknown>)[name];
  }
  return rest;
}

function quarantined(stream: string, record: unknown, faults: readonly Fault[]) {
  const text = JSON.stringify(record);
  const id = createHash('sha256').update(`${stream}\n${text}`).digest('hex');
  return { quarantine_id: id, stream, record: text, faults: faults.slice(0, 20) };
}
