/** Newline-delimited JSON, row by row: exact in what it takes and in what it says. */
import type { TableWriter } from '../duckdb/table_writer.ts';
import type { Field } from '../types.ts';
import { parseJsonExactly } from './json_text.ts';
import { lineBatches } from './lines.ts';
import { LOAD, Misfit } from './misfit.ts';
import { rowReader } from './rows.ts';
import type { SourceFile } from './sources.ts';
import type { Tally } from './tally.ts';

export interface NdjsonOptions {
  readonly ignoreUnknownValues: boolean;
  readonly signal: AbortSignal;
}

/** Appends a file's rows. @throws {LoadFailure} when too many are bad. */
export async function readNdjson(
  file: SourceFile,
  fields: readonly Field[],
  writer: TableWriter,
  tally: Tally,
  options: NdjsonOptions,
): Promise<void> {
  const { ignoreUnknownValues, signal } = options;
  const read = rowReader(fields, { dialect: LOAD, ignoreUnknownValues });
  for await (const batch of lineBatches(file.path, signal)) {
    for (const { bytes, position, line } of batch) {
      const text = bytes.toString('utf8');
      if (text.trim() === '') continue;
      tally.rows++;
      try {
        writer.append(read(parseRow(text)));
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        tally.addBad(error, { uri: file.uri, position, line });
      }
    }
  }
}

/** The object on a line. @throws {Misfit} in BigQuery's words for what is none. */
export function parseRow(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJsonExactly(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const problem = isCut(message, text) ? 'Parser terminated before end of string' : message;
    throw new Misfit('', problem);
  }
  if (Array.isArray(value)) {
    throw new Misfit('', 'Start of array encountered without start of object.');
  }
  if (typeof value !== 'object' || value === null || !isPlain(value)) {
    throw new Misfit('', 'Value encountered without start of object.');
  }
  return value as Record<string, unknown>;
}

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

/** Whether the text is only too short: V8 then finds nothing wrong before its end. */
function isCut(message: string, text: string): boolean {
  const place = /at position (\d+)/.exec(message)?.[1];
  if (place === undefined) return message === 'Unexpected end of JSON input';
  return Number(place) >= text.trimEnd().length;
}
