/** Columns as CREATE TABLE and ALTER TABLE define them. */
import { checkDistinct, checkName } from '../../catalog/schema.ts';
import type { Field } from '../../types.ts';
import type { ColumnDefinition } from '../parse/statements_ast.ts';
import { queryError } from '../resolve/errors.ts';
import { resolveType } from '../resolve/type_text.ts';
import { readOptions } from './options.ts';
import type { Runner } from './runner.ts';

/** @throws {ApiError} for names that columns, or fields within them, cannot have together. */
export function checkNames(fields: readonly Field[]): void {
  checkDistinct(fields);
  for (const { name, type } of fields) {
    checkName(name);
    const inner = type.kind === 'ARRAY' ? type.element : type;
    if (inner.kind === 'STRUCT') checkNames(inner.fields);
  }
}

/** @throws {ApiError} for a type that columns do not have. */
export function fieldOf(runner: Runner, { name, type, notNull, options }: ColumnDefinition): Field {
  const description = readOptions(runner, options, ['description']).get('description');
  const resolved = resolveType(type);
  if (notNull && resolved.kind === 'ARRAY')
    throw queryError('NOT NULL constraint is not supported for ARRAY columns', type.at);
  return {
    name: name.text,
    type: resolved,
    ...(notNull ? { required: true } : {}),
    ...(description === undefined || description === null
      ? {}
      : { description: String(description) }),
  };
}
