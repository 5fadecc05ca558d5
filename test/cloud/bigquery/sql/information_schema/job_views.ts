/** Jobs, as INFORMATION_SCHEMA shows them. */
import type { JobEntry } from '../../ports.ts';
import type { BqType } from '../../types.ts';
import { arrayOf, BOOL, INT64, STRING, scalar, structOf } from '../resolve/type_rules.ts';
import { type Cell, type Columns, rowsView, type View } from './view.ts';

const TIMESTAMP = scalar('TIMESTAMP');

const fieldsOf = (type: BqType, ...names: string[]): BqType =>
  structOf(names.map((name) => ({ name, type })));

const TABLE = fieldsOf(STRING, 'project_id', 'dataset_id', 'table_id');

/** Those of the documented columns that a local job has something to say of, and no others. */
const COLUMNS: Columns = [
  ['cache_hit', BOOL],
  ['creation_time', TIMESTAMP],
  ['destination_table', TABLE],
  [
    'dml_statistics',
    fieldsOf(INT64, 'inserted_row_count', 'deleted_row_count', 'updated_row_count'),
  ],
  ['end_time', TIMESTAMP],
  ['error_result', fieldsOf(STRING, 'reason', 'location', 'debug_info', 'message')],
  ['job_id', STRING],
  ['job_type', STRING],
  ['labels', arrayOf(fieldsOf(STRING, 'key', 'value'))],
  ['parent_job_id', STRING],
  ['priority', STRING],
  ['project_id', STRING],
  ['query', STRING],
  ['referenced_tables', arrayOf(TABLE)],
  ['reservation_id', STRING],
  ['start_time', TIMESTAMP],
  ['state', STRING],
  ['statement_type', STRING],
  ['total_bytes_billed', INT64],
  ['total_bytes_processed', INT64],
  ['total_slot_ms', INT64],
  ['user_email', STRING],
];

type Json = Readonly<Record<string, unknown>>;

const of = (value: unknown): Json => (value ?? {}) as Json;
const text = (value: unknown): string | null => (value === undefined ? null : String(value));
const integer = (value: unknown): bigint | null =>
  value === undefined || value === null ? null : BigInt(String(value));

function jobRow(job: JobEntry): Cell[] {
  const { configuration, statistics, failure } = job;
  const query = of(statistics.query);
  const own = of(configuration[job.kind]);
  const dml = query.dmlStats === undefined ? undefined : of(query.dmlStats);
  const isQuery = job.kind === 'query';
  return [
    isQuery ? Boolean(query.cacheHit) : null,
    job.created,
    tableCell(own.destinationTable),
    dml
      ? [integer(dml.insertedRowCount), integer(dml.deletedRowCount), integer(dml.updatedRowCount)]
      : null,
    job.ended ?? null,
    failure
      ? [
          text(failure.error.reason),
          text(failure.error.location),
          null,
          text(failure.error.message),
        ]
      : null,
    job.ref.jobId,
    job.kind.toUpperCase(),
    Object.entries(of(configuration.labels)).map(([key, value]) => [key, String(value)]),
    null,
    isQuery ? String(own.priority ?? 'INTERACTIVE') : null,
    job.ref.projectId,
    isQuery ? text(own.query) : null,
    ((query.referencedTables ?? []) as readonly unknown[]).map(tableCell),
    null,
    job.started ?? null,
    job.state,
    text(query.statementType),
    integer(query.totalBytesBilled),
    integer(query.totalBytesProcessed ?? statistics.totalBytesProcessed),
    job.ended === undefined ? null : BigInt(job.ended - (job.started ?? job.ended)),
    job.user,
  ];
}

function tableCell(reference: unknown): Cell {
  const { projectId, datasetId, tableId } = of(reference);
  return tableId === undefined ? null : [String(projectId), String(datasetId), String(tableId)];
}

/** The jobs of the project; one of them is the query that asks. */
export const JOBS: View = rowsView('project', COLUMNS, ({ jobs }, { projectId }) =>
  jobs.list(projectId).map(jobRow),
);
