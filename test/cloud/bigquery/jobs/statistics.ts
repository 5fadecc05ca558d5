/** JobStatistics2: what a query did, as the REST API tells it. */
import type { QueryOutcome, TrainingIteration } from '../ports.ts';
import { type Field, toResource } from '../types.ts';
import type { Json } from './job.ts';

const MEGABYTE = 1024 * 1024;

/** On-demand billing: whole megabytes, at least ten. */
export const billedBytes = (bytes: number): number =>
  bytes === 0 ? 0 : Math.max(10, Math.ceil(bytes / MEGABYTE)) * MEGABYTE;

type Analysis = Omit<QueryOutcome, 'result' | 'dml'> & Pick<QueryOutcome, 'dml'>;

/** @param fields of the rows; undefined for a statement that answers none. */
export function queryStatistics(outcome: Analysis, fields: readonly Field[] | undefined): Json {
  const { bytesProcessed, statementType, referencedTables, dml, ddl } = outcome;
  const bytes = String(bytesProcessed);
  return {
    totalBytesProcessed: bytes,
    query: {
      statementType,
      totalBytesProcessed: bytes,
      totalBytesBilled: String(billedBytes(bytesProcessed)),
      cacheHit: false,
      ...(referencedTables.length === 0 ? {} : { referencedTables }),
      ...(fields ? { schema: { fields: fields.map(toResource) } } : {}),
      ...(dml ? dmlStatistics(dml) : {}),
      ...(ddl ? ddlStatistics(ddl) : {}),
    },
  };
}

function dmlStatistics({ inserted, updated, deleted }: NonNullable<QueryOutcome['dml']>): Json {
  return {
    numDmlAffectedRows: String(inserted + updated + deleted),
    dmlStats: {
      insertedRowCount: String(inserted),
      updatedRowCount: String(updated),
      deletedRowCount: String(deleted),
    },
  };
}

function ddlStatistics({ operation, target, routine }: NonNullable<QueryOutcome['ddl']>): Json {
  return {
    ddlOperationPerformed: operation,
    ...(target ? { ddlTargetTable: target } : {}),
    ...(routine ? { ddlTargetRoutine: routine } : {}),
  };
}

/** MlStatistics of a training, under way or, with the resource of its model, at its end. */
export function trainingStatistics(iterations: readonly TrainingIteration[], model?: Json): Json {
  const [run] = (model?.trainingRuns ?? []) as readonly { trainingOptions?: Json }[];
  const maxIterations = run?.trainingOptions?.maxIterations;
  return {
    iterationResults: iterations.map(iterationResult),
    trainingType: 'SINGLE_TRAINING',
    ...(model ? { modelType: model.modelType } : {}),
    ...(maxIterations === undefined ? {} : { maxIterations: String(maxIterations) }),
  };
}

const iterationResult = ({
  index,
  durationMs,
  trainingLoss,
  evalLoss,
  learnRate,
}: TrainingIteration): Json => ({
  index,
  durationMs: String(Math.round(durationMs)),
  trainingLoss,
  ...(evalLoss === undefined ? {} : { evalLoss }),
  learnRate,
});
