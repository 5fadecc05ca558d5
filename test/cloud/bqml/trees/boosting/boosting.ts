import { setImmediate } from 'node:timers/promises';
import { type Booster, sameMargins, type Tree } from '../../../../../shared/bridge/booster.ts';
import { ColumnSampler } from '../growing/column_sampler.ts';
import type { Grower } from '../growing/grower.ts';
import { createGrower } from '../growing/tree_methods.ts';
import { Arena } from '../kernels/arena.ts';
import { type Address, createTrainerKernel } from '../kernels/trainer.ts';
import type { TrainingOptions } from '../options.ts';
import { randomBits } from '../random.ts';
import { DartWeights } from './dart.ts';
import {
  logistic,
  type MakeObjective,
  mirroredSoftmax,
  softmax,
  squaredError,
} from './objective.ts';
import { sampleRows } from './row_sampling.ts';
import { ScoredRows } from './scored_rows.ts';
import type { TrainingRows } from './training_rows.ts';

const PAIR_BYTES = 8;

/**
 * A booster in the making, one round after another: XGBoost's GBTree and Dart (src/gbm/gbtree.cc).
 *
 * Two classes whose trees see the same rows and columns are trained as one: their gradients are
 * opposite and their hessians equal, so that the second tree is the first with its leaves negated.
 */
export class Boosting {
  readonly #options: TrainingOptions;
  readonly #kernel = createTrainerKernel();
  readonly #arena = new Arena(this.#kernel.memory, this.#kernel.heapBase());
  readonly #random;
  readonly #mirrored: boolean;
  readonly #training: ScoredRows;
  readonly #evaluation: ScoredRows | undefined;
  readonly #grower: Grower;
  readonly #featureCount: number;
  readonly #rows: number;
  readonly #pairs: Address;
  readonly #sampledPairs: Address;
  readonly #dart: DartWeights | undefined;
  readonly #trees: Tree[] = []; // as grown; DART weighs them afterwards

  /** `mirror` false trains both of two classes, for comparison. */
  constructor(
    rows: TrainingRows,
    evaluation: TrainingRows | undefined,
    options: TrainingOptions,
    mirror = mayMirror(options),
  ) {
    this.#options = options;
    this.#mirrored = mirror;
    this.#random = randomBits(options.seed);
    this.#featureCount = rows.columns.length;
    this.#rows = rows.labels.length;
    this.#pairs = this.#arena.take(PAIR_BYTES * this.#rows);
    this.#sampledPairs = this.#arena.take(options.subsample < 1 ? PAIR_BYTES * this.#rows : 0);
    this.#training = this.#score(rows);
    this.#evaluation = evaluation && this.#score(evaluation);
    this.#dart =
      options.boosterType === 'DART' && options.dropout > 0
        ? new DartWeights(options.dartNormalizeType, options.dropout, this.#random)
        : undefined;
    this.#grower = createGrower(
      {
        kernel: this.#kernel,
        arena: this.#arena,
        columns: rows.columns,
        weights: this.#training.weights,
        hasConstantHessian: this.#training.objective.hasConstantHessian,
        sampler: new ColumnSampler(this.#featureCount, options, this.#random),
      },
      options,
    );
  }

  #score(rows: TrainingRows): ScoredRows {
    const base = this.#mirrored ? 0 : baseMargin(this.#options);
    const make = objectiveOf(this.#options, this.#mirrored);
    return new ScoredRows(this.#kernel, this.#arena, rows, make, base);
  }

  get metric(): string {
    return this.#training.objective.metric;
  }

  /** Trains one round: for each group so many trees as are parallel. */
  async round(signal?: AbortSignal): Promise<void> {
    const dropped = this.#dart?.drop() ?? [];
    if (dropped.length > 0) this.#training.reset(this.#model(dropped));
    const firstNew = this.#trees.length;
    for (let group = 0; group < this.#training.objective.groups; group++) {
      this.#training.objective.gradients(group, this.#pairs);
      for (let i = 0; i < this.#options.numParallelTree; i++) {
        await setImmediate(); // lets others run, and an abort be heard
        signal?.throwIfAborted();
        this.#grow(group);
      }
    }
    this.#dart?.add(this.#trees.length - firstNew, this.#options.learnRate);
    this.#rescore(firstNew, dropped.length > 0);
  }

  #grow(group: number): void {
    const tree = this.#grower.grow(this.#sample());
    const { minSplitLoss, learnRate, numParallelTree } = this.#options;
    const rate = Math.fround(Math.fround(learnRate) / numParallelTree);
    tree.prune(Math.fround(minSplitLoss));
    const mark = this.#arena.mark();
    const values = this.#arena.put(tree.values(rate));
    const margins = this.#training.objective.margins(group);
    this.#kernel.addLeafValues(margins, this.#grower.leafOf, values, this.#rows);
    this.#arena.release(mark);
    const finished = tree.finish(group, rate);
    this.#trees.push(finished);
    if (this.#mirrored) this.#trees.push(weighed({ ...finished, group: 1 }, -1));
  }

  // The pairs that the next tree sees.
  #sample(): Address {
    const { subsample } = this.#options;
    if (subsample === 1) return this.#pairs;
    const sampled = this.#arena.float32(this.#sampledPairs, 2 * this.#rows);
    sampled.set(this.#arena.float32(this.#pairs, 2 * this.#rows));
    sampleRows(sampled, subsample, this.#random);
    return this.#sampledPairs;
  }

  // Brings margins up to date: new trees have been added to those of the training rows as they
  // grew, which is not enough where older trees were left out or weigh less than before.
  #rescore(firstNew: number, olderChanged: boolean): void {
    if (olderChanged) {
      const trees = this.#model();
      this.#training.reset(trees);
      this.#evaluation?.reset(trees);
    } else {
      this.#training.objective.update();
      this.#evaluation?.add(this.#trees.slice(firstNew));
    }
  }

  #model(without: readonly number[] = []): Tree[] {
    const weights = this.#dart?.all;
    const out = new Set(without);
    return this.#trees
      .map((tree, i) => (weights === undefined ? tree : weighed(tree, weights[i]!)))
      .filter((_, i) => !out.has(i));
  }

  trainingLoss(): number {
    return this.#training.objective.loss();
  }

  /** Undefined without evaluation rows. */
  evalLoss(): number | undefined {
    return this.#evaluation?.objective.loss();
  }

  /** What has been trained so far. DART's weights are multiplied into the leaf values. */
  booster(attributes: ReadonlyMap<string, string>): Booster {
    return {
      objective: this.#options.objective,
      version: [0, 0],
      featureCount: this.#featureCount,
      groupCount: this.#options.classes,
      baseMargins: sameMargins(this.#options.classes, baseMargin(this.#options)),
      trees: this.#model(),
      attributes,
    };
  }
}

/** Whether one of two classes can be trained for both: nothing may tell their trees apart. */
export function mayMirror(options: TrainingOptions): boolean {
  const { objective, classes, subsample, boosterType, dropout } = options;
  const { colsampleByTree, colsampleByLevel, colsampleByNode } = options;
  const sampled = Math.min(subsample, colsampleByTree, colsampleByLevel, colsampleByNode) < 1;
  const drops = boosterType === 'DART' && dropout > 0;
  return objective === 'multi:softprob' && classes === 2 && !sampled && !drops;
}

function objectiveOf({ objective, classes }: TrainingOptions, mirrored: boolean): MakeObjective {
  if (objective === 'reg:linear') return squaredError;
  if (objective === 'binary:logistic') return logistic;
  return mirrored ? mirroredSoftmax : softmax(classes);
}

/** ProbToMargin of the objective. */
function baseMargin({ objective, baseScore }: TrainingOptions): number {
  const base = Math.fround(baseScore);
  if (objective !== 'binary:logistic') return base;
  return Math.fround(-Math.log(Math.fround(Math.fround(1 / base) - 1)));
}

function weighed(tree: Tree, weight: number): Tree {
  return { ...tree, value: tree.value.map((value) => Math.fround(value * weight)) };
}
