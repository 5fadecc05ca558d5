/** A candidate's trainings over time, and what it said of what came after each. */
import { createReader } from '../../../shared/policy/columns.ts';
import { createPolicies } from '../../../shared/policy/versions.ts';
import {
  type CandidateDocument,
  MAIN,
  type ModelDocument,
} from '../../../shared/portfolio/model_document.ts';
import type { Recipe } from '../../../shared/portfolio/recipe.ts';
import { fill, identifier } from '../../../shared/warehouse/sql.ts';
import { toApplication } from '../application.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';
import { optionsText } from '../train.ts';
import type { Prediction, Profit, SplitPredictions } from './figures.ts';
import type { TimeSplit } from './splits.ts';

/** A candidate whose options are known: what was to be tuned has been. */
export interface Tuned extends Recipe {
  readonly name: string;
}

/** More rows a split and side would tell little more and would all come over the wire. */
const ROWS = 20_000;

/** The first model under its name, then the others. */
export const candidatesOf = ({
  model_type,
  options,
  candidates = [],
}: ModelDocument): CandidateDocument[] => [{ name: MAIN, model_type, options }, ...candidates];

/**
 * Puts values in place of what is to be tuned: those of the trial that does best on the block before the
 * last one, which stays unseen. So of the splits the last alone is as severe on tuned candidates as on others.
 */
export async function tuneCandidate(
  context: Context,
  plan: Plan,
  { name, model_type, options, tuning }: CandidateDocument,
  last: TimeSplit,
): Promise<Tuned> {
  if (!tuning) return { name, model_type, options };
  const model = `${plan.model}_${name}_tuning`;
  await trainUpTo(context, plan, model, last, {
    options: { ...options, NUM_TRIALS: tuning.trials },
    recipe: model_type,
    spaces: tuning.spaces,
    split: "IF(applied_at >= @evaluate, 'EVAL', 'TRAIN')",
  });
  const [row] = await context.warehouse.run(plan.job(`trial-${model}`), {
    sql: fill(await context.sql('retrain/optimal_trial.sql'), { model: identifier(model) }),
  });
  const found = Object.entries(row!.hyperparameters as Record<string, string | number | null>);
  const values = found.flatMap(([option, value]) =>
    value === null ? [] : [[option.toUpperCase(), value] as const],
  );
  return { name, model_type, options: { ...options, ...Object.fromEntries(values) } };
}

/** Trains a candidate on the past of every split and asks it of what came next. */
export async function predictSplits(
  context: Context,
  plan: Plan,
  candidate: Tuned,
  splits: readonly TimeSplit[],
): Promise<SplitPredictions[]> {
  const predictions: SplitPredictions[] = [];
  for (const split of splits) {
    const model = `${plan.model}_${candidate.name}_split_${split.number}`;
    await trainUpTo(context, plan, model, split, {
      options: candidate.options,
      recipe: candidate.model_type,
      split: 'applied_at >= @evaluate',
    });
    const rows = await context.warehouse.run(plan.job(`predictions-${model}`), {
      sql: fill(await context.sql('retrain/candidate_predictions.sql'), {
        model: identifier(model),
        snapshot: identifier(plan.tables.snapshot),
      }),
      parameters: {
        calibrate: split.calibrate,
        measure: split.measure,
        until: split.until,
        rows: ROWS,
      },
    });
    const side = (measured: boolean): Prediction[] =>
      rows
        .filter(({ is_measured }) => is_measured === measured)
        .map(({ application_id, defaulted, probability }) => ({
          application_id: String(application_id),
          bad: defaulted === 1,
          probability: Number(probability),
        }));
    predictions.push({ calibration: side(false), measured: side(true) });
  }
  return predictions;
}

async function trainUpTo(
  context: Context,
  plan: Plan,
  model: string,
  { calibrate, measure }: TimeSplit,
  how: {
    readonly recipe: Recipe['model_type'];
    readonly options: Recipe['options'];
    readonly spaces?: NonNullable<CandidateDocument['tuning']>['spaces'];
    readonly split: string;
  },
): Promise<void> {
  const { warehouse, sql, log } = context;
  log.info('training', { model });
  await warehouse.run(plan.job(`train-${model}`), {
    sql: fill(await sql('retrain/train_candidate.sql'), {
      model: identifier(model),
      snapshot: identifier(plan.tables.snapshot),
      options: optionsText(
        { model_type: how.recipe, options: how.options },
        { DATA_SPLIT_METHOD: 'CUSTOM', DATA_SPLIT_COL: 'candidate_split' },
        how.spaces,
      ),
      split: how.split,
    }),
    parameters: { evaluate: calibrate, until: measure },
  });
}

/** What applications of a split bring under the policy in force, by their key. A review counts as refused. */
export async function profitOf(
  context: Context,
  plan: Plan,
  { number, measure, until }: TimeSplit,
): Promise<Profit> {
  const { portfolio, warehouse, sql } = context;
  const rows = await warehouse.run(plan.job(`applications-split-${number}`), {
    sql: fill(await sql('retrain/candidate_applications.sql'), {
      key: identifier(portfolio.keys.application),
      time: identifier(portfolio.keys.time),
      snapshot: identifier(plan.tables.snapshot),
    }),
    parameters: { measure, until, rows: ROWS },
  });
  const read = createReader(portfolio.policy_columns);
  const readings = new Map(
    rows.map((row) => [
      String(row[portfolio.keys.application]),
      read(toApplication(row, portfolio.application)),
    ]),
  );
  const policy = createPolicies(portfolio.policy, portfolio.policy_columns).at(plan.asOf);
  return (applicationId, pd, bad) => {
    const reading = readings.get(applicationId);
    if (!reading || policy.apply(reading, pd).outcome !== 'approve') return 0;
    // With what became of it in place of its probability, the expectation is what it brought.
    return policy.apply(reading, Number(bad)).expectation?.expected_profit ?? 0;
  };
}
