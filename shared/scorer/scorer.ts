/** What a model says of some applications. */
export interface Scores {
  /** The trained model's own probability of default: what parity is proven on. */
  readonly probability: Float64Array;
  /** Calibrated probability of default: what policy looks at. */
  readonly pd: Float64Array;
}

/** An engine that runs one model. Two exist, and golden rows hold them together. */
export interface Scorer {
  /** Numbers of a row. */
  readonly width: number;
  /** @param features row-major, `width` numbers a row; NaN is missing */
  score(features: Float64Array): Promise<Scores>;
  close(): Promise<void>;
}
