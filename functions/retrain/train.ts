import type { Recipe, SearchSpace } from '../../shared/portfolio/documents.ts';
import { fill, identifier, literal } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';

/** A model in the warehouse and the snapshot rows that it did not see. */
export interface Trained {
  readonly model: string;
  /** Condition on the snapshot's rows that this model is judged on. */
  readonly judgedOn: string;
}

/**
 * Trains the model that will serve, and, where folds take the place of a test in time, one model a
 * fold to judge it by.
 */
export async function trainModels(context: Context, plan: Plan): Promise<Trained[]> {
  if (plan.folds === 1) {
    await train(context, plan, plan.model, "role IN ('TRAIN', 'CALIBRATION')");
    return [{ model: plan.model, judgedOn: "role IN ('CALIBRATION', 'TEST')" }];
  }
  await train(context, plan, plan.model, 'TRUE');
  const judges: Trained[] = [];
  for (let fold = 0; fold < plan.folds; fold++) {
    const model = foldModel(plan, fold);
    await train(context, plan, model, `fold != ${fold}`);
    judges.push({ model, judgedOn: `fold = ${fold}` });
  }
  return judges;
}

const foldModel = (plan: Plan, fold: number): string => `${plan.model}_fold_${fold}`;

async function train(context: Context, plan: Plan, model: string, rows: string): Promise<void> {
  const { warehouse, sql, portfolio, log } = context;
  const statement = fill(await sql('retrain/train.sql'), {
    model: identifier(model),
    snapshot: identifier(plan.tables.snapshot),
    options: optionsText(portfolio.model, splitOptions(plan)),
    split: plan.folds === 1 ? ", role = 'CALIBRATION' AS is_evaluation" : '',
    rows,
  });
  log.info('training', { model });
  await warehouse.run(plan.job(`train-${model}`), { sql: statement });
}

/** How the rows of a training are split: options of the pipeline's own. */
const splitOptions = ({ folds }: Plan): Recipe['options'] =>
  folds === 1
    ? { DATA_SPLIT_METHOD: 'CUSTOM', DATA_SPLIT_COL: 'is_evaluation' }
    : { DATA_SPLIT_METHOD: 'NO_SPLIT' };

/** A recipe's options, and those that belong to the pipeline. */
export function optionsText(
  { model_type, options }: Recipe,
  own: Recipe['options'],
  spaces: Readonly<Record<string, SearchSpace>> = {},
): string {
  const fixed = { MODEL_TYPE: model_type, ...options, ...own };
  return [
    ...Object.entries(fixed).map(([name, value]) => `${name} = ${literal(value)}`),
    ...Object.entries(spaces).map(([name, space]) => `${name} = ${spaceText(space)}`),
    "INPUT_LABEL_COLS = ['defaulted']",
  ].join(',\n  ');
}

const spaceText = (space: SearchSpace): string =>
  'range' in space
    ? `HPARAM_RANGE(${space.range.map(literal).join(', ')})`
    : `HPARAM_CANDIDATES([${space.candidates.map(literal).join(', ')}])`;

/** Writes what the models say of rows that they did not see: the ground of calibration and metrics. */
export async function predictUnseen(
  context: Context,
  plan: Plan,
  judges: readonly Trained[],
): Promise<void> {
  const template = await context.sql('retrain/predictions.sql');
  const parts = judges.map(({ model, judgedOn }) =>
    fill(template, {
      model: identifier(model),
      snapshot: identifier(plan.tables.snapshot),
      rows: judgedOn,
    }),
  );
  await context.warehouse.run(plan.job('predictions'), {
    sql: parts.join('\nUNION ALL\n'),
    into: plan.tables.predictions,
  });
}
