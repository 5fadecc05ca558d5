import { sameMargins, type Tree } from '../../../../../shared/bridge/booster.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Address, TrainerKernel } from '../kernels/trainer.ts';
import { margins as marginsOf } from '../predict.ts';
import type { MakeObjective, Objective } from './objective.ts';
import type { TrainingRows } from './training_rows.ts';

/** What the margins of some trees do not depend on. */
const UNNAMED = { objective: '', version: [0, 0], attributes: new Map() } as const;

/** Rows with the loss that is taken of them; knows how to score trees on them. */
export class ScoredRows {
  readonly objective: Objective;
  /** float32 a row, in the kernel's memory; 0 where all weigh 1. */
  readonly weights: Address;
  readonly #columns: readonly Float32Array[];
  readonly #count: number;
  readonly #arena: Arena;
  readonly #base: number;

  /** `base` is the margin before the first tree. */
  constructor(
    kernel: TrainerKernel,
    arena: Arena,
    { columns, labels, weights }: TrainingRows,
    make: MakeObjective,
    base: number,
  ) {
    this.weights = weights === undefined ? 0 : arena.put(weights);
    this.#columns = columns;
    this.#count = labels.length;
    this.#arena = arena;
    this.#base = base;
    const rows = { count: labels.length, labels: arena.put(labels), weights: this.weights };
    this.objective = make(kernel, arena, rows, base);
    this.objective.update();
  }

  /** Adds trees to the margins. Trees of groups that the objective does not train mirror others. */
  add(trees: readonly Tree[]): void {
    const { groups } = this.objective;
    const count = this.#count;
    const trained = trees.filter((tree) => tree.group < groups);
    const sums = marginsOf(
      {
        ...UNNAMED,
        featureCount: this.#columns.length,
        groupCount: groups,
        baseMargins: sameMargins(groups, 0),
        trees: trained,
      },
      this.#columns,
    );
    for (let group = 0; group < groups; group++) {
      const margins = this.#margins(group);
      for (let row = 0; row < count; row++) margins[row]! += sums[row * groups + group]!;
    }
    this.objective.update();
  }

  /** Makes the margins those of just these trees. */
  reset(trees: readonly Tree[]): void {
    for (let group = 0; group < this.objective.groups; group++)
      this.#margins(group).fill(this.#base);
    this.add(trees);
  }

  #margins(group: number): Float32Array {
    return this.#arena.float32(this.objective.margins(group), this.#count);
  }
}
