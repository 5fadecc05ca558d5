/** What a run finds that somebody must hear of. */

/** Where it was found. */
export const BREACH_KINDS = [
  'drift',
  'performance',
  'fairness',
  'kpi',
  'data_quality',
  'job',
  'batch',
  'experiment',
] as const;

export type BreachKind = (typeof BREACH_KINDS)[number];

/** Jobs that leave traces in the warehouse, by which they can be missed. */
export const TRACED_JOBS = ['ingest', 'retrain', 'drift'] as const;

export type TracedJob = (typeof TRACED_JOBS)[number];

/** From the mildest. */
export const SEVERITIES = ['warning', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Days between two alerts of a breach that lasts, unless its portfolio says. */
export const COOLDOWN_DAYS = 7;

/** Hours within which a batch must end, unless its portfolio says. */
export const BATCH_HOURS = 6;

/** A figure beyond its limit, or something that did not happen. No personal data: it is logged and sent. */
export interface Breach {
  readonly portfolio: string;
  readonly kind: BreachKind;
  /** What it is about: a feature, a metric, a job. With the segment, what a cooldown holds for. */
  readonly subject: string;
  /** The part of the portfolio that it was found in; all of it unless said. */
  readonly segment?: string | undefined;
  readonly severity: Severity;
  /** Null where there is none to give. */
  readonly figure: number | null;
  readonly limit: number | null;
  /** How many the figure is of. */
  readonly n?: number | undefined;
  /** A sentence. */
  readonly text: string;
  readonly model_version?: string | undefined;
  /** When the run was due: the same in every delivery of it. */
  readonly at: Date;
}

/** What a breach is about: within a portfolio, one alert stands for it at a time. */
export const topicOf = ({
  kind,
  subject,
  segment,
}: {
  readonly kind: string;
  readonly subject: string;
  readonly segment?: string | null | undefined;
}): string => JSON.stringify([kind, subject, segment ?? null]);

/** Whether the first is worse than the second. */
export const isWorse = (one: Severity, other: Severity): boolean =>
  SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other);
