import type { Token } from '../../../../shared/sql/lexer.ts';
import type { DatasetRef, ModelRef } from '../../bigquery/names.ts';
import { type Cursor, errorAt } from './cursor.ts';

/**
 * Reads `[project.]dataset.model` or `model`: quoted as a whole, part by part or not at all; an
 * unquoted project may hold dashes.
 * @throws {ApiError} invalidQuery for a name without dataset where there is no default one.
 */
export function readModelPath(
  cursor: Cursor,
  context: { readonly projectId: string; readonly defaultDataset?: DatasetRef },
): ModelRef {
  const first = cursor.next;
  const parts = readParts(cursor);
  const modelId = parts.pop()!;
  const datasetId = parts.pop();
  const ref =
    datasetId === undefined
      ? context.defaultDataset && { ...context.defaultDataset, modelId }
      : { projectId: parts.length > 0 ? parts.join('.') : context.projectId, datasetId, modelId };
  if (!ref) {
    const hint = 'must be qualified with a dataset (e.g. dataset.model)';
    throw errorAt(first, `Model name "${modelId}" ${hint}`);
  }
  if (!/^\w{1,1024}$/.test(modelId)) {
    const rule = 'model IDs must be alphanumeric (plus underscores) and at most 1024 characters';
    throw errorAt(first, `Invalid model ID "${modelId}": ${rule}`);
  }
  return { projectId: ref.projectId, datasetId: ref.datasetId, modelId };
}

function readParts(cursor: Cursor): string[] {
  const parts: string[] = [];
  do {
    const token = cursor.take();
    if (token.kind === 'quoted') parts.push(...token.value.split('.'));
    else if (token.kind === 'identifier') parts.push(withDashes(cursor, token));
    else throw errorAt(token, 'Syntax error: Expected a model name');
  } while (cursor.takeOperator('.'));
  return parts;
}

/** `my-project` is three tokens that touch. */
function withDashes(cursor: Cursor, first: Token): string {
  let end = first.end;
  while (cursor.isOperator('-') && cursor.next.start === end) {
    const word = cursor.ahead(1);
    const touches = word.start === end + 1;
    if (!touches || (word.kind !== 'identifier' && word.kind !== 'integer')) break;
    cursor.take();
    end = cursor.take().end;
  }
  return cursor.sql.slice(first.start, end);
}
