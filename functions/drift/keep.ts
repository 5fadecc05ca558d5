import type { Judged } from '../../shared/monitoring/finding.ts';
import type { Context } from './context.ts';
import { timestamp } from './plan.ts';

/** Puts the findings of a run in place of what the table has of the same moment: a repetition adds nothing. */
export async function keepFindings(
  { warehouse, sql, plan, portfolio }: Context,
  findings: readonly Judged[],
): Promise<void> {
  await warehouse.run(plan.job('monitoring'), {
    sql: await sql('monitor/monitoring.sql'),
    parameters: {
      run_id: plan.runId,
      portfolio: portfolio.id,
      as_of: timestamp(plan.asOf),
      findings: findings.map((finding) => JSON.stringify(rowOf(finding))),
    },
    types: {
      run_id: 'STRING',
      portfolio: 'STRING',
      as_of: 'TIMESTAMP',
      findings: ['STRING'],
    },
  });
}

const rowOf = (finding: Judged) => ({
  kind: finding.kind,
  subject: finding.subject,
  metric: finding.metric,
  segment: finding.segment,
  arm: finding.arm,
  model_version: finding.model_version,
  period_from: finding.from.toISOString(),
  period_until: finding.until.toISOString(),
  n: finding.n,
  figure: finite(finding.figure),
  low: finite(finding.interval?.[0]),
  high: finite(finding.interval?.[1]),
  reference: finite(finding.reference),
  threshold: finding.limit?.warning,
  chance: finite(finding.chance),
  p_value: finding.p_value,
  verdict: finding.verdict,
  severity: finding.severity,
  why: finding.why,
});

/** JSON has no other numbers. */
const finite = (figure: number | null | undefined): number | undefined =>
  typeof figure === 'number' && Number.isFinite(figure) ? figure : undefined;
