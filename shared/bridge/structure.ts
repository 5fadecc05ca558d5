import type { Tree } from './booster.ts';
import { ModelFormatError } from './errors.ts';

/** Every walk from the root must end at a leaf, within the row and within the tree. */
export function checkStructure(
  tree: Pick<Tree, 'left' | 'right' | 'feature' | 'threshold' | 'value'>,
  featureCount: number,
  where: string,
): void {
  const count = tree.left.length;
  const seen = new Uint8Array(count);
  const open = [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen[node]) throw new ModelFormatError(`Node ${node} of ${where} is reached twice.`);
    seen[node] = 1;
    const left = tree.left[node]!;
    if (Number.isNaN(left < 0 ? tree.value[node] : tree.threshold[node])) {
      throw new ModelFormatError(`Node ${node} of ${where} holds no number.`);
    }
    if (left < 0) continue;
    const right = tree.right[node]!;
    if (left >= count || right < 0 || right >= count) {
      throw new ModelFormatError(`Node ${node} of ${where} has a child outside the tree.`);
    }
    if (tree.feature[node]! >= featureCount) {
      throw new ModelFormatError(
        `Node ${node} of ${where} reads feature ${tree.feature[node]} of ${featureCount}.`,
      );
    }
    open.push(right, left);
  }
}
