import type { SearchSpace } from '../../shared/portfolio/model_document.ts';
import type { Recipe } from '../../shared/portfolio/recipe.ts';
import { fill, identifier, literal } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import { type Member, probabilities, type Weighted } from './members.ts';
import type { Plan } from './plan.ts';

/** Models in the warehouse that answer together, and the snapshot rows that none of them saw. */
export interface Trained {
  readonly models: readonly Weighted[];
  /** Condition on the snapshot's rows that they are judged on. */
  readonly judgedOn: string;
}

/**
 * Trains what will serve, and, where folds take the place of a test in time, one model a fold to judge it by.
 */
export async function trainModels(
  context: Context,
  plan: Plan,
  members: readonly Member[],
): Promise<Trained[]> {
  const served = plan.folds === 1 ? "role IN ('TRAIN', 'CALIBRATION')" : 'TRUE';
  for (const member of members) await train(context, plan, member, served);
  if (plan.folds === 1) {
    return [{ models: weighted(members), judgedOn: "role IN ('CALIBRATION', 'TEST')" }];
  }
  const judges: Trained[] = [];
  for (let fold = 0; fold < plan.folds; fold++) {
    const judging = members.map((member) => ({ ...member, model: `${member.model}_fold_${fold}` }));
    for (const member of judging) await train(context, plan, member, `fold != ${fold}`);
    judges.push({ models: weighted(judging), judgedOn: `fold = ${fold}` });
  }
  return judges;
}

const weighted = (members: readonly Member[]): Weighted[] =>
  members.map(({ model, weight }) => ({ model, weight }));

async function train(context: Context, plan: Plan, member: Member, rows: string): Promise<void> {
  const { warehouse, sql, log } = context;
  const { model } = member;
  const statement = fill(await sql('retrain/train.sql'), {
    model: identifier(model),
    snapshot: identifier(plan.tables.snapshot),
    options: optionsText(member, splitOptions(plan)),
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
    ...Object.entries(fixed).map(([name, value]) => `${name} = ${optionText(value)}`),
    ...Object.entries(spaces).map(([name, space]) => `${name} = ${spaceText(space)}`),
    "INPUT_LABEL_COLS = ['defaulted']",
  ].join(',\n  ');
}

/** A literal, or the weights of classes, which BigQuery ML takes as FLOAT64. */
const optionText = (value: Recipe['options'][string]): string =>
  typeof value === 'object'
    ? `[${Object.entries(value)
        .map(([label, weight]) => `STRUCT(${literal(label)}, ${floatLiteral(weight)})`)
        .join(', ')}]`
    : literal(value);

const floatLiteral = (value: number): string =>
  Number.isInteger(value) ? `${value}.0` : literal(value);

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
  const { sql } = context;
  const template = await sql('retrain/predictions.sql');
  const snapshot = identifier(plan.tables.snapshot);
  const parts = await Promise.all(
    judges.map(async ({ models, judgedOn }) => {
      const rows = `SELECT * FROM ${snapshot} WHERE ${judgedOn}`;
      return fill(template, { probabilities: await probabilities(sql, models, rows) });
    }),
  );
  await context.warehouse.run(plan.job('predictions'), {
    sql: parts.join('\nUNION ALL\n'),
    into: plan.tables.predictions,
  });
}
