import { type Breach, isWorse } from '../alerts/breach.ts';
import type { Judged } from './finding.ts';

/**
 * What failed, as somebody is told of it: of one subject and segment the worst stands for all. What
 * fails as a whole is not told segment by segment, unless it is worse there: all figures are in the table.
 */
export function breachesOf(portfolio: string, at: Date, findings: readonly Judged[]): Breach[] {
  const breaches = failuresOf(portfolio, at, findings);
  const wholes = breaches.filter(({ segment }) => segment === undefined);
  return breaches.filter(
    ({ segment, kind, subject, severity }) =>
      segment === undefined ||
      !wholes.some(
        (whole) =>
          whole.kind === kind && whole.subject === subject && !isWorse(severity, whole.severity),
      ),
  );
}

function failuresOf(portfolio: string, at: Date, findings: readonly Judged[]): Breach[] {
  return findings.flatMap((finding) => {
    const { verdict, severity, kind, subject, segment, figure, limit, n, model_version } = finding;
    if (verdict !== 'failed' || severity === null) return [];
    return [
      {
        portfolio,
        kind,
        subject,
        segment,
        severity,
        figure,
        limit: limit?.warning ?? null,
        n,
        text: sentenceOf(finding),
        model_version,
        at,
      },
    ];
  });
}

function sentenceOf({ subject, segment, metric, figure, reference, limit, n, p_value }: Judged) {
  const where = segment ? ` in ${segment}` : '';
  const beside = reference === undefined ? '' : ` (reference ${round(reference)})`;
  const side = limit?.beyond === 'below' ? 'below' : 'above';
  const chance = p_value === undefined ? '' : `; p ${probability(p_value)}`;
  const name = metric.replaceAll('_', ' ');
  return (
    `${subject}${where}: ${name} is ${round(figure!)}${beside}, ${side} ${limit?.warning}, ` +
    `of ${n} cases${chance}.`
  );
}

/** Of chance alone; the smallest ones are no better known than that they are small. */
const probability = (p: number): string => (p < 0.001 ? '< 0.001' : `= ${round(p)}`);

const round = (figure: number): number => Number(figure.toPrecision(3));
