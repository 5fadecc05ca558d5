import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import type { Gate } from '../../../shared/bundle/manifest.ts';
import { approvedByScore } from '../../../shared/policy/reference.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { atLeast } from './verdict.ts';

/** Fewer make a poor average. */
const FEWEST_APPROVED = 10;

/**
 * How many rows there are to compare applicants with, where the policy compares with those whom it would
 * approve: of its versions the fewest. Null where no version does.
 * @param rows of the background, row-major, as the model reads them
 */
export async function fewestApproved(
  { policy }: Pick<Portfolio, 'policy'>,
  model: Uint8Array,
  rows: Float64Array,
): Promise<number | null> {
  const comparing = policy.versions.filter(
    ({ reference_population }) => reference_population.kind === 'approved',
  );
  if (comparing.length === 0) return null;
  const { pd } = await createKernelScorer(readScoringGraph(model)).score(rows);
  return Math.min(...comparing.map((version) => approvedByScore(version, pd).length));
}

export const referenceGates = (approved: number | null): Gate[] =>
  approved === null
    ? []
    : [
        atLeast(
          'reference',
          approved,
          FEWEST_APPROVED,
          'Reasons compare with approved applicants: of fewer they say little.',
        ),
      ];
