import type { Bucket } from '@google-cloud/storage';
import type { AlertParts } from '../../shared/alerts/raise.ts';
import type { Log } from '../../shared/log.ts';
import type { Contract } from '../../shared/portfolio/contract.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import type { SqlFiles } from '../../shared/warehouse/sql.ts';
import type { Warehouse } from '../../shared/warehouse/warehouse.ts';
import type { Source } from './source.ts';

/** What an ingestion of one portfolio works with. */
export interface Context {
  readonly portfolio: Portfolio;
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  /** Where arrivals are kept before they are loaded, and for as long as the bucket keeps them. */
  readonly landing: Bucket;
  readonly source: Source;
  /** Told of days that are not what was expected. */
  readonly alerts: AlertParts;
  readonly log: Log;
  readonly now: () => Date;
}

/** One run, in whatever delivery of it. */
export interface Run {
  /** Names its jobs, objects and tables. */
  readonly name: string;
  /** When it was meant to be. */
  readonly due: Date;
}

/** One of the two streams of a portfolio. */
export interface Stream {
  /** Also the name of its table. */
  readonly name: 'applications' | 'outcomes';
  /** What the source calls it. */
  readonly generator: string;
  readonly contract: Contract;
  /** The columns that a record is known by, and that say when it was. */
  readonly key: string;
  readonly time: string;
}

export const STREAM_NAMES = ['applications', 'outcomes'] as const;

/** Applications, then outcomes. */
export function streamsOf({
  source,
  application,
  outcome,
  keys,
  outcome_keys,
}: Portfolio): readonly Stream[] {
  return [
    {
      name: 'applications',
      generator: source.applications,
      contract: application,
      key: keys.application,
      time: keys.time,
    },
    {
      name: 'outcomes',
      generator: source.outcomes,
      contract: outcome,
      key: outcome_keys.outcome,
      time: outcome_keys.time,
    },
  ];
}

/** The name of a job of a run; the same work has the same name, in whatever delivery. */
export const jobOf = ({ portfolio }: Context, run: Run, step: string): string =>
  `ingest-${portfolio.id}-${run.name}-${step}`;

/** The name of a job that must be run each time it is asked for: what it reads changes. */
export const freshJobOf = (context: Context, run: Run, step: string): string =>
  jobOf(context, run, `${step}-${context.now().getTime()}`);
