/** Trees that send every row the same way, so that one walk finds the leaves of both. */
import type { Booster, Tree } from './booster.ts';

/** A tree, or one of group 0 and the one of group 1 after it, with the same splits. */
export type Walk = readonly [Tree] | readonly [Tree, Tree];

/**
 * The trees of a booster in their order. XGBoost grows `multi:softprob` of two classes, which is how
 * BigQuery ML has a classifier of two labels, as such pairs: the gradients of one class are those of
 * the other with the sign turned, and so are the gains of all splits.
 */
export function walksOf({ trees, groupCount }: Pick<Booster, 'trees' | 'groupCount'>): Walk[] {
  const walks: Walk[] = [];
  for (let i = 0; i < trees.length; i++) {
    const tree = trees[i]!;
    const next = trees[i + 1];
    if (groupCount === 2 && tree.group === 0 && next?.group === 1 && haveSameSplits(tree, next)) {
      walks.push([tree, next]);
      i++;
    } else {
      walks.push([tree]);
    }
  }
  return walks;
}

const SPLITS = ['left', 'right', 'feature', 'threshold', 'defaultLeft'] as const;

/** By bits, so that no number takes another for itself. */
const haveSameSplits = (one: Tree, other: Tree): boolean =>
  SPLITS.every((name) => bytesOf(one[name]).equals(bytesOf(other[name])));

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
