/** The three streams of the BNPL lender. */

import { dayOf } from '../dates.ts';
import { defineSource, type Source } from '../source.ts';
import { tune } from './calibration.ts';
import { conditionsBy } from './conditions.ts';
import { type BnplConfig, bnplConfig, shocksOf } from './config.ts';
import { feedFaults } from './faults.ts';
import { Population } from './population.ts';
import { rootKey, split } from './random.ts';
import { checkoutRow, type Row, repaymentRow, truthRow } from './record.ts';
import { checkouts, type Hour, repayments, type World } from './simulation.ts';

const WORLD = 0;
const FAULTS = 1;

interface Stage {
  readonly world: World;
  readonly from: number;
  readonly to: number;
}

function stage(config: BnplConfig): Stage {
  const to = dayOf(config.end_date);
  const key = split(rootKey(config.seed), WORLD);
  const world = {
    population: new Population(key, config.base_daily_volume, to),
    conditions: conditionsBy(config.economic_stress, shocksOf(config)),
    tuning: tune(config.signal, config.base_default_rate),
    dueWithinDays: config.due_within_days,
  };
  return { world, from: dayOf(config.start_date), to };
}

function* rows<T>(
  hours: Iterable<Hour<T>>,
  toRow: (thing: T) => Row | undefined,
): Generator<Row[]> {
  for (const { happened } of hours) yield happened.map(toRow).filter((row) => row !== undefined);
}

function* checkoutBatches(config: BnplConfig): Generator<Row[]> {
  const { world, from, to } = stage(config);
  const garble = feedFaults(split(rootKey(config.seed), FAULTS), shocksOf(config));
  yield* rows(checkouts(world, from, to), (visit) => {
    const row = checkoutRow(visit);
    garble(row, visit.transaction, visit.day);
    return row;
  });
}

function* repaymentBatches(config: BnplConfig): Generator<Row[]> {
  const { world, from, to } = stage(config);
  yield* rows(repayments(world, from, to), repaymentRow);
}

function* truthBatches(config: BnplConfig): Generator<Row[]> {
  const { world, from, to } = stage(config);
  yield* rows(checkouts(world, from, to), (visit) => truthRow(visit, world.dueWithinDays));
}

/** Checkouts, repayments, truth. */
export const BNPL_SOURCES: readonly Source[] = [
  defineSource({
    name: 'bnpl',
    description: 'Checkouts: the request with what the account system knows at that moment.',
    schema: bnplConfig,
    batches: checkoutBatches,
  }),
  defineSource({
    name: 'bnpl_repayments',
    description: 'What becomes of the instalments, each at the time when it is known.',
    schema: bnplConfig,
    batches: repaymentBatches,
  }),
  defineSource({
    name: 'bnpl_truth',
    description: 'The true probability of default of each completed checkout, and its outcome.',
    schema: bnplConfig,
    batches: truthBatches,
  }),
];
