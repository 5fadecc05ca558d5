/** Query jobs. */
import { ApiError, invalid, notFound, unsupported } from '../../errors.ts';
import { type LocalCatalog, stagingName } from '../catalog/catalog.ts';
import type { Staged } from '../load/staging.ts';
import { type DatasetRef, describeDataset, resultsDataset, type TableRef } from '../names.ts';
import type { MlEngine, QueryContext, QueryEngine, TrainingIteration } from '../ports.ts';
import type { Field } from '../types.ts';
import { isUnset } from '../unset.ts';
import { type Destination, parseDestination, write } from './destination.ts';
import type { JobOutcome, JobRun, Json } from './job.ts';
import { parseParameters } from './parameters.ts';
import { parseDatasetRef, parseTableRef } from './references.ts';
import { billedBytes, queryStatistics, trainingStatistics } from './statistics.ts';

/** Results that nobody gave a place to are kept so long. */
const RESULTS_KEPT_MS = 24 * 3600 * 1000;

export interface QuerySettings {
  readonly sql: string;
  readonly projectId: string;
  readonly defaultDataset: DatasetRef | undefined;
  readonly parameters: QueryContext['parameters'];
  readonly destination: Destination | undefined;
  readonly maximumBytesBilled: number | undefined;
}

/** Say nothing about the result, here. */
const IGNORED = new Set([
  'allowLargeResults',
  'flattenResults',
  'maximumBillingTier',
  'preserveNulls',
  'priority',
  // The Node client's own, sent along by `createQueryJob`; it has typed the parameters already.
  'types',
  'useQueryCache',
  'continuous',
  'writeIncrementalResults',
]);

const READ = new Set([
  'clustering',
  'createDisposition',
  'defaultDataset',
  'destinationTable',
  'maximumBytesBilled',
  'parameterMode',
  'query',
  'queryParameters',
  'rangePartitioning',
  'schemaUpdateOptions',
  'timePartitioning',
  'useLegacySql',
  'writeDisposition',
]);

/** @throws {ApiError} 400 for what means nothing, 501 naming what is not supported here. */
export function parseQuery(configuration: Json, projectId: string): QuerySettings {
  for (const [key, value] of Object.entries(configuration)) {
    if (!READ.has(key) && !IGNORED.has(key) && !isUnset(value)) {
      throw unsupported(`${key} of query jobs`);
    }
  }
  const { query, useLegacySql, defaultDataset, destinationTable } = configuration;
  if (typeof query !== 'string' || query.trim() === '') {
    throw new ApiError(400, 'required', 'Required parameter is missing: query');
  }
  // The REST API's default is true.
  if (useLegacySql !== false && useLegacySql !== 'false') {
    throw unsupported('legacy SQL: set useLegacySql to false');
  }
  const { maximumBytesBilled: most } = configuration;
  return {
    sql: query,
    projectId,
    defaultDataset: isUnset(defaultDataset)
      ? undefined
      : parseDatasetRef(defaultDataset, projectId),
    parameters: parseParameters(configuration.queryParameters, configuration.parameterMode),
    destination: isUnset(destinationTable)
      ? undefined
      : parseDestination(configuration, parseTableRef(destinationTable, projectId), 'WRITE_EMPTY'),
    maximumBytesBilled: most === undefined || most === null ? undefined : Number(most),
  };
}

export interface QueryDependencies {
  readonly catalog: LocalCatalog;
  readonly engine: QueryEngine;
  readonly ml: MlEngine;
  /** So many results of a project are kept, the latest. */
  readonly resultsKept: number;
}

/** What a dry run answers. */
export async function dryRun(
  { engine }: QueryDependencies,
  settings: QuerySettings,
  context: Pick<QueryContext, 'now' | 'signal'>,
): Promise<{ statistics: Json; fields: readonly Field[] | undefined }> {
  const analysis = await engine.analyze(settings.sql, { ...contextOf(settings), ...context });
  return { statistics: queryStatistics(analysis, analysis.fields), fields: analysis.fields };
}

const contextOf = ({ projectId, defaultDataset, parameters }: QuerySettings) => ({
  projectId,
  parameters,
  ...(defaultDataset ? { defaultDataset } : {}),
});

/** Runs a query and puts its rows where they belong. */
export async function runQuery(
  dependencies: QueryDependencies,
  settings: QuerySettings,
  configuration: Json,
  run: JobRun,
): Promise<JobOutcome> {
  const { catalog, engine } = dependencies;
  const iterations: TrainingIteration[] = [];
  const target = await resultTable(catalog, settings, run);
  const context: QueryContext = {
    ...contextOf(settings),
    now: new Date(run.created),
    signal: run.signal,
    resultTable: { ...target, tableId: stagingName(run.id) },
    ...partitionOrder(settings.destination),
    onTrainingIteration: (iteration) => {
      iterations.push(iteration);
      run.report({ query: { mlStatistics: trainingStatistics(iterations) } });
    },
  };
  await checkBeforehand(engine, settings, context);
  const outcome = await engine.execute(settings.sql, context);
  if (outcome.dml?.target) await catalog.touch(outcome.dml.target);
  const statistics = queryStatistics(outcome, outcome.result?.fields);
  if (outcome.statementType === 'CREATE_MODEL' && outcome.ddl?.model) {
    const model = dependencies.ml.get(outcome.ddl.model);
    return { statistics: withTraining(statistics, trainingStatistics(iterations, model)) };
  }
  if (!outcome.result) return { statistics };
  const staged = {
    table: { ...target, tableId: stagingName(run.id) },
    fields: outcome.result.fields,
  };
  if (settings.destination) await write(catalog, settings.destination, staged);
  else await keep(dependencies, target, staged);
  return {
    statistics,
    result: { table: target, fields: outcome.result.fields, rowCount: outcome.result.rowCount },
    configuration: { ...configuration, destinationTable: target },
  };
}

/** Partitions of integers lie together, so that an extract of one reads little more than it. */
function partitionOrder(destination: Destination | undefined): Pick<QueryContext, 'resultOrder'> {
  const range = destination?.options.rangePartitioning as { field?: unknown } | undefined;
  return typeof range?.field === 'string' ? { resultOrder: range.field } : {};
}

/** The destination, or else an anonymous table of the job's own. */
async function resultTable(
  catalog: LocalCatalog,
  { destination, projectId }: QuerySettings,
  run: JobRun,
): Promise<TableRef> {
  if (destination) {
    const { table } = destination;
    if (!catalog.hasDataset(table)) throw notFound(describeDataset(table));
    return table;
  }
  const dataset = resultsDataset(projectId);
  if (!catalog.hasDataset(dataset)) await catalog.createDataset(dataset, 'skip', {});
  return { ...dataset, tableId: `anon${run.id}` };
}

/** What must not be found out only when the query has had its effect. */
async function checkBeforehand(
  engine: QueryEngine,
  { sql, destination, maximumBytesBilled: most }: QuerySettings,
  context: QueryContext,
): Promise<void> {
  if (destination === undefined && most === undefined) return;
  const { fields, bytesProcessed, statementType } = await engine.analyze(sql, context);
  const billed = billedBytes(bytesProcessed);
  if (most !== undefined && billed > most) {
    throw new ApiError(
      400,
      'bytesBilledLimitExceeded',
      `Query exceeded limit for bytes billed: ${most}. ${billed} or higher required.`,
    );
  }
  if (destination && !fields) {
    throw invalid(`Cannot set destination table in jobs with ${statementType} statements`);
  }
}

/** Lets rows become an anonymous table, and the oldest of too many such tables go. */
async function keep(
  { catalog, resultsKept }: QueryDependencies,
  table: TableRef,
  staged: Staged,
): Promise<void> {
  await catalog.transact(async (transaction) => {
    const expirationTime = String(transaction.now + RESULTS_KEPT_MS);
    const { fields } = staged;
    const entry = { ref: table, kind: 'TABLE', fields, options: { expirationTime } } as const;
    await transaction.adoptTable(entry, staged.table.tableId);
    const results = transaction.tables(table).sort((a, b) => b.created - a.created);
    for (const { entry: old } of results.slice(resultsKept)) await transaction.dropTable(old.ref);
  });
}

const withTraining = (statistics: Json, mlStatistics: Json): Json => ({
  ...statistics,
  query: { ...(statistics.query as Json), mlStatistics },
});
