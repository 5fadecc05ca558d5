import { type Address, type Kernel, kernelFactory, takeMemory } from '../../bridge/kernel/wasm.ts';
import { STATES, type Table } from '../shap_table.ts';
import { SHAP_WASM } from './shap_wasm.ts';

const NODE_BYTES = 32;
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
  // The kernel takes four points at a time.
  const width = 4 * Math.ceil(table.points / 4);
  const bytes = 8 * width;
  const sizes = treeSizes(table);
  const largest = Math.max(0, ...sizes);
  const [nodes, counts, tables, down, up, states, laid, sums] = takeMemory(kernel, [
    NODE_BYTES * table.count,
    4 * sizes.length,
    2 * bytes * STATES * table.count,
    bytes * largest,
    bytes * largest,
    largest + 1,
    8 * Math.max(1, featureCount),
    8 * featureCount,
  ]) as [Address, Address, Address, Address, Address, Address, Address, Address];
  const memory = kernel.memory.buffer;
  new Uint32Array(memory, counts, sizes.length).set(sizes);
  writeNodes(new DataView(memory, nodes), table, sizes, featureCount);
  writeTable(new Float64Array(memory, tables, 2 * width * STATES * table.count), table, width);
  const values = new Float32Array(memory, laid, 2 * featureCount);
  const results = new Float64Array(memory, sums, featureCount);
  return (row, contributions) => {
    for (let f = 0; f < featureCount; f++) {
      const value = row[f]!;
      values[f] = value;
      values[f + featureCount] = Number.isNaN(value) ? Infinity : value;
    }
    results.fill(0);
    kernel.explain(nodes, counts, sizes.length, bytes, tables, down, up, states, laid, sums);
    contributions.set(results);
  };
}

/** How many nodes each tree has; a tree begins where a node has no parent. */
function treeSizes({ count, parent }: Table): number[] {
  const sizes: number[] = [];
  for (let at = 0; at < count; at++) {
    if (parent[at]! < 0) sizes.push(0);
    sizes[sizes.length - 1]!++;
  }
  return sizes;
}

function writeNodes(
  view: DataView,
  table: Table,
  sizes: readonly number[],
  featureCount: number,
): void {
  let root = 0;
  for (const size of sizes) {
    for (let at = root; at < root + size; at++) {
      const node = NODE_BYTES * at;
      const feature = table.splitFeature[at]!;
      const isLeaf = feature < 0;
      const half = table.defaultLeft[at] ? 0 : featureCount;
      const previous = table.previous[at]!;
      view.setUint32(node, Math.max(0, table.parent[at]! - root), true);
      view.setUint32(node + 4, previous < 0 ? size : previous - root, true);
      view.setUint32(node + 8, 8 * table.edgeFeature[at]!, true);
      view.setUint32(node + 12, LEFT * table.isLeftChild[at]!, true);
      view.setFloat32(node + 16, table.threshold[at]!, true);
      view.setUint32(node + 20, isLeaf ? 0 : 4 * (feature + half), true);
      view.setInt32(node + 24, Number(isLeaf), true);
    }
    root += size;
  }
}

/** Factors and coefficients of an edge and state side by side; a point too many weighs nothing. */
function writeTable(out: Float64Array, table: Table, width: number): void {
  for (let edge = 0; edge < STATES * table.count; edge++) {
    const at = Math.floor(edge / STATES);
    const value = table.splitFeature[at]! < 0 ? table.leaf[at]! : 1;
    for (let q = 0; q < table.points; q++) {
      out[2 * width * edge + q] = table.factor[edge * table.points + q]! * value;
      out[2 * width * edge + width + q] = table.coefficient[edge * table.points + q]!;
    }
  }
}
