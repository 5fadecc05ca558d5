/**
 * A tree ensemble as an ONNX graph.
 *
 * TreeEnsembleRegressor with one target a group and post_transform NONE, then explicit operators:
 * the forms that avoid onnxruntime's known traps (two base_values on a two-class classifier,
 * ignored post_transforms, labels of all-positive models). Branches are `<` on float32 thresholds
 * and missing values follow `defaultLeft`, so each tree answers what XGBoost answers. Covers travel
 * as nodes_hitrates, so that explanations need nothing but this file.
 */
import type { Booster, Tree } from '../booster.ts';
import type { Calibration } from '../calibration.ts';
import { ModelFormatError } from '../errors.ts';
import type { Walk } from '../walks.ts';
import { type Link, linkOf } from '../xgboost/objective.ts';
import {
  attribute,
  finish,
  ML_DOMAIN,
  node,
  type Parts,
  probabilityOutputs,
  tensor,
  value,
} from './graph.ts';
import { ELEMENT, type Node, type Tensor } from './schema.ts';

/**
 * A graph that answers `probability` and `pd` of default for rows `features` [N, F].
 *
 * @param positive the output group that stands for default; ignored for one group
 * @throws {ModelFormatError} for a model that has no probability of default
 */
export function treesToOnnx(
  booster: Booster,
  positive: number,
  calibration: Calibration,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const margin = marginOf(booster, positive);
  const widened = node('Cast', ['margin'], ['margin64'], [attribute.int('to', ELEMENT.DOUBLE)]);
  const parts = [
    ensemble(booster),
    margin,
    { nodes: [widened], initializers: [], outputs: [] },
    probabilityOutputs('margin64', calibration),
  ];
  return finish(value('features', ELEMENT.FLOAT, booster.featureCount), parts, {
    ...metadata,
    ...originOf(booster),
  });
}

/**
 * A graph that answers `prediction` [N, 1], float32: what XGBoost's own `predict` says of a model
 * of one group, whatever its objective.
 */
export function predictionToOnnx(
  booster: Booster,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const link = linkOf(booster.objective);
  if (link === 'softmax') {
    throw new ModelFormatError(`The objective "${booster.objective}" gives classes, not a number.`);
  }
  const parts = [ensemble(booster), LINK_PARTS[link]];
  const input = value('features', ELEMENT.FLOAT, booster.featureCount);
  return finish(input, parts, { ...metadata, ...originOf(booster) });
}

const link = (nodes: Node[], initializers: Tensor[] = []): Parts => ({
  nodes,
  initializers,
  outputs: [value('prediction', ELEMENT.FLOAT, 1)],
});

const LINK_PARTS: Readonly<Record<Exclude<Link, 'softmax'>, Parts>> = {
  identity: link([node('Identity', ['margins'], ['prediction'])]),
  sigmoid: link([node('Sigmoid', ['margins'], ['prediction'])]),
  exp: link([node('Exp', ['margins'], ['prediction'])]),
  step: link(
    [
      node('Greater', ['margins', 'zero'], ['above']),
      node('Cast', ['above'], ['prediction'], [attribute.int('to', ELEMENT.FLOAT)]),
    ],
    [tensor('zero', [1], Float32Array.of(0))],
  ),
};

/** A graph that answers `probabilities` [N, classes] of a multi-class model. */
export function classesToOnnx(
  booster: Booster,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  if (!booster.objective.startsWith('multi:')) {
    throw new ModelFormatError(`The objective "${booster.objective}" is not one of classes.`);
  }
  const softmax: Parts = {
    nodes: [node('Softmax', ['margins'], ['probabilities'], [attribute.int('axis', 1)])],
    initializers: [],
    outputs: [value('probabilities', ELEMENT.FLOAT, booster.groupCount)],
  };
  const input = value('features', ELEMENT.FLOAT, booster.featureCount);
  return finish(input, [ensemble(booster), softmax], {
    ...metadata,
    ...originOf(booster),
  });
}

/** What the reader needs to make the same booster again: the version says how sums are rounded. */
const originOf = ({ objective, version }: Booster) => ({
  objective,
  xgboost_version: version.join('.'),
});

/** Log-odds of default: the one margin of a logistic model, or the difference of two softmax margins. */
function marginOf(booster: Booster, positive: number): Parts {
  const { objective, groupCount } = booster;
  if (groupCount === 2 && objective.startsWith('multi:')) {
    if (positive !== 0 && positive !== 1) {
      throw new ModelFormatError(`There is no group ${positive} in a model of two classes.`);
    }
    const signs = positive === 0 ? [1, -1] : [-1, 1];
    return {
      nodes: [node('MatMul', ['margins', 'signs'], ['margin'])],
      initializers: [tensor('signs', [2, 1], Float32Array.from(signs))],
      outputs: [],
    };
  }
  if (groupCount === 1 && /^(binary:logi(stic|traw)|reg:logistic)$/.test(objective)) {
    return { nodes: [node('Identity', ['margins'], ['margin'])], initializers: [], outputs: [] };
  }
  throw new ModelFormatError(
    `A model "${objective}" of ${groupCount} groups has no probability of default: train a classifier of two labels.`,
  );
}

function ensemble(booster: Booster): Parts {
  const trees = booster.trees.map((tree): Walk => [tree]);
  // Added by an operator of its own: onnxruntime skips base_values of a group without a leaf, and
  // XGBoost too adds the base margin last.
  return {
    nodes: [treeNode(trees, booster.groupCount), node('Add', ['sums', 'base'], ['margins'])],
    initializers: [tensor('base', [booster.groupCount], booster.baseMargins)],
    outputs: [],
  };
}

/** From `features` to `sums`: of each group, the leaves that the walks end in, in float32 and in order. */
export function treeNode(walks: readonly Walk[], groupCount: number): Node {
  const count = walks.reduce((sum, [tree]) => sum + reachable(tree).length, 0);
  const columns = new NodeColumns(count);
  walks.forEach((walk, id) => {
    columns.add(walk, id);
  });
  const attributes = [
    attribute.string('aggregate_function', 'SUM'),
    attribute.int('n_targets', groupCount),
    attribute.string('post_transform', 'NONE'),
    ...columns.attributes(),
  ];
  return node('TreeEnsembleRegressor', ['features'], ['sums'], attributes, ML_DOMAIN);
}

/** Nodes that a walk can reach, parents before children, left before right. */
function reachable(tree: Tree): number[] {
  const order: number[] = [];
  const open = [0];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    order.push(at);
    if (tree.left[at]! >= 0) open.push(tree.right[at]!, tree.left[at]!);
  }
  return order;
}

/** The parallel arrays in which ONNX keeps all nodes of all trees. */
class NodeColumns {
  private readonly tree: Int32Array;
  private readonly id: Int32Array;
  private readonly feature: Int32Array;
  private readonly threshold: Float32Array;
  private readonly whenTrue: Int32Array;
  private readonly whenFalse: Int32Array;
  private readonly missingTrue: Int32Array;
  private readonly cover: Float32Array;
  private readonly modes: string[] = [];
  private readonly leaves = { tree: [] as number[], id: [] as number[], group: [] as number[] };
  private readonly weights: number[] = [];
  private at = 0;

  constructor(count: number) {
    this.tree = new Int32Array(count);
    this.id = new Int32Array(count);
    this.feature = new Int32Array(count);
    this.threshold = new Float32Array(count);
    this.whenTrue = new Int32Array(count);
    this.whenFalse = new Int32Array(count);
    this.missingTrue = new Int32Array(count);
    this.cover = new Float32Array(count);
  }

  /** Deleted nodes are left out and the rest numbered in the order in which a walk meets them. */
  add(walk: Walk, treeId: number): void {
    const [tree] = walk;
    const order = reachable(tree);
    const number = new Map(order.map((original, i) => [original, i]));
    for (const original of order) {
      const at = this.at++;
      this.tree[at] = treeId;
      this.id[at] = number.get(original)!;
      this.cover[at] = tree.cover[original]!;
      if (tree.left[original]! < 0) {
        this.modes.push('LEAF');
        for (const { group, value: leaf } of walk) {
          this.leaves.tree.push(treeId);
          this.leaves.id.push(number.get(original)!);
          this.leaves.group.push(group);
          this.weights.push(leaf[original]!);
        }
        continue;
      }
      this.modes.push('BRANCH_LT');
      this.feature[at] = tree.feature[original]!;
      this.threshold[at] = tree.threshold[original]!;
      this.whenTrue[at] = number.get(tree.left[original]!)!;
      this.whenFalse[at] = number.get(tree.right[original]!)!;
      this.missingTrue[at] = tree.defaultLeft[original]!;
    }
  }

  attributes() {
    return [
      attribute.ints('nodes_treeids', this.tree),
      attribute.ints('nodes_nodeids', this.id),
      attribute.ints('nodes_featureids', this.feature),
      attribute.floats('nodes_hitrates', this.cover),
      attribute.strings('nodes_modes', this.modes),
      attribute.floats('nodes_values', this.threshold),
      attribute.ints('nodes_truenodeids', this.whenTrue),
      attribute.ints('nodes_falsenodeids', this.whenFalse),
      attribute.ints('nodes_missing_value_tracks_true', this.missingTrue),
      attribute.ints('target_treeids', this.leaves.tree),
      attribute.ints('target_nodeids', this.leaves.id),
      attribute.ints('target_ids', this.leaves.group),
      attribute.floats('target_weights', Float32Array.from(this.weights)),
    ];
  }
}
