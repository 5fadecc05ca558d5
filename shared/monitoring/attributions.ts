/** Whether features weigh as they did when the version was made. */
import type { Baseline } from '../bundle/baseline.ts';
import type { MonitoringLimits } from '../portfolio/monitoring.ts';
import { twoSided } from '../statistics/distributions.ts';
import type { Finding } from './finding.ts';

export type Attribution = Baseline['attributions'][number];

/**
 * By how much of all that features add to log-odds each feature adds more or less than it did, with
 * Welch's test of its mean.
 */
export function attributionDrift(
  about: Pick<Finding, 'model_version' | 'from' | 'until'>,
  before: readonly Attribution[],
  found: readonly Attribution[],
  limits: MonitoringLimits,
  fewest: number,
): Finding[] {
  const total = before.reduce((sum, { mean }) => sum + mean, 0);
  return before.flatMap((was): Finding[] => {
    const is = found.find(({ feature }) => feature === was.feature);
    if (!is) return [];
    const of = {
      ...about,
      kind: 'drift',
      subject: was.feature,
      metric: 'attribution_change',
      n: is.rows,
    } as const;
    if (Math.min(is.rows, was.rows) < fewest || total === 0) {
      const why = `${is.rows} applications were explained, ${was.rows} of the baseline: ${fewest} are needed.`;
      return [{ ...of, figure: null, why }];
    }
    const error = Math.sqrt(was.deviation ** 2 / was.rows + is.deviation ** 2 / is.rows);
    const change = is.mean - was.mean;
    return [
      {
        ...of,
        figure: Math.abs(change) / total,
        reference: was.mean / total,
        limit: { beyond: 'above', warning: limits.attribution_change },
        p_value: error > 0 ? twoSided(change / error) : Number(change === 0),
      },
    ];
  });
}
