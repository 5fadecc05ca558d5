/**
 * What a run has done so far: `models/<portfolio>/runs/<version>-<edition>/`, one immutable object a
 * step. The one that asks first is the one that counts: of two calls at once, both go on with its result.
 */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';
import { STEPS, type StepName, type Take } from './step.ts';

const begunSchema = z.strictObject({
  run: z.string(),
  as_of: z.iso.datetime(),
  /** Who asked for it. */
  actor: z.string().min(1),
  begun_at: z.iso.datetime(),
});

export type Begun = z.infer<typeof begunSchema>;

const jobSchema = z.strictObject({
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

const recordOf = <T>(result: z.ZodType<T>) =>
  z.strictObject({
    run: z.string(),
    step: z.enum(STEPS),
    started_at: z.iso.datetime(),
    ended_at: z.iso.datetime(),
    jobs: z.array(jobSchema),
    result,
  });

const refusedSchema = z.strictObject({
  run: z.string(),
  step: z.enum(STEPS),
  code: z.string(),
  message: z.string(),
  refused_at: z.iso.datetime(),
});

export const runsPrefix = (portfolio: string): string => `models/${portfolio}/runs/`;

const isOf = (error: unknown, code: string): boolean =>
  error instanceof AppError && error.code === code;

/** The records of one run. */
export interface Records {
  /** Says that the run is there. @returns what was said first */
  begin(asOf: Date, actor: string): Promise<Begun>;
  /** @throws {AppError} 422, the same each time, where the run was refused before */
  failIfRefused(): Promise<void>;
  readonly take: Take;
  /** All jobs so far, those of this call included. */
  jobs(): Promise<Job[]>;
}

export function createRecords(context: Context, plan: Plan): Records {
  const { objects } = context.models;
  const now = () => context.now().toISOString();
  const nameOf = (record: string) =>
    `${runsPrefix(context.portfolio.id)}${plan.run}/${record}.json`;
  const recordName = (step: StepName) => nameOf(`${numberOf(step)}-${step}`);
  return {
    begin: (asOf, actor) =>
      keepFirst(objects, nameOf('begun'), begunSchema, {
        run: plan.run,
        as_of: asOf.toISOString(),
        actor,
        begun_at: now(),
      }),
    async failIfRefused() {
      const refused = await readRecord(objects, nameOf('refused'), refusedSchema);
      if (refused) throw new AppError(refused.code, 422, refused.message);
    },
    async take({ name, result, run }, inputs) {
      const schema = recordOf(result);
      const record = recordName(name);
      const done = await readRecord(objects, record, schema);
      if (done) return done.result;
      const started = now();
      const before = context.warehouse.finished.length;
      context.log.info('step', { step: name });
      try {
        const found = await run(context, plan, inputs);
        const kept = await keepFirst(objects, record, schema, {
          run: plan.run,
          step: name,
          started_at: started,
          ended_at: now(),
          jobs: jobsOf(context, plan, before),
          result: found,
        });
        return kept.result;
      } catch (error) {
        if (!(error instanceof AppError) || error.status !== 422) throw error;
        const { code, message } = error;
        const refused = { run: plan.run, step: name, code, message, refused_at: now() };
        await keepFirst(objects, nameOf('refused'), refusedSchema, refused);
        throw error;
      }
    },
    async jobs() {
      const records = await Promise.all(
        STEPS.map((step) => readRecord(objects, recordName(step), recordOf(z.unknown()))),
      );
      const all = [...records.flatMap((one) => one?.jobs ?? []), ...jobsOf(context, plan, 0)];
      return [...new Map(all.map((job) => [job.job_id, job])).values()];
    },
  };
}

/** The jobs of this run that ended in this call, each once. @param from how many ended before */
function jobsOf({ warehouse }: Context, plan: Plan, from: number): Job[] {
  const ended = warehouse.finished
    .slice(from)
    .filter(({ jobId }) => jobId.startsWith(plan.job('')));
  const jobs = ended.map((job) => ({
    job_id: job.jobId,
    started_at: job.startedAt.toISOString(),
    ended_at: job.endedAt.toISOString(),
    bytes_processed: job.bytesProcessed,
    bytes_billed: job.bytesBilled,
    slot_ms: job.slotMs,
    failure: job.failure,
  }));
  return [...new Map(jobs.map((job) => [job.job_id, job])).values()];
}

const numberOf = (step: StepName): string => String(STEPS.indexOf(step) + 1).padStart(2, '0');

async function readRecord<T>(
  objects: Objects,
  name: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const stored = await objects.read(name);
  return stored && parseRecord(name, stored.bytes, schema);
}

/** Writes a record unless there is one. @returns the one that is there, as whoever comes later reads it */
async function keepFirst<T>(
  objects: Objects,
  name: string,
  schema: z.ZodType<T>,
  record: T,
): Promise<T> {
  const bytes = Buffer.from(`${JSON.stringify(record, null, 1)}\n`);
  try {
    await objects.create(name, bytes, 'application/json');
    return parseRecord(name, bytes, schema);
  } catch (error) {
    const first = isOf(error, 'conflict') && (await readRecord(objects, name, schema));
    if (!first) throw error;
    return first;
  }
}

function parseRecord<T>(name: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    const message = `${name} is no record of a run: ${detail}`;
    throw new AppError('record_unusable', 500, message, { cause: error });
  }
}
