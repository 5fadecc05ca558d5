/**
 * Functions of GoogleSQL that DuckDB lacks or means otherwise, written here and registered with it.
 *
 * Each is known to DuckDB by two names: `bq_<name>` fails where the function does, `bqs_<name>`
 * answers NULL there (SAFE. and SAFE_CAST; DuckDB's TRY alone would run row by row).
 */
import {
  ANY,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBVarCharVector,
  type DuckDBVector,
  VARCHAR,
} from '@duckdb/node-api';
import type { Session } from '../../duckdb/database.ts';
import { clientType } from '../../duckdb/types.ts';
import { writerOf } from '../../duckdb/values.ts';
import { RAW, type Reader, readerOf } from '../../duckdb/vectors.ts';
import type { BqType } from '../../types.ts';
import { type Pattern, parseSignature, substitute } from '../functions/signature.ts';
import { parseTypeText } from '../resolve/type_text.ts';

export interface Native {
  readonly name: string;
  /**
   * `STRING(STRING, INT64)`. A parameter of type ANY takes two arguments in DuckDB's text, the name
   * of the type and the value, and is given as a `TypedValue`.
   */
  readonly signature: string;
  /** Gets and gives values in `RAW` form; none of them is null unless `takesNulls` is set. */
  readonly call: (...args: never[]) => unknown;
  readonly takesNulls?: true;
}

/** A value of any type, with its type. */
export interface TypedValue {
  readonly type: BqType;
  readonly value: unknown;
}

/** Makes functions known to all sessions of the database. */
export function registerNatives(session: Session, natives: readonly Native[]): void {
  for (const native of natives) {
    session.register(definition(native, `bq_${native.name}`, strict(native)));
    session.register(definition(native, `bqs_${native.name}`, safe(native)));
  }
}

type Call = (args: readonly unknown[]) => unknown;

/** What a native's message begins with, so that it can be told from DuckDB's own. */
export const RAISED = 'GoogleSQL: ';

function strict(native: Native): Call {
  return (args) => {
    try {
      return native.call(...(args as never[]));
    } catch (error) {
      throw new Error(`${RAISED}${(error as Error).message}`, { cause: error });
    }
  };
}

function safe(native: Native): Call {
  return (args) => {
    try {
      return native.call(...(args as never[]));
    } catch {
      return null;
    }
  };
}

function definition(native: Native, name: string, call: Call): DuckDBScalarFunction {
  const signature = parseSignature(native.signature);
  const returns = substitute(signature.result, new Map());
  const patterns = signature.parameters.map((parameter) => parameter.type);
  const takesNulls = native.takesNulls === true;
  return DuckDBScalarFunction.create({
    name,
    returnType: clientType(returns),
    parameterTypes: patterns.flatMap(clientTypes),
    specialHandling: takesNulls,
    mainFunction: (_, input, output) => {
      const write = writerOf(returns, output);
      const readers = readersOf(patterns, input);
      const args: unknown[] = new Array(readers.length);
      for (let row = 0; row < input.rowCount; row++) {
        for (let i = 0; i < readers.length; i++) args[i] = readers[i]!(row);
        write(row, !takesNulls && args.includes(null) ? null : call(args));
      }
      (output as DuckDBVector).flush();
    },
  });
}

const clientTypes = (pattern: Pattern): readonly DuckDBType[] =>
  pattern.kind === 'ANY' ? [VARCHAR, ANY] : [clientType(substitute(pattern, new Map()))];

function readersOf(patterns: readonly Pattern[], input: DuckDBDataChunk): Reader[] {
  let column = 0;
  return patterns.map((pattern) => {
    if (pattern.kind !== 'ANY') {
      return readerOf(substitute(pattern, new Map()), input.getColumnVector(column++), RAW);
    }
    const typeName = (input.getColumnVector(column++) as DuckDBVarCharVector).getItem(0)!;
    const type = parseTypeText(typeName);
    const read = readerOf(type, input.getColumnVector(column++), RAW);
    return (row) => ({ type, value: read(row) }) satisfies TypedValue;
  });
}
