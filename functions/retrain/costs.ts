import type { Context } from './context.ts';
import { keepRows } from './keep.ts';
import type { Plan } from './plan.ts';
import type { Job } from './steps/records.ts';

/** Keeps what the jobs of a run took, so far. */
export async function keepCosts(context: Context, plan: Plan, jobs: readonly Job[]): Promise<void> {
  const prefix = plan.job('');
  const rows = jobs.map((job) => ({ step: job.job_id.slice(prefix.length), ...job }));
  await keepRows(context, plan, 'training_jobs', rows);
}
