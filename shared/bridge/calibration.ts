/** From a model's margin of default to the probability that is true of such applications. */
import { ModelFormatError } from './errors.ts';

/** Platt's: PD = sigmoid(slope · margin + intercept). */
export interface PlattCalibration {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * Isotonic, as ramps between plateaus: PD = first + Σ slope · clamp(margin − from, 0, width). Never
 * falling, and never quite 0 or 1. Ramps one after another make any piecewise-linear curve.
 */
export interface IsotonicCalibration {
  /** PD of the smallest margins. */
  readonly first: number;
  /** Where each ramp begins, how far it goes, and how steeply; one entry a ramp. */
  readonly from: Float64Array;
  readonly width: Float64Array;
  readonly slope: Float64Array;
}

export type Calibration = PlattCalibration | IsotonicCalibration;

export const NO_CALIBRATION: PlattCalibration = { slope: 1, intercept: 0 };

export const isIsotonic = (calibration: Calibration): calibration is IsotonicCalibration =>
  'from' in calibration;

export const sigmoid = (margin: number): number => 1 / (1 + Math.exp(-margin));

/** The PD of a margin, in the steps in which the ONNX graph takes it. */
export function calibrator(calibration: Calibration): (margin: number) => number {
  if (!isIsotonic(calibration)) {
    const { slope, intercept } = calibration;
    return (margin) => sigmoid(margin * slope + intercept);
  }
  const { first, from, width, slope } = calibration;
  return (margin) => {
    let sum = 0;
    for (let i = 0; i < from.length; i++) {
      sum += slope[i]! * Math.min(width[i]!, Math.max(0, margin - from[i]!));
    }
    return sum + first;
  };
}

/** @throws {ModelFormatError} for ramps that fall, overlap nothing, or leave (0, 1). */
export function checkIsotonic({ first, from, width, slope }: IsotonicCalibration): void {
  const even = from.length === width.length && from.length === slope.length && from.length > 0;
  const finite = [from, width, slope].every((numbers) => numbers.every(Number.isFinite));
  const rising = width.every((w) => w > 0) && slope.every((s) => s >= 0);
  const last = slope.reduce((sum, s, i) => sum + s * width[i]!, first);
  if (even && finite && rising && first > 0 && last < 1) return;
  throw new ModelFormatError(
    'The isotonic calibration must rise in ramps from a PD above 0 to one below 1.',
  );
}

/** Applications that share a margin, and how many of them turned bad. */
export interface OutcomesAt {
  readonly margin: number;
  readonly applications: number;
  readonly bad: number;
}

/** Margins nearer than this are one: a ramp between them would have no slope that a float64 holds. */
const NEAREST = 1e-9;

/** Neighbours that count as one, from a margin to another; `margin` is their mean. */
export interface Pool extends OutcomesAt {
  readonly from: number;
  readonly to: number;
}

/**
 * The never-falling curve nearest to the outcomes by least squares: pool adjacent violators (Ayer
 * et al. 1955), a line between neighbouring pools. A pool without bads, or with nothing else, stays
 * half an application away from 0 and 1.
 * @throws {RangeError} without outcomes at two margins that tell them apart
 */
export function fitIsotonic(points: readonly OutcomesAt[]): IsotonicCalibration {
  const pools = poolOutcomes(points);
  if (pools.length < 2) {
    throw new RangeError(
      'Outcomes do not get worse with the margin: there is nothing to calibrate by.',
    );
  }
  return rampsBetween(pools);
}

/** Pools whose PDs rise strictly: neighbours that do not are one. */
export function poolOutcomes(points: readonly OutcomesAt[]): Pool[] {
  const some = points
    .filter(({ applications }) => applications > 0)
    .toSorted((a, b) => a.margin - b.margin)
    .map((point) => ({ ...point, from: point.margin, to: point.margin }));
  return mergeNeighbours(
    some,
    (left, right) =>
      right.from - left.to <= NEAREST ||
      left.bad * right.applications >= right.bad * left.applications,
  );
}

/** Merges until no two neighbours ask for it. @param pools by margin */
export function mergeNeighbours(
  pools: readonly Pool[],
  asks: (left: Pool, right: Pool) => boolean,
): Pool[] {
  const merged: Pool[] = [];
  for (let pool of pools) {
    for (let last = merged.at(-1); last && asks(last, pool); last = merged.at(-1)) {
      merged.pop();
      pool = merge(last, pool);
    }
    merged.push(pool);
  }
  return merged;
}

function merge(left: Pool, right: Pool): Pool {
  const applications = left.applications + right.applications;
  const weight = right.applications / applications;
  return {
    from: left.from,
    to: right.to,
    margin: left.margin + weight * (right.margin - left.margin),
    applications,
    bad: left.bad + right.bad,
  };
}

function rampsBetween(blocks: readonly Pool[]): IsotonicCalibration {
  const total = blocks.reduce((sum, { applications }) => sum + applications, 0);
  const edge = 0.5 / (total + 1);
  const pds = blocks.map(({ bad, applications }) =>
    Math.min(1 - edge, Math.max(edge, bad / applications)),
  );
  const ramp = (value: (i: number) => number) =>
    Float64Array.from({ length: blocks.length - 1 }, (_, i) => value(i));
  const width = ramp((i) => blocks[i + 1]!.from - blocks[i]!.to);
  return {
    first: pds[0]!,
    from: ramp((i) => blocks[i]!.to),
    width,
    slope: ramp((i) => Math.max(0, pds[i + 1]! - pds[i]!) / width[i]!),
  };
}
