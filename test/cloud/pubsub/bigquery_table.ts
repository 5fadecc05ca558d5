import type { TableRef } from '../bigquery/names.ts';
import { invalidArgument } from './status.ts';

/** `project.dataset.table`; a colon may follow the project. @throws {PubSubError} INVALID_ARGUMENT */
export function parseTable(text: string): TableRef {
  const found = /^(.+)[.:](\w+)\.([^.:]+)$/.exec(text);
  if (!found) {
    throw invalidArgument(
      `Invalid table name given (table=${text}). It must be of the form {projectId}.{datasetId}.{tableId}.`,
    );
  }
  const [, projectId, datasetId, tableId] = found as unknown as [string, string, string, string];
  return { projectId, datasetId, tableId };
}
