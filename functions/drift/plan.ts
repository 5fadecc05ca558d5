import { createHash } from 'node:crypto';
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';

const DAY_MS = 86_400_000;

/** From when until when, the end left out. */
export interface Span {
  readonly from: Date;
  readonly until: Date;
}

/** Times and names of one run; the same for every delivery of it. */
export interface Plan {
  readonly runId: string;
  readonly asOf: Date;
  /** What is watched, and the time before it that it is held against. */
  readonly window: Span;
  readonly reference: Span;
  /** Ages at which applications are looked at, and those that are just old enough. */
  readonly cohorts: readonly { readonly days: number; readonly span: Span }[];
  /** Since when applications are looked for that were decided lately. */
  readonly appliedFrom: Date;
  /** Applications before are old enough for their label. */
  readonly matureUntil: Date;
  /** Name of a job. */
  job(step: string): string;
}

/** Days after which no application is decided any more. */
const LATEST_DECISION_DAYS = 90;

/** @param serving what tells runs apart that watch other versions or by other documents */
export function planRun(portfolio: Portfolio, asOf: Date, serving: unknown): Plan {
  const { window_days, reference_days, maturities_days, cohort_days } = portfolio.monitoring;
  const window = daysBefore(asOf, window_days);
  const ages = [...new Set([...maturities_days, portfolio.label.matures_after_days])];
  const time = asOf.toISOString().replace(/[-:.Z]/g, '');
  const edition = createHash('sha256')
    .update(JSON.stringify([portfolio, serving]))
    .digest('hex')
    .slice(0, 8);
  const runId = `drift-${portfolio.id}-${time}-${edition}`;
  return {
    runId,
    asOf,
    window,
    reference: daysBefore(window.from, reference_days),
    cohorts: ages
      .toSorted((a, b) => a - b)
      .map((days) => ({ days, span: daysBefore(shift(asOf, -days), cohort_days) })),
    appliedFrom: shift(window.from, -LATEST_DECISION_DAYS),
    matureUntil: shift(asOf, -portfolio.label.matures_after_days),
    job: (step) => `${runId}-${step}`,
  };
}

const shift = (date: Date, days: number): Date => new Date(date.getTime() + days * DAY_MS);

const daysBefore = (until: Date, days: number): Span => ({ from: shift(until, -days), until });

export const timestamp = (date: Date): BigQueryTimestamp =>
  new BigQueryTimestamp(date.toISOString());

/** A span as the parameters that statements take. */
export const bounds = ({ from, until }: Span) => ({
  from: timestamp(from),
  until: timestamp(until),
});
