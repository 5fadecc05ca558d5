/** What was decided, by day and arm, and whether that is as it was in the weeks before. */

import type { Finding } from '../../shared/monitoring/finding.ts';
import { type Decisions, kpisOf, outcomeDrift } from '../../shared/monitoring/kpis.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import type { Context } from './context.ts';
import { bounds } from './plan.ts';

interface DayRow extends Decisions {
  readonly day: { readonly value: string };
}

const DAY_MS = 86_400_000;

export async function watchKpis({ warehouse, sql, plan, portfolio }: Context): Promise<Finding[]> {
  const { window, reference } = plan;
  const rows = (await warehouse.run(plan.job('kpis'), {
    sql: await sql('monitor/kpis.sql'),
    parameters: {
      ...bounds({ from: reference.from, until: window.until }),
      portfolio: portfolio.id,
    },
  })) as unknown as DayRow[];
  const dayOf = ({ day }: DayRow) => new Date(`${day.value}T00:00:00Z`);
  // A day that the window begins in is of the window.
  const begins = new Date(Math.floor(window.from.getTime() / DAY_MS) * DAY_MS);
  const inWindow = rows.filter((row) => dayOf(row) >= begins);
  const before = rows.filter((row) => dayOf(row) < begins);
  const { limits, fewest } = portfolio.monitoring;
  const unreviewed = whyUnreviewed(portfolio, rows);
  const days = inWindow.map((row) => {
    const from = dayOf(row);
    return { row, from, until: new Date(from.getTime() + DAY_MS) };
  });
  return [
    ...days.flatMap(({ row, ...span }) =>
      kpisOf({ subject: 'day', ...span }, row, unreviewed === undefined),
    ),
    ...outcomeDrift(
      { subject: 'outcome', ...window },
      inWindow,
      before,
      limits,
      fewest,
      unreviewed,
    ),
  ];
}

/** Without a single verdict it is not known whether nobody decided or nobody told. */
function whyUnreviewed({ source }: Portfolio, rows: readonly Decisions[]): string | undefined {
  if (source.reviews === undefined) return 'The source has no stream of what people decide.';
  const isTold = rows.some(
    ({ reviewed, low_side, high_side }) => reviewed + low_side + high_side > 0,
  );
  return isTold ? undefined : 'No verdict of a person has come on any of these decisions.';
}
