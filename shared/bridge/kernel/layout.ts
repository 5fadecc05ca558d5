/** Trees as the branchless walk reads them; `forest.as.ts` says how a node and a pack look. */
import type { Booster, Tree } from '../booster.ts';
import { type Walk, walksOf } from '../walks.ts';

const NODE_WORDS = 4;
export const PACK_WORDS = 10;
/** Trees that are walked together. */
const PACK = 8;
/** In place of a pack's group: its leaves add to both of two. */
export const TWO = 0xffff_ffff;

export interface Layout {
  /** All nodes, the values of leaves that have two, all packs: integers and float32 side by side. */
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
  const packed = fewestPacks(booster);
  const writer = new NodeWriter(packed, booster.featureCount, base, word);
  const { words, packs } = writer;
  // −0 is the one number that added to any other leaves its bits as they are.
  const fillers = { one: writer.leaf(-0), two: writer.leaf(-0, -0) };
  packed.forEach(({ group, walks }, i) => {
    const at = packs + PACK_WORDS * i;
    words[at + 1] = group === TWO ? TWO : word * group;
    words.fill(group === TWO ? fillers.two : fillers.one, at + 2, at + PACK_WORDS);
    walks.forEach((walk, lane) => {
      const { root, depth } = writer.walk(walk);
      words[at + 2 + lane] = root;
      words[at] = Math.max(words[at]!, depth);
    });
  });
  return { words, packs: base + word * packs, packCount: packed.length };
}

interface Pack {
  /** The group of all its trees, or TWO. */
  readonly group: number;
  /** At most eight. */
  readonly walks: readonly Walk[];
}

/** A pack costs the same however few trees are in it: where few have the same splits, none is joined. */
function fewestPacks(booster: Booster): readonly Pack[] {
  const { trees, groupCount } = booster;
  for (const { group } of trees) {
    if (group >= groupCount)
      throw new RangeError(`A tree adds to group ${group} of ${groupCount}.`);
  }
  const alone = packsOf(trees.map((tree) => [tree]));
  const joined = packsOf(walksOf(booster));
  return joined.length < alone.length ? joined : alone;
}

/** The trees of a group stay in their order, which says how float32 sums are rounded. */
function packsOf(walks: readonly Walk[]): Pack[] {
  const packs: Pack[] = [];
  for (let from = 0, to = 0; from < walks.length; from = to) {
    const kind = walks[from]!.length;
    while (walks[to]?.length === kind) to++;
    const groupOf = ([tree]: Walk) => (kind === 2 ? TWO : tree.group);
    for (const [group, own] of Map.groupBy(walks.slice(from, to), groupOf)) {
      for (let i = 0; i < own.length; i += PACK) {
        packs.push({ group, walks: own.slice(i, i + PACK) });
      }
    }
  }
  return packs;
}

class NodeWriter {
  /** Room for everything; `packs` are left to whoever calls. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Index of the first pack. */
  readonly packs: number;
  private readonly floats: Float32Array;
  private readonly features: number;
  private readonly base: number;
  private readonly word: number;
  private nextNode = 0;
  private nextPair: number;

  constructor(packed: readonly Pack[], features: number, base: number, word: number) {
    // With the two fillers.
    let nodes = 2;
    let pairs = 1;
    for (const [tree, twin] of packed.flatMap(({ walks }) => walks)) {
      nodes += tree.left.length;
      if (twin) pairs += tree.left.length;
    }
    this.nextPair = NODE_WORDS * nodes;
    this.packs = this.nextPair + 2 * pairs;
    this.words = new Uint32Array(this.packs + PACK_WORDS * packed.length);
    this.floats = new Float32Array(this.words.buffer);
    this.features = features;
    this.base = base;
    this.word = word;
  }

  /** A tree of one leaf, with a value or two; answers its address. */
  leaf(...values: number[]): number {
    const at = this.takeNodes(1);
    this.writeLeaf(at, values);
    return this.address(at);
  }

  /** Lays trees out level by level, so that siblings stand side by side. */
  walk(trees: Walk): { root: number; depth: number } {
    const [tree] = trees;
    const level = [{ node: 0, at: this.takeNodes(1), depth: 0 }];
    const root = this.address(level[0]!.at);
    let deepest = 0;
    for (const { node, at, depth } of level) {
      deepest = depth;
      if (tree.left[node]! < 0) {
        this.writeLeaf(
          at,
          trees.map(({ value }) => value[node]!),
        );
        continue;
      }
      const children = this.takeNodes(2);
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

  private writeLeaf(at: number, values: readonly number[]): void {
    this.floats[at] = Number.NaN;
    this.words[at + 2] = this.address(at);
    if (values.length === 1) {
      this.floats[at + 3] = values[0]!;
      return;
    }
    this.words[at + 3] = this.address(this.nextPair);
    this.floats.set(values, this.nextPair);
    this.nextPair += 2;
  }

  private takeNodes(count: number): number {
    const at = this.nextNode;
    this.nextNode += NODE_WORDS * count;
    return at;
  }

  private address(index: number): number {
    return this.base + this.word * index;
  }
}
