/**
 * What a run has done so far: `models/<portfolio>/runs/<version>-<edition>/`, one immutable object a
 * step. Of two calls at once, both go on with what the first of them noted down.
 */
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { WarehouseError } from '../../../shared/warehouse/failures.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';
import { jobSchema, jobsOf } from './jobs.ts';
import { keepFirst, readKept } from './kept.ts';
import { STEPS, type Step, type StepName, type Take } from './step.ts';

export const runsPrefix = (portfolio: string): string => `models/${portfolio}/runs/`;

const time = z.iso.datetime();

export const begunSchema = z.strictObject({
  run: z.string(),
  as_of: time,
  /** Who asked for it. */
  actor: z.string().min(1),
  begun_at: time,
});

export type Begun = z.infer<typeof begunSchema>;

const recordOf = <T>(result: z.ZodType<T>) =>
  z.strictObject({
    run: z.string(),
    step: z.enum(STEPS),
    started_at: time,
    ended_at: time,
    /** Those that it waited for. */
    jobs: z.array(jobSchema),
    result,
  });

const anyRecord = recordOf(z.unknown());

const endedSchema = z.strictObject({ run: z.string(), ended_at: time });

const refusedSchema = z.strictObject({
  run: z.string(),
  step: z.enum(STEPS),
  code: z.string(),
  /** HTTP status of the answer. */
  status: z.int(),
  message: z.string(),
  refused_at: time,
});

/** A run that can't end, whoever calls it again: its rows, its model and its SQL are what they are. */
export class RunRefused extends AppError {
  override readonly name = 'RunRefused';

  constructor({ code, status, message }: z.infer<typeof refusedSchema>, cause?: unknown) {
    super(code, status, message, { cause });
  }
}

/** All that a run has noted down. */
export interface History {
  readonly done: readonly z.infer<typeof anyRecord>[];
  readonly refused: z.infer<typeof refusedSchema> | undefined;
  /** The step that was taken last in this call. */
  readonly current: StepName;
}

/** The records of one run. */
export interface Records {
  /** Says that the run is there. @returns what was said first */
  begin(asOf: Date, actor: string): Promise<Begun>;
  /** @throws {RunRefused} the same each time, where the run was refused before */
  failIfRefused(): Promise<void>;
  readonly take: Take;
  /** Says that nothing is left to do. */
  end(): Promise<void>;
  history(): Promise<History>;
}

export function createRecords(context: Context, plan: Plan): Records {
  const { objects } = context.models;
  const now = () => context.now().toISOString();
  const nameOf = (record: string) =>
    `${runsPrefix(context.portfolio.id)}${plan.run}/${record}.json`;
  const refusal = () => readKept(objects, nameOf('refused'), refusedSchema);
  let current: StepName = STEPS[0];
  const doOnce = async <Inputs, Result>(
    { name, result, run }: Step<Inputs, Result>,
    inputs: Inputs,
  ): Promise<Result> => {
    current = name;
    const schema = recordOf(result);
    const record = nameOf(recordName(name));
    const done = await readKept(objects, record, schema);
    if (done) return done.result;
    const started = now();
    const before = context.warehouse.finished.length;
    context.log.info('step', { step: name });
    const found = await run(context, plan, inputs);
    const jobs = jobsOf(context, plan, before);
    const kept = await keepFirst(objects, record, schema, {
      run: plan.run,
      step: name,
      // One that was interrupted began with its first job.
      started_at: [started, ...jobs.map(({ started_at }) => started_at)].sort()[0]!,
      ended_at: now(),
      jobs,
      result: found,
    });
    return kept.result;
  };
  const take: Take = async (step, inputs) => {
    const { name } = step;
    try {
      const result = await doOnce(step, inputs);
      step.demand?.(result);
      return result;
    } catch (error) {
      if (!isFinal(error)) throw error;
      const { code, status, message } = error;
      const refused = { run: plan.run, step: name, code, status, message, refused_at: now() };
      const kept = await keepFirst(objects, nameOf('refused'), refusedSchema, refused);
      throw new RunRefused(kept, error);
    }
  };
  return {
    begin: (asOf, actor) =>
      keepFirst(objects, nameOf('begun'), begunSchema, {
        run: plan.run,
        as_of: asOf.toISOString(),
        actor,
        begun_at: now(),
      }),
    async failIfRefused() {
      const refused = await refusal();
      if (refused) throw new RunRefused(refused);
    },
    take,
    async end() {
      await keepFirst(objects, nameOf('ended'), endedSchema, { run: plan.run, ended_at: now() });
    },
    async history() {
      const found = STEPS.map((step) => readKept(objects, nameOf(recordName(step)), anyRecord));
      const done = (await Promise.all(found)).filter((one) => one !== undefined);
      return { done, refused: await refusal(), current };
    },
  };
}

/** `03-evaluate`: sorts as the steps do. */
const recordName = (step: StepName): string =>
  `${String(STEPS.indexOf(step) + 1).padStart(2, '0')}-${step}`;

/** Whether a run has ended, by the names of its records. */
export const isEnded = (records: readonly string[]): boolean =>
  records.includes('ended.json') || records.includes('refused.json');

const isFinal = (error: unknown): error is AppError =>
  error instanceof WarehouseError ? error.final : error instanceof AppError && error.status === 422;
