import type { DatasetRef } from '../../bigquery/names.ts';
import type { IfExists, MlStatement } from '../../bigquery/ports.ts';
import { invalidQuery, unsupported } from '../../errors.ts';
import { resolveOptions } from '../options/resolve.ts';
import { Cursor, errorAt } from './cursor.ts';
import { importsOnnx, modelPathOption } from './imported.ts';
import { readOptions } from './literals.ts';
import { readModelPath } from './path.ts';

type Context = { readonly projectId: string; readonly defaultDataset?: DatasetRef };

const GAP = String.raw`(?:\s|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)+`;
const MODEL_STATEMENT = new RegExp(
  `^(?:${GAP})?(?:CREATE${GAP}(?:OR${GAP}REPLACE${GAP})?|EXPORT${GAP}|DROP${GAP}|ALTER${GAP})MODEL\\b`,
  'i',
);

/**
 * Parses CREATE, EXPORT, DROP and ALTER MODEL; undefined for any other statement. The options of
 * CREATE MODEL are checked here, where their places are known.
 * @throws {ApiError} invalidQuery with the place, or unsupported naming what is refused.
 */
export function parseStatement(sql: string, context: Context): MlStatement | undefined {
  if (!MODEL_STATEMENT.test(sql)) return undefined;
  const cursor = new Cursor(sql);
  if (cursor.takeWords('CREATE')) return parseCreate(cursor, context);
  if (cursor.takeWords('EXPORT', 'MODEL')) return parseExport(cursor, context);
  if (cursor.takeWords('DROP', 'MODEL')) return parseDrop(cursor, context);
  throw unsupported('ALTER MODEL; patch the model through the REST API');
}

function parseCreate(cursor: Cursor, context: Context): MlStatement {
  const replace = cursor.takeWords('OR', 'REPLACE');
  cursor.expectWords('MODEL');
  const start = cursor.next;
  const skip = cursor.takeWords('IF', 'NOT', 'EXISTS');
  if (replace && skip) {
    throw errorAt(start, 'CREATE MODEL cannot have both OR REPLACE and IF NOT EXISTS');
  }
  const ifExists: IfExists = replace ? 'replace' : skip ? 'skip' : 'fail';
  const model = readModelPath(cursor, context);
  for (const clause of ['TRANSFORM', 'INPUT', 'OUTPUT', 'REMOTE']) {
    if (cursor.isWord(clause)) throw unsupported(`the ${clause} clause of CREATE MODEL`);
  }
  const entries = cursor.isWord('OPTIONS') ? readOptions(cursor) : [];
  if (importsOnnx(entries)) {
    cursor.expectEnd();
    return { kind: 'IMPORT_MODEL', model, ifExists, uri: modelPathOption(entries) };
  }
  const options = new Map(Object.entries(resolveOptions(entries).toJson()));
  const { query, queryOffset } = readQuery(cursor);
  return { kind: 'CREATE_MODEL', model, ifExists, options, query, queryOffset };
}

/** The text behind AS, up to the `;` or the end. */
function readQuery(cursor: Cursor): { query: string; queryOffset: number } {
  if (cursor.atEnd()) {
    throw errorAt(cursor.next, 'The AS SELECT clause is required for CREATE MODEL');
  }
  cursor.expectWords('AS');
  const [open, name, as] = [cursor.next, cursor.ahead(1), cursor.ahead(2)];
  if (cursor.isOperator('(', open) && name.kind === 'identifier' && cursor.isWord('AS', as)) {
    throw unsupported(`the clause ${name.text} AS (…) of CREATE MODEL`);
  }
  if (open.kind === 'end') throw cursor.unexpected('a query');
  let end = open.start;
  while (!cursor.atEnd() && !cursor.isOperator(';')) end = cursor.take().end;
  cursor.expectEnd();
  return { query: cursor.sql.slice(open.start, end), queryOffset: open.start };
}

function parseExport(cursor: Cursor, context: Context): MlStatement {
  const model = readModelPath(cursor, context);
  const entries = cursor.isWord('OPTIONS') ? readOptions(cursor) : [];
  cursor.expectEnd();
  const options = new Map<string, unknown>();
  for (const { name, value, line, column } of entries) {
    const place = `at [${line}:${column}]`;
    if (options.has(name)) throw invalidQuery(`Duplicate option specified for '${name}' ${place}`);
    if (name !== 'URI' && name !== 'TRIAL_ID') {
      throw invalidQuery(`Unsupported option ${name} ${place}`);
    }
    options.set(name, value);
  }
  const uri = options.get('URI');
  if (typeof uri !== 'string') {
    throw invalidQuery("EXPORT MODEL requires the option URI = 'gs://bucket/folder'.");
  }
  const trialId = options.get('TRIAL_ID');
  if (trialId === undefined) return { kind: 'EXPORT_MODEL', model, uri };
  if (typeof trialId !== 'bigint') throw invalidQuery('TRIAL_ID of EXPORT MODEL must be an INT64.');
  return { kind: 'EXPORT_MODEL', model, uri, trialId: Number(trialId) };
}

function parseDrop(cursor: Cursor, context: Context): MlStatement {
  const ifExists = cursor.takeWords('IF', 'EXISTS');
  const model = readModelPath(cursor, context);
  cursor.expectEnd();
  return { kind: 'DROP_MODEL', model, ifExists };
}
