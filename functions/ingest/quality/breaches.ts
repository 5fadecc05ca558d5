import type { Breach } from '../../../shared/alerts/breach.ts';
import type { Finding } from './judge.ts';

/** What somebody must hear of: the youngest day of every expectation that was not met. */
export function breachesOf(portfolio: string, findings: readonly Finding[], at: Date): Breach[] {
  const failed = findings.filter(({ verdict }) => verdict === 'failed');
  const subjects = Map.groupBy(failed, ({ stream, expectation }) => `${stream}.${expectation}`);
  return Array.from(subjects, ([subject, days]) => {
    const [youngest] = days.toSorted((a, b) => (a.day < b.day ? 1 : -1)) as [Finding];
    const { severity, figure, records } = youngest;
    return {
      portfolio,
      kind: 'data_quality',
      subject,
      severity: severity === 'fail' ? 'critical' : 'warning',
      figure,
      limit: limitOf(youngest),
      n: records,
      text: textOf(youngest, days.length - 1),
      at,
    };
  });
}

/** The one that was passed. */
function limitOf({ figure, at_least, at_most }: Finding): number | null {
  return at_least !== null && figure! < at_least ? at_least : at_most;
}

function textOf(
  { day, stream, expectation, description, figure, ...rest }: Finding,
  others: number,
) {
  const { at_least, at_most, failing, records } = rest;
  const limits = [
    ...(at_least === null ? [] : [`at least ${shown(at_least)}`]),
    ...(at_most === null ? [] : [`at most ${shown(at_most)}`]),
  ].join(' and ');
  const count = failing === null ? '' : ` (${failing} of ${records} records)`;
  const more = others === 0 ? '' : ` So did ${others} other ${others === 1 ? 'day' : 'days'}.`;
  return (
    `${stream} of ${day} failed ${expectation}: ${shown(figure!)}${count}, expected ${limits}. ` +
    `${description}${more}`
  );
}

const shown = (figure: number): string => String(Number(figure.toPrecision(4)));
