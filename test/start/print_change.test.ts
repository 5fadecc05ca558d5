import assert from 'node:assert/strict';
import {
  type Breached,
  type GateRow,
  printAlerts,
  printCandidate,
  printReviewed,
  printWatched,
} from './print_change.ts';
import { createReport, type Report } from './report.ts';

function printed(print: (report: Report) => void): string {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  print(
    createReport(
      write,
      () => undefined,
      () => 0,
    ),
  );
  return text;
}

const breached = (n: number): Breached => ({
  worst_severity: 'critical',
  kind: 'drift',
  subject: `f${n}`,
  segment: null,
  last_text: `f${n} moved.`,
});

const gate = (name: string, passed: boolean): GateRow => ({
  gate: name,
  figure: passed ? 0.8 : null,
  gate_limit: 0.7,
  passed,
  verdict: passed ? 'passed' : 'failed',
  waits: false,
});

describe('what a start prints of a change', () => {
  it('of what people decided: how often which way, and nothing where nobody has', () => {
    const of = (decided_outcome: string, reviewed_outcome: string, verdicts: number) => ({
      decided_outcome,
      reviewed_outcome,
      verdicts,
    });
    const rows = [of('decline', 'approve', 3), of('review', 'approve', 20)];
    assert.equal(
      printed((report) => printReviewed(report, rows)),
      '    people decided on 23 of the service’s decisions: decline → approve 3, review → approve 20\n',
    );
    assert.equal(
      printed((report) => printReviewed(report, [])),
      '',
    );
  });

  it('of the watch: figures by verdict, of all kinds together', () => {
    const counts = { passed: 2, failed: 1, not_measurable: 3, reported: 9 };
    const findings = { drift: counts, performance: counts } as Parameters<
      typeof printWatched
    >[1]['findings'];
    const text = printed((report) =>
      printWatched(report, { findings } as Parameters<typeof printWatched>[1]),
    );
    assert.match(text, /4 passed, 2 failed, 6 not measurable/);
  });

  it('of alerts: the first eight, how many there are, and how many came', () => {
    const text = printed((report) =>
      printAlerts(
        report,
        Array.from({ length: 11 }, (_, n) => breached(n)),
        4,
      ),
    );
    assert.equal(text.match(/ critical /g)!.length, 8);
    assert.match(text, /and 3 more; 11 alerts in flit_views\.alerts, 4 delivered now/);
    assert.doesNotMatch(
      printed((report) => printAlerts(report, [breached(1)], 1)),
      /more;/,
    );
  });

  it('of the candidate: its gates, and whether it wins', () => {
    const candidate = (gates: GateRow[], promoted: boolean) =>
      printed((report) => printCandidate(report, 'v20260906_000000', gates, promoted));
    assert.match(
      candidate([gate('auc', true)], true),
      /auc +0\.800 +0\.700 +passed[\s\S]*v20260906_000000 passed its gates and is the new champion\./,
    );
    assert.match(
      candidate([gate('auc', false), gate('parity', true), gate('champion', false)], false),
      /auc +missing +0\.700 +FAILED[\s\S]* is refused by auc, champion: the champion stays\./,
    );
    const small = { ...gate('fairness', true), verdict: 'not_measurable' as const };
    assert.match(candidate([{ ...small, waits: true }], false), /not measurable[\s\S]* waits for/);
    assert.match(candidate([small], false), / serves no more\./);
  });
});
