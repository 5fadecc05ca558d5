/**
 * Writes XGBoost's legacy binary model format ("model.bst"), little-endian throughout.
 *
 * Layout: dmlc/xgboost release_0.82 src/learner.cc (LearnerModelParam, Save), src/gbm/gbtree_model.h
 * (GBTreeModelParam, Save), include/xgboost/tree_model.h (TreeParam, Node, RTreeNodeStat);
 * release_1.1.0 src/learner.cc (SaveModel) for version 1.1.
 */
import type { Booster, Tree } from '../../../../shared/bridge/booster.ts';
import { ByteWriter } from './byte_writer.ts';
import { pairChildren } from './paired_children.ts';

export interface LegacyOptions {
  /** `dart` adds a weight of 1 a tree: a Booster's leaves are weighted already. */
  readonly booster?: 'gbtree' | 'dart';
  /** The evaluation metrics that training watched. */
  readonly metrics?: readonly string[];
  /** With which the leaves were shrunk and regularised: node weights are computed back from them. */
  readonly learnRate?: number;
  readonly l2Reg?: number;
}

/**
 * The bytes of model.bst: without magic and with the margin as base score for version 0.0, behind
 * `binf` for 1.1, where base score is in user space. The same trees give the same bytes.
 *
 * What a Booster doesn't hold is written as XGBoost computes it: `leaf_child_cnt` counts a node's
 * children that are leaves; `base_weight` is −G/(H + λ), computed up from the leaves. No reader of
 * XGBoost predicts with either.
 */
export function writeLegacyBinary(booster: Booster, options: LegacyOptions = {}): Uint8Array {
  const out = new ByteWriter();
  const isLegacy = booster.version[0] < 1;
  const attributes = attributesOf(booster, options);
  if (!isLegacy) out.ascii('binf');
  writeLearner(out, booster, attributes.length > 0, options);
  out.string(booster.objective);
  out.string(options.booster ?? 'gbtree');
  writeGradientBooster(out, booster);
  for (const tree of booster.trees) {
    writeTree(out, pairChildren(tree), booster.featureCount, options);
  }
  for (const { group } of booster.trees) out.i32(group);
  if (options.booster === 'dart' && booster.trees.length > 0) {
    out.u64(booster.trees.length);
    for (const _ of booster.trees) out.f32(1);
  }
  if (attributes.length > 0) {
    out.u64(attributes.length);
    for (const [name, value] of attributes) {
      out.string(name);
      out.string(value);
    }
  }
  if (isLegacy && options.metrics) {
    out.u64(options.metrics.length);
    for (const metric of options.metrics) out.string(metric);
  }
  return out.bytes();
}

/** From 1.0 on metrics and the objective's configuration are attributes, sorted with the others. */
function attributesOf(booster: Booster, options: LegacyOptions): [string, string][] {
  if (booster.version[0] < 1) return [...booster.attributes];
  const all = new Map(booster.attributes);
  all.set('objective', JSON.stringify(objectiveConfig(booster)));
  if (options.metrics) all.set('metrics', options.metrics.map((metric) => `${metric};`).join(''));
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}

const objectiveConfig = ({ objective, groupCount }: Booster) =>
  objective.startsWith('multi:')
    ? { name: objective, softmax_multiclass_param: { num_class: String(groupCount) } }
    : { name: objective, reg_loss_param: { scale_pos_weight: '1' } };

/** 136 bytes. */
function writeLearner(
  out: ByteWriter,
  booster: Booster,
  hasAttributes: boolean,
  { metrics }: LegacyOptions,
): void {
  const [major, minor] = booster.version;
  const isMulti = booster.objective.startsWith('multi:');
  out.f32(major < 1 ? booster.baseMargins[0]! : userSpace(booster));
  out.u32(booster.featureCount);
  out.i32(isMulti ? booster.groupCount : 0);
  out.i32(Number(hasAttributes));
  out.i32(Number(metrics !== undefined));
  out.u32(major);
  out.u32(minor);
  out.zeros(136 - 28);
}

/** The base score as a user gives it: through the inverse of the objective's link. */
function userSpace({ objective, baseMargins }: Booster): number {
  const baseMargin = baseMargins[0]!;
  if (objective === 'binary:logistic' || objective === 'reg:logistic') {
    return 1 / (1 + Math.exp(-baseMargin));
  }
  if (/^(count:poisson|reg:gamma|reg:tweedie|survival:cox|survival:aft)$/.test(objective)) {
    return Math.exp(baseMargin);
  }
  return baseMargin;
}

/** 160 bytes. */
function writeGradientBooster(out: ByteWriter, booster: Booster): void {
  out.i32(booster.trees.length);
  out.i32(1); // num_roots
  out.i32(booster.featureCount);
  out.zeros(4);
  out.zeros(8); // num_pbuffer
  out.i32(booster.version[0] < 1 ? booster.groupCount : 0);
  out.zeros(4 + 128); // size_leaf_vector, reserved
}

function writeTree(
  out: ByteWriter,
  tree: Tree,
  featureCount: number,
  options: LegacyOptions,
): void {
  const count = tree.left.length;
  out.i32(1); // num_roots
  out.i32(count);
  out.i32(0); // num_deleted
  out.i32(0); // max_depth
  out.i32(featureCount);
  out.zeros(4 + 124); // size_leaf_vector, reserved
  const parents = parentsOf(tree);
  for (let node = 0; node < count; node++) {
    const isLeaf = tree.left[node]! < 0;
    out.i32(parents[node]!);
    out.i32(isLeaf ? -1 : tree.left[node]!);
    out.i32(isLeaf ? -1 : tree.right[node]!);
    out.u32(isLeaf ? 0 : (tree.feature[node]! | (tree.defaultLeft[node]! << 31)) >>> 0);
    out.f32(isLeaf ? tree.value[node]! : tree.threshold[node]!);
  }
  const weights = baseWeights(tree, options);
  for (let node = 0; node < count; node++) {
    const children = [tree.left[node]!, tree.right[node]!].filter((child) => child >= 0);
    out.f32(tree.gain[node]!);
    out.f32(tree.cover[node]!);
    out.f32(weights[node]!);
    out.i32(children.filter((child) => tree.left[child]! < 0).length);
  }
}

/** The parent of each node, bit 31 set for a left child; −1 for the root. */
function parentsOf({ left, right }: Tree): Int32Array {
  const parents = new Int32Array(left.length).fill(-1);
  for (let node = 0; node < left.length; node++) {
    if (left[node]! < 0) continue;
    parents[left[node]!] = node | (1 << 31);
    parents[right[node]!] = node;
  }
  return parents;
}

function baseWeights(tree: Tree, { learnRate = 1, l2Reg = 0 }: LegacyOptions): Float64Array {
  const weights = new Float64Array(tree.left.length);
  const inverse = 1 / learnRate;
  const weigh = (node: number): number => (tree.cover[node]! + l2Reg) * weights[node]!;
  const order = childrenFirst(tree);
  for (const node of order) {
    const [left, right] = [tree.left[node]!, tree.right[node]!];
    if (left < 0) weights[node] = tree.value[node]! * inverse;
    else weights[node] = (weigh(left) + weigh(right)) / (tree.cover[node]! + l2Reg);
  }
  return weights;
}

/** Nodes so that both children of a node come before it. */
function childrenFirst({ left, right }: Tree): number[] {
  const order = [0];
  for (let i = 0; i < order.length; i++) {
    const node = order[i]!;
    if (left[node]! >= 0) order.push(left[node]!, right[node]!);
  }
  return order.reverse();
}
