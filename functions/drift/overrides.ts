/** What became of those whom people approved. */
import type { Finding } from '../../shared/monitoring/finding.ts';
import { type Approved, approvedFindings } from '../../shared/monitoring/overrides.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import { bounds, timestamp } from './plan.ts';

/** @returns nothing where the source tells of no verdicts: the rate of overrides says so */
export async function watchOverrides(context: Context): Promise<Finding[]> {
  const { warehouse, sql, plan, portfolio } = context;
  if (portfolio.source.reviews === undefined) return [];
  const days = portfolio.label.matures_after_days;
  const { span } = plan.cohorts.find((cohort) => cohort.days === days)!;
  const rows = (await warehouse.run(plan.job('overrides'), {
    sql: fill(await sql('monitor/overrides.sql'), {
      key: identifier(portfolio.keys.application),
      label: portfolio.sql.label,
    }),
    parameters: { ...bounds(span), as_of: timestamp(plan.asOf), portfolio: portfolio.id },
  })) as unknown as Approved[];
  return approvedFindings(
    { subject: `maturity ${days}`, ...span },
    rows,
    portfolio.monitoring.fewest,
  );
}
