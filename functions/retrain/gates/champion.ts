/** No worse than what it replaces: the two side by side on the same applications. */
import type { Gate, Metrics } from '../../../shared/bundle/manifest.ts';
import type { Comparison } from '../../../shared/card/findings.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import { bootstrap } from '../../../shared/statistics/bootstrap.ts';
import { orderOf, rankingOf } from '../../../shared/statistics/ranking.ts';
import type { Judged } from './judged.ts';
import type { Rival } from './rival.ts';
import { atLeast, notMeasurable } from './verdict.ts';

/** Fewer of a class would make any difference a matter of chance. */
const FEWEST_OF_A_CLASS = 50;

export function compareWithChampion(judged: Judged, metrics: Metrics, rival: Rival): Comparison {
  if (rival.kind === 'none') return { kind: 'no_champion' };
  const { version } = rival;
  if (rival.kind === 'unreadable') return { kind: 'unknown', version, why: rival.why };
  const both = [...judged.pd.keys()].filter((i) => !Number.isNaN(rival.pd[i]!));
  const bad = Uint8Array.from(both, (i) => judged.bad[i]!);
  const bads = bad.reduce((sum, one) => sum + one, 0);
  if (Math.min(bads, bad.length - bads) < FEWEST_OF_A_CLASS) {
    const apart = metrics.auc - rival.metrics.auc;
    const difference = Number.isFinite(apart) ? apart : null;
    const why =
      rival.why ?? `only ${bad.length} applications, ${bads} of them bad, are new to both`;
    return { kind: 'by_figures', version, difference, why };
  }
  const ours = orderOf(Float64Array.from(both, (i) => judged.pd[i]!));
  const theirs = orderOf(Float64Array.from(both, (i) => rival.pd[i]!));
  const { difference: interval } = bootstrap(bad.length, (counts) => ({
    difference: rankingOf(ours, bad, counts).auc - rankingOf(theirs, bad, counts).auc,
  }));
  const [auc, champion_auc] = [rankingOf(ours, bad).auc, rankingOf(theirs, bad).auc];
  const difference = auc - champion_auc;
  return { kind: 'paired', version, rows: bad.length, auc, champion_auc, difference, interval };
}

/** The figure is the candidate's AUC less the champion's; the limit is how far below it may be. */
export function championGate(
  { gates }: Pick<PortfolioDocument, 'gates'>,
  comparison: Comparison,
): Gate {
  // 0 less 0 would be −0.
  const limit = 0 - gates.auc_below_champion_at_most;
  const why = 'A candidate may not be much worse than what it replaces';
  switch (comparison.kind) {
    case 'no_champion':
      return notMeasurable('champion', null, limit, 'There is no champion yet to compare with.');
    case 'unknown':
      return notMeasurable(
        'champion',
        null,
        limit,
        `Nothing can be read of the champion ${comparison.version}: ${comparison.why}`,
      );
    case 'by_figures':
      return atLeast(
        'champion',
        comparison.difference ?? Number.NaN,
        limit,
        `${why}. Of ${comparison.version} the figure of its own test is taken: ${comparison.why}.`,
      );
    default:
      return pairedGate(comparison, limit, why);
  }
}

function pairedGate(
  { version, rows: n, difference, interval }: Extract<Comparison, { kind: 'paired' }>,
  limit: number,
  why: string,
): Gate {
  const evidence = { interval, n };
  const isOpen = difference >= limit && !(interval && interval[0] >= limit);
  return isOpen
    ? notMeasurable(
        'champion',
        difference,
        limit,
        `${why}, ${version}: these applications are too few to rule it out.`,
        evidence,
      )
    : atLeast(
        'champion',
        difference,
        limit,
        `${why}: ${version}, on the same applications.`,
        evidence,
      );
}
