/**
 * Runs that do not end as they should: shards that were given up, runs that take too long, and runs that
 * were asked for by the clock and never planned. What ends by itself is over for the alerts too.
 */
import * as z from 'zod';
import { BATCH_HOURS, type Breach } from '../alerts/breach.ts';
import { AppError } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import { fill, identifier, type SqlFiles } from '../warehouse/sql.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { readControl } from './control.ts';
import { statusOf } from './operations.ts';
import { batchObjects, findPlan, type Plan } from './plan.ts';
import { runId } from './request.ts';

export interface WatchParts {
  /** Of the portfolio's dataset. */
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  readonly batches: Objects;
  /** Whose runs they are; of `portfolio.json`. */
  readonly portfolio: {
    readonly id: string;
    readonly alerts?: { readonly batch_hours: number } | undefined;
  };
  /** Deliveries of a shard's message before it is a dead letter. */
  readonly attempts: number;
}

/**
 * What is amiss with the portfolio's runs, as far back as their objects are kept.
 * @param at when this look was due; also names its job
 */
export async function lookAtBatches(parts: WatchParts, at: Date): Promise<Breach[]> {
  const { warehouse, sql, batches, portfolio } = parts;
  const rows = await warehouse.run(`batch-watch-${portfolio.id}-${at.getTime()}`, {
    sql: fill(await sql('batch/open_runs.sql'), {
      runs: identifier('batch_runs'),
      shards: identifier('batch_shards'),
    }),
  });
  const found = await Promise.all(
    rows.map(async ({ run_id }) => {
      const plan = await findPlan(batches, portfolio.id, String(run_id));
      return plan && breachOfRun(parts, plan, at);
    }),
  );
  const unplanned = await readUnplanned(batches, portfolio.id);
  return [
    ...found.filter((breach) => breach !== undefined),
    ...unplanned.map((note) => breachOfNote(portfolio.id, note, at)),
  ];
}

/** Undefined for a run that has time left, or that somebody stopped. */
async function breachOfRun(parts: WatchParts, plan: Plan, at: Date): Promise<Breach | undefined> {
  const { batches, portfolio, attempts } = parts;
  const { run_id, shards, model } = plan;
  const status = await statusOf(batches, plan);
  if (status.state !== 'running') return undefined;
  const begun = await begunAt(batches, plan);
  const given_up = status.faults.filter(
    (fault) => (fault.attempt ?? 0) >= attempts && Date.parse(fault.at) >= begun.getTime(),
  ).length;
  const limit = portfolio.alerts?.batch_hours ?? BATCH_HOURS;
  const hours = (at.getTime() - begun.getTime()) / 3_600_000;
  if (given_up === 0 && hours <= limit) return undefined;
  const left = shards.length - status.shards_done;
  const subject = { portfolio: portfolio.id, kind: 'batch', subject: run_id, at } as const;
  const of = { ...subject, n: shards.length, model_version: model.version };
  const isLate = given_up === 0;
  return {
    ...of,
    severity: isLate && hours <= 2 * limit ? 'warning' : 'critical',
    figure: isLate ? hours : given_up,
    limit: isLate ? limit : 0,
    text: isLate
      ? `Batch ${run_id} has gone on for ${Math.floor(hours)} hours, ${left} of ${shards.length} shards are not done; it should end within ${limit}.`
      : `Batch ${run_id}: ${given_up} of ${shards.length} shards failed at each of ${attempts} deliveries and are dead letters.`,
  };
}

/** When it was planned, or resumed since. */
async function begunAt(batches: Objects, { portfolio, run_id }: Plan): Promise<Date> {
  const control = await readControl(batches, portfolio, run_id);
  if (control) return new Date(control.at);
  const [planned] = await batches.history(batchObjects(portfolio, run_id).plan);
  return planned!.createdAt;
}

const noteSchema = z.strictObject({ run_id: runId, at: z.iso.datetime(), code: z.string() });

type Note = z.infer<typeof noteSchema>;

const folderOf = (portfolio: string) => `batch/${portfolio}/unplanned/`;

/** Keeps that a run which the clock asked for could not be planned. */
export async function keepUnplanned(
  batches: Objects,
  portfolio: string,
  run_id: string,
  { at, error }: { readonly at: Date; readonly error: unknown },
): Promise<void> {
  const code = error instanceof AppError ? error.code : 'internal_error';
  const note: Note = { run_id, at: at.toISOString(), code };
  const bytes = Buffer.from(JSON.stringify(noteSchema.parse(note)));
  await batches.replace(`${folderOf(portfolio)}${run_id}.json`, bytes, 'application/json');
}

/** Those that nobody has planned since. */
async function readUnplanned(batches: Objects, portfolio: string): Promise<Note[]> {
  const names = await batches.list(folderOf(portfolio));
  const notes = await Promise.all(
    names.map(async (name) => {
      const stored = await batches.read(name);
      if (!stored) return [];
      const note = noteSchema.parse(JSON.parse(Buffer.from(stored.bytes).toString()));
      return (await findPlan(batches, portfolio, note.run_id)) ? [] : [note];
    }),
  );
  return notes.flat();
}

const breachOfNote = (portfolio: string, { run_id, at: due, code }: Note, at: Date): Breach => ({
  portfolio,
  kind: 'batch',
  subject: run_id,
  severity: 'critical',
  figure: null,
  limit: null,
  text: `Batch ${run_id}, due at ${due}, could not be planned: ${code}.`,
  at,
});
