import * as z from 'zod';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';

export const jobSchema = z.strictObject({
  job_id: z.string(),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  bytes_processed: z.number(),
  bytes_billed: z.number(),
  slot_ms: z.number(),
  failure: z.string().nullable(),
});

/** What one of the run's jobs in BigQuery took. */
export type Job = z.infer<typeof jobSchema>;

/** The jobs of a run that ended in this call, each once. @param from how many ended before */
export function jobsOf({ warehouse }: Pick<Context, 'warehouse'>, plan: Plan, from: number): Job[] {
  const ended = warehouse.finished.slice(from);
  return eachOnce(
    ended
      .filter(({ jobId }) => jobId.startsWith(plan.job('')))
      .map((job) => ({
        job_id: job.jobId,
        started_at: job.startedAt.toISOString(),
        ended_at: job.endedAt.toISOString(),
        bytes_processed: job.bytesProcessed,
        bytes_billed: job.bytesBilled,
        slot_ms: job.slotMs,
        failure: job.failure,
      })),
  );
}

/** One that was joined twice is one job. */
export const eachOnce = (jobs: readonly Job[]): Job[] => [
  ...new Map(jobs.map((job) => [job.job_id, job])).values(),
];
