/** What became of applications by who approved them, once their labels are known. */
import { wilson } from '../statistics/wilson.ts';
import type { Finding } from './finding.ts';

/** A row of sql/monitor/overrides.sql. */
export interface Approved {
  readonly way: 'by the service' | 'on review' | 'low-side override';
  readonly applications: number;
  readonly labelled: number;
  readonly bad: number;
  /** Mean of the labelled; null where no model decided on any. */
  readonly pd: number | null;
}

/**
 * Bad rates of those that people approved, beside that of those that the service did (`reference`), and
 * what PDs had said of them. For information: whom people pick is no sample.
 */
export function approvedFindings(
  about: Pick<Finding, 'subject' | 'from' | 'until'>,
  rows: readonly Approved[],
  fewest: number,
): Finding[] {
  const service = rows.find(({ way }) => way === 'by the service');
  const reference =
    service && service.labelled >= fewest ? service.bad / service.labelled : undefined;
  return rows.flatMap((row): Finding[] => {
    const { way, applications, labelled, bad, pd } = row;
    const of = {
      ...about,
      kind: 'performance',
      segment: `approved=${way}`,
      n: labelled,
    } as const;
    if (labelled < fewest) {
      const why = `${labelled} of ${applications} applications have a label: ${fewest} are needed.`;
      return [{ ...of, metric: 'bad_rate', figure: null, why }];
    }
    const beside = row === service ? undefined : reference;
    return [
      {
        ...of,
        metric: 'bad_rate',
        figure: bad / labelled,
        interval: wilson(bad, labelled),
        reference: beside,
      },
      ...(pd === null ? [] : [{ ...of, metric: 'mean_pd', figure: pd }]),
    ];
  });
}
