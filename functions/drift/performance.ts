/** What became of applications at fixed ages, of all that are old enough and of no others. */
import { bandName, PD_BANDS } from '../../shared/monitoring/bands.ts';
import type { Finding } from '../../shared/monitoring/finding.ts';
import {
  type About,
  type Band,
  calibrationByBand,
  calibrationOf,
  moneyOf,
  type Outcomes,
  type Promised,
  ratesOf,
  scoredOf,
  sumOutcomes,
} from '../../shared/monitoring/performance.ts';
import { wilson } from '../../shared/statistics/wilson.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import { type Context, decidingVersions } from './context.ts';
import { segmentName } from './features.ts';
import { type Grouping, groupsInSql, protectedOf, segmentsOf } from './groups.ts';
import { bounds, type Plan, timestamp } from './plan.ts';

/** A row of performance.sql. */
interface OutcomeRow extends Outcomes {
  readonly segment: string | null;
  readonly segment_value: string | null;
  readonly day: { readonly value: string } | null;
  readonly arm: string | null;
  readonly model_version: string | null;
  readonly band: number | null;
}

const DAY_MS = 86_400_000;

type Cohort = Plan['cohorts'][number];

export async function watchPerformance(context: Context): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const cohort of context.plan.cohorts) {
    const groupings = groupingsOf(context, cohort);
    const rows = await outcomesOf(context, cohort, groupings);
    findings.push(...findingsOf(context, cohort, groupings, rows));
  }
  return findings;
}

const isFinal = ({ portfolio }: Context, { days }: Cohort): boolean =>
  days === portfolio.label.matures_after_days;

/** Protected groups where labels are known: calibration within them is part of fairness. */
const groupingsOf = (context: Context, cohort: Cohort): Grouping[] => [
  ...segmentsOf(context.portfolio),
  ...(isFinal(context, cohort) ? protectedOf(context.portfolio).groupings : []),
];

async function outcomesOf(
  { warehouse, sql, plan, portfolio }: Context,
  { days, span }: Cohort,
  groupings: readonly Grouping[],
): Promise<OutcomeRow[]> {
  const groups = groupsInSql(groupings);
  const { keys, outcome_keys, id } = portfolio;
  const rows = await warehouse.run(plan.job(`performance-${days}`), {
    sql: fill(await sql('monitor/performance.sql'), {
      key: identifier(keys.application),
      time: identifier(keys.time),
      table: `${identifier(warehouse.datasetId)}.outcomes`,
      outcome_time: identifier(outcome_keys.time),
      label: portfolio.sql.label,
      groups: groups.sql,
    }),
    parameters: {
      ...bounds(span),
      ...groups.parameters,
      as_of: timestamp(plan.asOf),
      portfolio: id,
      maturity_days: days,
      bands: [...PD_BANDS],
    },
    types: {
      from: 'TIMESTAMP',
      until: 'TIMESTAMP',
      as_of: 'TIMESTAMP',
      portfolio: 'STRING',
      maturity_days: 'INT64',
      bands: ['FLOAT64'],
      ...groups.types,
    },
  });
  return rows as unknown as OutcomeRow[];
}

function findingsOf(
  context: Context,
  cohort: Cohort,
  groupings: readonly Grouping[],
  rows: readonly OutcomeRow[],
): Finding[] {
  const { fewest } = context.portfolio.monitoring;
  const about = { subject: `maturity ${cohort.days}`, ...cohort.span };
  const everybody = rows.filter(({ segment }) => segment === null);
  const bySegment = Map.groupBy(
    rows.filter(({ segment }) => segment !== null),
    (row) => segmentName(groupings, row)!,
  );
  const promise = isFinal(context, cohort) ? promiseOf(context, context.champion) : undefined;
  return [
    ...ratesOf(about, sumOutcomes(everybody), fewest, promise),
    ...[...bySegment].flatMap(([segment, own]) =>
      ratesOf({ ...about, segment }, sumOutcomes(own), fewest),
    ),
    ...(isFinal(context, cohort) ? finalFindings(context, about, everybody, bySegment) : []),
  ];
}

const promiseOf = ({ portfolio }: Context, bundle: Context['champion']): Promised | undefined =>
  bundle && { metrics: bundle.manifest.metrics, limits: portfolio.monitoring.limits };

/** What can be said once labels are known: whether PDs were true, and what was earned. */
function finalFindings(
  context: Context,
  about: About,
  everybody: readonly OutcomeRow[],
  bySegment: ReadonlyMap<string, readonly OutcomeRow[]>,
): Finding[] {
  const { portfolio } = context;
  const { limits, fewest } = portfolio.monitoring;
  return [
    ...decidingVersions(context).flatMap((bundle) => {
      const model_version = bundle.ref.version;
      const own = everybody.filter((row) => row.model_version === model_version);
      const of = { ...about, model_version };
      return [
        ...scoredOf(of, sumOutcomes(own), fewest, promiseOf(context, bundle)!),
        ...calibrationByBand(of, bandsOf(own), limits),
      ];
    }),
    ...[...bySegment].map(([segment, own]) => {
      const attribute = portfolio.protected_attributes.find((field) =>
        segment.startsWith(`${field}=`),
      );
      const of = { ...about, segment, subject: attribute ?? about.subject };
      const kind = attribute === undefined ? 'performance' : 'fairness';
      return calibrationOf(kind, of, sumOutcomes(own), fewest, limits);
    }),
    ...byDayAndArm(about, everybody),
  ];
}

const bandsOf = (rows: readonly OutcomeRow[]): Band[] =>
  [...Map.groupBy(rows, ({ band }) => band)]
    .flatMap(([band, own]) => (band === null ? [] : [{ band, own }]))
    .sort((a, b) => a.band - b.band)
    .map(({ band, own }) => ({ name: bandName(band), outcomes: sumOutcomes(own) }));

/** Default rates, losses and profit of the applications that each arm decided on each day. */
function byDayAndArm(about: About, everybody: readonly OutcomeRow[]): Finding[] {
  const groups = Map.groupBy(
    everybody.filter(({ arm }) => arm !== null),
    ({ day, arm }) => `${day!.value} ${arm}`,
  );
  return [...groups.values()].flatMap((own) => {
    const { day, arm } = own[0]!;
    const all = sumOutcomes(own);
    const from = new Date(`${day!.value}T00:00:00Z`);
    const of = { ...about, arm: arm!, from, until: new Date(from.getTime() + DAY_MS) };
    const rate: Finding = {
      ...of,
      kind: 'kpi',
      metric: 'default_rate',
      n: all.labelled,
      figure: all.labelled > 0 ? all.bad / all.labelled : null,
      ...(all.labelled > 0 ? { interval: wilson(all.bad, all.labelled) } : {}),
    };
    return [rate, ...moneyOf(of, all)];
  });
}
