/** `monitoring` of portfolio.json: what is watched, and from which figures on somebody is told. */
import * as z from 'zod';
import type { Contract } from './contract.ts';

const share = z.number().min(0).max(1);
const days = z.int().min(1).max(365);

/** Figures that matter; chance is allowed for beside them, by the number of cases and of tests. */
const limitsSchema = z.strictObject({
  /** Population stability index of features, PDs and outcomes (Lewis 1994). */
  psi_warning: z.number().positive().default(0.1),
  psi_critical: z.number().positive().default(0.25),
  /** Kolmogorov and Smirnov's distance. */
  ks: share.default(0.1),
  /** How far the share of missing values, and of values that training never saw, may change. */
  missing_rate_change: share.default(0.05),
  unseen_rate_change: share.default(0.01),
  /** How far a feature's share of all that features add may change. */
  attribution_change: share.default(0.1),
  /** How far from training's the bad rate may be, as a share of it. */
  bad_rate_off: z.number().positive().default(0.25),
  /** How far from the expected bads the observed may be, as a share of the expected. */
  calibration_off: z.number().positive().default(0.25),
  /** How far below its version's the area under the ROC curve may be. */
  auc_drop: share.default(0.05),
  /** How far approval and review rates may be from those of the weeks before. */
  rate_change: share.default(0.1),
  /** Difference of mean PDs of two groups, in standard deviations. */
  score_difference: z.number().positive().default(0.3),
});

export type MonitoringLimits = z.infer<typeof limitsSchema>;

export const monitoringSchema = z.strictObject({
  /** Fields of an application, lists or booleans, whose values are watched apart. */
  segments: z.array(z.string()).max(5).default([]),
  /** Days before a run whose applications and decisions it watches, … */
  window_days: days.default(7),
  /** … and those before these that they are held against where no version knows better. */
  reference_days: days.default(28),
  /** Days after an application at which it is looked at, beside those of the label. */
  maturities_days: z.array(days).max(6).default([7, 30, 60, 90]),
  /** Days of applications that are one cohort. */
  cohort_days: days.default(28),
  /** Below this many cases nothing is measured. */
  fewest: z.int().min(20).default(100),
  /** The share of runs that may find something where nothing changed. */
  false_alarms_at_most: z.number().gt(0).max(0.5).default(0.05),
  limits: limitsSchema.prefault({}),
  /** How an experiment is read. */
  experiment: z
    .strictObject({
      /** The effect on profit per person that is worth knowing of, in the policy's currency. */
      effect: z.number().positive().default(1),
      /** The share of experiments without an effect that may be called one. */
      alpha: z.number().gt(0).max(0.5).default(0.05),
      /** How much worse than the champion's the challenger's bad rate may be before it is told. */
      bad_rate_worse: share.default(0.02),
    })
    .prefault({}),
});

export type Monitoring = z.infer<typeof monitoringSchema>;

/** More values than this are parts too small to say anything of, and too many figures. */
const MOST_VALUES = 20;

/** Segments that an application does not have, or that cannot be counted by. */
export function monitoringFaults({
  monitoring,
  application,
}: {
  readonly monitoring: Monitoring;
  readonly application: Contract;
}): string[] {
  return monitoring.segments.flatMap((field) => {
    const property = application.properties[field];
    const isList = property && 'enum' in property && property.enum.length <= MOST_VALUES;
    const isBoolean = property && [property.type].flat()[0] === 'boolean';
    if (isList || isBoolean) return [];
    const what = `a boolean or a list of at most ${MOST_VALUES} values`;
    return [`portfolio.json: monitoring watches the segment ${field}, which is not ${what}`];
  });
}
