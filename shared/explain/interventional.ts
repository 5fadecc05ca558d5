/**
 * Exact interventional SHAP: what each feature adds to the margin of one application, against a
 * background of others (Lundberg et al. 2020, "From local explanations to global understanding",
 * algorithm 3).
 *
 * Shapley values of the game in which an unknown feature has a background row's value, averaged
 * over the background. Against one such row only splits on which the two disagree matter: a leaf is
 * reached by knowing the features in X, where the path follows the application, and not those in B,
 * where it follows the background. Of its value a feature in X receives (|X|−1)!·|B|!/(|X|+|B|)!,
 * and one in B loses |X|!·(|B|−1)!/(|X|+|B|)!.
 */
import type { Booster, Tree } from '../bridge/booster.ts';
import { createForest } from '../bridge/kernel/forest.ts';
import type { TreeExplainer } from './tree_shap.ts';

/** Whom the path follows at a feature on which the two rows disagree. */
const APPLICATION = 1;
const BACKGROUND = 2;

/**
 * Takes time in proportion to the background's rows.
 * @param signs sign of each tree group in the explained margin
 * @param background row-major, `featureCount` numbers a row, at least one row
 * @throws {RangeError} for a background without rows, or with half ones
 */
export function createInterventionalExplainer(
  booster: Booster,
  signs: readonly number[],
  background: Float32Array,
): TreeExplainer {
  const { featureCount, trees } = booster;
  const count = background.length / featureCount;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(
      `A background of ${background.length} numbers is no rows of ${featureCount} features.`,
    );
  }
  const rows = Array.from({ length: count }, (_, i) =>
    background.subarray(i * featureCount, (i + 1) * featureCount),
  );
  return {
    baseline: meanMargin(booster, signs, background, count),
    explain(row, contributions) {
      contributions.fill(0);
      for (const other of rows) {
        for (const tree of trees) {
          addTree(tree, signs[tree.group]! / count, row, other, contributions);
        }
      }
    },
  };
}

function meanMargin(
  booster: Booster,
  signs: readonly number[],
  background: Float32Array,
  count: number,
): number {
  const margins = new Float32Array(count * signs.length);
  createForest(booster).margins(background, margins);
  return margins.reduce((sum, margin, i) => sum + (signs[i % signs.length]! * margin) / count, 0);
}

/** What the leaves below a node give to a feature in X, and what they take from one in B. */
interface Share {
  readonly given: number;
  readonly taken: number;
}

function addTree(
  tree: Tree,
  scale: number,
  row: Float32Array,
  other: Float32Array,
  contributions: Float64Array,
): void {
  const followed = new Uint8Array(contributions.length);
  const below = (node: number, known: number, unknown: number): Share => {
    if (tree.left[node]! < 0) return shareOf(scale * tree.value[node]!, known, unknown);
    const feature = tree.feature[node]!;
    const own = childOf(tree, node, row);
    const others = childOf(tree, node, other);
    if (own === others || followed[feature] === APPLICATION) return below(own, known, unknown);
    if (followed[feature] === BACKGROUND) return below(others, known, unknown);
    followed[feature] = APPLICATION;
    const mine = below(own, known + 1, unknown);
    followed[feature] = BACKGROUND;
    const theirs = below(others, known, unknown + 1);
    followed[feature] = 0;
    contributions[feature]! += mine.given - theirs.taken;
    return { given: mine.given + theirs.given, taken: mine.taken + theirs.taken };
  };
  below(0, 0, 0);
}

function childOf(tree: Tree, node: number, row: Float32Array): number {
  const value = row[tree.feature[node]!]!;
  const goesLeft = Number.isNaN(value)
    ? tree.defaultLeft[node] === 1
    : value < tree.threshold[node]!;
  return goesLeft ? tree.left[node]! : tree.right[node]!;
}

function shareOf(value: number, known: number, unknown: number): Share {
  return {
    given: known === 0 ? 0 : value * orderings(known - 1, unknown),
    taken: unknown === 0 ? 0 : value * orderings(known, unknown - 1),
  };
}

/** a!·b!/(a+b+1)!, as a product that cannot overflow. */
function orderings(a: number, b: number): number {
  let share = 1 / (a + b + 1);
  for (let i = 1; i <= b; i++) share *= i / (a + i);
  return share;
}
