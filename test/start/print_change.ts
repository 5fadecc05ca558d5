/** What came of a change of the business, as tables. */
import type { RunSummary as Watched } from '../../functions/drift/run.ts';
import { gateTable } from './print.ts';
import type { Report } from './report.ts';

export function printWatched(report: Report, { findings }: Watched): void {
  const total = (verdict: 'passed' | 'failed' | 'not_measurable') =>
    Object.values(findings).reduce((sum, counts) => sum + counts[verdict], 0);
  report.line(
    `    figures held against their limits: ${total('passed')} passed, ${total('failed')} failed, ` +
      `${total('not_measurable')} not measurable`,
  );
}

/** Of `flit_views_<id>.overrides`: how often a person decided what on decisions of one kind. */
export interface Reviewed {
  readonly decided_outcome: string;
  readonly reviewed_outcome: string;
  readonly verdicts: number;
}

/** Nothing where no verdict has come. */
export function printReviewed(report: Report, rows: readonly Reviewed[]): void {
  if (rows.length === 0) return;
  const total = rows.reduce((sum, { verdicts }) => sum + verdicts, 0);
  const pairs = rows.map(
    ({ decided_outcome, reviewed_outcome, verdicts }) =>
      `${decided_outcome} → ${reviewed_outcome} ${verdicts}`,
  );
  report.line(`    people decided on ${total} of the service’s decisions: ${pairs.join(', ')}`);
}

/** A row of `flit_views.alerts`. */
export interface Breached {
  readonly worst_severity: string;
  readonly kind: string;
  readonly subject: string;
  readonly segment: string | null;
  readonly last_text: string;
}

/** Alerts that are shown one by one. */
const MOST = 8;

/** @param delivered webhooks that came with a good signature */
export function printAlerts(report: Report, alerts: readonly Breached[], delivered: number): void {
  report.line();
  report.table(
    ['severity', 'kind', 'what was found'],
    alerts
      .slice(0, MOST)
      .map(({ worst_severity, kind, last_text }) => [worst_severity, kind, last_text]),
  );
  const more = alerts.length - MOST;
  report.line(
    `\n  ${more > 0 ? `and ${more} more; ` : ''}${alerts.length} alerts in flit_views.alerts, ` +
      `${delivered} delivered now to a webhook that verified each signature\n`,
  );
}

/** A row of `flit_views.gates`. */
export interface GateRow {
  readonly gate: string;
  readonly figure: number | null;
  readonly gate_limit: number;
  readonly passed: boolean;
  readonly verdict: 'passed' | 'failed' | 'not_measurable';
  /** Whether the version waits for somebody's approval. */
  readonly waits: boolean | null;
}

export function printCandidate(
  report: Report,
  version: string,
  gates: readonly GateRow[],
  promoted: boolean,
): void {
  report.line();
  gateTable(
    report,
    gates.map(({ gate_limit: limit, ...gate }) => ({ ...gate, limit })),
  );
  report.line(`\n  ${version} ${fateOf(gates, promoted)}.\n`);
}

function fateOf(gates: readonly GateRow[], promoted: boolean): string {
  const failed = gates.filter(({ verdict }) => verdict === 'failed').map(({ gate }) => gate);
  if (failed.length > 0) return `is refused by ${failed.join(', ')}: the champion stays`;
  if (promoted) return 'passed its gates and is the new champion';
  return gates.some(({ waits }) => waits) ? 'waits for approval' : 'serves no more';
}
