/** What the catalogue keeps of a dataset, of a table and of a routine. */
import { createHash } from 'node:crypto';
import { invalid, unsupported } from '../../errors.ts';
import type { DatasetRef, RoutineRef, TableRef } from '../names.ts';
import type { RoutineEntry, TableEntry, TableOptions } from '../ports.ts';

export interface DatasetRecord {
  readonly ref: DatasetRef;
  /** description, labels, location, defaultTableExpirationMs, … as the REST API gives them. */
  readonly options: TableOptions;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly modified: number;
  readonly revision: number;
}

export interface TableRecord {
  readonly entry: TableEntry;
  readonly created: number;
  readonly modified: number;
  /** Counts the changes of schema, options and rows: two in one millisecond differ too. */
  readonly revision: number;
}

export interface RoutineRecord {
  readonly entry: RoutineEntry;
  readonly created: number;
  readonly modified: number;
}

export const datasetKey = (ref: DatasetRef): string => `${ref.projectId}.${ref.datasetId}`;

export const tableKey = (ref: TableRef): string => `${datasetKey(ref)}.${ref.tableId}`;

export const routineKey = (ref: RoutineRef): string => `${datasetKey(ref)}.${ref.routineId}`;

/** Changes whenever the record does. */
export const etagOf = (record: unknown): string =>
  createHash('sha256').update(JSON.stringify(record)).digest('base64').slice(0, 22);

/** When a table expires, in milliseconds since the epoch; undefined for never. */
export function expiration(record: TableRecord): number | undefined {
  const { expirationTime } = record.entry.options;
  return expirationTime === undefined ? undefined : Number(expirationTime);
}

/** A dataset whose name starts so is not listed unless asked for. */
export const isHidden = (ref: DatasetRef): boolean => ref.datasetId.startsWith('_');

/** @throws {ApiError} 400 for a name that no dataset may have. */
export function checkDatasetId(id: string): void {
  if (/^\w{1,1024}$/.test(id)) return;
  throw invalid(
    `Invalid dataset ID "${id}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
  );
}

/** @throws {ApiError} 400 for a name that no routine may have. */
export function checkRoutineId(id: string): void {
  if (/^\w{1,256}$/.test(id)) return;
  throw invalid(
    `Invalid routine ID "${id}". Routine IDs must be alphanumeric (plus underscores) and must be at most 256 characters long.`,
  );
}

/** @throws {ApiError} 400 for a name that no table may have, 501 for a partition decorator. */
export function checkTableId(id: string): void {
  if (/^[^$@]+[$@]/.test(id)) throw unsupported(`table decorators (${id})`);
  if (/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u.test(id)) return;
  throw invalid(
    `Invalid table ID "${id}". Table IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long. Also, Table decorators cannot be used.`,
  );
}
