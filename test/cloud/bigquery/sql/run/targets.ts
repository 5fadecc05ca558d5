/** The table that a DML statement changes: its columns, and values on their way into them. */
import { unsupported } from '../../../errors.ts';
import { physicalTable, quote, type TableRef } from '../../names.ts';
import type { TableEntry } from '../../ports.ts';
import { type Field, typeText } from '../../types.ts';
import type { Expr, Name } from '../parse/ast.ts';
import type { TablePath } from '../parse/query_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import { coerce } from '../resolve/coercion.ts';
import type { Env } from '../resolve/context.ts';
import { queryError, suggestion } from '../resolve/errors.ts';
import { stored } from '../resolve/output.ts';
import { existingTable, pathParts, tableRef } from '../resolve/tables.ts';
import { nullOf, type Typed } from '../resolve/typed.ts';
import type { Runner } from './runner.ts';

export interface Target {
  readonly entry: TableEntry;
  readonly ref: TableRef;
  readonly physical: string;
}

/** @throws {ApiError} notFound; for a view. */
export function resolveTarget(runner: Runner, path: TablePath): Target {
  const { resolver, context } = runner;
  const ref = tableRef(pathParts(path), topLevel(context).home, path.at);
  const entry = existingTable(resolver, ref);
  if (entry.kind === 'VIEW') {
    throw queryError(`${ref.datasetId}.${ref.tableId} is a view and cannot be modified`, path.at);
  }
  const physical = physicalTable(ref);
  resolver.tables.set(physical, entry);
  return { entry, ref, physical };
}

/** The columns that a list names, or all of them. @throws {ApiError} for one that does not exist. */
export function namedColumns(target: Target, names: readonly Name[] | undefined): readonly Field[] {
  const { fields } = target.entry;
  if (!names) return fields;
  const seen = new Set<string>();
  return names.map(({ text, at }) => {
    const field = fields.find((f) => f.name.toLowerCase() === text.toLowerCase());
    if (!field) {
      const near = suggestion(
        text,
        fields.map((f) => f.name),
      );
      throw queryError(`Column ${text} is not present in table ${target.ref.tableId}${near}`, at);
    }
    if (seen.has(field.name))
      throw queryError(`Column ${text} is given a value more than once`, at);
    seen.add(field.name);
    return field;
  });
}

/** A value as a column takes it. @throws {ApiError} when its type does not coerce. */
export function assigned(value: Typed, field: Field): string {
  const coerced = coerce(value, field.type);
  if (!coerced) {
    throw queryError(
      `Value has type ${typeText(value.type)} which cannot be inserted into column ${field.name}, which has type ${typeText(field.type)}`,
      value.at,
    );
  }
  return stored(coerced.sql, field);
}

/** A value, or what a column holds when it is not given one. */
export function valueFor(runner: Runner, node: Expr, field: Field, env: Env): Typed {
  return node.kind === 'default'
    ? nullOf(field.type, node.at)
    : runner.resolver.expression(node, env);
}

/** The text of a column of the target. */
export const columnText = (field: Field): string => quote(field.name);

/** Nested fields are written only as whole columns. */
export function topLevelColumn(target: readonly Name[]): Name {
  if (target.length > 1) {
    throw unsupported(
      `assignments to fields of a column (${target.map((n) => n.text).join('.')}): write the whole column`,
    );
  }
  return target[0]!;
}
