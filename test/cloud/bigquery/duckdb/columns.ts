/** Whole columns of a table, as BigQuery ML reads them. */

import type { DuckDBVector } from '@duckdb/node-api';
import type { Column } from '../ports.ts';
import type { BqType } from '../types.ts';
import type { Session } from './database.ts';
import { doublesOf, type Forms, integersOf, nullsOf, PLAIN, readerOf } from './vectors.ts';

export interface WantedColumn {
  readonly name: string;
  readonly type: BqType;
  /** The column in DuckDB's text. */
  readonly sql: string;
}

/**
 * Numbers as typed arrays, INT64 too while all of a column are within ±2^53; everything else as
 * arrays of values.
 */
export async function readColumns(
  session: Session,
  table: string,
  wanted: readonly WantedColumn[],
  rowCount: number,
): Promise<readonly Column[]> {
  const collectors = wanted.map((column) => collectorOf(column, rowCount));
  if (wanted.length === 0) return [];
  const list = wanted.map((column) => column.sql).join(', ');
  let start = 0;
  for await (const chunk of session.chunks(`SELECT ${list} FROM ${table}`)) {
    for (const [i, collector] of collectors.entries())
      collector.take(chunk.getColumnVector(i), start);
    start += chunk.rowCount;
  }
  return collectors.map((collector) => collector.column());
}

interface Collector {
  take(vector: DuckDBVector, start: number): void;
  column(): Column;
}

function collectorOf(wanted: WantedColumn, rowCount: number): Collector {
  if (wanted.type.kind === 'FLOAT64' || wanted.type.kind === 'INT64')
    return new Numbers(wanted, rowCount);
  return new Values(wanted, rowCount);
}

const FORMS: Forms = { ...PLAIN, INT64: (value) => value };

class Values implements Collector {
  private readonly wanted: WantedColumn;
  private readonly values: unknown[];

  constructor(wanted: WantedColumn, rowCount: number) {
    this.wanted = wanted;
    this.values = new Array(rowCount);
  }

  take(vector: DuckDBVector, start: number): void {
    const read = readerOf(this.wanted.type, vector, FORMS);
    for (let i = 0; i < vector.itemCount; i++) this.values[start + i] = read(i);
  }

  column(): Column {
    const { name, type } = this.wanted;
    return { name, type, values: this.values };
  }
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER) + 1n;

class Numbers implements Collector {
  private readonly wanted: WantedColumn;
  private readonly values: Float64Array;
  private nulls: Uint8Array | undefined;
  /** All values, once one of them is too wide for a number. */
  private wide: (bigint | null)[] | undefined;

  constructor(wanted: WantedColumn, rowCount: number) {
    this.wanted = wanted;
    this.values = new Float64Array(rowCount);
  }

  take(vector: DuckDBVector, start: number): void {
    const nulls = nullsOf(vector);
    if (nulls) {
      this.nulls ??= new Uint8Array(this.values.length);
      this.nulls.set(nulls, start);
    }
    if (this.wanted.type.kind === 'FLOAT64') this.values.set(doublesOf(vector), start);
    else this.takeIntegers(integersOf(vector), nulls, start);
    if (nulls) for (let i = 0; i < nulls.length; i++) if (nulls[i]) this.values[start + i] = 0;
  }

  private takeIntegers(items: BigInt64Array, nulls: Uint8Array | undefined, start: number): void {
    for (let i = 0; i < items.length; i++) {
      if (nulls?.[i]) continue;
      const item = items[i]!;
      this.values[start + i] = Number(item);
      if (item > SAFE || item < -SAFE) this.widen(start);
    }
    if (!this.wide) return;
    for (let i = 0; i < items.length; i++) this.wide[start + i] = nulls?.[i] ? null : items[i]!;
  }

  private widen(end: number): void {
    if (this.wide) return;
    this.wide = new Array(this.values.length);
    for (let i = 0; i < end; i++) this.wide[i] = this.nulls?.[i] ? null : BigInt(this.values[i]!);
  }

  column(): Column {
    const { name, type } = this.wanted;
    if (this.wide) return { name, type, values: this.wide };
    return { name, type, values: this.values, ...(this.nulls ? { nulls: this.nulls } : {}) };
  }
}
