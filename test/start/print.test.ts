import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { curlLine, exportLines, printDecisions, printIngested, printModel } from './print.ts';
import { createReport, type Report } from './report.ts';
import type { Retrained } from './stages.ts';
import type { Decided } from './traffic.ts';

const printed = (print: (report: Report) => void): string[] => {
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
  return text.split('\n');
};

const RETRAINED: Retrained = {
  portfolio: 'bnpl',
  version: 'v20260830_000000',
  rows: { CALIBRATION: 2446, TEST: 3115 },
  excluded: { 'declined: no plan, no outcome': 429 },
  metrics: {
    rows: 3115,
    bad_rate: 0.045,
    mean_pd: 0.04498,
    auc: 0.8,
    gini: 0.6,
    ks: 0.5,
    pr_auc: 0.3,
    brier: 0.0368,
  } as Retrained['metrics'],
  parity: { rows: 2689, largest_difference: 5.9e-8 },
  gates: [
    { gate: 'parity', figure: 5.9e-8, limit: 1e-6, passed: true, why: '' },
    { gate: 'auc', figure: 0.8, limit: 0.7, passed: true, why: '' },
    { gate: 'calibration', figure: null, limit: 0.223, passed: false, why: '' },
  ],
  promotion: 'promoted',
};

describe('what a start prints', () => {
  it('of ingestion: both streams, and what is in quarantine', () => {
    const stream = { received: 1500, accepted: 1499, quarantined: 1 };
    const summary = {
      run: 'r',
      state: 'done' as const,
      range: { start: '2026-01-01', end: '2026-01-02' },
      days: { known: 0, ingested: 2, left: 0 },
      applications: stream,
      outcomes: { ...stream, received: 0, accepted: 0, quarantined: 0 },
      quality: { passed: 40, failed: 0, warned: 2, not_measurable: 3 },
    };
    assert.deepEqual(
      printed((report) => printIngested(report, summary)),
      [
        '    applications: 1,500 received, 1,499 accepted, 1 quarantined',
        '    outcomes: 0 received, 0 accepted, 0 quarantined',
        '    expectations: 40 passed, 0 failed, 2 warned, 3 not measurable',
        '',
      ],
    );
  });

  it('of ingestion: the days that it had no work with', () => {
    const stream = { received: 0, accepted: 0, quarantined: 0 };
    const summary = {
      run: 'r',
      state: 'done' as const,
      range: { start: '2026-01-01', end: '2026-01-07' },
      quality: { passed: 0, failed: 0, warned: 0, not_measurable: 0 },
      days: { known: 7, ingested: 0, left: 0 },
      applications: stream,
      outcomes: stream,
    };
    assert.match(
      printed((report) => printIngested(report, summary)).join('\n'),
      /^ {4}7 days were ingested before: passed over$/m,
    );
  });

  it('of a model: its figures beside the best attainable, its gates, its parity', async () => {
    const portfolio = await findPortfolio('sql', 'bnpl');
    assert.deepEqual(
      printed((report) => printModel(report, portfolio, RETRAINED, 0.8421)),
      [
        '    rows: 2,446 CALIBRATION, 3,115 TEST; left out: 429 declined: no plan, no outcome',
        '',
        '  Out-of-time test of v20260830_000000: 3,115 applications, 4.5 % bad',
        '',
        '  AUC     best attainable  share of it  KS      Gini    PR-AUC  Brier   mean PD',
        '  0.8000  0.8421           95.0 %       0.5000  0.6000  0.3000  0.0368  4.50 %',
        '',
        '  gate         figure   limit   verdict',
        '  parity       5.9e-8   1.0e-6  passed',
        '  auc          0.800    0.700   passed',
        '  calibration  missing  0.223   FAILED',
        '',
        '  Warehouse and ONNX agree on 2,689 applications to 5.9e-8: promoted.',
        '',
        '',
      ],
    );
  });

  it('of a model on real data: no best attainable, out of fold, nothing left out', async () => {
    const portfolio = await findPortfolio('sql', 'cards');
    const lines = printed((report) =>
      printModel(report, portfolio, { ...RETRAINED, excluded: {} }, undefined),
    );
    assert.equal(lines[0], '    rows: 2,446 CALIBRATION, 3,115 TEST');
    assert.match(lines[2]!, /^ {2}Out-of-fold test of /);
    assert.equal(lines[4], '  AUC     KS      Gini    PR-AUC  Brier   mean PD');
  });

  const decided = (
    outcome: string,
    pd: number | null,
    milliseconds: number,
    reason?: string,
    terms?: readonly { field: string; offered: number }[],
  ) =>
    ({
      request: {},
      answer: {
        decision_id: `d-${milliseconds}`,
        decided_at: '2026-11-21T10:00:00.000Z',
        application_id: `${outcome} ${milliseconds}`,
        outcome,
        probability_of_default: pd,
        reasons: reason === undefined ? [] : [{ code: 'M01', text: reason }],
        counter_offer: terms ? { terms } : null,
      },
      milliseconds,
    }) satisfies Decided;

  it('of decisions: three of each outcome, their shares, pace and latency', () => {
    const decisions = [
      ...[1, 2, 3, 4, 5, 6].map((ms) => decided('approve', 0.01 * ms, ms)),
      decided('counter_offer', 0.07, 7, 'The amount.', [
        { field: 'amount', offered: 80 },
        { field: 'first_payment_amount', offered: 20.5 },
      ]),
      decided('decline', 0.5, 9, 'You missed payments.'),
      decided('review', null, 10, 'A person will look at it.'),
      decided('approve', 0.08, 8),
    ];
    assert.deepEqual(
      printed((report) => printDecisions(report, { decisions, seconds: 0.004 })),
      [
        '',
        '  application      PD       outcome        principal reason → offer',
        '  approve 1        1.00 %   approve',
        '  approve 2        2.00 %   approve',
        '  approve 3        3.00 %   approve',
        '  counter_offer 7  7.00 %   counter_offer  The amount. → amount 80, first_payment_amount 20.5',
        '  review 10        -        review         A person will look at it.',
        '  decline 9        50.00 %  decline        You missed payments.',
        '',
        '  approve 70.0 %, counter_offer 10.0 %, review 10.0 %, decline 10.0 %',
        '  2,500 decisions a second; latency p50 6.0 ms, p99 10.0 ms (sender, service and local cloud on one machine)',
        '',
        '',
      ],
    );
  });

  it('for curl: a line that the shell splits into the very words that were meant', () => {
    // A word a line; the shell itself does the splitting.
    const words = (line: string) =>
      execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
        .split('\0')
        .slice(0, -1);
    const endpoint = 'http://127.0.0.1:8080/v1/bnpl/decisions';
    const path = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.oneof(path, fc.constant("a'b'' c\n$HOME`x`\\")), (file) => {
        assert.deepEqual(words(curlLine(endpoint, file)), [
          ...['curl', '-s', endpoint, '-H', 'content-type: application/json', '-d', `@${file}`],
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it('of variables: what the shell then has is what was given', () => {
    const odd = "a'b'' c\n$HOME`x`\\";
    const lines = exportLines({ FLIT_PLAIN: 'http://127.0.0.1:8080', FLIT_ODD: odd });
    const script = `${lines}printf '%s\\0' "$FLIT_PLAIN" "$FLIT_ODD"`;
    const values = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0');
    assert.deepEqual(values.slice(0, -1), ['http://127.0.0.1:8080', odd]);
  });

  it('for curl: a plain path without quotes', () => {
    assert.match(
      curlLine('http://x', '/a/.flit/application.json'),
      / -d @\/a\/\.flit\/application\.json$/,
    );
  });
});
