import type { Breach } from '../alerts/breach.ts';
import type { Judged } from './finding.ts';

/** What failed, as somebody is told of it: of one subject and segment the worst stands for all. */
export function breachesOf(portfolio: string, at: Date, findings: readonly Judged[]): Breach[] {
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
  const chance = p_value === undefined ? '' : `; by chance with a probability of ${round(p_value)}`;
  const name = metric.replaceAll('_', ' ');
  return (
    `${subject}${where}: ${name} is ${round(figure!)}${beside}, ${side} ${limit?.warning}, ` +
    `of ${n} cases${chance}.`
  );
}

const round = (figure: number): number => Number(figure.toPrecision(3));
