/**
 * Reader of XGBoost's legacy binary model (`model.bst`), from 0.4 to 2.x: what BigQuery ML exports.
 *
 * Layout: dmlc/xgboost release_0.82 src/learner.cc, src/gbm/gbtree_model.h and
 * include/xgboost/tree_model.h; from 1.0 on release_1.5.0 src/learner.cc. Little-endian throughout.
 */
import type { Booster, Tree } from '../booster.ts';
import { ModelFormatError } from '../errors.ts';
import { checkStructure } from '../structure.ts';
import { Cursor } from './cursor.ts';
import { baseMargins, groupCountOf, weighLeaves } from './objective.ts';

const LEARNER_PARAMETERS_BYTES = 136;
const GBTREE_PARAMETERS_BYTES = 160;
const TREE_PARAMETERS_BYTES = 148;
const NODE_BYTES = 20;
const STATISTICS_BYTES = 16;
const DELETED_NODE = 0xffffffff;
const LARGEST_FEATURE_COUNT = 1 << 20;

/** @throws {ModelFormatError} for damaged bytes and for boosters that have no exact conversion. */
export function readXgboostBinary(bytes: Uint8Array): Booster {
  const input = new Cursor(bytes);
  skipMagic(input);
  const learner = readLearnerParameters(input);
  const objective = input.text('the objective');
  const boosterName = input.text('the booster');
  if (boosterName !== 'gbtree' && boosterName !== 'dart') {
    throw new ModelFormatError(
      `The booster is "${boosterName}"; only gbtree and dart consist of trees and can be converted.`,
    );
  }
  const groupCount = groupCountOf(objective, learner.classCount, targetCountOf(learner));
  const model = readGbtreeModel(input, learner, groupCount);
  if (boosterName === 'dart' && model.trees.length > 0) applyDropout(input, model.trees);
  const attributes = learner.hasAttributes ? readAttributes(input) : new Map<string, string>();
  readTrailer(input, objective, learner);
  return {
    objective,
    featureCount: learner.featureCount,
    groupCount,
    version: [learner.major, learner.minor],
    baseMargins: baseMargins(objective, [learner.baseScore], groupCount, learner.major),
    trees: model.trees,
    attributes,
  };
}

interface LearnerParameters {
  readonly baseScore: number;
  readonly featureCount: number;
  readonly classCount: number;
  readonly hasAttributes: boolean;
  readonly hasMetrics: boolean;
  readonly major: number;
  readonly minor: number;
  readonly targetCount: number;
}

/** `binf` is written from 1.1 on and was around 0.4: the version decides, never the magic. */
function skipMagic(input: Cursor): void {
  const magic = input.peekText(4);
  if (magic === 'binf') input.skip(4);
  else if (magic === 'bs64') {
    throw new ModelFormatError('The model is base64-encoded (bs64): save it as a binary instead.');
  } else if (magic.startsWith('{')) {
    throw new ModelFormatError(
      'This is a JSON or UBJSON model, not the legacy binary that BigQuery ML exports.',
    );
  }
}

function readLearnerParameters(input: Cursor): LearnerParameters {
  const part = input.part(LEARNER_PARAMETERS_BYTES, 'the learner parameters');
  const parameters = {
    baseScore: part.float32(),
    featureCount: part.uint32(),
    classCount: part.int32(),
    hasAttributes: part.int32() !== 0,
    hasMetrics: part.int32() !== 0,
    major: part.uint32(),
    minor: part.uint32(),
    // Written from 1.6 on; what stood there before was never set.
    targetCount: part.uint32(),
  };
  if (parameters.major > 3 || parameters.featureCount > LARGEST_FEATURE_COUNT) {
    throw new ModelFormatError(
      'This is not an XGBoost model: its header names ' +
        `version ${parameters.major}.${parameters.minor} and ${parameters.featureCount} features.`,
    );
  }
  return parameters;
}

const targetCountOf = ({ major, minor, targetCount }: LearnerParameters): number =>
  major > 1 || (major === 1 && minor >= 6) ? targetCount : 1;

function readGbtreeModel(
  input: Cursor,
  learner: LearnerParameters,
  groupCount: number,
): { trees: Tree[] } {
  const part = input.part(GBTREE_PARAMETERS_BYTES, 'the tree ensemble parameters');
  const treeCount = part.int32();
  if (treeCount < 0 || treeCount * TREE_PARAMETERS_BYTES > input.left) {
    throw new ModelFormatError(`The file is too short for the ${treeCount} trees that it names.`);
  }
  const bodies = Array.from({ length: treeCount }, (_, i) => readTree(input, learner, i));
  const trees = bodies.map((body, i): Tree => {
    const group = input.int32();
    if (group < 0 || group >= groupCount) {
      throw new ModelFormatError(`Tree ${i} adds to group ${group} of ${groupCount}.`);
    }
    return { group, ...body };
  });
  return { trees };
}

function readTree(input: Cursor, learner: LearnerParameters, index: number): Omit<Tree, 'group'> {
  const where = `tree ${index}`;
  const part = input.part(TREE_PARAMETERS_BYTES, `the parameters of ${where}`);
  part.skip(4);
  const nodeCount = part.int32();
  part.skip(12);
  const leafVectorSize = part.int32();
  if (nodeCount < 1 || nodeCount * (NODE_BYTES + STATISTICS_BYTES) > input.left) {
    throw new ModelFormatError(`The file is too short for the ${nodeCount} nodes of ${where}.`);
  }
  const nodes = input.part(nodeCount * NODE_BYTES, `the nodes of ${where}`);
  const statistics = input.part(nodeCount * STATISTICS_BYTES, `the statistics of ${where}`);
  // Up to 0.80 a vector may follow, which prediction never reads; later versions write none.
  if (leafVectorSize !== 0 && learner.major < 1) {
    input.skip(4 * input.uint64(`the leaf vector of ${where}`));
  }
  return assemble(nodes, statistics, nodeCount, learner.featureCount, where);
}

function assemble(
  nodes: Cursor,
  statistics: Cursor,
  nodeCount: number,
  featureCount: number,
  where: string,
): Omit<Tree, 'group'> {
  const tree = {
    left: new Int32Array(nodeCount).fill(-1),
    right: new Int32Array(nodeCount).fill(-1),
    feature: new Uint32Array(nodeCount),
    threshold: new Float32Array(nodeCount),
    defaultLeft: new Uint8Array(nodeCount),
    value: new Float32Array(nodeCount),
    gain: new Float32Array(nodeCount),
    cover: new Float32Array(nodeCount),
  };
  for (let i = 0; i < nodeCount; i++) {
    nodes.skip(4);
    const left = nodes.int32();
    const right = nodes.int32();
    const split = nodes.uint32();
    const number = nodes.float32();
    tree.gain[i] = statistics.float32();
    tree.cover[i] = statistics.float32();
    statistics.skip(8);
    if (split === DELETED_NODE) continue;
    if (left < 0) {
      tree.value[i] = number;
      continue;
    }
    tree.left[i] = left;
    tree.right[i] = right;
    tree.feature[i] = split & 0x7fffffff;
    tree.defaultLeft[i] = split >>> 31;
    tree.threshold[i] = number;
  }
  checkStructure(tree, featureCount, where);
  return tree;
}

function applyDropout(input: Cursor, trees: readonly Tree[]): void {
  const count = input.uint64('the number of tree weights');
  if (count !== trees.length) {
    throw new ModelFormatError(`There are ${count} tree weights for ${trees.length} trees.`);
  }
  for (const tree of trees) weighLeaves(tree, input.float32());
}

function readAttributes(input: Cursor): Map<string, string> {
  const count = input.uint64('the number of attributes');
  const attributes = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    attributes.set(input.text('an attribute name'), input.text('an attribute'));
  }
  return attributes;
}

/** What follows the attributes before 1.0; nothing may follow it. */
function readTrailer(input: Cursor, objective: string, learner: LearnerParameters): void {
  if (learner.major < 1) {
    if (objective === 'count:poisson' && input.left > 0) input.text('max_delta_step');
    if (learner.hasMetrics) {
      const count = input.uint64('the number of metrics');
      for (let i = 0; i < count; i++) input.text('a metric');
    }
  }
  if (input.left > 0) {
    throw new ModelFormatError(`${input.left} bytes follow the end of the model.`);
  }
}
