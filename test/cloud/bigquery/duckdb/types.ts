/** How GoogleSQL's types are kept in DuckDB. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBType,
  INTERVAL,
  LIST,
  STRUCT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import { unsupported } from '../../errors.ts';
import { quote } from '../names.ts';
import type { BqType, Field, ScalarType } from '../types.ts';

interface Physical {
  readonly text: string;
  readonly type: DuckDBType;
}

/** A TIMESTAMP is a point in time, a DATETIME is a wall clock: DuckDB has a type for each. */
const PHYSICAL: Partial<Record<ScalarType, Physical>> = {
  INT64: { text: 'BIGINT', type: BIGINT },
  FLOAT64: { text: 'DOUBLE', type: DOUBLE },
  NUMERIC: { text: 'DECIMAL(38, 9)', type: DECIMAL(38, 9) },
  BOOL: { text: 'BOOLEAN', type: BOOLEAN },
  STRING: { text: 'VARCHAR', type: VARCHAR },
  BYTES: { text: 'BLOB', type: BLOB },
  DATE: { text: 'DATE', type: DATE },
  DATETIME: { text: 'TIMESTAMP', type: TIMESTAMP },
  TIME: { text: 'TIME', type: TIME },
  TIMESTAMP: { text: 'TIMESTAMP WITH TIME ZONE', type: TIMESTAMPTZ },
  JSON: { text: 'JSON', type: VARCHAR },
  INTERVAL: { text: 'INTERVAL', type: INTERVAL },
};

/** The DuckDB type behind a GoogleSQL type. @throws {ApiError} 501 naming a type without one. */
export function physicalType(type: BqType): string {
  if (type.kind === 'ARRAY') return `${physicalType(type.element)}[]`;
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map((f, i) => {
      return `${quote(physicalField(type.fields, i))} ${physicalType(f.type)}`;
    });
    return `STRUCT(${fields.join(', ')})`;
  }
  return physical(type.kind).text;
}

/** The same, as the client library names it. */
export function clientType(type: BqType): DuckDBType {
  if (type.kind === 'ARRAY') return LIST(clientType(type.element));
  if (type.kind !== 'STRUCT') return physical(type.kind).type;
  const fields = type.fields.map((f, i) => [physicalField(type.fields, i), clientType(f.type)]);
  return STRUCT(Object.fromEntries(fields) as Record<string, DuckDBType>);
}

function physical(kind: ScalarType): Physical {
  const found = PHYSICAL[kind];
  if (found === undefined) throw unsupported(`columns of type ${kind}`);
  return found;
}

/**
 * The name of a struct's field in DuckDB, where it must be given and differ from all others.
 * GoogleSQL's fields may lack a name or share one, and DuckDB's names end at a character 0.
 */
export function physicalField(fields: readonly Field[], index: number): string {
  const name = fields[index]!.name;
  const key = name.toLowerCase();
  const unique = fields.every((other, i) => i === index || other.name.toLowerCase() !== key);
  return name !== '' && unique && !name.includes('\0') ? name : `_field_${index + 1}`;
}
