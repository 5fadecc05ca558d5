/** Blends of candidates: the weighted sum of their log-odds, measured on the splits as they are. */
import { sigmoid } from '../../../shared/bridge/calibration.ts';
import { BLEND } from '../../../shared/bundle/candidates.ts';
import type { BlendDocument } from '../../../shared/portfolio/model_document.ts';
import { stackingWeights } from '../../../shared/statistics/stacking.ts';
import type { Contender } from './choose.ts';
import { marginOf, type Prediction, type SplitPredictions } from './figures.ts';

/** What one member said of applications that all were asked of, in the same order. */
type Said = readonly Prediction[];

/**
 * What a blend says on each split, with weights of the block that the split calibrates on: like a candidate, it
 * is measured on nothing that made it.
 * @param members by member, what it said on each split
 */
export const blendSplits = (
  how: BlendDocument['weights'],
  members: readonly (readonly SplitPredictions[])[],
): SplitPredictions[] =>
  members[0]!.map((_, split) => {
    const calibration = members.map((splits) => splits[split]!.calibration);
    const measured = members.map((splits) => splits[split]!.measured);
    const weights = weigh(how, calibration);
    return { calibration: together(calibration, weights), measured: together(measured, weights) };
  });

/**
 * A blend as what a version may be made of, with weights of all that was measured: of every application by
 * models that had not seen it.
 */
export const describeBlend = (
  { name, members, weights: how }: BlendDocument,
  said: readonly (readonly SplitPredictions[])[],
): Omit<Contender, 'splits'> => {
  const measured = said.map((splits) => splits.flatMap((split) => split.measured));
  const weights = weigh(how, measured);
  return {
    name,
    model_type: BLEND,
    options: {},
    members: members.map((member, i) => ({ name: member, weight: weights[i]! })),
  };
};

/** The likelihood is flat around the best weights: finer ones would be chance, and small ones cost a training. */
const STEPS = 20;

/**
 * None below 0, together about 1, in twentieths; who is not worth one gets none. Their scale is left to the
 * calibration. All are equal where that is asked for, and where no member tells bads from goods.
 */
export function weigh(how: BlendDocument['weights'], members: readonly Said[]): number[] {
  const equal = members.map(() => 1 / members.length);
  if (how === 'equal') return equal;
  const fitted = stackingWeights(
    members.map((rows) => Float64Array.from(rows, ({ probability }) => marginOf(probability))),
    members[0]!.map(({ bad }) => Number(bad)),
  );
  const sum = fitted.reduce((a, b) => a + b, 0);
  if (sum === 0) return equal;
  return Array.from(fitted, (weight) => Math.round((STEPS * weight) / sum) / STEPS);
}

const together = (members: readonly Said[], weights: readonly number[]): Prediction[] =>
  members[0]!.map((row, i) => {
    const margins = members.map((rows) => marginOf(rows[i]!.probability));
    const margin = margins.reduce((sum, one, k) => sum + weights[k]! * one, 0);
    return { ...row, probability: sigmoid(margin) };
  });
