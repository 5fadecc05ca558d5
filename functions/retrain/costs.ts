import type { Context } from './context.ts';
import type { Plan } from './plan.ts';
import { timestamp } from './snapshot.ts';

/**
 * Keeps what the jobs of a run took, so far. A run that is repeated joins its jobs and so knows all
 * of them; those of a version are replaced at once.
 */
export async function keepCosts({ warehouse, sql }: Context, plan: Plan): Promise<void> {
  const prefix = plan.job('');
  // One that was joined twice is one job.
  const jobs = new Map(
    warehouse.finished
      .filter(({ jobId }) => jobId.startsWith(prefix))
      .map((job) => [job.jobId, job]),
  );
  await warehouse.run(plan.job('training-jobs'), {
    sql: await sql('retrain/training_jobs.sql'),
    parameters: {
      version: plan.version,
      as_of: timestamp(plan.asOf),
      jobs: [...jobs.values()].map((job) =>
        JSON.stringify({
          step: job.jobId.slice(prefix.length),
          job_id: job.jobId,
          started_at: job.startedAt.toISOString(),
          ended_at: job.endedAt.toISOString(),
          bytes_processed: job.bytesProcessed,
          bytes_billed: job.bytesBilled,
          slot_ms: job.slotMs,
          failure: job.failure,
        }),
      ),
    },
    types: { version: 'STRING', as_of: 'TIMESTAMP', jobs: ['STRING'] },
  });
}
