import { compileKernel, type KernelMemory } from '../../../kernels/compile.ts';

/** An address in the kernel's memory, or the number 0 for "none". */
export type Address = number;

/** The exports of trainer.as.ts; each is described where it stands. */
export interface TrainerKernel {
  readonly memory: KernelMemory;
  heapBase(): Address;

  sketchBytes(count: number, maxBins: number): number;
  quantiles(
    values: Address,
    weights: Address,
    count: number,
    maxBins: number,
    work: Address,
    out: Address,
  ): number;
  sortedQuantiles(
    values: Address,
    rows: Address,
    count: number,
    pairs: Address,
    maxBins: number,
    out: Address,
  ): number;
  sortColumn(
    values: Address,
    count: number,
    work: Address,
    sortedValues: Address,
    sortedRows: Address,
  ): number;

  encode(
    values: Address,
    count: number,
    cuts: Address,
    bins: number,
    first: number,
    codes: Address,
  ): void;
  encodeSorted(
    values: Address,
    rows: Address,
    count: number,
    cuts: Address,
    bins: number,
    first: number,
    codes: Address,
  ): void;
  fillLane(codes: Address, count: number, code: number): void;
  survey(values: Address, count: number): number;

  setRegularisation(minChildWeight: number, l1: number, l2: number): void;

  addAllRows(codes: Address, pairs: Address, count: number, histogram: Address): void;
  addRows(codes: Address, pairs: Address, rows: Address, count: number, histogram: Address): void;
  subtract(parent: Address, child: Address, bytes: number): void;
  sumSlots(slots: Address, count: number, out: Address): void;
  sumPairs(pairs: Address, count: number, out: Address): void;
  bestSplit(
    histogram: Address,
    features: Address,
    count: number,
    layout: Address,
    gradient: number,
    hessian: number,
    out: Address,
  ): void;

  iota(rows: Address, count: number): void;
  partition(
    rows: Address,
    count: number,
    codes: Address,
    split: number,
    missing: number,
    missingLeft: number,
    spare: Address,
  ): number;
  markLeaf(rows: Address, count: number, origin: Address, leafOf: Address, leaf: number): void;
  markLeaves(
    rows: Address,
    count: number,
    codes: Address,
    split: number,
    missing: number,
    missingLeft: number,
    origin: Address,
    leafOf: Address,
    left: number,
  ): void;
  gatherCodes(codes: Address, rows: Address, count: number, out: Address): void;
  gatherPairs(pairs: Address, rows: Address, count: number, out: Address): void;
  gatherOrigins(origin: Address, rows: Address, count: number, out: Address): void;
  addLeafValues(margins: Address, leafOf: Address, values: Address, count: number): void;

  openNodes(nodes: Address, count: number, position: Address, pairs: Address, rows: number): void;
  allow(nodes: Address, index: number, allowed: number): void;
  walkColumn(
    values: Address,
    rows: Address,
    length: number,
    feature: number,
    up: number,
    position: Address,
    pairs: Address,
    nodes: Address,
    states: Address,
    count: number,
  ): void;
  routeMissing(
    position: Address,
    next: Address,
    rows: number,
    routes: Address,
    leafOf: Address,
  ): void;
  routeColumn(
    values: Address,
    rows: Address,
    length: number,
    feature: number,
    position: Address,
    next: Address,
    routes: Address,
  ): void;

  squaredGradients(
    margins: Address,
    labels: Address,
    weights: Address,
    count: number,
    pairs: Address,
  ): void;
  squaredError(margins: Address, labels: Address, weights: Address, count: number): number;
  sigmoids(margins: Address, count: number, out: Address): void;
  mirroredSoftmax(margins: Address, count: number, out: Address): void;
  binaryGradients(
    probabilities: Address,
    labels: Address,
    target: number,
    weights: Address,
    count: number,
    softmax: number,
    pairs: Address,
  ): void;
  binaryLikelihood(
    probabilities: Address,
    labels: Address,
    target: number,
    margins: Address,
    steepness: number,
    count: number,
    out: Address,
  ): void;
  softmaxNorms(
    margins: Address,
    classes: number,
    count: number,
    greatest: Address,
    sums: Address,
  ): void;
  softmaxGradients(
    margins: Address,
    target: number,
    greatest: Address,
    sums: Address,
    labels: Address,
    weights: Address,
    count: number,
    pairs: Address,
  ): void;
  softmaxLikelihood(
    margins: Address,
    greatest: Address,
    sums: Address,
    labels: Address,
    count: number,
    out: Address,
  ): void;
  logLoss(likelihoods: Address, weights: Address, count: number): number;
}

/** Makes a trainer kernel with a memory of its own. */
export const createTrainerKernel = compileKernel<TrainerKernel>(
  new URL('./trainer.as.ts', import.meta.url),
);
