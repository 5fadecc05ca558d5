/** Whether a day is what was expected of it: pure. */
import type { Expectation } from '../../../shared/portfolio/expectations.ts';
import { dayAfter, startOf } from '../days.ts';
import type { DayCount } from '../land.ts';

/** What is known of a stream's day. */
export interface DayFacts {
  readonly day: string;
  /** What came. */
  readonly count: Omit<DayCount, 'digest'>;
  /** What is stored of the day; undefined where nothing is. */
  readonly stored: StoredDay | undefined;
  /** Records that were accepted on other days, where they are known. */
  readonly acceptedOn: (day: string) => number | undefined;
}

export interface StoredDay {
  /** The time of its youngest record. */
  readonly lastTime: Date;
  /** By the expectation's place: the records that it is about, and those of them that fail it. */
  readonly findings: ReadonlyMap<number, { readonly about: number; readonly failing: number }>;
}

/** A row of `data_quality`, without its run. */
export interface Finding {
  readonly day: string;
  readonly stream: Expectation['stream'];
  readonly expectation: string;
  readonly kind: Expectation['kind'];
  readonly severity: Expectation['severity'];
  readonly verdict: 'passed' | 'failed' | 'not_measurable';
  readonly figure: number | null;
  readonly at_least: number | null;
  readonly at_most: number | null;
  readonly records: number;
  readonly failing: number | null;
  readonly description: string;
}

type Measured = Pick<Finding, 'figure' | 'at_least' | 'at_most' | 'records' | 'failing'>;

/** @param place of the expectation among those of its stream */
export function judge(expectation: Expectation, place: number, facts: DayFacts): Finding {
  const { name, stream, kind, severity, description } = expectation;
  const measured = measure(expectation, place, facts);
  const { figure, at_least, at_most } = measured;
  const isWithin =
    figure !== null && figure >= (at_least ?? -Infinity) && figure <= (at_most ?? Infinity);
  const verdict = figure === null ? 'not_measurable' : isWithin ? 'passed' : 'failed';
  const { day } = facts;
  return { day, stream, expectation: name, kind, severity, verdict, ...measured, description };
}

function measure(expectation: Expectation, place: number, facts: DayFacts): Measured {
  switch (expectation.kind) {
    case 'volume':
      return volume(expectation, facts);
    case 'freshness': {
      const { count, stored, day } = facts;
      const end = startOf(dayAfter(day)).getTime();
      // A day without records has been silent from its beginning.
      const last = stored?.lastTime.getTime() ?? startOf(day).getTime();
      const figure = (end - last) / 3_600_000;
      const at_most = expectation.hours_at_most;
      return { figure, at_least: null, at_most, records: count.accepted, failing: null };
    }
    case 'refused': {
      const { received, quarantined } = facts.count;
      return share(quarantined, received, expectation.share_at_most);
    }
    default: {
      const { about, failing } = facts.stored?.findings.get(place) ?? { about: 0, failing: 0 };
      return share(failing, about, expectation.share_at_most);
    }
  }
}

const share = (failing: number, records: number, at_most: number): Measured => ({
  figure: records === 0 ? null : failing / records,
  at_least: null,
  at_most,
  records,
  failing,
});

/** Below, an interval would be a guess. */
const FEWEST_WEEKS = 3;

/**
 * The day beside the same weekday of earlier weeks: a prediction interval around the mean of their
 * logarithms, for business varies by factors. Its width has the uncertainty of that mean in it.
 */
function volume(
  expectation: Extract<Expectation, { kind: 'volume' }>,
  { day, count, acceptedOn }: DayFacts,
): Measured {
  const { weeks, deviations, deviation_at_least } = expectation;
  const earlier = Array.from({ length: weeks }, (_, i) => acceptedOn(dayAfter(day, -7 * (i + 1))));
  const logs = earlier.filter((n) => n !== undefined && n > 0).map((n) => Math.log(n!));
  const records = count.accepted;
  if (logs.length < FEWEST_WEEKS) {
    return { figure: null, at_least: null, at_most: null, records, failing: null };
  }
  const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
  const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (logs.length - 1);
  const deviation = Math.max(Math.sqrt(variance), deviation_at_least);
  const reach = deviations * deviation * Math.sqrt(1 + 1 / logs.length);
  return {
    figure: records,
    at_least: Math.exp(mean - reach),
    at_most: Math.exp(mean + reach),
    records,
    failing: null,
  };
}
