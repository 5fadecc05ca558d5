import { createHash } from 'node:crypto';
import type { RecordCheck } from '../../shared/portfolio/contract.ts';

/** One run, in whatever delivery of it. */
export interface Run {
  /** Names its jobs, objects and tables. */
  readonly name: string;
  /** When it was meant to be. */
  readonly due: Date;
}

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
  readonly run: Run;
}): Sorter {
  const { name, due } = options.run;
  const lineage = { _ingest_run: name, _ingested_at: due.toISOString() };
  return {
    sort(record) {
      const data = without(record, options.transportFields);
      const checked = options.check(data);
      return checked.ok
        ? { kind: 'accepted', row: { ...checked.value, ...lineage } }
        : {
            kind: 'quarantined',
            row: {
              quarantine_id: idOf(options.stream, data),
              stream: options.stream,
              record: JSON.stringify(record),
              faults: checked.faults.slice(0, 20),
              ...lineage,
            },
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

/** The same for the same data, whatever the transport calls a delivery of it. */
const idOf = (stream: string, data: unknown): string =>
  createHash('sha256')
    .update(`${stream}\n${JSON.stringify(data)}`)
    .digest('hex');
