/** The trees of a TreeEnsembleRegressor node, as `trees.ts` writes them. */
import type { Booster, Tree } from '../booster.ts';
import { ModelFormatError } from '../errors.ts';
import { checkStructure } from '../structure.ts';
import type { Node } from './schema.ts';

/** @throws {ModelFormatError} where the node tables contradict themselves. */
export function readEnsemble(
  node: Node,
  base: Float32Array,
  featureCount: number,
  metadata: Readonly<Record<string, string>>,
): Booster {
  const attributes = new Map(node.attributes.map((a) => [a.name, a]));
  // Lists without an entry are not written: what is missing is empty, and then the lengths differ.
  const ints = (name: string): ArrayLike<number> => attributes.get(name)?.ints ?? [];
  const floats = (name: string) => attributes.get(name)?.floats ?? new Float32Array();
  const text = (name: string) => attributes.get(name)?.string;
  if (text('post_transform') !== 'NONE' || text('aggregate_function') !== 'SUM') {
    throw new ModelFormatError('The tree ensemble must sum and must not transform.');
  }
  const groupCount = attributes.get('n_targets')?.int ?? 0;
  if (groupCount < 1 || base.length !== groupCount) {
    throw new ModelFormatError('The tree ensemble needs one base value a group.');
  }
  const table = {
    tree: ints('nodes_treeids'),
    id: ints('nodes_nodeids'),
    feature: ints('nodes_featureids'),
    cover: floats('nodes_hitrates'),
    threshold: floats('nodes_values'),
    whenTrue: ints('nodes_truenodeids'),
    whenFalse: ints('nodes_falsenodeids'),
    missingTrue: ints('nodes_missing_value_tracks_true'),
    modes: attributes.get('nodes_modes')?.strings ?? [],
    leafTree: ints('target_treeids'),
    leafNode: ints('target_nodeids'),
    leafGroup: ints('target_ids'),
    leafWeight: floats('target_weights'),
  };
  return {
    objective: metadata.objective ?? '',
    version: readVersion(metadata.xgboost_version),
    featureCount,
    groupCount,
    baseMargins: base,
    trees: readTrees(table, featureCount, groupCount),
    attributes: new Map(),
  };
}

function readVersion(text = ''): Booster['version'] {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})$/.exec(text) ?? [];
  if (major !== undefined && minor !== undefined) return [Number(major), Number(minor)];
  throw new ModelFormatError(`The ONNX model names no version of XGBoost, but "${text}".`);
}

interface NodeTable {
  readonly tree: ArrayLike<number>;
  readonly id: ArrayLike<number>;
  readonly feature: ArrayLike<number>;
  readonly cover: Float32Array;
  readonly threshold: Float32Array;
  readonly whenTrue: ArrayLike<number>;
  readonly whenFalse: ArrayLike<number>;
  readonly missingTrue: ArrayLike<number>;
  readonly modes: readonly string[];
  readonly leafTree: ArrayLike<number>;
  readonly leafNode: ArrayLike<number>;
  readonly leafGroup: ArrayLike<number>;
  readonly leafWeight: Float32Array;
}

/** Trees stand one after another, nodes numbered from 0, leaves in node order: as `trees.ts` writes. */
function readTrees(table: NodeTable, featureCount: number, groupCount: number): Tree[] {
  const count = table.tree.length;
  for (const [name, column] of Object.entries(table)) {
    const expected = name.startsWith('leaf') ? table.leafTree.length : count;
    if (column.length !== expected) {
      throw new ModelFormatError(
        `The tree ensemble's ${name} has ${column.length} of ${expected}.`,
      );
    }
  }
  const trees: Tree[] = [];
  let leaf = 0;
  for (let start = 0; start < count; ) {
    let end = start;
    while (end < count && table.tree[end] === table.tree[start]) end++;
    const read = readTree(table, start, end, leaf, trees.length, groupCount);
    checkStructure(read.tree, featureCount, `tree ${trees.length}`);
    trees.push(read.tree);
    leaf = read.leaf;
    start = end;
  }
  if (leaf !== table.leafTree.length) {
    throw new ModelFormatError('The tree ensemble has weights for leaves that it lacks.');
  }
  return trees;
}

function readTree(
  table: NodeTable,
  start: number,
  end: number,
  firstLeaf: number,
  treeId: number,
  groupCount: number,
): { tree: Tree; leaf: number } {
  const size = end - start;
  const tree = {
    left: new Int32Array(size).fill(-1),
    right: new Int32Array(size).fill(-1),
    feature: new Uint32Array(size),
    threshold: new Float32Array(size),
    defaultLeft: new Uint8Array(size),
    value: new Float32Array(size),
    gain: new Float32Array(size),
    cover: table.cover.slice(start, end),
  };
  let leaf = firstLeaf;
  let group = -1;
  for (let node = 0; node < size; node++) {
    const at = start + node;
    if (table.tree[at] !== treeId || table.id[at] !== node) {
      throw new ModelFormatError(`The nodes of tree ${treeId} are not in order.`);
    }
    if (table.modes[at] === 'BRANCH_LT') {
      tree.left[node] = table.whenTrue[at]!;
      tree.right[node] = table.whenFalse[at]!;
      tree.feature[node] = table.feature[at]!;
      tree.threshold[node] = table.threshold[at]!;
      tree.defaultLeft[node] = table.missingTrue[at]!;
      continue;
    }
    const known = table.leafTree[leaf] === treeId && table.leafNode[leaf] === node;
    if (table.modes[at] !== 'LEAF' || !known) {
      throw new ModelFormatError(`Node ${node} of tree ${treeId} is neither a branch nor a leaf.`);
    }
    if (group < 0) group = table.leafGroup[leaf]!;
    if (table.leafGroup[leaf] !== group || group >= groupCount) {
      throw new ModelFormatError(`The leaves of tree ${treeId} add to different groups.`);
    }
    tree.value[node] = table.leafWeight[leaf]!;
    leaf++;
  }
  return { tree: { group, ...tree }, leaf };
}
