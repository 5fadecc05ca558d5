/** Whether a challenger earns more than the champion: to be read every day, and right all the same. */
import type { Monitoring } from '../portfolio/monitoring.ts';
import { compareShares } from '../statistics/proportions.ts';
import { sampleRatio } from '../statistics/sample_ratio.ts';
import {
  alwaysValid,
  confidenceSequence,
  detectable,
  differenceOf,
  power,
} from '../statistics/sequential.ts';
import type { Finding } from './finding.ts';

/** The people of one arm; a row of sql/monitor/experiment.sql. */
export interface Arm {
  readonly arm: 'champion' | 'challenger';
  /** All who were assigned, … */
  readonly people: number;
  /** … by the chance of the challenger that each of them had: Σ share, Σ share · (1 − share). */
  readonly share: number;
  readonly share_variance: number;
  /** Those whose applications are old enough for their label. */
  readonly known: number;
  readonly known_bad: number;
  readonly known_labelled: number;
  /** Realised profit per known person. */
  readonly profit: number | null;
  readonly profit_variance: number | null;
}

/** Champion and challenger, in this order. */
export type Experiment = readonly [Arm, Arm];

/** Below this a mismatch of samples is no accident (Fabijan et al. 2019). */
const MISMATCH_ALPHA = 0.001;
/** Smallest chance of finding the effect at which "no difference" says something. */
const ENOUGH_POWER = 0.8;

type Base = Pick<Finding, 'subject' | 'from' | 'until' | 'model_version'>;

export function experimentOf(
  about: Base,
  [champion, challenger]: Experiment,
  { experiment, fewest }: Pick<Monitoring, 'experiment' | 'fewest'>,
): Finding[] {
  const base = { ...about, kind: 'experiment' } as const;
  return [
    mismatchOf(base, champion, challenger),
    ...profitOf(base, champion, challenger, experiment, fewest),
    guardrailOf(base, champion, challenger, experiment, fewest),
  ];
}

type Of = Base & { readonly kind: 'experiment' };

/** Of its own alpha, not the run's: a mismatch spoils all other figures. */
function mismatchOf(base: Of, champion: Arm, challenger: Arm): Finding {
  const n = champion.people + challenger.people;
  const variance = champion.share_variance + challenger.share_variance;
  if (!(variance > 0)) {
    const why = 'Nobody could have come into either arm.';
    return { ...base, metric: 'sample_ratio_p_value', figure: null, n, why };
  }
  const expected = champion.share + challenger.share;
  return {
    ...base,
    metric: 'sample_ratio_p_value',
    figure: sampleRatio(challenger.people, expected, variance).p_value,
    n,
    reference: expected / n,
    limit: { beyond: 'below', warning: MISMATCH_ALPHA, critical: MISMATCH_ALPHA },
  };
}

function profitOf(
  base: Of,
  champion: Arm,
  challenger: Arm,
  { effect, alpha }: Monitoring['experiment'],
  fewest: number,
): Finding[] {
  const n = champion.known + challenger.known;
  const of = { ...base, n };
  const samples = [champion, challenger].map(({ known, profit, profit_variance }) =>
    profit === null || !profit_variance
      ? undefined
      : { n: known, mean: profit, variance: profit_variance },
  );
  const [first, second] = samples;
  if (!first || !second || Math.min(first.n, second.n) < fewest) {
    const why = `${champion.known} and ${challenger.known} people are known: ${fewest} of each are needed.`;
    return [{ ...of, metric: 'profit_difference', figure: null, why }];
  }
  const found = differenceOf(first, second);
  const chance = power(effect, found.variance, alpha);
  const interval = confidenceSequence(found, effect, alpha);
  return [
    {
      ...of,
      metric: 'profit_difference',
      figure: found.difference,
      interval,
      reference: first.mean,
    },
    { ...of, metric: 'profit_p_value', figure: alwaysValid(found, effect), reference: alpha },
    { ...of, metric: 'power', figure: chance, reference: ENOUGH_POWER },
    { ...of, metric: 'detectable_effect', figure: detectable(found.variance, alpha, ENOUGH_POWER) },
    // A challenger that earns less for certain is to be taken out.
    {
      ...of,
      metric: 'profit_at_best',
      figure: interval[1],
      limit: { beyond: 'below', warning: 0 },
    },
  ];
}

/** A guardrail: more bads among those that the challenger decided. */
function guardrailOf(
  base: Of,
  champion: Arm,
  challenger: Arm,
  { bad_rate_worse }: Monitoring['experiment'],
  fewest: number,
): Finding {
  const n = challenger.known_labelled;
  const of = { ...base, metric: 'bad_rate_worse', n };
  if (Math.min(n, champion.known_labelled) < fewest) {
    const why = `${champion.known_labelled} and ${n} applications have a label: ${fewest} are needed.`;
    return { ...of, figure: null, why };
  }
  const share = ({ known_bad, known_labelled }: Arm) => ({ count: known_bad, of: known_labelled });
  const [a, b] = [share(challenger), share(champion)];
  return {
    ...of,
    figure: a.count / a.of - b.count / b.of,
    reference: b.count / b.of,
    limit: { beyond: 'above', warning: bad_rate_worse },
    p_value: compareShares(a, b).p_value,
  };
}
