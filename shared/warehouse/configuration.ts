/** What jobs are told, as BigQuery's configurations of jobs have it. */
import type { Query } from '@google-cloud/bigquery';
import type { Extract, Load, Statement, WarehouseOptions } from './warehouse.ts';

/** Of a load job. */
export const loadOf = (load: Load, options: WarehouseOptions) => ({
  sourceFormat: 'NEWLINE_DELIMITED_JSON',
  ...load.format,
  sourceUris: [`gs://${load.bucket}/${load.object}`],
  destinationTable: reference(options, load.table),
  ...(load.schema ? { schema: { fields: [...load.schema] } } : {}),
  writeDisposition: load.append ? 'WRITE_APPEND' : 'WRITE_TRUNCATE',
});

/** Of an extract job. */
export const extractOf = (
  { table, partition, bucket, prefix }: Extract,
  options: WarehouseOptions,
) => ({
  sourceTable: reference(options, `${table}$${partition}`),
  destinationUris: [`gs://${bucket}/${prefix}*.parquet`],
  destinationFormat: 'PARQUET',
  compression: 'NONE',
});

const reference = ({ bigquery, datasetId }: WarehouseOptions, tableId: string) => ({
  projectId: bigquery.projectId,
  datasetId,
  tableId,
});

/** @param jobId undefined where nothing is run */
export function queryOf(
  statement: Statement,
  jobId: string | undefined,
  options: WarehouseOptions,
): Query {
  const { bigquery, datasetId, location, labels } = options;
  const { sql, parameters, types, into, partitions } = statement;
  return {
    query: sql,
    ...(jobId === undefined ? {} : { jobId }),
    location,
    labels: { ...labels },
    defaultDataset: { projectId: bigquery.projectId, datasetId },
    ...(parameters ? { params: parameters as Record<string, unknown> } : {}),
    ...(types ? { types: types as Record<string, string> } : {}),
    ...(into
      ? {
          destination: bigquery.dataset(datasetId).table(into),
          writeDisposition: 'WRITE_TRUNCATE',
          ...(partitions ? { rangePartitioning: rangeOf(partitions) } : {}),
        }
      : {}),
  } as Query;
}

const rangeOf = ({ column, count }: NonNullable<Statement['partitions']>) => ({
  field: column,
  range: { start: '0', end: String(count), interval: '1' },
});
