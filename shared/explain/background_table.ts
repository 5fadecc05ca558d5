/** What interventional SHAP knows of an ensemble and its background before it sees a row; `interventional.ts` says why. */
import type { Booster, Tree } from '../bridge/booster.ts';

/**
 * All trees' splits and leaves. The features of a path are numbered by where they are first asked:
 * its slots. What belongs to a leaf runs from its start to the start of the next.
 */
export interface BackgroundTable {
  /** By split. */
  readonly feature: Uint32Array;
  readonly threshold: Float32Array;
  readonly defaultLeft: Uint8Array;
  readonly leaves: number;
  /** By leaf: the splits above it, where its path goes there, and for which slot. */
  readonly edgeStart: Uint32Array;
  readonly edgeSplit: Uint32Array;
  readonly edgeLeft: Uint8Array;
  readonly edgeSlot: Uint16Array;
  /** By leaf: the feature of each slot. */
  readonly slotStart: Uint32Array;
  readonly slotFeature: Uint32Array;
  /** By leaf: the rows of the background in groups that leave its path at the same slots … */
  readonly groupStart: Uint32Array;
  readonly groupSet: Uint32Array;
  /** … and the share of the background that they are, times the leaf's value. */
  readonly groupWeight: Float64Array;
  readonly sets: SlotSets;
  readonly mostSlots: number;
}

/** Sets of slots, each kept once; 0 is the empty one. Those of a set run from its start to the next. */
export interface SlotSets {
  readonly start: Uint32Array;
  readonly slot: Uint16Array;
  /** A bit a slot; from the 33rd slot on, slots share bits. */
  readonly mask: Int32Array;
}

/** @param rows of the background, as the trees read them */
export function buildBackgroundTable(
  booster: Booster,
  signs: readonly number[],
  rows: readonly Float32Array[],
): BackgroundTable {
  const builder = new Builder(rows);
  for (const tree of booster.trees) builder.addTree(tree, signs[tree.group]! / rows.length);
  return builder.table();
}

class SetBuilder {
  private readonly sets: number[][] = [[]];
  private readonly known = new Map([['', 0]]);
  private readonly successors: number[][] = [[]];

  /** The set with one slot more. */
  with(set: number, slot: number): number {
    const successors = this.successors[set]!;
    successors[slot] ??= this.add(new Set([...this.sets[set]!, slot]));
    return successors[slot];
  }

  private add(slots: ReadonlySet<number>): number {
    const sorted = [...slots].sort((a, b) => a - b);
    const known = this.known.get(sorted.join());
    if (known !== undefined) return known;
    this.successors.push([]);
    const set = this.sets.push(sorted) - 1;
    this.known.set(sorted.join(), set);
    return set;
  }

  all(): SlotSets {
    const start = new Uint32Array(this.sets.length + 1);
    this.sets.forEach(({ length }, set) => {
      start[set + 1] = start[set]! + length;
    });
    const maskOf = (slots: readonly number[]) =>
      slots.reduce((mask, slot) => mask | (1 << slot), 0);
    return {
      start,
      slot: Uint16Array.from(this.sets.flat()),
      mask: Int32Array.from(this.sets, maskOf),
    };
  }
}

interface Edge {
  readonly split: number;
  readonly isLeft: boolean;
  readonly slot: number;
}

class Builder {
  private readonly rows: readonly Float32Array[];
  private readonly splits: { feature: number; threshold: number; defaultLeft: number }[] = [];
  private readonly edges: Edge[] = [];
  private readonly edgeStart = [0];
  private readonly slotFeature: number[] = [];
  private readonly slotStart = [0];
  private readonly groupSet: number[] = [];
  private readonly groupWeight: number[] = [];
  private readonly groupStart = [0];
  private readonly sets = new SetBuilder();
  private mostSlots = 0;

  constructor(rows: readonly Float32Array[]) {
    this.rows = rows;
  }

  addTree(tree: Tree, scale: number): void {
    // `left`: by row of the background, the set of slots at which it left the path so far.
    const add = (node: number, path: readonly Edge[], slots: readonly number[], left: number[]) => {
      if (tree.left[node]! < 0) {
        this.addLeaf(scale * tree.value[node]!, path, slots, left);
        return;
      }
      const feature = tree.feature[node]!;
      const threshold = tree.threshold[node]!;
      const defaultLeft = tree.defaultLeft[node]!;
      const split = this.splits.push({ feature, threshold, defaultLeft }) - 1;
      const slot = slots.includes(feature) ? slots.indexOf(feature) : slots.length;
      const below = slot < slots.length ? slots : [...slots, feature];
      const goesLeft = this.rows.map((row) => {
        const value = row[feature]!;
        return Number.isNaN(value) ? defaultLeft === 1 : value < threshold;
      });
      for (const isLeft of [true, false]) {
        const child = isLeft ? tree.left[node]! : tree.right[node]!;
        const now = left.map((set, i) =>
          goesLeft[i] === isLeft ? set : this.sets.with(set, slot),
        );
        add(child, [...path, { split, isLeft, slot }], below, now);
      }
    };
    add(0, [], [], new Array(this.rows.length).fill(0));
  }

  private addLeaf(
    value: number,
    path: readonly Edge[],
    slots: readonly number[],
    left: readonly number[],
  ): void {
    for (const edge of path) this.edges.push(edge);
    this.edgeStart.push(this.edges.length);
    for (const feature of slots) this.slotFeature.push(feature);
    this.slotStart.push(this.slotFeature.length);
    const counts = new Map<number, number>();
    for (const set of left) counts.set(set, (counts.get(set) ?? 0) + 1);
    for (const [set, count] of counts) {
      this.groupSet.push(set);
      this.groupWeight.push(value * count);
    }
    this.groupStart.push(this.groupSet.length);
    this.mostSlots = Math.max(this.mostSlots, slots.length);
  }

  table(): BackgroundTable {
    return {
      feature: Uint32Array.from(this.splits, ({ feature }) => feature),
      threshold: Float32Array.from(this.splits, ({ threshold }) => threshold),
      defaultLeft: Uint8Array.from(this.splits, ({ defaultLeft }) => defaultLeft),
      leaves: this.edgeStart.length - 1,
      edgeStart: Uint32Array.from(this.edgeStart),
      edgeSplit: Uint32Array.from(this.edges, ({ split }) => split),
      edgeLeft: Uint8Array.from(this.edges, ({ isLeft }) => Number(isLeft)),
      edgeSlot: Uint16Array.from(this.edges, ({ slot }) => slot),
      slotStart: Uint32Array.from(this.slotStart),
      slotFeature: Uint32Array.from(this.slotFeature),
      groupStart: Uint32Array.from(this.groupStart),
      groupSet: Uint32Array.from(this.groupSet),
      groupWeight: Float64Array.from(this.groupWeight),
      sets: this.sets.all(),
      mostSlots: this.mostSlots,
    };
  }
}
