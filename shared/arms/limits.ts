/** What a challenger is taken out for, as data in its deployment. */
import * as z from 'zod';

const share = z.number().gt(0).lt(1);

const limitsSchema = z.strictObject({
  /** Share of its decisions that may fail. */
  error_rate_at_most: share,
  /** A decision is slow that takes longer, in milliseconds, … */
  slow_ms: z.number().gt(0),
  /** … and this share of them may be. */
  slow_share_at_most: share,
  /**
   * Largest difference, at any cut-off, between the shares of both arms' PDs beyond it: the
   * distance of Kolmogorov and Smirnov.
   */
  pd_distance_at_most: z.number().min(0).max(1),
  /** How many PDs of either arm are compared at a time. */
  pds_compared: z.int().min(50).max(10_000),
  /**
   * In n decisions of a challenger that keeps within the limits, each of the three tests takes it
   * out by mistake with a probability of at most n over this.
   */
  decisions_per_false_alarm: z.int().min(100_000).max(1e12),
});

export type GuardLimits = z.infer<typeof limitsSchema>;

/** Any limit may be left out: see `GUARD_DEFAULTS`. */
export const guardSchema = limitsSchema.partial();

export const GUARD_DEFAULTS: GuardLimits = {
  error_rate_at_most: 0.01,
  slow_ms: 100,
  slow_share_at_most: 0.05,
  pd_distance_at_most: 0.15,
  pds_compared: 300,
  decisions_per_false_alarm: 1_000_000,
};

/** All limits, where some are given. */
export const limitsOf = (given: z.infer<typeof guardSchema> = {}): GuardLimits =>
  limitsSchema.parse({ ...GUARD_DEFAULTS, ...given });
