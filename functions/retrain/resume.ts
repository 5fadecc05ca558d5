/** Runs that were begun and not ended, taken up again. */
import { JobUnderWay } from '../../shared/warehouse/failures.ts';
import type { Context } from './context.ts';
import { planRun } from './plan.ts';
import { run } from './run.ts';
import { readKept } from './steps/kept.ts';
import { type Begun, begunSchema, isEnded, RunRefused, runsPrefix } from './steps/records.ts';

const DAY_MS = 86_400_000;

/** One that did not end in this time is left alone: a later run has taken its place. */
const GIVEN_UP_AFTER_DAYS = 7;

/** What became of a run. */
export interface Resumed {
  readonly version: string;
  readonly state: 'done' | 'training' | 'refused';
  /** What it was refused for, what it waits for, or whether it serves. */
  readonly why: string;
}

/**
 * Goes on with each run of the portfolio that has not ended, the oldest first.
 * @param callSeconds a run that was begun within this time may still be at work in the call that began it
 * @throws {unknown} what a run failed of that may pass, when all of them were tried
 */
export async function resumeRuns(context: Context, callSeconds: number): Promise<Resumed[]> {
  const resumed: Resumed[] = [];
  const failures: unknown[] = [];
  for (const begun of await unfinishedRuns(context, callSeconds)) {
    const asOf = new Date(begun.as_of);
    const { version } = planRun(context.portfolio, asOf);
    try {
      const { promotion } = await run(context, { asOf, actor: begun.actor });
      resumed.push({ version, state: 'done', why: promotion });
    } catch (error) {
      if (error instanceof JobUnderWay) {
        resumed.push({ version, state: 'training', why: error.message });
      } else if (error instanceof RunRefused) {
        resumed.push({ version, state: 'refused', why: error.message });
      } else {
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return resumed;
}

/** Runs of the portfolio as it is now: what another edition of it began can't be ended by this one. */
async function unfinishedRuns(context: Context, callSeconds: number): Promise<Begun[]> {
  const { portfolio, models, now } = context;
  const prefix = runsPrefix(portfolio.id);
  const records = new Map<string, string[]>();
  for (const name of await models.objects.list(prefix)) {
    const [run, record] = name.slice(prefix.length).split('/') as [string, string];
    records.set(run, [...(records.get(run) ?? []), record]);
  }
  const open = [...records].filter(([, names]) => !isEnded(names)).map(([run]) => run);
  const begun = await Promise.all(
    open.map((run) => readKept(models.objects, `${prefix}${run}/begun.json`, begunSchema)),
  );
  const [latest, earliest] = [callSeconds * 1000, GIVEN_UP_AFTER_DAYS * DAY_MS];
  return begun
    .filter((one) => one !== undefined)
    .filter(({ begun_at }) => {
      const age = now().getTime() - Date.parse(begun_at);
      return age >= latest && age <= earliest;
    })
    .filter(({ run, as_of }) => planRun(portfolio, new Date(as_of)).run === run)
    .sort((a, b) => (a.as_of < b.as_of ? -1 : 1));
}
