/** Random tree ensembles and rows for property tests: every shape, missing directions, equal values. */
import fc from 'fast-check';
import type { Booster, Tree } from '../../../shared/bridge/booster.ts';

/** Values that rows and thresholds share, so that ties, zeros of both signs and extremes meet. */
const EDGES = [-Infinity, -3.4e38, -1, -1e-40, -0, 0, 1e-40, 0.1, 0.5, 1, 2, 3.4e38, Infinity];

export const number = fc
  .oneof(fc.constantFrom(...EDGES), fc.double({ min: -10, max: 10, noNaN: true }))
  .map(Math.fround);

/** A row of float32 numbers, some missing. */
export const row = (width: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(fc.oneof({ weight: 4, arbitrary: number }, { weight: 1, arbitrary: fc.constant(NaN) }), {
      minLength: width,
      maxLength: width,
    })
    .map((values) => Float32Array.from(values));

interface Node {
  readonly feature: number;
  readonly threshold: number;
  readonly defaultLeft: boolean;
  readonly left: Node | number;
  readonly right: Node | number;
  /** How many of 1..9 training rows' hessians went each way. */
  readonly leftCover: number;
  readonly rightCover: number;
}

function shape(features: number, depth: number): fc.Arbitrary<Node | number> {
  const leaf = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);
  if (depth === 0) return leaf;
  const child = shape(features, depth - 1);
  const cover = fc.integer({ min: 1, max: 9 });
  const split = fc.record({
    feature: fc.nat(features - 1),
    threshold: number.filter(Number.isFinite),
    defaultLeft: fc.boolean(),
    left: child,
    right: child,
    leftCover: cover,
    rightCover: cover,
  });
  return fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 4, arbitrary: split });
}

function flatten(root: Node | number, group: number): Tree {
  const tree = {
    left: [] as number[],
    right: [] as number[],
    feature: [] as number[],
    threshold: [] as number[],
    defaultLeft: [] as number[],
    value: [] as number[],
    cover: [] as number[],
  };
  const add = (node: Node | number, cover: number): number => {
    const at = tree.left.length;
    const leaf = typeof node === 'number';
    tree.left.push(-1);
    tree.right.push(-1);
    tree.feature.push(leaf ? 0 : node.feature);
    tree.threshold.push(leaf ? 0 : node.threshold);
    tree.defaultLeft.push(leaf ? 0 : Number(node.defaultLeft));
    tree.value.push(leaf ? node : 0);
    tree.cover.push(cover);
    if (!leaf) {
      const whole = node.leftCover + node.rightCover;
      tree.left[at] = add(node.left, (cover * node.leftCover) / whole);
      tree.right[at] = add(node.right, (cover * node.rightCover) / whole);
    }
    return at;
  };
  add(root, 64);
  return {
    group,
    left: Int32Array.from(tree.left),
    right: Int32Array.from(tree.right),
    feature: Uint32Array.from(tree.feature),
    threshold: Float32Array.from(tree.threshold),
    defaultLeft: Uint8Array.from(tree.defaultLeft),
    value: Float32Array.from(tree.value),
    gain: new Float32Array(tree.left.length),
    cover: Float32Array.from(tree.cover),
  };
}

/** An ensemble of up to eight trees; two groups are `multi:softprob`, one is `binary:logistic`. */
export function booster(options: {
  features: number;
  depth: number;
  groups: number;
}): fc.Arbitrary<Booster> {
  const tree = fc
    .record({
      root: shape(options.features, options.depth),
      group: fc.nat(options.groups - 1),
    })
    .map(({ root, group }) => flatten(root, group));
  return boosterOf(options, fc.array(tree, { maxLength: 8 }));
}

/**
 * Two groups as XGBoost grows them: most trees of group 0 are followed by one of group 1 with their
 * splits and covers, some by one with other splits or other covers, or by none.
 */
export function pairedBooster(options: { features: number; depth: number }): fc.Arbitrary<Booster> {
  const tree = shape(options.features, options.depth).map((root) => flatten(root, 0));
  const likeness = fc.constantFrom(...Array(12).fill('same'), 'recovered', 'other', 'none');
  const round = fc.tuple(tree, likeness, tree, fc.double({ min: 0.5, max: 2, noNaN: true }));
  const rounds = fc.array(round, { maxLength: 24 });
  return boosterOf(
    { ...options, groups: 2 },
    rounds.map((all) => all.flatMap(pairOf)),
  );
}

function pairOf([tree, likeness, other, scale]: [Tree, string, Tree, number]): Tree[] {
  if (likeness === 'none') return [tree];
  if (likeness === 'other') return [tree, { ...other, group: 1 }];
  const value = tree.value.map((leaf) => -scale * leaf);
  const cover = likeness === 'same' ? tree.cover : tree.cover.map((sum, i) => sum + (i % 3));
  return [tree, { ...tree, group: 1, value, cover }];
}

const boosterOf = (
  { features, groups }: { readonly features: number; readonly groups: number },
  trees: fc.Arbitrary<Tree[]>,
): fc.Arbitrary<Booster> =>
  fc
    .record({
      trees,
      version: fc.constantFrom<Booster['version']>([0, 0], [1, 7]),
      baseMargins: fc
        .array(fc.constantFrom(0.5, 0, -2.25), { minLength: groups, maxLength: groups })
        .map((margins) => Float32Array.from(margins)),
    })
    .map((drawn) => ({
      objective: groups === 1 ? 'binary:logistic' : 'multi:softprob',
      featureCount: features,
      groupCount: groups,
      attributes: new Map(),
      ...drawn,
    }));
