/** What a replay found, in words and tables. */
import {
  type Money,
  meanOf,
  type Named,
  type SameTally,
  type Swap,
  type SwapTally,
} from '../../replay/tally.ts';
import { table } from '../table.ts';

/** As many decisions are named; `--json` has more. */
const NAMED = 20;

export const CAVEAT =
  'No outcome was ever observed of applications that were declined, or left without a plan: what those who\n' +
  'are approved now would have cost is only what the model says. Of those who were approved and\n' +
  'are not now, outcomes will be known.';

export function describeSame(tally: SameTally): string {
  const { decisions, same, different, failed, arms_checked } = tally;
  return [
    `${count(same)} of ${count(decisions)} decisions came out the same, to the bit; ` +
      `${count(different.count)} differ, ${count(failed.count)} could not be made again`,
    `arms held against the deployment of their moment: ${count(arms_checked)}`,
    ...section('differ', different, ({ fields }) => fields.join(', ')),
    ...section('could not be made again', failed, ({ why }) => why),
  ].join('\n');
}

function section<T extends { readonly decision_id: string }>(
  title: string,
  { count: all, first }: Named<T>,
  say: (item: T) => string,
): string[] {
  if (all === 0) return [];
  const shown = first.slice(0, NAMED);
  return [
    '',
    `${title}:`,
    ...shown.map((item) => `  ${item.decision_id}  ${say(item)}`),
    ...(all > shown.length ? [`  and ${count(all - shown.length)} more`] : []),
  ];
}

const ORDER = ['approve', 'counter_offer', 'review', 'decline'];
const HEADINGS = [
  'before → now',
  'decisions',
  'share',
  'PD before',
  'PD now',
  'amount',
  'expected loss now',
  'by model',
  'by policy',
  'by either',
  'only both',
];

export function describeSwaps(tally: SwapTally): string {
  const made = tally.decisions - tally.failed.count;
  const swaps = [...tally.swaps].sort(
    (a, b) => rank(a.from) - rank(b.from) || rank(a.to) - rank(b.to),
  );
  const changed = swaps.filter(({ from, to }) => from !== to);
  const all = sumOf(changed, ({ decisions }) => decisions);
  return [
    table([HEADINGS, ...swaps.map((swap) => rowOf(swap, made))], 1),
    '',
    `${count(all)} of ${count(made)} decisions change (${percent(all, made)})${oddities(changed)}`,
    `approved: ${percent(approved(swaps, 'from'), made)} before, ${percent(approved(swaps, 'to'), made)} now`,
    ...section('could not be made again', tally.failed, ({ why }) => why),
    '',
    CAVEAT,
  ].join('\n');
}

const rank = (outcome: string): number => ORDER.indexOf(outcome);

function rowOf(swap: Swap, made: number): string[] {
  const { from, to, decisions, causes } = swap;
  const moved = from !== to;
  return [
    `${from} → ${to}`,
    count(decisions),
    percent(decisions, made),
    rate(meanOf(swap.pd_before)),
    rate(meanOf(swap.pd_now)),
    money(swap.amount),
    money(swap.expected_loss_now),
    ...[causes.model, causes.policy, causes.either, causes.together].map((n) =>
      moved ? count(n) : '',
    ),
  ];
}

/** Changes that are neither's doing. */
function oddities(swaps: readonly Swap[]): string {
  const record = sumOf(swaps, ({ causes }) => causes.record);
  const unknown = sumOf(swaps, ({ causes }) => causes.unknown);
  return [
    ...(record > 0 ? [`; ${count(record)} because the record itself does not replay`] : []),
    ...(unknown > 0 ? [`; of ${count(unknown)} the version that decided cannot be used`] : []),
  ].join('');
}

const sumOf = (swaps: readonly Swap[], of: (swap: Swap) => number): number =>
  swaps.reduce((sum, swap) => sum + of(swap), 0);

const approved = (swaps: readonly Swap[], side: 'from' | 'to'): number =>
  sumOf(swaps, (swap) => (swap[side] === 'approve' ? swap.decisions : 0));

const count = (n: number): string => n.toLocaleString('en-GB');
const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
const rate = (mean: number | null): string =>
  mean === null ? '–' : `${(100 * mean).toFixed(2)} %`;
const money = (sums: Readonly<Money>): string =>
  Object.entries(sums)
    .map(([currency, sum]) => `${currency} ${count(Math.round(sum))}`)
    .join(', ') || '–';
