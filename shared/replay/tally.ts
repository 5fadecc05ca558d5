/** What a replay found, decision by decision, added up. Wire names: it is printed as JSON too. */
import type { Again, Cause, Failed, Figures, Moved } from './replay.ts';

/** More than these are counted and not named. */
const NAMED = 1000;

export interface Named<T> {
  count: number;
  readonly first: T[];
}

const named = <T>(): Named<T> => ({ count: 0, first: [] });

function name<T>(list: Named<T>, item: T): void {
  list.count++;
  if (list.first.length < NAMED) list.first.push(item);
}

type FailedRecord = { readonly decision_id: string; readonly why: string };
type DifferentRecord = { readonly decision_id: string; readonly fields: readonly string[] };

/** Of decisions made again by the version and policy that made them. */
export interface SameTally {
  decisions: number;
  same: number;
  readonly different: Named<DifferentRecord>;
  readonly failed: Named<FailedRecord>;
  arms_checked: number;
}

export const createSameTally = (): SameTally => ({
  decisions: 0,
  same: 0,
  different: named(),
  failed: named(),
  arms_checked: 0,
});

export function addAgain(tally: SameTally, found: Again | Failed): void {
  tally.decisions++;
  if (found.kind === 'failed') {
    name(tally.failed, { decision_id: found.decisionId, why: found.why });
    return;
  }
  tally.arms_checked += Number(found.armChecked);
  if (found.differences.length === 0) tally.same++;
  else name(tally.different, { decision_id: found.decisionId, fields: found.differences });
}

/** A mean over those that have the figure. */
export interface Mean {
  count: number;
  sum: number;
}

export const meanOf = ({ count, sum }: Mean): number | null => (count === 0 ? null : sum / count);

/** Sums by currency. */
export type Money = Record<string, number>;

/** Decisions that went from one outcome to another, or stayed. */
export interface Swap {
  readonly from: Moved['from'];
  readonly to: Moved['to'];
  decisions: number;
  readonly pd_before: Mean;
  readonly pd_now: Mean;
  readonly amount: Money;
  readonly expected_loss_before: Money;
  readonly expected_loss_now: Money;
  readonly expected_profit_before: Money;
  readonly expected_profit_now: Money;
  readonly causes: Record<Cause, number>;
}

/** Of decisions made again by another version or policy. */
export interface SwapTally {
  decisions: number;
  readonly swaps: Swap[];
  readonly failed: Named<FailedRecord>;
}

export const createSwapTally = (): SwapTally => ({ decisions: 0, swaps: [], failed: named() });

export function addMoved(tally: SwapTally, found: Moved | Failed): void {
  tally.decisions++;
  if (found.kind === 'failed') {
    name(tally.failed, { decision_id: found.decisionId, why: found.why });
    return;
  }
  const { from, to, cause, before, now, amount } = found;
  const swap = swapOf(tally, from, to);
  swap.decisions++;
  addMean(swap.pd_before, before.pd);
  addMean(swap.pd_now, now.pd);
  addMoney(swap.amount, now.currency, amount);
  addMoney(swap.expected_loss_before, before.currency, before.expected_loss);
  addMoney(swap.expected_loss_now, now.currency, now.expected_loss);
  addMoney(swap.expected_profit_before, before.currency, before.expected_profit);
  addMoney(swap.expected_profit_now, now.currency, now.expected_profit);
  if (cause) swap.causes[cause]++;
}

function swapOf({ swaps }: SwapTally, from: Swap['from'], to: Swap['to']): Swap {
  const known = swaps.find((swap) => swap.from === from && swap.to === to);
  if (known) return known;
  const swap: Swap = {
    from,
    to,
    decisions: 0,
    pd_before: { count: 0, sum: 0 },
    pd_now: { count: 0, sum: 0 },
    amount: {},
    expected_loss_before: {},
    expected_loss_now: {},
    expected_profit_before: {},
    expected_profit_now: {},
    causes: { model: 0, policy: 0, either: 0, together: 0, record: 0, unknown: 0 },
  };
  swaps.push(swap);
  return swap;
}

function addMean(mean: Mean, value: Figures['pd']): void {
  if (value === null) return;
  mean.count++;
  mean.sum += value;
}

function addMoney(money: Money, currency: string | null, value: number | null): void {
  if (currency === null || value === null) return;
  money[currency] = (money[currency] ?? 0) + value;
}
