import type { Gate, Metrics } from '../../shared/bundle/manifest.ts';
import type { PortfolioDocument } from '../../shared/portfolio/documents.ts';
import type { Reversal } from './monotone.ts';

/** What was found of a candidate on the rows that its version keeps. */
export interface Found {
  readonly reversals: readonly Reversal[];
  /** How many of them reasons compare with, where those are the approved ones. */
  readonly approved: number | undefined;
}

/** Fewer make a poor average. */
const FEWEST_APPROVED = 10;

/** The checks that a candidate must pass before it may serve; each says what it found and why it is asked. */
export function judgeGates(
  { gates }: PortfolioDocument,
  metrics: Metrics,
  parity: { readonly largest_difference: number; readonly tolerance: number },
  { reversals, approved }: Found,
  champion: Metrics | undefined,
): Gate[] {
  const drift = metrics.mean_pd / metrics.bad_rate;
  return [
    atMost(
      'parity',
      parity.largest_difference,
      parity.tolerance,
      'What serves must say what the warehouse says of the same applications.',
    ),
    atLeast(
      'auc',
      metrics.auc,
      gates.auc_at_least,
      'Below this the model separates too little to be worth asking.',
    ),
    atMost(
      'calibration',
      Math.abs(Math.log(drift)),
      Math.log(1 + gates.mean_pd_off_at_most),
      'Cut-offs and expected losses are in PD: its mean must be near the observed bad rate.',
    ),
    ...reversals.map(({ feature, share }) =>
      atMost(
        `monotone_${feature}`,
        share,
        gates.monotone_reversal_at_most,
        'Nobody may be worse off for what must only ever help; the figure is the share of all movement that goes the wrong way.',
      ),
    ),
    ...(approved === undefined
      ? []
      : [
          atLeast(
            'reference',
            approved,
            FEWEST_APPROVED,
            'Reasons compare with approved applicants: of fewer they say little.',
          ),
        ]),
    ...(champion
      ? [
          atLeast(
            'champion',
            metrics.auc,
            champion.auc - gates.auc_below_champion_at_most,
            'A candidate may not be much worse than what it replaces.',
          ),
        ]
      : []),
  ];
}

// A figure that is not a number fails its gate: what cannot be shown has not been passed.

function atLeast(gate: string, figure: number, limit: number, why: string): Gate {
  return { gate, figure: shown(figure), limit, passed: figure >= limit, why };
}

function atMost(gate: string, figure: number, limit: number, why: string): Gate {
  return { gate, figure: shown(figure), limit, passed: figure <= limit, why };
}

const shown = (figure: number): number | null => (Number.isFinite(figure) ? figure : null);
