import type { Booster, Tree } from './booster.ts';
import { ModelFormatError } from './errors.ts';

/** One of several ensembles, and what it counts for. */
export interface WeightedBooster {
  readonly booster: Booster;
  /** Above 0. */
  readonly weight: number;
}

/**
 * Several ensembles as one, whose margins are the weighted sums of theirs: all their trees, one
 * ensemble after another, with leaves and base margins times the weight. A leaf is rounded to float32
 * again, and sums are rounded as the first one's are, so margins are those sums to float32's precision.
 * Gains and covers stay what training found in each.
 *
 * @throws {ModelFormatError} where they read other rows or give other margins, so that no sum means anything
 */
export function blendBoosters(members: readonly WeightedBooster[]): Booster {
  const [first, ...others] = members;
  if (!first) throw new ModelFormatError('A blend needs a member.');
  for (const { weight } of members) {
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new ModelFormatError(`A blend cannot weigh a member by ${weight}.`);
    }
  }
  for (const { booster } of others) checkAlike(first.booster, booster);
  const baseMargins = first.booster.baseMargins.map((_, group) =>
    members.reduce((sum, { booster, weight }) => sum + weight * booster.baseMargins[group]!, 0),
  );
  return {
    ...first.booster,
    baseMargins,
    trees: members.flatMap(({ booster, weight }) =>
      booster.trees.map((tree): Tree => ({ ...tree, value: tree.value.map((v) => weight * v) })),
    ),
    attributes: new Map(),
  };
}

const ALIKE = {
  objective: 'the objective',
  featureCount: 'the number of features',
  groupCount: 'the number of groups',
} as const;

function checkAlike(first: Booster, other: Booster): void {
  for (const [property, words] of Object.entries(ALIKE)) {
    const [one, two] = [first, other].map((booster) => booster[property as keyof typeof ALIKE]);
    if (one === two) continue;
    throw new ModelFormatError(
      `Members of a blend must agree in ${words}; one has ${one}, another ${two}.`,
    );
  }
}
