import * as z from 'zod';
import { type RowCheck, rowCheckSchema } from '../../../shared/bundle/manifest.ts';
import { protectedFaults } from '../../../shared/portfolio/protected.ts';
import { fill, identifier, literal } from '../../../shared/warehouse/sql.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';
import { atMost, demandAll } from '../row_checks.ts';
import { type Snapshot, timestamp } from '../snapshot.ts';
import type { Step } from './step.ts';

/** Applications that are looked at, at most: an AUC of so many is known to about 0.005. */
const MOST = 100_000;

/** Looks for what a model must not know, and for what is on both sides of its test. */
export const leakageStep: Step<Snapshot, RowCheck[]> = {
  name: 'leakage',
  result: z.array(rowCheckSchema),
  async run(context, plan, snapshot) {
    return [
      ...(await leaks(context, plan, snapshot)),
      protectedInputs(context),
      ...(await overlaps(context, plan)),
    ];
  },
  demand: demandAll('The features know what they cannot know, or the test is no test'),
};

/** A feature that tells all by itself is most likely the label; one that tells the time tells the cohort. */
async function leaks(
  { portfolio, warehouse, sql }: Context,
  plan: Plan,
  { rows }: Snapshot,
): Promise<RowCheck[]> {
  const { checks, features } = portfolio;
  const numbers = features.features.filter(({ type }) => type !== 'STRING');
  if (numbers.length === 0) return [];
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const figures = await warehouse.run(plan.job('leakage'), {
    sql: fill(await sql('retrain/leakage.sql'), {
      snapshot: identifier(plan.tables.snapshot),
      features: numbers
        .map(({ name }) => {
          const value = `CAST(sampled.${identifier(name)} AS FLOAT64)`;
          return `STRUCT(${literal(name)} AS name, ${value} AS value)`;
        })
        .join(',\n      '),
    }),
    parameters: { every: Math.max(1, Math.ceil(all / MOST)) },
  });
  return figures.flatMap(({ name, auc, time_correlation }) => [
    atMost('single_feature_auc', String(name), Number(auc), checks.single_feature_auc_at_most),
    // Of one that is always the same there is no correlation.
    atMost(
      'time_correlation',
      String(name),
      Number(time_correlation ?? 0),
      checks.time_correlation_at_most,
    ),
  ]);
}

/** How many features read what nobody may be judged by: the compiler knows all that a column depends on. */
function protectedInputs({ portfolio }: Context): RowCheck {
  const faults = protectedFaults(portfolio, { 'features.sql': portfolio.features });
  return atMost('protected_inputs', faults.join('; ') || null, faults.length, 0);
}

async function overlaps({ portfolio, warehouse, sql }: Context, plan: Plan): Promise<RowCheck[]> {
  const { checks, keys } = portfolio;
  const [found] = await warehouse.run(plan.job('overlap'), {
    sql: fill(await sql('retrain/overlap.sql'), {
      snapshot: identifier(plan.tables.snapshot),
      key: identifier(keys.application),
      entity: identifier(keys.entity),
      time: identifier(keys.time),
    }),
    parameters: { from: timestamp(plan.from), until: timestamp(plan.until), folds: plan.folds },
  });
  const { duplicates, entity_overlap } = found!;
  return [
    atMost('duplicates', null, Number(duplicates), checks.duplicates_at_most),
    atMost('entity_overlap', null, Number(entity_overlap), checks.entity_overlap_at_most),
  ];
}
