import type { Context } from './context.ts';
import { keepRows } from './keep.ts';
import type { Plan } from './plan.ts';

/**
 * Keeps what the jobs of a run took, so far. A run that is repeated joins its jobs and so knows all
 * of them.
 */
export async function keepCosts(context: Context, plan: Plan): Promise<void> {
  const prefix = plan.job('');
  // One that was joined twice is one job.
  const jobs = new Map(
    context.warehouse.finished
      .filter(({ jobId }) => jobId.startsWith(prefix))
      .map((job) => [job.jobId, job]),
  );
  const rows = [...jobs.values()].map((job) => ({
    step: job.jobId.slice(prefix.length),
    job_id: job.jobId,
    started_at: job.startedAt.toISOString(),
    ended_at: job.endedAt.toISOString(),
    bytes_processed: job.bytesProcessed,
    bytes_billed: job.bytesBilled,
    slot_ms: job.slotMs,
    failure: job.failure,
  }));
  await keepRows(context, plan, 'training_jobs', rows);
}
