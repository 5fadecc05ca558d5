import type { Bucket } from '@google-cloud/storage';
import type { AlertParts } from '../../shared/alerts/raise.ts';
import type { Log } from '../../shared/log.ts';
import type { Contract } from '../../shared/portfolio/contract.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { REVIEW, REVIEW_KEY, REVIEW_TIME } from '../../shared/portfolio/review.ts';
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

/** One of the streams of a portfolio. */
export interface Stream {
  /** Also the name of its table. */
  readonly name: 'applications' | 'outcomes' | 'reviews';
  /** What the source calls it. */
  readonly generator: string;
  readonly contract: Contract;
  /** The columns that a record is known by, and that say when it was. */
  readonly key: string;
  readonly time: string;
}

/** Applications, then outcomes, then what people decided, where the source has that. */
export function streamsOf({
  source,
  application,
  outcome,
  keys,
  outcome_keys,
}: Portfolio): readonly Stream[] {
  const reviews = {
    name: 'reviews',
    contract: REVIEW,
    key: REVIEW_KEY,
    time: REVIEW_TIME,
  } as const;
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
    ...(source.reviews === undefined ? [] : [{ ...reviews, generator: source.reviews }]),
  ];
}

/** Something of every stream of the portfolio. */
export const byStream = <T>(portfolio: Portfolio, of: (stream: Stream) => T): ByStream<T> =>
  Object.fromEntries(
    streamsOf(portfolio).map((stream) => [stream.name, of(stream)]),
  ) as unknown as ByStream<T>;

/** Reviews are not everybody's. */
export interface ByStream<T> {
  readonly applications: T;
  readonly outcomes: T;
  readonly reviews?: T;
}

/** The name of a job of a run; the same work has the same name, in whatever delivery. */
export const jobOf = ({ portfolio }: Context, run: Run, step: string): string =>
  `ingest-${portfolio.id}-${run.name}-${step}`;

/** The name of a job that must be run each time it is asked for: what it reads changes. */
export const freshJobOf = (context: Context, run: Run, step: string): string =>
  jobOf(context, run, `${step}-${context.now().getTime()}`);
