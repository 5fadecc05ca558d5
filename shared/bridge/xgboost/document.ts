/**
 * XGBoost's model document, written as JSON or UBJSON from 1.0 on: dmlc/xgboost
 * release_1.7.0 doc/model.schema, and for 3.x src/gbm/gbtree_model.cc and src/learner.cc.
 */
import type { Booster, Tree } from '../booster.ts';
import { ModelFormatError } from '../errors.ts';
import { checkStructure } from '../structure.ts';
import { Fields } from './fields.ts';
import { baseMargins, groupCountOf, weighLeaves } from './objective.ts';

const LARGEST_FEATURE_COUNT = 1 << 20;

/** @throws {ModelFormatError} naming the field that is missing or wrong, or what cannot be served. */
export function readDocument(document: unknown): Booster {
  const root = Fields.of(document, 'the model');
  const version = root.integers('version');
  const learner = root.fields('learner');
  const parameters = learner.fields('learner_model_param');
  const objective = learner.fields('objective').text('name');
  const groupCount = groupCountOf(
    objective,
    parameters.count('num_class'),
    parameters.has('num_target') ? parameters.count('num_target') : 1,
  );
  const featureCount = parameters.count('num_feature');
  if (featureCount > LARGEST_FEATURE_COUNT) {
    throw new ModelFormatError(`The model names ${featureCount} features; that cannot be.`);
  }
  const [major = 0, minor = 0] = version;
  return {
    objective,
    version: [major, minor],
    baseMargins: baseMargins(objective, baseScores(parameters), groupCount, major),
    featureCount,
    groupCount,
    trees: readTrees(learner.fields('gradient_booster'), featureCount, groupCount),
    attributes: readAttributes(learner),
  };
}

/** "5E-1" until 3.0, "[2.35E-1]" or one number a group from 3.1 on. */
function baseScores(parameters: Fields): number[] {
  const text = parameters.text('base_score');
  const scores = text
    .replace(/^\[(.*)\]$/, '$1')
    .split(',')
    .map(Number);
  if (text !== '' && scores.every(Number.isFinite)) return scores;
  throw new ModelFormatError(`The base score "${text}" is no number.`);
}

function readAttributes(learner: Fields): Map<string, string> {
  if (!learner.has('attributes')) return new Map();
  const attributes = learner.fields('attributes');
  return new Map(attributes.names().map((name) => [name, attributes.text(name)]));
}

function readTrees(booster: Fields, featureCount: number, groupCount: number): Tree[] {
  const name = booster.text('name');
  if (name !== 'gbtree' && name !== 'dart') {
    throw new ModelFormatError(
      `The booster is "${name}"; only gbtree and dart consist of trees and can be converted.`,
    );
  }
  // Up to 3.x dart wraps a gbtree and keeps the weights beside it; later they are in the model.
  const outer = booster.has('gbtree') ? booster.fields('gbtree') : booster;
  const model = outer.fields('model');
  const documents = model.list('trees');
  const groups = model.integers('tree_info');
  if (groups.length !== documents.length) {
    throw new ModelFormatError(`There are ${groups.length} groups for ${documents.length} trees.`);
  }
  const trees = documents.map((tree, i) => {
    const group = groups[i]!;
    if (!Number.isInteger(group) || group < 0 || group >= groupCount) {
      throw new ModelFormatError(`Tree ${i} adds to group ${group} of ${groupCount}.`);
    }
    return { group, ...readTree(Fields.of(tree, `tree ${i}`), featureCount, `tree ${i}`) };
  });
  const holder = [booster, model].find((fields) => fields.has('weight_drop'));
  if (holder) applyDropout(trees, holder.numbers('weight_drop'));
  return trees;
}

function applyDropout(trees: readonly Tree[], weights: readonly number[]): void {
  // A gbtree of 3.x carries an empty list.
  if (weights.length === 0) return;
  if (weights.length !== trees.length) {
    throw new ModelFormatError(
      `There are ${weights.length} tree weights for ${trees.length} trees.`,
    );
  }
  trees.forEach((tree, i) => {
    weighLeaves(tree, Math.fround(weights[i]!));
  });
}

function readTree(fields: Fields, featureCount: number, where: string): Omit<Tree, 'group'> {
  refuseOddities(fields, where);
  const left = fields.integers('left_children');
  const column = (name: string, kind: 'numbers' | 'integers') => {
    const numbers = fields[kind](name);
    if (numbers.length === left.length) return numbers;
    throw new ModelFormatError(
      `${where} has ${numbers.length} ${name} for ${left.length} left_children.`,
    );
  };
  if (left.length === 0) throw new ModelFormatError(`${where} has no node.`);
  const conditions = column('split_conditions', 'numbers');
  const isLeaf = (i: number) => left[i]! < 0;
  const tree = {
    left: Int32Array.from(left, (child) => (child < 0 ? -1 : child)),
    right: Int32Array.from(column('right_children', 'integers'), (child, i) =>
      isLeaf(i) ? -1 : child,
    ),
    feature: Uint32Array.from(column('split_indices', 'integers'), (index, i) =>
      isLeaf(i) ? 0 : index,
    ),
    threshold: Float32Array.from(conditions, (number, i) => (isLeaf(i) ? 0 : number)),
    defaultLeft: Uint8Array.from(column('default_left', 'integers'), (flag, i) =>
      Number(!isLeaf(i) && flag !== 0),
    ),
    value: Float32Array.from(conditions, (number, i) => (isLeaf(i) ? number : 0)),
    gain: Float32Array.from(column('loss_changes', 'numbers')),
    cover: Float32Array.from(column('sum_hessian', 'numbers')),
  };
  checkStructure(tree, featureCount, where);
  return tree;
}

function refuseOddities(fields: Fields, where: string): void {
  if (fields.has('split_type') && fields.integers('split_type').some((type) => type !== 0)) {
    throw new ModelFormatError(
      `${where} splits on categories; encode them as numbers before training.`,
    );
  }
  const parameters = fields.fields('tree_param');
  const size = parameters.has('size_leaf_vector') ? parameters.count('size_leaf_vector') : 0;
  if (size > 1) {
    throw new ModelFormatError(`${where} has vectors of ${size} as leaves; use one tree a class.`);
  }
}
