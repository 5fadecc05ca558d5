/** How the REST API shows a table. */
import type { Call } from '../../http/router.ts';
import { etagOf, type TableRecord } from '../catalog/records.ts';
import type { TableSize } from '../duckdb/logical_size.ts';
import type { TableRef } from '../names.ts';
import type { TableOptions } from '../ports.ts';
import { type Field, toResource } from '../types.ts';
import { selfLink } from './api.ts';
import { selectFields } from './selection.ts';

const idOf = ({ projectId, datasetId, tableId }: TableRef): string =>
  `${projectId}:${datasetId}.${tableId}`;

/** An entry of tables.list. */
export function tableSummary({ entry, created }: TableRecord): unknown {
  const { ref, kind, options } = entry;
  const { labels, friendlyName, timePartitioning, rangePartitioning, clustering, expirationTime } =
    options;
  return {
    kind: 'bigquery#table',
    id: idOf(ref),
    tableReference: ref,
    type: kind,
    friendlyName,
    labels,
    timePartitioning,
    rangePartitioning,
    clustering,
    creationTime: String(created),
    expirationTime,
    ...(kind === 'VIEW' ? { view: { useLegacySql: false } } : {}),
  };
}

/** The whole resource. @param size undefined where it was not asked for. */
export function tableResource(
  call: Call,
  record: TableRecord,
  location: string,
  size: TableSize | undefined,
): TableOptions {
  const { entry, created, modified } = record;
  const { ref, kind, fields, options, viewQuery } = entry;
  const { projectId, datasetId, tableId } = ref;
  return {
    kind: 'bigquery#table',
    etag: etagOf(record),
    id: idOf(ref),
    selfLink: selfLink(call, `${projectId}/datasets/${datasetId}/tables/${tableId}`),
    tableReference: ref,
    type: kind,
    location,
    ...schemaResource(fields, call.query.get('selectedFields')),
    ...(viewQuery === undefined ? {} : { view: { query: viewQuery, useLegacySql: false } }),
    ...options,
    creationTime: String(created),
    lastModifiedTime: String(modified),
    ...(size ? sizes(size) : {}),
  };
}

function schemaResource(fields: readonly Field[], selected: string | null): TableOptions {
  const shown = selectFields(fields, selected);
  return shown.length === 0 ? {} : { schema: { fields: shown.map(toResource) } };
}

function sizes({ rows, bytes }: TableSize): TableOptions {
  return {
    numRows: String(rows),
    numBytes: String(bytes),
    numLongTermBytes: '0',
    numTotalLogicalBytes: String(bytes),
    numActiveLogicalBytes: String(bytes),
    numLongTermLogicalBytes: '0',
  };
}
