/** Columns as CREATE TABLE and ALTER TABLE define them. */
import type { Field } from '../../types.ts';
import type { ColumnDefinition } from '../parse/statements_ast.ts';
import { queryError } from '../resolve/errors.ts';
import { resolveType } from '../resolve/type_text.ts';
import { readOptions } from './options.ts';
import type { Runner } from './runner.ts';

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
