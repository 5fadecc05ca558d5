/** Partitioning and clustering: whether they go together with the columns. */
import { invalid } from '../../errors.ts';
import type { TableEntry } from '../ports.ts';
import type { Field } from '../types.ts';

const TIME_KINDS = new Set(['DATE', 'DATETIME', 'TIMESTAMP']);
const PERIODS = new Set(['DAY', 'HOUR', 'MONTH', 'YEAR']);
const UNCLUSTERABLE = new Set(['ARRAY', 'STRUCT', 'FLOAT64', 'JSON']);

/** @throws {ApiError} 400 where partitioning or clustering names what can't be. */
export function checkLayout({ fields, options }: TableEntry): void {
  const time = options.timePartitioning as { type?: string; field?: string } | undefined;
  if (time) {
    if (!PERIODS.has(String(time.type))) {
      throw invalid(`Invalid value for timePartitioning.type: ${time.type}`, 'timePartitioning');
    }
    if (time.field) checkColumn(fields, time.field, (kind) => TIME_KINDS.has(kind), 'partitioning');
  }
  const range = options.rangePartitioning as { field?: string } | undefined;
  if (range) checkColumn(fields, String(range.field), (kind) => kind === 'INT64', 'partitioning');
  const clustering = options.clustering as { fields?: readonly string[] } | undefined;
  for (const name of clustering?.fields ?? []) {
    checkColumn(fields, name, (kind) => !UNCLUSTERABLE.has(kind), 'clustering');
  }
  if ((clustering?.fields?.length ?? 0) > 4) {
    throw invalid('Too many fields specified for clustering. At most 4 are allowed.', 'clustering');
  }
}

function checkColumn(
  fields: readonly Field[],
  name: string,
  suits: (kind: string) => boolean,
  purpose: string,
): void {
  // A table without a schema gets its columns later.
  if (fields.length === 0) return;
  const field = fields.find((f) => f.name.toLowerCase() === name.toLowerCase());
  if (field === undefined) {
    throw invalid(`The field specified for ${purpose} cannot be found in the schema: ${name}`);
  }
  if (!suits(field.type.kind)) {
    throw invalid(`The field ${name} of type ${field.type.kind} cannot be used for ${purpose}.`);
  }
}
