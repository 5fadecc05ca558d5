/** ALTER TABLE: all of its actions, or none of them. */
import { unsupported } from '../../../errors.ts';
import { physicalType } from '../../duckdb/types.ts';
import { physicalTable, quote, type TableRef } from '../../names.ts';
import type { TableOptions } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { Name } from '../parse/ast.ts';
import type { AlterAction, AlterTableStatement } from '../parse/statements_ast.ts';
import { queryError } from '../resolve/errors.ts';
import { existingTable } from '../resolve/tables.ts';
import { NO_REFS } from '../resolve/typed.ts';
import { fieldOf } from './columns.ts';
import { type Ddl, ddlPlan, refOf } from './ddl.ts';
import { optionProperties, partitionExpiration, readOptions, TABLE_OPTIONS } from './options.ts';
import type { Plan, Runner } from './runner.ts';

/** The columns after an action, and what DuckDB does for it behind `ALTER TABLE … `. */
interface Change {
  readonly fields: readonly Field[];
  readonly sql?: string;
}

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
  const actions = entry ? statement.actions : [];
  const { fields, statements } = changed(runner, ref, entry?.fields ?? [], actions);
  const options = actions.flatMap((action) =>
    action.kind === 'set options' ? [changedOptions(runner, entry?.options ?? {}, action)] : [],
  );
  return ddlPlan(runner, 'ALTER_TABLE', ddl, NO_REFS, async () => {
    if (statements.length > 0) await runner.catalog.setFields(ref, fields, statements);
    for (const change of options) await runner.catalog.setOptions(ref, change);
  });
}

function changed(
  runner: Runner,
  ref: TableRef,
  before: readonly Field[],
  actions: readonly AlterAction[],
): { fields: readonly Field[]; statements: readonly string[] } {
  let fields = before;
  const statements: string[] = [];
  for (const action of actions) {
    const change = changeOf(runner, fields, action);
    fields = change.fields;
    if (change.sql !== undefined)
      statements.push(`ALTER TABLE ${physicalTable(ref)} ${change.sql}`);
  }
  return { fields, statements };
}

function changeOf(runner: Runner, fields: readonly Field[], action: AlterAction): Change {
  switch (action.kind) {
    case 'add column':
      return addColumn(runner, fields, action);
    case 'drop column':
      return dropColumn(fields, action);
    case 'rename column':
      return renameColumn(fields, action);
    case 'drop not null': {
      const { index, field } = columnOf(fields, action.name);
      const { required: _, ...relaxed } = field;
      return {
        fields: fields.with(index, relaxed),
        sql: `ALTER ${quote(field.name)} DROP NOT NULL`,
      };
    }
    case 'set options':
      return { fields };
    case 'rename table':
      throw unsupported('ALTER TABLE RENAME TO');
  }
}

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
  fields: readonly Field[],
  { column, ifNotExists }: Action<'add column'>,
): Change {
  const field = fieldOf(runner, column);
  if (find(fields, column.name) >= 0) {
    if (ifNotExists) return { fields };
    throw queryError(`Column already exists: ${field.name}`, column.name.at);
  }
  if (field.required)
    throw queryError('ALTER TABLE ADD COLUMN cannot add a NOT NULL column', column.name.at);
  const empty = field.type.kind === 'ARRAY' ? ' DEFAULT []' : '';
  const sql = `ADD COLUMN ${quote(field.name)} ${physicalType(field.type)}${empty}`;
  return { fields: [...fields, field], sql };
}

function dropColumn(fields: readonly Field[], { name, ifExists }: Action<'drop column'>): Change {
  if (ifExists && find(fields, name) < 0) return { fields };
  const { index, field } = columnOf(fields, name);
  if (fields.length === 1)
    throw queryError('ALTER TABLE cannot drop the only column of a table', name.at);
  return { fields: fields.toSpliced(index, 1), sql: `DROP COLUMN ${quote(field.name)}` };
}

function renameColumn(
  fields: readonly Field[],
  { from, to, ifExists }: Action<'rename column'>,
): Change {
  if (ifExists && find(fields, from) < 0) return { fields };
  const { index, field } = columnOf(fields, from);
  const taken = find(fields, to);
  if (taken >= 0 && taken !== index) throw queryError(`Column already exists: ${to.text}`, to.at);
  const sql = `RENAME COLUMN ${quote(field.name)} TO ${quote(to.text)}`;
  return { fields: fields.with(index, { ...field, name: to.text }), sql };
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
