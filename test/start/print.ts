/** The figures of a start, as tables. */
import { type Gate, verdictOf } from '../../shared/bundle/manifest.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { count, percent, type Report } from './report.ts';
import type { Ingested, Retrained } from './stages.ts';
import { type Decided, quantile, type Traffic } from './traffic.ts';

export function printIngested(report: Report, summary: Ingested): void {
  const { applications, outcomes, reviews } = summary;
  // There are none before the service has decided.
  const told = { applications, outcomes, ...(reviews?.received ? { reviews } : {}) };
  for (const [stream, { received, accepted, quarantined }] of Object.entries(told)) {
    report.line(
      `    ${stream}: ${count(received)} received, ${count(accepted)} accepted, ` +
        `${count(quarantined)} quarantined`,
    );
  }
  const { known } = summary.days;
  if (known > 0) report.line(`    ${count(known)} days were ingested before: passed over`);
  const { passed, failed, warned, not_measurable: open } = summary.quality;
  if (passed + failed + warned + open === 0) return;
  report.line(
    `    expectations: ${count(passed)} passed, ${count(failed)} failed, ${count(warned)} warned, ` +
      `${count(open)} not measurable`,
  );
}

/** @param best the AUC of the simulator's own probabilities, where there is a simulator */
export function printModel(
  report: Report,
  portfolio: Portfolio,
  summary: Retrained,
  best: number | undefined,
): void {
  const { metrics, rows, excluded, parity, gates, promotion, version } = summary;
  report.line(
    `    rows: ${listed(rows)}${Object.keys(excluded).length ? `; left out: ${listed(excluded)}` : ''}`,
  );
  const test = portfolio.validation.kind === 'folds' ? 'Out-of-fold' : 'Out-of-time';
  report.line(
    `\n  ${test} test of ${version}: ${count(metrics.rows)} applications, ` +
      `${percent(metrics.bad_rate)} bad\n`,
  );
  const attainable = best === undefined ? [] : [best.toFixed(4), percent(metrics.auc / best)];
  report.table(
    [
      'AUC',
      ...(best === undefined ? [] : ['best attainable', 'share of it']),
      'KS',
      'Gini',
      'PR-AUC',
      'Brier',
      'mean PD',
    ],
    [
      [
        metrics.auc.toFixed(4),
        ...attainable,
        metrics.ks.toFixed(4),
        metrics.gini.toFixed(4),
        metrics.pr_auc.toFixed(4),
        metrics.brier.toFixed(4),
        percent(metrics.mean_pd, 2),
      ],
    ],
  );
  report.line();
  gateTable(report, gates);
  report.line(
    `\n  Warehouse and ONNX agree on ${count(parity.rows)} applications ` +
      `to ${parity.largest_difference.toExponential(1)}: ${promotion}.\n`,
  );
}

/** What gates said. */
export function gateTable(
  report: Report,
  gates: readonly Pick<Gate, 'gate' | 'figure' | 'limit' | 'passed' | 'verdict'>[],
): void {
  report.table(
    ['gate', 'figure', 'limit', 'verdict'],
    gates.map((gate) => [
      gate.gate,
      gate.figure === null ? 'missing' : figureText(gate.figure),
      figureText(gate.limit),
      VERDICTS[verdictOf(gate)],
    ]),
  );
}

const VERDICTS = { passed: 'passed', failed: 'FAILED', not_measurable: 'not measurable' } as const;

/** Three digits; small figures as powers of ten. */
const figureText = (figure: number): string =>
  figure !== 0 && Math.abs(figure) < 1e-3 ? figure.toExponential(1) : figure.toPrecision(3);

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${count(n)} ${name}`)
    .join(', ');

export function printDecisions(report: Report, { decisions, seconds }: Traffic): void {
  const outcomes = ['approve', 'counter_offer', 'review', 'decline'];
  const examples = outcomes.flatMap((outcome) =>
    decisions.filter(({ answer }) => answer.outcome === outcome).slice(0, 3),
  );
  report.line();
  report.table(
    ['application', 'PD', 'outcome', 'principal reason → offer'],
    examples.map((decided) => [
      decided.answer.application_id,
      pdOf(decided),
      decided.answer.outcome,
      [decided.answer.reasons[0]?.text ?? '', ...offerOf(decided)].join(' → '),
    ]),
  );
  const shares = outcomes.map((outcome) => {
    const n = decisions.filter(({ answer }) => answer.outcome === outcome).length;
    return `${outcome} ${percent(n / decisions.length)}`;
  });
  const times = decisions.map(({ milliseconds }) => milliseconds);
  report.line(`\n  ${shares.join(', ')}`);
  report.line(
    `  ${count(Math.round(decisions.length / seconds))} decisions a second; latency ` +
      `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms ` +
      '(sender, service and local cloud on one machine)\n',
  );
}

const offerOf = ({ answer }: Decided): string[] =>
  answer.counter_offer
    ? [answer.counter_offer.terms.map(({ field, offered }) => `${field} ${offered}`).join(', ')]
    : [];

const pdOf = ({ answer }: Decided): string =>
  answer.probability_of_default === null ? '-' : percent(answer.probability_of_default, 2);

/** Asks for a decision on the application in a file; for any POSIX shell. */
export const curlLine = (endpoint: string, file: string): string =>
  `curl -s ${endpoint} -H 'content-type: application/json' -d ${quoted(`@${file}`)}`;

/** A word for the shell, as it is where that is safe. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Variables as a shell reads them. */
export const exportLines = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('');
