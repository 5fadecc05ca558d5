/** What a job writes: dispositions, schema changes, and the one step that makes it visible. */
import { ApiError, duplicate, invalid, notFound } from '../../errors.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import { dropStatement } from '../catalog/ddl.ts';
import { evolve, sameLayout } from '../catalog/evolution.ts';
import type { TableRecord } from '../catalog/records.ts';
import type { Transaction } from '../catalog/transaction.ts';
import type { Staged } from '../load/staging.ts';
import { describeTable, physicalTable, quote, type TableRef } from '../names.ts';
import type { TableOptions } from '../ports.ts';
import type { Field } from '../types.ts';

const CREATE = ['CREATE_IF_NEEDED', 'CREATE_NEVER'] as const;
const WRITE = ['WRITE_TRUNCATE', 'WRITE_TRUNCATE_DATA', 'WRITE_APPEND', 'WRITE_EMPTY'] as const;
const UPDATES = ['ALLOW_FIELD_ADDITION', 'ALLOW_FIELD_RELAXATION'] as const;

export type WriteDisposition = (typeof WRITE)[number];

export interface Destination {
  readonly table: TableRef;
  readonly create: (typeof CREATE)[number];
  readonly write: WriteDisposition;
  readonly updates: readonly (typeof UPDATES)[number][];
  /** timePartitioning, rangePartitioning, clustering, description, labels, … as the job gives them. */
  readonly options: TableOptions;
}

/** Reads the part of a job's configuration that queries, loads and copies share. */
export function parseDestination(
  configuration: Readonly<Record<string, unknown>>,
  table: TableRef,
  byDefault: WriteDisposition,
): Destination {
  const { timePartitioning, rangePartitioning, clustering } = configuration;
  const given = { timePartitioning, rangePartitioning, clustering };
  return {
    table,
    create: oneOf(
      CREATE,
      configuration.createDisposition ?? 'CREATE_IF_NEEDED',
      'createDisposition',
    ),
    write: oneOf(WRITE, configuration.writeDisposition ?? byDefault, 'writeDisposition'),
    updates: ((configuration.schemaUpdateOptions ?? []) as unknown[]).map((option) =>
      oneOf(UPDATES, option, 'schemaUpdateOptions'),
    ),
    options: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown, what: string): T {
  if ((allowed as readonly unknown[]).includes(value)) return value as T;
  throw invalid(`Invalid value for ${what}: ${value} is not one of ${allowed.join(', ')}`, what);
}

interface Plan {
  readonly fields: readonly Field[];
  /** Undefined where the table is to be made. */
  readonly current: TableRecord | undefined;
}

/**
 * What the table's fields will be once the job has written rows with the fields proposed.
 * @throws {ApiError} 404 where it may not be created, 400 where the schemas do not go together.
 */
export function plannedFields(
  catalog: LocalCatalog,
  destination: Destination,
  proposed: readonly Field[],
): readonly Field[] {
  return plan(catalog.record(destination.table), destination, proposed).fields;
}

function plan(
  current: TableRecord | undefined,
  destination: Destination,
  proposed: readonly Field[],
): Plan {
  const { table, create, write, updates } = destination;
  if (current === undefined) {
    if (create === 'CREATE_NEVER') throw notFound(describeTable(table));
    return { fields: proposed, current };
  }
  const { entry } = current;
  if (entry.kind === 'VIEW') {
    throw invalid(`${describeTable(table)} is a view: a job can't write to it.`);
  }
  checkPartitioning(entry.options, destination.options);
  if (write === 'WRITE_TRUNCATE' || entry.fields.length === 0) return { fields: proposed, current };
  const fields = evolve(table, entry.fields, proposed, {
    addition: updates.includes('ALLOW_FIELD_ADDITION'),
    relaxation: updates.includes('ALLOW_FIELD_RELAXATION'),
    omission: true,
  });
  return { fields, current };
}

/** A table keeps the partitioning and clustering that it was made with. */
function checkPartitioning(current: TableOptions, given: TableOptions): void {
  for (const key of ['timePartitioning', 'rangePartitioning'] as const) {
    const [before, now] = [specification(current[key]), specification(given[key])];
    if (now !== undefined && now !== before) {
      throw invalid(
        `Incompatible table partitioning specification. Expects partitioning specification ${before ?? 'none'}, but input partitioning specification is ${now}`,
      );
    }
  }
}

function specification(partitioning: unknown): string | undefined {
  if (partitioning === undefined) return undefined;
  const { type, field, range } = partitioning as Record<string, unknown>;
  return JSON.stringify({ type, field, range });
}

/**
 * Makes staged rows the table's, in one step that other jobs see whole or not at all. They are
 * staged in the table's own dataset, and no longer afterwards.
 *
 * @throws {ApiError} 409 for WRITE_EMPTY where rows are.
 */
export async function write(
  catalog: LocalCatalog,
  destination: Destination,
  staged: Staged,
): Promise<void> {
  const { table } = destination;
  const written = catalog.transact(async (transaction) => {
    transaction.mustDataset(table);
    const planned = plan(transaction.table(table), destination, staged.fields);
    const hasRows = planned.current !== undefined && (await transaction.hasRows(planned.current));
    if (hasRows && destination.write === 'WRITE_EMPTY') throw duplicate(describeTable(table));
    const isReplaced = !hasRows || destination.write.startsWith('WRITE_TRUNCATE');
    try {
      await store(transaction, destination, staged, planned, isReplaced);
    } catch (error) {
      throw required(error);
    }
  });
  await written.catch(async (error) => {
    await catalog.transact((transaction) => transaction.run(dropStatement(staged.table)));
    throw error;
  });
}

async function store(
  transaction: Transaction,
  { table, options }: Destination,
  staged: Staged,
  { fields, current }: Plan,
  isReplaced: boolean,
): Promise<void> {
  const entry = {
    ref: table,
    kind: 'TABLE',
    fields,
    options: { ...current?.entry.options, ...options },
  } as const;
  if (isReplaced && sameLayout(fields, staged.fields)) {
    await transaction.adoptTable(entry, staged.table.tableId);
    return;
  }
  await transaction.changeTable(entry);
  if (isReplaced) await transaction.run(`DELETE FROM ${physicalTable(table)}`);
  const columns = staged.fields.map(({ name }) => quote(name)).join(', ');
  await transaction.run(
    `INSERT INTO ${physicalTable(table)} (${columns}) SELECT ${columns} FROM ${physicalTable(staged.table)}`,
  );
  await transaction.run(dropStatement(staged.table));
}

/** DuckDB's word for a NULL in a required column. */
function required(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  const column = /NOT NULL constraint failed: \S*?([^.\s]+)\s*$/m.exec(message)?.[1];
  if (column === undefined) return error;
  return new ApiError(400, 'invalid', `Required field ${column} cannot be null`, { cause: error });
}
