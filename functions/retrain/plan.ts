/** When a run's rows begin and end, and what its things are called. All from its time and its portfolio. */
import { createHash } from 'node:crypto';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';

const DAY_MS = 86_400_000;

export interface Plan {
  readonly version: string;
  /** Names the run: the version, and a hash of the portfolio that makes it. */
  readonly run: string;
  readonly asOf: Date;
  /** Applications from here, inclusive, … */
  readonly from: Date;
  /** … to here, exclusive, have labels that are known at `asOf`. */
  readonly until: Date;
  /** Rows from here on calibrate, … */
  readonly calibrationFrom: Date;
  /** … and from here on test. Both are `until` where folds take their place. */
  readonly testFrom: Date;
  /** 1 where rows are split by time. */
  readonly folds: number;
  /** The role whose rows are calibrated on and the one whose rows are measured on. */
  readonly calibrationRole: Role;
  readonly testRole: Role;
  readonly tables: {
    readonly snapshot: string;
    readonly predictions: string;
    readonly parity: string;
    /** The rows that the model reads of the parity applications. */
    readonly vectors: string;
  };
  readonly model: string;
  /** The same model, come back as ONNX. */
  readonly imported: string;
  /**
   * Name of a job of this run: the same whenever the run is repeated, and another one once the
   * portfolio was changed, lest a version be made of the work of two.
   */
  readonly job: (step: string) => string;
}

export type Role = 'TRAIN' | 'CALIBRATION' | 'TEST';

/** @param asOf what is known: labels, and with them everything else, as of then */
export function planRun(portfolio: Portfolio, asOf: Date): Plan {
  const { validation, label, training_window_days } = portfolio;
  const until = daysBefore(asOf, label.matures_after_days);
  const byTime = validation.kind === 'out_of_time' ? validation : undefined;
  const testFrom = daysBefore(until, byTime?.test_days ?? 0);
  const version = versionOf(asOf);
  const edition = createHash('sha256').update(JSON.stringify(portfolio)).digest('hex').slice(0, 8);
  return {
    version,
    run: `${version}-${edition}`,
    asOf,
    from: daysBefore(until, training_window_days),
    until,
    calibrationFrom: daysBefore(testFrom, byTime?.calibration_days ?? 0),
    testFrom,
    folds: validation.kind === 'folds' ? validation.folds : 1,
    calibrationRole: byTime ? 'CALIBRATION' : 'TRAIN',
    testRole: byTime ? 'TEST' : 'TRAIN',
    tables: {
      snapshot: `snapshot_${version}`,
      predictions: `predictions_${version}`,
      parity: `parity_${version}`,
      vectors: `vectors_${version}`,
    },
    model: `model_${version}`,
    imported: `onnx_${version}`,
    job: (step) => `retrain-${portfolio.id}-${version}-${edition}-${step}`,
  };
}

const daysBefore = (date: Date, days: number): Date => new Date(date.getTime() - days * DAY_MS);

/** `v20261121_063000`: sorts by time and is a fit name for tables, models and folders. */
export function versionOf(date: Date): string {
  const digits = date.toISOString().replace(/\D/g, '');
  return `v${digits.slice(0, 8)}_${digits.slice(8, 14)}`;
}
