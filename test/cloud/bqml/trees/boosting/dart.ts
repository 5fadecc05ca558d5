import { type RandomBits, uniform } from '../random.ts';

/** The weights of DART's trees, by which leaf values are multiplied. float32. */
export class DartWeights {
  readonly #normalize: 'TREE' | 'FOREST';
  readonly #dropout: number;
  readonly #random: RandomBits;
  readonly #weights: number[] = [];
  #dropped: number[] = [];

  constructor(normalize: 'TREE' | 'FOREST', dropout: number, random: RandomBits) {
    this.#normalize = normalize;
    this.#dropout = dropout;
    this.#random = random;
  }

  get all(): readonly number[] {
    return this.#weights;
  }

  /** Chooses the trees that the coming round is trained without; answers their indices. */
  drop(): readonly number[] {
    this.#dropped = [...this.#weights.keys()].filter(() => uniform(this.#random) < this.#dropout);
    return this.#dropped;
  }

  /**
   * Weighs a round's new trees and what was dropped for them, so that both together weigh what the
   * dropped ones did: Dart::NormalizeTrees of XGBoost's src/gbm/gbtree.cc.
   */
  add(newTrees: number, learnRate: number): void {
    const rate = Math.fround(Math.fround(learnRate) / newTrees);
    const dropped = this.#dropped.length;
    const forest = this.#normalize === 'FOREST';
    const old = Math.fround(forest ? 1 / (1 + rate) : dropped / Math.fround(dropped + rate));
    const fresh = forest ? old : Math.fround(1 / Math.fround(dropped + rate));
    for (const i of this.#dropped) this.#weights[i] = Math.fround(this.#weights[i]! * old);
    for (let i = 0; i < newTrees; i++) this.#weights.push(dropped === 0 ? 1 : fresh);
    this.#dropped = [];
  }
}
