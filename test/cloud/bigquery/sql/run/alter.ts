/** ALTER TABLE: all of its actions, or none of them. */
import { unsupported } from '../../../errors.ts';
import { addColumnStatements } from '../../catalog/ddl.ts';
import { physicalTable, quote, type TableRef } from '../../names.ts';
import type { TableChange, TableEntry, TableOptions } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { Name } from '../parse/ast.ts';
import type { AlterAction, AlterTableStatement } from '../parse/statements_ast.ts';
import { queryError } from '../resolve/errors.ts';
import { existingTable } from '../resolve/tables.ts';
import { NO_REFS } from '../resolve/typed.ts';
import { checkNames, fieldOf } from './columns.ts';
import { type Ddl, ddlPlan, refOf } from './ddl.ts';
import { optionProperties, partitionExpiration, readOptions, TABLE_OPTIONS } from './options.ts';
import type { Plan, Runner } from './runner.ts';

type Action<K extends AlterAction['kind']> = Extract<AlterAction, { kind: K }>;

export async function planAlterTable(
  runner: Runner,
  statement: AlterTableStatement,
): Promise<Plan> {
  const ref = refOf(runner, statement.target);
  const entry = statement.ifExists
    ? runner.catalog.table(ref)
    : existingTable(runner.resolver, ref);
  const ddl: Ddl = { operation: entry ? 'ALTER' : 'SKIP', target: ref };
  if (entry?.kind === 'VIEW') throw unsupported('ALTER TABLE of a view');
  const alter = (table: TableEntry): TableChange => changed(runner, table, statement.actions);
  if (entry) alter(entry);
  return ddlPlan(runner, 'ALTER_TABLE', ddl, NO_REFS, () => runner.catalog.alterTable(ref, alter));
}

/** All actions, one after the other. */
function changed(runner: Runner, entry: TableEntry, actions: readonly AlterAction[]): TableChange {
  let { fields } = entry;
  let options: TableOptions = {};
  const statements: string[] = [];
  for (const action of actions) {
    const change = changeOf(runner, { ...entry, fields }, action);
    fields = change.fields ?? fields;
    statements.push(...(change.statements ?? []));
    options = { ...options, ...change.options };
  }
  checkNames(fields);
  return { fields, statements, options };
}

function changeOf(runner: Runner, entry: TableEntry, action: AlterAction): Partial<TableChange> {
  const { ref, fields } = entry;
  switch (action.kind) {
    case 'add column':
      return addColumn(runner, ref, fields, action);
    case 'drop column':
      return dropColumn(ref, fields, action);
    case 'rename column':
      return renameColumn(ref, fields, action);
    case 'drop not null': {
      const { index, field } = columnOf(fields, action.name);
      const { required: _, ...relaxed } = field;
      const sql = `${alter(ref)} ALTER ${quote(field.name)} DROP NOT NULL`;
      return { fields: fields.with(index, relaxed), statements: field.required ? [sql] : [] };
    }
    case 'set options':
      return { options: changedOptions(runner, entry.options, action) };
  }
}

const alter = (ref: TableRef): string => `ALTER TABLE ${physicalTable(ref)}`;

const find = (fields: readonly Field[], name: Name): number =>
  fields.findIndex((field) => field.name.toLowerCase() === name.text.toLowerCase());

/** @throws {ApiError} when there is no such column. */
function columnOf(fields: readonly Field[], name: Name): { index: number; field: Field } {
  const index = find(fields, name);
  if (index < 0) throw queryError(`Column not found: ${name.text}`, name.at);
  return { index, field: fields[index]! };
}

function addColumn(
  runner: Runner,
  ref: TableRef,
  fields: readonly Field[],
  { column, ifNotExists }: Action<'add column'>,
): Partial<TableChange> {
  const field = fieldOf(runner, column);
  if (find(fields, column.name) >= 0) {
    if (ifNotExists) return {};
    throw queryError(`Column already exists: ${field.name}`, column.name.at);
  }
  if (field.required)
    throw queryError('ALTER TABLE ADD COLUMN cannot add a NOT NULL column', column.name.at);
  return { fields: [...fields, field], statements: addColumnStatements(ref, field) };
}

function dropColumn(
  ref: TableRef,
  fields: readonly Field[],
  { name, ifExists }: Action<'drop column'>,
): Partial<TableChange> {
  if (ifExists && find(fields, name) < 0) return {};
  const { index, field } = columnOf(fields, name);
  if (fields.length === 1)
    throw queryError('ALTER TABLE cannot drop the only column of a table', name.at);
  const sql = `${alter(ref)} DROP COLUMN ${quote(field.name)}`;
  return { fields: fields.toSpliced(index, 1), statements: [sql] };
}

function renameColumn(
  ref: TableRef,
  fields: readonly Field[],
  { from, to, ifExists }: Action<'rename column'>,
): Partial<TableChange> {
  if (ifExists && find(fields, from) < 0) return {};
  const { index, field } = columnOf(fields, from);
  const taken = find(fields, to);
  if (taken >= 0 && taken !== index) throw queryError(`Column already exists: ${to.text}`, to.at);
  const sql = `${alter(ref)} RENAME COLUMN ${quote(field.name)} TO ${quote(to.text)}`;
  return { fields: fields.with(index, { ...field, name: to.text }), statements: [sql] };
}

function changedOptions(
  runner: Runner,
  before: TableOptions,
  { options, at }: Action<'set options'>,
): TableOptions {
  const given = readOptions(runner, options, TABLE_OPTIONS);
  const properties = optionProperties(given);
  const days = given.get('partition_expiration_days');
  if (days === undefined) return properties;
  if (!before.timePartitioning) throw queryError('The table is not partitioned by time', at);
  return { ...properties, timePartitioning: { expirationMs: partitionExpiration(days) } };
}
