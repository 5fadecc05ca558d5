/** The calibration that a portfolio asks for: fitted, as SQL reads it, and as the manifest keeps it. */
import {
  type Calibration,
  fitIsotonic,
  isIsotonic,
  mergeNeighbours,
  type OutcomesAt,
  poolOutcomes,
} from '../../shared/bridge/calibration.ts';
import type { Manifest } from '../../shared/bundle/manifest.ts';
import { AppError } from '../../shared/errors.ts';
import type { PortfolioDocument } from '../../shared/portfolio/documents.ts';
import { fitPlatt } from './platt.ts';

/**
 * PD by log-odds that a curve may rise; a sigmoid rises by 1/4. Engines differ by up to 2e-6 in their
 * float32 sums of log-odds and must agree on the PD to 1e-6, on a ramp between close scores as well.
 */
const STEEPEST = 0.5;

/** @throws {AppError} 422 where outcomes do not get worse with the margin, so that no curve rises */
export function calibrate(
  kind: PortfolioDocument['calibration'],
  points: readonly OutcomesAt[],
): Calibration {
  if (kind === 'platt') return fitPlatt(points);
  try {
    return fitGently(points);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message =
      `The isotonic calibration found no curve that rises by at most ${STEEPEST} a log-odds in ` +
      `${countRows(points)} applications: ` +
      `${cause.message} Look at the data, or ask for "calibration": "platt" in portfolio.json.`;
    throw new AppError('calibration_impossible', 422, message, { cause });
  }
}

/** Lines between the means of pools; pools between which a line would be too steep are one. */
function fitGently(points: readonly OutcomesAt[]): Calibration {
  const pd = ({ bad, applications }: OutcomesAt) => bad / applications;
  const pools = mergeNeighbours(
    poolOutcomes(points),
    (left, right) => pd(right) - pd(left) > STEEPEST * (right.margin - left.margin),
  );
  return fitIsotonic(pools);
}

export const countRows = (points: readonly OutcomesAt[]): number =>
  points.reduce((sum, { applications }) => sum + applications, 0);

export const describeCalibration = (
  calibration: Calibration,
  rows: number,
): Manifest['calibration'] =>
  isIsotonic(calibration)
    ? {
        kind: 'isotonic',
        first: calibration.first,
        from: [...calibration.from],
        width: [...calibration.width],
        slope: [...calibration.slope],
        rows,
      }
    : { kind: 'platt', ...calibration, rows };

/** The calibration that was described. */
export const restoreCalibration = (described: Manifest['calibration']): Calibration => {
  if (described.kind === 'platt') return { slope: described.slope, intercept: described.intercept };
  const { first, from, width, slope } = described;
  return {
    first,
    from: Float64Array.from(from),
    width: Float64Array.from(width),
    slope: Float64Array.from(slope),
  };
};

/** A calibration as evaluations.sql takes it. */
export interface Pieces {
  /** Margins at which pieces start, ascending; the first one also goes on to the left. */
  readonly starts: readonly number[];
  /** The line's height at a start. */
  readonly levels: readonly number[];
  readonly slopes: readonly number[];
  /** Whether heights are log-odds; else they are PDs. */
  readonly of_log_odds: boolean;
}

export function piecesOf(calibration: Calibration): Pieces {
  if (!isIsotonic(calibration)) {
    const { slope, intercept } = calibration;
    return { starts: [0], levels: [intercept], slopes: [slope], of_log_odds: true };
  }
  const { first, from, width, slope } = calibration;
  // A plateau, then a ramp and a plateau in turn.
  const pieces = [{ start: from[0]!, level: first, slope: 0 }];
  let level = first;
  from.forEach((start, i) => {
    pieces.push({ start, level, slope: slope[i]! });
    level += slope[i]! * width[i]!;
    // A sum may round to a little behind where the next ramp starts.
    const end = Math.min(start + width[i]!, from[i + 1] ?? Infinity);
    pieces.push({ start: end, level, slope: 0 });
  });
  return {
    starts: pieces.map((piece) => piece.start),
    levels: pieces.map((piece) => piece.level),
    slopes: pieces.map((piece) => piece.slope),
    of_log_odds: false,
  };
}
