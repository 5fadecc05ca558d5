/** Whether a candidate scores applications as they were scored before. */
import type { Gate } from '../../../shared/bundle/manifest.ts';
import type { Shift, Shifts } from '../../../shared/card/findings.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import { countBins, quantileEdges } from '../../../shared/statistics/bins.ts';
import {
  psi,
  psiByChance,
  psiSignificance,
  smoothed,
} from '../../../shared/statistics/divergence.ts';
import { atMost, notMeasurable } from './verdict.ts';

const BINS = 10;
/** How often chance alone may be taken for a shift. */
const ALPHA = 0.05;

/** PDs against those that were expected. @returns null where either side has none */
export function shiftOf(actual: Float64Array, expected: Float64Array): Shift | null {
  if (actual.length === 0 || expected.length === 0) return null;
  const edges = quantileEdges(expected, BINS);
  const [a, e] = [countBins(actual, edges), countBins(expected, edges)];
  const figure = psi(smoothed(a), smoothed(e));
  return {
    psi: figure,
    p_value: psiSignificance(figure, a.length, actual.length, expected.length),
    by_chance: psiByChance(a.length, actual.length, expected.length, ALPHA),
    rows: actual.length,
    expected_rows: expected.length,
  };
}

export function stabilityGates(
  { gates }: Pick<PortfolioDocument, 'gates'>,
  { champion, training }: Shifts,
): Gate[] {
  const { psi_to_champion_at_most: toChampion, psi_to_training_at_most: toTraining } = gates;
  return [
    ...(toChampion === undefined
      ? []
      : [
          shiftGate(
            'psi_champion',
            champion,
            toChampion,
            'Cut-offs were set for how the champion scores: a candidate that scores otherwise needs others',
            'There is no champion that scores the same applications.',
          ),
        ]),
    ...(toTraining === undefined
      ? []
      : [
          shiftGate(
            'psi_training',
            training,
            toTraining,
            'Applicants of today must look to the model like those that it learnt from',
            'It is tested on the applications that it was trained on, in folds.',
          ),
        ]),
  ];
}

function shiftGate(
  gate: string,
  shift: Shift | null,
  limit: number,
  why: string,
  none: string,
): Gate {
  if (!shift) return notMeasurable(gate, null, limit, none);
  const evidence = { n: shift.rows, p_value: shift.p_value };
  if (shift.psi > limit && shift.psi <= shift.by_chance) {
    return notMeasurable(
      gate,
      shift.psi,
      limit,
      `${why}; of so few, chance makes as much.`,
      evidence,
    );
  }
  return atMost(gate, shift.psi, limit, `${why}.`, evidence);
}
