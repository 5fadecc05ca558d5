/** Trees as the branchless walk reads them; `forest.as.ts` says how a node and a pack look. */
import type { Booster, Tree } from '../booster.ts';

const NODE_WORDS = 4;
const PACK_WORDS = 10;
/** Trees that are walked together. */
const PACK = 8;

export interface Layout {
  /** All nodes, then all packs: 32-bit words, integers and float32 side by side. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Where the packs begin, in the units of `base`. */
  readonly packs: number;
  readonly packCount: number;
}

/**
 * @param base address at which the words will stand
 * @param word how much an address grows by a word: 4 for bytes, 1 for an index into `words`
 * @throws {RangeError} where a tree reads a feature or adds to a group that there is not
 */
export function layOut(booster: Booster, base: number, word: 1 | 4): Layout {
  const packed = packsOf(booster);
  const nodeCount = booster.trees.reduce((sum, tree) => sum + tree.left.length, 1);
  const packs = NODE_WORDS * nodeCount;
  const words = new Uint32Array(packs + PACK_WORDS * packed.length);
  const writer = new NodeWriter(words, booster.featureCount, base, word);
  // −0 is the one number that added to any other leaves its bits as they are.
  const filler = writer.leaf(-0);
  packed.forEach(({ group, trees }, i) => {
    const at = packs + PACK_WORDS * i;
    words[at + 1] = word * group;
    words.fill(filler, at + 2, at + PACK_WORDS);
    trees.forEach((tree, lane) => {
      const { root, depth } = writer.tree(tree);
      words[at + 2 + lane] = root;
      words[at] = Math.max(words[at]!, depth);
    });
  });
  return { words, packs: base + word * packs, packCount: packed.length };
}

/** Trees of one group in their order, at most eight together. */
function packsOf({ trees, groupCount }: Booster): { group: number; trees: Tree[] }[] {
  return [...Map.groupBy(trees, (tree) => tree.group)].flatMap(([group, own]) => {
    if (group >= groupCount)
      throw new RangeError(`A tree adds to group ${group} of ${groupCount}.`);
    return Array.from({ length: Math.ceil(own.length / PACK) }, (_, i) => ({
      group,
      trees: own.slice(PACK * i, PACK * (i + 1)),
    }));
  });
}

class NodeWriter {
  private readonly words: Uint32Array;
  private readonly floats: Float32Array;
  private readonly features: number;
  private readonly base: number;
  private readonly word: number;
  private next = 0;

  constructor(words: Uint32Array<ArrayBuffer>, features: number, base: number, word: number) {
    this.words = words;
    this.floats = new Float32Array(words.buffer);
    this.features = features;
    this.base = base;
    this.word = word;
  }

  /** A tree of one leaf; answers its address. */
  leaf(value: number): number {
    const at = this.take(1);
    this.writeLeaf(at, value);
    return this.address(at);
  }

  /** Lays a tree out level by level, so that siblings stand side by side. */
  tree(tree: Tree): { root: number; depth: number } {
    const level = [{ node: 0, at: this.take(1), depth: 0 }];
    const root = this.address(level[0]!.at);
    let deepest = 0;
    for (const { node, at, depth } of level) {
      deepest = depth;
      if (tree.left[node]! < 0) {
        this.writeLeaf(at, tree.value[node]!);
        continue;
      }
      const children = this.take(2);
      this.writeSplit(at, tree, node, children);
      level.push(
        { node: tree.left[node]!, at: children, depth: depth + 1 },
        { node: tree.right[node]!, at: children + NODE_WORDS, depth: depth + 1 },
      );
    }
    return { root, depth: deepest };
  }

  private writeSplit(at: number, tree: Tree, node: number, children: number): void {
    const read = tree.feature[node]!;
    if (read >= this.features) {
      throw new RangeError(`A tree reads feature ${read} of ${this.features}.`);
    }
    this.floats[at] = tree.threshold[node]!;
    this.words[at + 1] = this.word * (tree.defaultLeft[node] ? read : read + this.features);
    this.words[at + 2] = this.address(children);
  }

  private writeLeaf(at: number, value: number): void {
    this.floats[at] = Number.NaN;
    this.words[at + 2] = this.address(at);
    this.floats[at + 3] = value;
  }

  private take(nodes: number): number {
    const at = this.next;
    this.next += NODE_WORDS * nodes;
    return at;
  }

  private address(index: number): number {
    return this.base + this.word * index;
  }
}
