import { type Design, multiply, multiplyTransposed, widthOf } from './design.ts';
import { type Loss, type LossName, lossOf } from './losses.ts';

/** Rows with their targets: class indices, or numbers of a regression. */
export interface Examples {
  readonly design: Design;
  readonly targets: Float64Array;
  /** All 1 where absent. */
  readonly weights?: Float64Array;
}

/** A smooth function to minimise. `value` comes first; the others speak of the point it saw. */
export interface Objective {
  readonly size: number;
  value(point: Float64Array): number;
  gradient(out: Float64Array): void;
  hessian(direction: Float64Array, out: Float64Array): void;
  hessianDiagonal(out: Float64Array): void;
}

/**
 * (Σ weight · loss + ½ · L2 · ‖w‖²) / Σ weight over the rows; the intercept is not penalised.
 * A point holds the weights of output 0, then of output 1, …, each with its intercept last.
 */
export class MeanLoss implements Objective {
  readonly size: number;
  private readonly design: Design;
  private readonly loss: Loss;
  /** What a row counts: its share of all weights. */
  private readonly shares: Float64Array;
  private readonly ridge: Float64Array;
  private readonly margins: readonly Float64Array[];
  private readonly results: readonly Float64Array[];
  private point: Float64Array;
  private mean = 0;

  constructor(
    { design, targets, weights }: Examples,
    lossName: LossName,
    classCount: number,
    l2: number,
  ) {
    const rows = design.rowCount;
    const total = weights?.reduce((a, b) => a + b, 0) ?? rows;
    this.design = design;
    this.loss = lossOf(lossName, targets, classCount);
    this.size = widthOf(design) * this.loss.outputs;
    this.shares = weights?.map((w) => w / total) ?? new Float64Array(rows).fill(1 / total);
    this.ridge = ridgeOf(widthOf(design), this.loss.outputs, design.intercept, l2 / total);
    const perRow = () => Array.from({ length: this.loss.outputs }, () => new Float64Array(rows));
    this.margins = perRow();
    this.results = perRow();
    this.point = new Float64Array(this.size);
  }

  /** The weighted mean of the rows' losses at the point that `value` saw, without the penalty. */
  get meanLoss(): number {
    return this.mean;
  }

  value(point: Float64Array): number {
    this.point = Float64Array.from(point);
    this.toMargins(point);
    const losses = new Float64Array(this.design.rowCount);
    this.loss.evaluate(this.margins, losses);
    this.mean = 0;
    for (let i = 0; i < losses.length; i++) this.mean += losses[i]! * this.shares[i]!;
    return this.mean + point.reduce((sum, w, i) => sum + (this.ridge[i]! * w * w) / 2, 0);
  }

  gradient(out: Float64Array): void {
    this.loss.gradient(this.results);
    this.collect(out);
    for (let i = 0; i < out.length; i++) out[i]! += this.ridge[i]! * this.point[i]!;
  }

  hessian(direction: Float64Array, out: Float64Array): void {
    this.toMargins(direction);
    this.loss.curvature(this.margins, this.results);
    this.collect(out);
    for (let i = 0; i < out.length; i++) out[i]! += this.ridge[i]! * direction[i]!;
  }

  hessianDiagonal(out: Float64Array): void {
    this.loss.diagonal(this.results);
    this.collect(out, 'squared');
    for (let i = 0; i < out.length; i++) out[i]! += this.ridge[i]!;
  }

  private toMargins(point: Float64Array): void {
    this.margins.forEach((margins, k) => {
      multiply(this.design, this.part(point, k), margins);
    });
  }

  /** out = Σ share · result · x over the rows, or with x². */
  private collect(out: Float64Array, power?: 'squared'): void {
    this.results.forEach((results, k) => {
      for (let i = 0; i < results.length; i++) results[i]! *= this.shares[i]!;
      multiplyTransposed(this.design, results, this.part(out, k), power === 'squared');
    });
  }

  private part(point: Float64Array, k: number): Float64Array {
    const width = this.size / this.loss.outputs;
    return point.subarray(k * width, (k + 1) * width);
  }
}

/** The penalty on each weight: none on intercepts. */
export function ridgeOf(
  width: number,
  outputs: number,
  intercept: boolean,
  penalty: number,
): Float64Array {
  const ridge = new Float64Array(width * outputs).fill(penalty);
  if (intercept) for (let k = 1; k <= outputs; k++) ridge[k * width - 1] = 0;
  return ridge;
}
