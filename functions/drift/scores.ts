/** Drift of the PDs that models say, and what they promise until labels are known. */
import { driftOf, tallyOf } from '../../shared/monitoring/drift.ts';
import type { Finding } from '../../shared/monitoring/finding.ts';
import { type Context, decidingVersions } from './context.ts';
import { type CellCount, tallyCells } from './features.ts';
import { bounds } from './plan.ts';

interface ScoreCell extends CellCount {
  readonly version: string;
  readonly role: string;
  /** Σ pd, and the pairs of a bad and a good that are in order, if each is as probable as its PD. */
  readonly pd: number | null;
  readonly pairs: number | null;
}

export async function watchScores(context: Context): Promise<Finding[]> {
  const { warehouse, sql, plan, portfolio, champion } = context;
  const baselines = decidingVersions(context).flatMap(({ manifest: { version, baseline } }) =>
    baseline ? [{ ...baseline.pd, version }] : [],
  );
  if (baselines.length === 0) return [];
  const cells = (await warehouse.run(plan.job('scores'), {
    sql: await sql('monitor/scores.sql'),
    parameters: {
      ...bounds(plan.window),
      portfolio: portfolio.id,
      baseline: baselines.map((baseline) => JSON.stringify(baseline)),
    },
    types: { portfolio: 'STRING', from: 'TIMESTAMP', until: 'TIMESTAMP', baseline: ['STRING'] },
  })) as unknown as ScoreCell[];
  const { limits, fewest } = portfolio.monitoring;
  return baselines.flatMap(({ version, ...baseline }) => {
    const own = cells.filter((cell) => cell.version === version);
    // A champion without a decision is worth a word; a shadow or former role is not.
    const roles = new Set(own.map(({ role }) => role));
    if (roles.size === 0) roles.add(version === champion?.ref.version ? 'champion' : 'challenger');
    return [...roles].flatMap((role) => {
      const said = own.filter((cell) => cell.role === role);
      const about = { subject: 'pd', arm: role, model_version: version, ...plan.window };
      const found = tallyCells(said, baseline.counts.length);
      const expected = tallyOf(baseline);
      return [
        ...driftOf({ about, kind: baseline.kind, expected, found, limits, fewest }),
        ...estimated(about, said, fewest),
      ];
    });
  });
}

/**
 * What performance will be if PDs are true, which calibration by band tells afterwards (confidence-based
 * estimation, as of calibrated scores: every application is a bad by its PD and a good by the rest).
 */
function estimated(
  about: Pick<Finding, 'arm' | 'model_version' | 'from' | 'until'>,
  said: readonly ScoreCell[],
  fewest: number,
): Finding[] {
  const known = said.filter(({ cell }) => cell !== 'missing');
  const total = (of: (cell: ScoreCell) => number) => known.reduce((sum, cell) => sum + of(cell), 0);
  const n = total((cell) => cell.n);
  if (n < fewest) return [];
  const bad = total(({ pd }) => pd ?? 0);
  const base = { kind: 'performance', subject: 'without labels', ...about, n } as const;
  return [
    { ...base, metric: 'estimated_bad_rate', figure: bad / n },
    {
      ...base,
      metric: 'estimated_auc',
      figure: bad > 0 && bad < n ? total(({ pairs }) => pairs ?? 0) / (bad * (n - bad)) : null,
    },
  ];
}
