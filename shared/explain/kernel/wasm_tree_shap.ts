import { type Address, type Kernel, kernelFactory, takeMemory } from '../../bridge/kernel/wasm.ts';
import { STATES, type Table } from '../shap_table.ts';
import { SHAP_WASM } from './shap_wasm.ts';

const NODE_BYTES = 24;
/** How shap.as.ts writes that an edge leads left. */
const LEFT = 4;

/** The exports of shap.as.ts; each is described where it stands. */
interface ShapKernel extends Kernel {
  explain(
    nodes: Address,
    counts: Address,
    trees: number,
    bytes: number,
    table: Address,
    down: Address,
    up: Address,
    states: Address,
    row: Address,
    contributions: Address,
  ): void;
}

const createShapKernel = kernelFactory<ShapKernel>(SHAP_WASM);

/** The passes over a table in WebAssembly: the same sums as in plain TypeScript, in another order. */
export function createWasmPasses(
  table: Table,
  featureCount: number,
): (row: Float32Array, contributions: Float64Array) => void {
  const kernel = createShapKernel();
  const trees = layOut(table);
  const order = trees.flatMap(({ splits, leaves }) => [...splits, ...leaves]);
  const mostSplits = trees.reduce((most, { splits }) => Math.max(most, splits.length), 0);
  // The kernel takes four points at a time.
  const width = 4 * Math.ceil(table.points / 4);
  const bytes = 8 * width;
  const [nodes, counts, tables, down, up, states, laid, sums] = takeMemory(kernel, [
    NODE_BYTES * order.length,
    8 * trees.length,
    2 * bytes * STATES * order.length,
    bytes * mostSplits,
    bytes * mostSplits,
    mostSplits + 1,
    8 * Math.max(1, featureCount),
    8 * featureCount,
  ]) as [Address, Address, Address, Address, Address, Address, Address, Address];
  const memory = kernel.memory.buffer;
  new Uint32Array(memory, counts, 2 * trees.length).set(
    trees.flatMap(({ splits, leaves }) => [splits.length, leaves.length]),
  );
  writeNodes(new DataView(memory, nodes), table, trees, featureCount);
  writeTable(new Float64Array(memory, tables, 2 * width * STATES * order.length), table, order);
  const values = new Float32Array(memory, laid, 2 * featureCount);
  const results = new Float64Array(memory, sums, featureCount);
  return (row, contributions) => {
    for (let f = 0; f < featureCount; f++) {
      const value = row[f]!;
      values[f] = value;
      values[f + featureCount] = Number.isNaN(value) ? Infinity : value;
    }
    results.fill(0);
    kernel.explain(nodes, counts, trees.length, bytes, tables, down, up, states, laid, sums);
    contributions.set(results);
  };
}

/** A tree's nodes as the table numbers them; splits by depth. */
interface LaidTree {
  readonly splits: number[];
  readonly leaves: number[];
}

/** Trees that split: one of a single leaf explains nothing. It begins where a node has no parent. */
function layOut({ count, parent, splitFeature }: Table): LaidTree[] {
  const trees: LaidTree[] = [];
  const depth = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    const isRoot = parent[at]! < 0;
    if (isRoot) trees.push({ splits: [], leaves: [] });
    else depth[at] = depth[parent[at]!]! + 1;
    const { splits, leaves } = trees.at(-1)!;
    (splitFeature[at]! < 0 ? leaves : splits).push(at);
  }
  for (const { splits } of trees) splits.sort((a, b) => depth[a]! - depth[b]!);
  return trees.filter(({ splits }) => splits.length > 0);
}

function writeNodes(
  view: DataView,
  table: Table,
  trees: readonly LaidTree[],
  featureCount: number,
): void {
  const place = new Uint32Array(table.count);
  let node = 0;
  for (const { splits, leaves } of trees) {
    splits.forEach((at, i) => {
      place[at] = i;
    });
    for (const at of [...splits, ...leaves]) {
      const feature = table.splitFeature[at]!;
      const half = table.defaultLeft[at] ? 0 : featureCount;
      const previous = table.previous[at]!;
      const isRoot = table.parent[at]! < 0;
      view.setUint32(node, isRoot ? 0 : place[table.parent[at]!]!, true);
      view.setUint32(node + 4, previous < 0 ? splits.length : place[previous]!, true);
      view.setUint32(node + 8, 8 * table.edgeFeature[at]!, true);
      view.setUint32(node + 12, LEFT * table.isLeftChild[at]!, true);
      view.setFloat32(node + 16, table.threshold[at]!, true);
      view.setUint32(node + 20, feature < 0 ? 0 : 4 * (feature + half), true);
      node += NODE_BYTES;
    }
  }
}

/** Factors and coefficients of an edge and state side by side; a point too many weighs nothing. */
function writeTable(out: Float64Array, table: Table, order: readonly number[]): void {
  const width = out.length / (2 * STATES * order.length);
  order.forEach((at, i) => {
    const value = table.splitFeature[at]! < 0 ? table.leaf[at]! : 1;
    for (let state = 0; state < STATES; state++) {
      const from = (at * STATES + state) * table.points;
      const to = 2 * width * (i * STATES + state);
      for (let q = 0; q < table.points; q++) {
        out[to + q] = table.factor[from + q]! * value;
        out[to + width + q] = table.coefficient[from + q]!;
      }
    }
  });
}
