import { type RandomBits, uniform } from '../random.ts';

export interface ColumnRatios {
  readonly colsampleByTree: number;
  readonly colsampleByLevel: number;
  readonly colsampleByNode: number;
}

/**
 * Which features may split a node: of all features some for the tree, of those some for each
 * level, of those some for each node; at least one each time (XGBoost's ColumnSampler).
 */
export class ColumnSampler {
  readonly #all: Uint32Array;
  readonly #ratios: ColumnRatios;
  readonly #random: RandomBits;
  #tree: Uint32Array;
  readonly #levels = new Map<number, Uint32Array>();

  constructor(features: number, ratios: ColumnRatios, random: RandomBits) {
    this.#all = Uint32Array.from({ length: features }, (_, i) => i);
    this.#ratios = ratios;
    this.#random = random;
    this.#tree = this.#all;
  }

  startTree(): void {
    this.#tree = this.#sample(this.#all, this.#ratios.colsampleByTree);
    this.#levels.clear();
  }

  /** All that nodes of the current tree may be split by, ascending. */
  get tree(): Uint32Array {
    return this.#tree;
  }

  /** For the next node of a depth, ascending. */
  forNode(depth: number): Uint32Array {
    let level = this.#levels.get(depth);
    if (level === undefined) {
      level = this.#sample(this.#tree, this.#ratios.colsampleByLevel);
      this.#levels.set(depth, level);
    }
    return this.#sample(level, this.#ratios.colsampleByNode);
  }

  #sample(features: Uint32Array, ratio: number): Uint32Array {
    if (ratio === 1) return features;
    const kept = Math.max(1, Math.floor(Math.fround(Math.fround(ratio) * features.length)));
    const shuffled = features.slice();
    for (let i = 0; i < kept; i++) {
      const j = i + Math.floor(uniform(this.#random) * (shuffled.length - i));
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled.subarray(0, kept).sort();
  }
}
