import * as z from 'zod';
import { rowCheckSchema } from '../../shared/bundle/manifest.ts';
import type { Context } from './context.ts';
import { keepRows } from './keep.ts';
import type { Plan } from './plan.ts';
import { checksStep } from './steps/checks.ts';
import { eachOnce, jobsOf } from './steps/jobs.ts';
import { leakageStep } from './steps/leakage.ts';
import type { Begun, History, Records } from './steps/records.ts';
import { STEPS } from './steps/step.ts';

/** A step as `training_steps` has it. */
interface Row {
  readonly step: string;
  readonly place: number;
  readonly state: 'done' | 'refused' | 'under way';
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly why: string | null;
}

/** Tells analysts how far a run is and what its jobs took. */
export async function report(
  context: Context,
  plan: Plan,
  begun: Begun,
  records: Records,
): Promise<void> {
  const history = await records.history();
  const steps = stepsOf(begun, history);
  // A run reports again when there is more to say, and only then.
  const last = steps.at(-1)!;
  const telling = `${steps.length}-${last.step}-${last.state.replace(' ', '-')}`;
  const { run, actor, begun_at } = begun;
  const stepRows = steps.map((step) => ({ run, actor, begun_at, ...step }));
  // All are begun, whether or not there is time to wait for them.
  const told = await Promise.allSettled([
    keepRows(context, plan, 'training_steps', stepRows, telling),
    keepRows(context, plan, 'training_checks', checkRows(begun, history), telling),
    keepRows(context, plan, 'training_jobs', jobRows(context, plan, history), telling),
  ]);
  for (const one of told) if (one.status === 'rejected') throw one.reason;
}

/** What was found of the rows, whether it was fit or not. */
const checkRows = ({ run }: Begun, { done }: History): object[] =>
  done
    .filter(({ step }) => step === checksStep.name || step === leakageStep.name)
    .flatMap(({ result }) => z.array(rowCheckSchema).parse(result))
    .map((check) => ({ run, ...check }));

/** The jobs of all calls, but for those that report. */
function jobRows(context: Context, plan: Plan, { done }: History): object[] {
  const prefix = plan.job('');
  return eachOnce([...done.flatMap(({ jobs }) => jobs), ...jobsOf(context, plan, 0)])
    .map((job) => ({ step: job.job_id.slice(prefix.length), ...job }))
    .filter(({ step }) => !step.startsWith('training_'));
}

/** The steps that are done, and the one that is refused or under way. */
function stepsOf({ begun_at }: Begun, { done, refused, current: step }: History): Row[] {
  const placeOf = (step: (typeof STEPS)[number]) => STEPS.indexOf(step) + 1;
  const passed = done.filter(({ step }) => step !== refused?.step);
  const rows: Row[] = passed.map(({ step, started_at, ended_at }) => ({
    step,
    place: placeOf(step),
    state: 'done',
    started_at,
    ended_at,
    why: null,
  }));
  if (refused) {
    const { step, refused_at, message } = refused;
    const ended = { started_at: refused_at, ended_at: refused_at, why: message };
    return [...rows, { step, place: placeOf(step), state: 'refused', ...ended }];
  }
  if (done.some((record) => record.step === STEPS.at(-1))) return rows;
  const started_at = rows.at(-1)?.ended_at ?? begun_at;
  const open = { started_at, ended_at: null, why: null };
  return [...rows, { step, place: placeOf(step), state: 'under way', ...open }];
}
