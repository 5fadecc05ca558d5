/** How work in the warehouse can end badly, or not yet. */
import { AppError } from '../errors.ts';

/** A statement that failed in the warehouse, with the job that says more. */
export class WarehouseError extends AppError {
  override readonly name = 'WarehouseError';
  /** Whether the same statement would fail again: asking once more is of no use. */
  readonly final: boolean;

  constructor(message: string, reason?: string, cause?: unknown) {
    super('warehouse_failed', 502, message, { cause });
    this.final = FINAL.has(reason ?? '');
  }
}

/**
 * What lies in the statement and its data. Other reasons pass, be it by themselves, as `backendError`
 * and `jobInternalError`, or by somebody's hand, as `accessDenied`, `quotaExceeded` and `notFound`.
 * https://docs.cloud.google.com/bigquery/docs/error-messages
 */
const FINAL = new Set([
  'invalid',
  'invalidQuery',
  'resourcesExceeded',
  'responseTooLarge',
  'billingTierLimitExceeded',
  'notImplemented',
]);

/** Time is up, and a job goes on: whoever asks for it again joins it. */
export class JobUnderWay extends Error {
  override readonly name = 'JobUnderWay';
  readonly jobId: string;
  readonly progress: JobProgress;

  constructor(jobId: string, progress: JobProgress) {
    super(`The job ${jobId} is under way.`);
    this.jobId = jobId;
    this.progress = progress;
  }
}

/** How far BigQuery ML says that a training is; empty for other jobs. */
export interface JobProgress {
  readonly iterations?: number;
  readonly of?: number;
}
