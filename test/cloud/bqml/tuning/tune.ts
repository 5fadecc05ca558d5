/** Hyperparameter tuning: trials one batch after the other, the next learning from those before. */
import { ApiError, invalidQuery } from '../../errors.ts';
import type { Evaluation, Learnt, Trial, Tuning } from '../model/model.ts';
import { type Objective, objectiveOf } from '../options/objectives.ts';
import type { Hyperparameters, Settings } from '../options/settings.ts';
import type { Watch } from '../training/watch.ts';
import {
  type Dimension,
  dimensionsOf,
  hyperparametersAt,
  infeasibility,
  pointOf,
  startOf,
} from './dimensions.ts';
import { createSearch, type Tried } from './search.ts';

/** What one trial is: a training with its settings, and how it did on rows of evaluation and of test. */
export type TrainTrial = (
  settings: Settings,
) => Promise<{ readonly learnt: Learnt; readonly evaluated: Evaluation }>;

/**
 * Trains NUM_TRIALS models, or as many as the search space has, MAX_PARALLEL_TRIALS at a time.
 * @throws {ApiError} invalidQuery when more than half of the trials failed, or none succeeded
 */
export async function tune(
  settings: Settings,
  train: TrainTrial,
  watch: Pick<Watch, 'signal' | 'now'>,
): Promise<Tuning> {
  const dimensions = dimensionsOf(settings);
  const objective = objectiveOf(settings)!;
  const trials: Trial[] = [];
  const next = suggestions(settings, dimensions, objective);
  const wanted = settings.number('NUM_TRIALS');
  const parallel = settings.has('MAX_PARALLEL_TRIALS') ? settings.number('MAX_PARALLEL_TRIALS') : 1;
  while (trials.length < wanted) {
    const batch = next(trials, Math.min(parallel, wanted - trials.length));
    if (batch.length === 0) break;
    const first = trials.length + 1;
    trials.push(
      ...(await Promise.all(
        batch.map((values, i) => runTrial(settings, objective, first + i, values, train, watch)),
      )),
    );
  }
  refuseFailures(trials, wanted);
  return { trials, optimal: best(trials, objective).id, objective: objective.name };
}

/** The next hyperparameters, knowing all trials that ended: the defaults, then what the search says. */
function suggestions(
  settings: Settings,
  dimensions: readonly Dimension[],
  { goal }: Objective,
): (trials: readonly Trial[], count: number) => Hyperparameters[] {
  const algorithm = String(settings.value('HPARAM_TUNING_ALGORITHM') ?? 'VIZIER_DEFAULT');
  const at = (point: readonly number[]) => hyperparametersAt(settings, dimensions, point);
  const search = createSearch(algorithm, {
    sizes: dimensions.map(({ size }) => size),
    canonical: (point) => pointOf(dimensions, at(point)),
  });
  const sign = goal === 'MAXIMIZE' ? 1 : -1;
  return (trials, count) => {
    const tried: Tried[] = trials.map(({ hyperparameters, objective }) => ({
      point: pointOf(dimensions, hyperparameters),
      reached: objective === undefined ? undefined : sign * objective,
    }));
    const batch: Hyperparameters[] = [];
    if (trials.length === 0) {
      const start = startOf(settings, dimensions);
      batch.push(start);
      tried.push({ point: pointOf(dimensions, start), reached: undefined });
    }
    while (batch.length < count) {
      const point = search(tried);
      if (!point) break;
      batch.push(at(point));
      tried.push({ point, reached: undefined });
    }
    return batch;
  };
}

async function runTrial(
  settings: Settings,
  objective: Objective,
  id: number,
  hyperparameters: Hyperparameters,
  train: TrainTrial,
  { signal, now }: Pick<Watch, 'signal' | 'now'>,
): Promise<Trial> {
  const startTime = now();
  const failed = (status: 'FAILED' | 'INFEASIBLE', errorMessage: string): Trial => {
    const endTime = now();
    return { id, hyperparameters, status, errorMessage, startTime, endTime };
  };
  const problem = infeasibility(settings, hyperparameters);
  if (problem !== undefined) return failed('INFEASIBLE', problem);
  try {
    const { learnt, evaluated } = await train(settings.trial(hyperparameters));
    const reached = (evaluated.metrics as unknown as Record<string, number>)[objective.metric]!;
    const measured = Number.isNaN(reached) ? {} : { objective: reached };
    return {
      id,
      hyperparameters,
      status: 'SUCCEEDED',
      ...measured,
      startTime,
      endTime: now(),
      learnt,
    };
  } catch (error) {
    if (signal.aborted || !(error instanceof ApiError)) throw error;
    return failed('FAILED', error.message);
  }
}

/** "If more than 50% of the NUM_TRIALS value fail …, then the training job stops and returns a user error." */
function refuseFailures(trials: readonly Trial[], wanted: number): void {
  const lost = trials.filter(({ status }) => status === 'FAILED');
  const none = trials.every(({ status }) => status !== 'SUCCEEDED');
  if (lost.length <= wanted / 2 && !none) return;
  const last = trials.findLast(({ errorMessage }) => errorMessage !== undefined)!;
  throw invalidQuery(
    `Hyperparameter tuning failed: of ${trials.length} trials ${lost.length} failed and ` +
      `${trials.length - lost.length} were infeasible or succeeded. Trial ${last.id}: ${last.errorMessage}`,
  );
}

/** The first of the best; one whose objective is not defined only where all are such. */
function best(trials: readonly Trial[], { goal }: Objective): Trial {
  const sign = goal === 'MAXIMIZE' ? 1 : -1;
  const worth = ({ objective }: Trial) =>
    objective === undefined ? Number.NEGATIVE_INFINITY : sign * objective;
  return trials
    .filter(({ status }) => status === 'SUCCEEDED')
    .reduce((a, b) => (worth(b) > worth(a) ? b : a));
}
