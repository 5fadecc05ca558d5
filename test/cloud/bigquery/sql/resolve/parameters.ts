/** Query parameters: named or positional, of any type, bound as values. */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { invalidQuery } from '../../../errors.ts';
import type { Bindings } from '../../duckdb/database.ts';
import { fromText } from '../../duckdb/from_text.ts';
import { clientType, physicalType } from '../../duckdb/types.ts';
import { clientValue } from '../../duckdb/values.ts';
import type { QueryParameter } from '../../ports.ts';
import { type BqType, typeText } from '../../types.ts';
import type { ParameterNode } from '../parse/ast.ts';
import { queryError } from './errors.ts';
import { NO_REFS, type Typed } from './typed.ts';

/** The parameters of one statement: which it uses, under which DuckDB names. */
export class Bound {
  private readonly given: readonly QueryParameter[];
  private readonly used = new Map<string, { value: DuckDBValue; type: DuckDBType }>();

  constructor(given: readonly QueryParameter[]) {
    this.given = given;
  }

  /** @throws {ApiError} for a parameter that is not given, or whose value is not of its type. */
  resolve(node: ParameterNode): Typed {
    const { at, name } = node;
    const parameter =
      typeof name === 'number'
        ? this.given.filter((p) => p.name === undefined)[name]
        : this.given.find((p) => p.name?.toLowerCase() === name.toLowerCase());
    if (!parameter) {
      throw typeof name === 'number'
        ? queryError(`Query parameter number ${name + 1} is not defined`, at)
        : queryError(`Query parameter '${name}' not found`, at);
    }
    const { type, value } = parameter;
    const key =
      typeof name === 'number'
        ? `p${name + 1}`
        : `p_${Buffer.from(name.toLowerCase()).toString('hex')}`;
    if (!this.used.has(key)) {
      this.used.set(key, {
        value: clientValue(type, rawValue(type, value, describe(node))),
        type: clientType(type),
      });
    }
    const sql = `CAST($${key} AS ${physicalType(type)})`;
    return { type, sql, at, refs: NO_REFS, total: true, constant: { kind: 'parameter', value } };
  }

  /** Values for the parameters that a text mentions; DuckDB takes no others. */
  bindings(sql: string): Bindings | undefined {
    const keys = [...this.used.keys()].filter((key) => new RegExp(`\\$${key}\\b`).test(sql));
    if (keys.length === 0) return undefined;
    const entry = <T>(pick: (bound: { value: DuckDBValue; type: DuckDBType }) => T) =>
      Object.fromEntries(keys.map((key) => [key, pick(this.used.get(key)!)]));
    return { values: entry((bound) => bound.value), types: entry((bound) => bound.type) };
  }
}

const describe = ({ name }: ParameterNode): string =>
  typeof name === 'number' ? `at position ${name + 1}` : `@${name}`;

/**
 * A decoded parameter value in the form that DuckDB's values are made of.
 * @throws {ApiError} `Invalid value for parameter …`.
 */
export function rawValue(type: BqType, value: unknown, what: string): unknown {
  if (value === null || value === undefined) return null;
  const wrong = () =>
    invalidQuery(`Invalid value for parameter ${what}: ${shown(value)} is no ${typeText(type)}`);
  try {
    const raw = convert(type, value, what);
    if (raw === undefined) throw wrong();
    return raw;
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('Invalid')) throw wrong();
    throw error;
  }
}

const shown = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

function convert(type: BqType, value: unknown, what: string): unknown {
  switch (type.kind) {
    case 'ARRAY':
      if (!Array.isArray(value)) return undefined;
      return value.map((item) => rawValue(type.element, item, what));
    case 'STRUCT': {
      if (typeof value !== 'object') return undefined;
      const fields = value as Record<string, unknown>;
      return type.fields.map((field) => rawValue(field.type, fields[field.name], what));
    }
    case 'INT64':
      return integer(value);
    case 'FLOAT64':
      return typeof value === 'bigint' ? Number(value) : float(value);
    case 'BOOL':
      return typeof value === 'boolean' ? value : undefined;
    case 'BYTES':
      return value instanceof Uint8Array ? value : undefined;
    default:
      return typeof value === 'string' ? fromText(type.kind, value) : undefined;
  }
}

function integer(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined;
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
}

const float = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;
