/** Parquet, by DuckDB's reader: its types as BigQuery converts them. */
import {
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { ApiError, invalid, unsupported } from '../../errors.ts';
import type { Session } from '../duckdb/database.ts';
import { physicalType } from '../duckdb/types.ts';
import { physicalTable, quote } from '../names.ts';
import { type BqType, type Field, type ScalarType, typeText } from '../types.ts';
import type { SourceFile } from './sources.ts';
import type { Staged } from './staging.ts';

export interface ParquetOptions {
  /** `parquetOptions.enableListInference`: a LIST is an array, not a record with a `list`. */
  readonly listInference: boolean;
}

const SCALARS: Readonly<Partial<Record<DuckDBTypeId, ScalarType>>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOL',
  [DuckDBTypeId.TINYINT]: 'INT64',
  [DuckDBTypeId.SMALLINT]: 'INT64',
  [DuckDBTypeId.INTEGER]: 'INT64',
  [DuckDBTypeId.BIGINT]: 'INT64',
  [DuckDBTypeId.UTINYINT]: 'INT64',
  [DuckDBTypeId.USMALLINT]: 'INT64',
  [DuckDBTypeId.UINTEGER]: 'INT64',
  [DuckDBTypeId.UBIGINT]: 'INT64',
  [DuckDBTypeId.FLOAT]: 'FLOAT64',
  [DuckDBTypeId.DOUBLE]: 'FLOAT64',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIME]: 'TIME',
  [DuckDBTypeId.TIMESTAMP]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_MS]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
  [DuckDBTypeId.VARCHAR]: 'STRING',
  [DuckDBTypeId.BLOB]: 'BYTES',
};

/** The schema that files bring along: that of the alphabetically last one. */
export async function parquetSchema(
  session: Session,
  files: readonly SourceFile[],
  options: ParquetOptions,
): Promise<readonly Field[]> {
  const names = (file: SourceFile) => file.uri ?? '';
  const last = [...files].sort((a, b) => (names(a) < names(b) ? -1 : 1)).at(-1);
  if (last === undefined) return [];
  const result = await told(last, () =>
    session.connection.run(`SELECT * FROM read_parquet([${literal(last.path)}]) LIMIT 0`),
  );
  const required = await requiredColumns(session, last);
  return result.columnNames().map((name, i) => ({
    name,
    type: bqType(result.columnType(i), name, options),
    ...(required.has(name) ? { required: true } : {}),
  }));
}

async function requiredColumns(session: Session, file: SourceFile): Promise<Set<string>> {
  const rows = await session.rows(
    `SELECT name FROM parquet_schema(${literal(file.path)}) WHERE repetition_type = 'REQUIRED'`,
  );
  // The first is the root, which every file has.
  return new Set(rows.slice(1).map(([name]) => String(name)));
}

function bqType(type: DuckDBType, column: string, options: ParquetOptions): BqType {
  switch (type.typeId) {
    case DuckDBTypeId.LIST: {
      if (!options.listInference) {
        throw unsupported(
          `Parquet lists as records (column ${column}): set parquetOptions.enableListInference`,
        );
      }
      return {
        kind: 'ARRAY',
        element: bqType((type as DuckDBListType).valueType, column, options),
      };
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      const fields = entryNames.map((name, i) => ({
        name,
        type: bqType(entryTypes[i]!, `${column}.${name}`, options),
      }));
      return { kind: 'STRUCT', fields };
    }
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType;
      if (scale <= 9 && width - scale <= 29) return { kind: 'NUMERIC' };
      throw unsupported(`the Parquet type ${type} (column ${column}), which NUMERIC can't hold`);
    }
    default: {
      const kind = SCALARS[type.typeId];
      if (kind === undefined) throw unsupported(`the Parquet type ${type} (column ${column})`);
      return { kind };
    }
  }
}

/** What a column may be loaded as, besides the type that it is converted to unasked. */
const CONVERTIBLE: Readonly<Partial<Record<ScalarType, readonly ScalarType[]>>> = {
  TIMESTAMP: ['DATETIME'],
  STRING: ['JSON', 'BYTES'],
  BYTES: ['STRING'],
};

/**
 * Adds the files' rows to the staged table, columns matched by name.
 * @returns how many.
 */
export async function readParquet(
  session: Session,
  file: SourceFile,
  { table, fields }: Staged,
  options: ParquetOptions,
): Promise<number> {
  const present = await parquetSchema(session, [file], options);
  const values = fields.map((field) => {
    const found = present.find(({ name }) => name.toLowerCase() === field.name.toLowerCase());
    if (found === undefined) return field.type.kind === 'ARRAY' ? '[]' : 'NULL';
    checkConvertible(found, field, file);
    const value = `CAST(${quote(found.name)} AS ${physicalType(field.type)})`;
    return field.type.kind === 'ARRAY' ? `coalesce(${value}, [])` : value;
  });
  return told(file, () =>
    session.run(
      `INSERT INTO ${physicalTable(table)} SELECT ${values.join(', ')} FROM read_parquet([${literal(file.path)}])`,
    ),
  );
}

function checkConvertible(from: Field, to: Field, file: SourceFile): void {
  const [source, target] = [typeText(from.type), typeText(to.type)];
  const others = CONVERTIBLE[from.type.kind as ScalarType] ?? [];
  if (source === target || others.includes(to.type.kind as ScalarType)) return;
  throw invalid(
    `Error while reading data, error message: Parquet column '${from.name}' has type ${source} which does not match the target type ${target}.${place(file)}`,
  );
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const place = ({ uri }: SourceFile): string => (uri === undefined ? '' : ` File: ${uri}`);

/** What DuckDB finds wrong with a file is wrong with the request. */
async function told<T>(file: SourceFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const problem = (error as Error).message.replaceAll(file.path, 'the file');
    throw invalid(`Error while reading data, error message: ${problem}${place(file)}`);
  }
}
