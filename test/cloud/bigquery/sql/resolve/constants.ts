/** Values of expressions that are known before the query runs. */
import { queryError } from './errors.ts';
import type { Typed } from './typed.ts';

/**
 * Strings, numbers, booleans, and arrays and structs of them as arrays; INT64 as a number where it
 * fits.
 * @throws {ApiError} when the expression is neither written out nor a parameter.
 */
export function constantValue(expr: Typed): unknown {
  const { constant, type } = expr;
  switch (constant?.kind) {
    case 'null':
      return null;
    case 'array':
    case 'struct':
      return constant.items.map(constantValue);
    case 'literal':
    case 'parameter':
      return plain(constant.value, type.kind);
    default:
      throw queryError('A literal or a query parameter is needed here', expr.at);
  }
}

function plain(value: unknown, kind: string): unknown {
  if (kind === 'FLOAT64') return Number(value);
  if (typeof value === 'bigint' && BigInt(Number(value)) === value) return Number(value);
  return value;
}
