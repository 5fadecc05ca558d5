/** Drift of every feature, of all applications and by segment. */
import { type Baseline, distributionSchema } from '../../shared/bundle/baseline.ts';
import { withColumns } from '../../shared/features/sql_text.ts';
import { driftOf, type Tally, tallyOf } from '../../shared/monitoring/drift.ts';
import type { Finding } from '../../shared/monitoring/finding.ts';
import { columnsOf, figuresInSql } from '../../shared/warehouse/figures.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import { type Grouping, groupsInSql, nameOf, segmentsOf } from './groups.ts';
import { bounds, timestamp } from './plan.ts';

/** A row of features.sql or scores.sql. */
export interface CellCount {
  readonly cell: 'missing' | 'bin' | 'unseen';
  readonly place: number | null;
  readonly n: number;
}

interface FeatureCell extends CellCount {
  readonly is_reference: boolean;
  readonly segment: string | null;
  readonly segment_value: string | null;
  readonly name: string;
}

/**
 * All applications are held against what the champion was trained on; those of a segment against the
 * same segment in the days before, for it never was like all.
 * @returns nothing where the champion has no baseline: `run` says so
 */
export async function watchFeatures(context: Context): Promise<Finding[]> {
  const { champion, plan, portfolio } = context;
  const baseline = champion?.manifest.baseline;
  if (!champion || !baseline) return [];
  const { limits, fewest } = portfolio.monitoring;
  const groupings = segmentsOf(portfolio);
  const cells = await countCells(context, champion.manifest, baseline, groupings);
  const bySegment = Map.groupBy(cells, (cell) => segmentName(groupings, cell));
  // Without a single application there still is something to be told: that nothing is known.
  if (!bySegment.has(undefined)) bySegment.set(undefined, []);
  return [...bySegment].flatMap(([segment, ofSegment]) =>
    baseline.features.flatMap((distribution) => {
      const { name: subject, kind, counts } = distribution;
      const own = ofSegment.filter(({ name }) => name === subject);
      const tallyAt = (reference: boolean) =>
        tallyCells(
          own.filter(({ is_reference }) => is_reference === reference),
          counts.length,
        );
      const about = { subject, segment, model_version: champion.ref.version, ...plan.window };
      const expected = segment === undefined ? tallyOf(distribution) : tallyAt(true);
      return driftOf({ about, kind, expected, found: tallyAt(false), limits, fewest });
    }),
  );
}

async function countCells(
  { warehouse, sql, plan, portfolio }: Context,
  { features, sql: texts }: NonNullable<Context['champion']>['manifest'],
  baseline: Baseline,
  groupings: readonly Grouping[],
): Promise<FeatureCell[]> {
  const groups = groupsInSql(groupings);
  const { keys } = portfolio;
  const rows = await warehouse.run(plan.job('features'), {
    sql: fill(await sql('monitor/features.sql'), {
      key: identifier(keys.application),
      time: identifier(keys.time),
      features: withKey(texts.features, keys.application),
      figures: figuresInSql(columnsOf(features)),
      groups: groups.sql,
    }),
    parameters: {
      ...bounds(plan.window),
      reference_from: timestamp(plan.reference.from),
      ...groups.parameters,
      baseline: baseline.features.map((one) => JSON.stringify(distributionSchema.parse(one))),
    },
    types: {
      from: 'TIMESTAMP',
      until: 'TIMESTAMP',
      reference_from: 'TIMESTAMP',
      baseline: ['STRING'],
      ...groups.types,
    },
  });
  return rows as unknown as FeatureCell[];
}

/** features.sql with the key of the application. */
export const withKey = (features: string, key: string): string =>
  withColumns(features, [`CAST(${identifier(key)} AS STRING) AS application_id`]);

/** `field=value`; undefined for everybody. */
export function segmentName(
  groupings: readonly Grouping[],
  { segment, segment_value }: Pick<FeatureCell, 'segment' | 'segment_value'>,
): string | undefined {
  if (segment === null) return undefined;
  const grouping = groupings.find(({ field }) => field === segment)!;
  return `${segment}=${nameOf(grouping, segment_value!)}`;
}

/** @param bins of the baseline */
export function tallyCells(cells: readonly CellCount[], bins: number): Tally {
  const countOf = (is: (cell: CellCount) => boolean) =>
    cells.filter(is).reduce((sum, { n }) => sum + n, 0);
  return {
    missing: countOf(({ cell }) => cell === 'missing'),
    unseen: countOf(({ cell }) => cell === 'unseen'),
    counts: Array.from({ length: bins }, (_, place) =>
      countOf((cell) => cell.cell === 'bin' && cell.place === place),
    ),
  };
}
