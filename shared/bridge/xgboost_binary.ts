/**
 * Reader of XGBoost's legacy binary model (`model.bst`), from 0.4 to 2.x: what BigQuery ML exports.
 *
 * Layout: dmlc/xgboost release_0.82 src/learner.cc, src/gbm/gbtree_model.h and
 * include/xgboost/tree_model.h; from 1.0 on release_1.5.0 src/learner.cc. Little-endian throughout.
 */
import type { Booster, Tree } from './booster.ts';
import { ModelFormatError } from './errors.ts';

const LEARNER_PARAMETERS_BYTES = 136;
const GBTREE_PARAMETERS_BYTES = 160;
const TREE_PARAMETERS_BYTES = 148;
const NODE_BYTES = 20;
const STATISTICS_BYTES = 16;
const DELETED_NODE = 0xffffffff;
const LARGEST_FEATURE_COUNT = 1 << 20;

/** Objectives whose margin has one group a class. */
const MULTI_CLASS = /^multi:soft(prob|max)$/;
/** How base_score becomes a margin, for the objectives whose trees can be served. */
const LOGIT_LINK = /^(binary:logistic|binary:logitraw|reg:logistic)$/;
const LOG_LINK = /^(count:poisson|reg:gamma|reg:tweedie)$/;
const IDENTITY_LINK =
  /^(reg:linear|reg:squarederror|reg:squaredlogerror|reg:pseudohubererror|reg:absoluteerror|binary:hinge|multi:soft(prob|max)|rank:\w+)$/;

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
  const groupCount = MULTI_CLASS.test(objective) ? Math.max(learner.classCount, 1) : 1;
  const model = readGbtreeModel(input, learner, groupCount);
  if (boosterName === 'dart' && model.trees.length > 0) applyDropout(input, model.trees);
  const attributes = learner.hasAttributes ? readAttributes(input) : new Map<string, string>();
  readTrailer(input, objective, learner);
  return {
    objective,
    version: [learner.major, learner.minor],
    featureCount: learner.featureCount,
    groupCount,
    baseMargin: baseMargin(objective, learner),
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
  };
  if (parameters.major > 3 || parameters.featureCount > LARGEST_FEATURE_COUNT) {
    throw new ModelFormatError(
      'This is not an XGBoost model: its header names ' +
        `version ${parameters.major}.${parameters.minor} and ${parameters.featureCount} features.`,
    );
  }
  return parameters;
}

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

/** Every walk from the root must end at a leaf, within the row and within the tree. */
export function checkStructure(
  tree: Pick<Tree, 'left' | 'right' | 'feature'>,
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

/** DART stores how much of each tree counts: its leaves are multiplied by it, in float32. */
function applyDropout(input: Cursor, trees: readonly Tree[]): void {
  const count = input.uint64('the number of tree weights');
  if (count !== trees.length) {
    throw new ModelFormatError(`There are ${count} tree weights for ${trees.length} trees.`);
  }
  for (const { value } of trees) {
    const weight = input.float32();
    for (let i = 0; i < value.length; i++) value[i] = value[i]! * weight;
  }
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

/** Before 1.0 the file holds the margin itself; from 1.0 on, what users know: a probability or a mean. */
function baseMargin(objective: string, { baseScore, major }: LearnerParameters): number {
  if (LOGIT_LINK.test(objective)) {
    if (major < 1 || objective === 'binary:logitraw') return baseScore;
    return Math.fround(-Math.log(1 / baseScore - 1));
  }
  if (LOG_LINK.test(objective)) return major < 1 ? baseScore : Math.fround(Math.log(baseScore));
  if (IDENTITY_LINK.test(objective)) return baseScore;
  throw new ModelFormatError(`The objective "${objective}" has no exact conversion to ONNX.`);
}

/** Reads little-endian numbers and length-prefixed text; every read is checked against the end. */
class Cursor {
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.view.byteLength - this.at;
  }

  /** The next `size` bytes as a cursor of their own. */
  part(size: number, what: string): Cursor {
    this.need(size, what);
    const part = new Uint8Array(this.view.buffer, this.view.byteOffset + this.at, size);
    this.at += size;
    return new Cursor(part);
  }

  skip(size: number): void {
    this.need(size, 'a field');
    this.at += size;
  }

  int32(): number {
    this.need(4, 'a number');
    this.at += 4;
    return this.view.getInt32(this.at - 4, true);
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  float32(): number {
    this.need(4, 'a number');
    this.at += 4;
    return this.view.getFloat32(this.at - 4, true);
  }

  peekUint64(): number | undefined {
    return this.left < 8 ? undefined : Number(this.view.getBigUint64(this.at, true));
  }

  /** A count; one larger than the bytes that are left cannot be true. */
  uint64(what: string): number {
    const count = this.peekUint64();
    if (count === undefined || count > this.left - 8) {
      throw new ModelFormatError(`The file ends within ${what}.`);
    }
    this.at += 8;
    return count;
  }

  text(what: string): string {
    const length = this.uint64(what);
    const part = this.part(length, what);
    return new TextDecoder().decode(part.view);
  }

  peekText(length: number): string {
    const part = new Uint8Array(
      this.view.buffer,
      this.view.byteOffset + this.at,
      Math.min(length, this.left),
    );
    return new TextDecoder('latin1').decode(part);
  }

  private need(size: number, what: string): void {
    if (size > this.left) throw new ModelFormatError(`The file ends within ${what}.`);
  }
}
