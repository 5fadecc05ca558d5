/**
 * Screens for disparate outcomes by protected attribute: approval rates at the cut-offs in force,
 * group against group. 0.8 is the four-fifths rule of 29 CFR 1607.4(D), which credit law never took
 * over: a screen, not a finding.
 */
import type { Gate } from '../../../shared/bundle/manifest.ts';
import type { Group, Screen } from '../../../shared/card/findings.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import { binOf } from '../../../shared/statistics/bins.ts';
import { compareShares } from '../../../shared/statistics/proportions.ts';
import type { Judged } from './judged.ts';
import { atLeast, notMeasurable } from './verdict.ts';

/** A rate of fewer says nothing of a group. */
const FEWEST_OF_A_GROUP = 30;
/** What groups that are too small are called, together. */
const SMALL = `fewer than ${FEWEST_OF_A_GROUP} each`;
/** How often chance alone may be taken for a difference. */
const ALPHA = 0.05;
/** A number with more values than this is no list of groups. */
const MOST_GROUPS = 12;

type Groups = Pick<PortfolioDocument, 'protected_attributes' | 'protected_groups'>;

export const screensOf = (judged: Judged, portfolio: Groups): Screen[] =>
  portfolio.protected_attributes.map((attribute) =>
    screenOf(judged, attribute, portfolio.protected_groups[attribute]),
  );

function screenOf(judged: Judged, attribute: string, edges: readonly number[] | undefined): Screen {
  const members = new Map<string, number[]>();
  let unknown = 0;
  judged.applications.forEach((application, i) => {
    // Without a cut-off nobody can say whether the application would be approved.
    if (judged.review_from[i] === null) return;
    const value = application[attribute] ?? null;
    if (value === null) unknown++;
    else {
      const name = groupName(value, edges);
      const places = members.get(name) ?? [];
      members.set(name, places);
      places.push(i);
    }
  });
  if (!edges && members.size > MOST_GROUPS) {
    const why = `${attribute} has ${members.size} values: cut it into protected_groups (portfolio.json)`;
    return { attribute, reference: null, groups: [], unknown, why };
  }
  return { attribute, unknown, ...compareGroups(judged, members) };
}

/** A number by the edges that it lies between. */
function groupName(value: unknown, edges: readonly number[] | undefined): string {
  if (!edges || typeof value !== 'number') return String(value);
  const bin = binOf(value, edges);
  if (bin === 0) return `below ${edges[0]}`;
  return bin === edges.length
    ? `${edges[bin - 1]} and above`
    : `${edges[bin - 1]} to ${edges[bin]}`;
}

function compareGroups(
  judged: Judged,
  members: ReadonlyMap<string, readonly number[]>,
): Pick<Screen, 'reference' | 'groups'> {
  const scale = spreadOf(judged.pd);
  const counted = [...withoutSmall(members)].map(([group, places]) => {
    const mean_pd = meanOf(places.map((i) => judged.pd[i]!));
    return {
      group,
      applications: places.length,
      approved: places.filter((i) => judged.pd[i]! < judged.review_from[i]!).length,
      bad: places.filter((i) => judged.bad[i] === 1).length,
      mean_pd,
      standardised_difference: scale.deviation > 0 ? (mean_pd - scale.mean) / scale.deviation : 0,
    };
  });
  const large = counted.filter(({ group }) => group !== SMALL);
  const rate = ({ approved, applications }: (typeof counted)[number]) => approved / applications;
  const reference = large.length < 2 ? undefined : large.toSorted((a, b) => rate(b) - rate(a))[0]!;
  const groups = counted.map((one) => {
    if (!reference || one === reference || !large.includes(one)) {
      return { ...one, ratio: null, p_value: null };
    }
    const { ratio, p_value } = compareShares(shareOf(one), shareOf(reference));
    // Where nobody is approved, nobody is treated otherwise.
    return { ...one, ratio: Number.isNaN(ratio) ? 1 : ratio, p_value };
  });
  return { reference: reference?.group ?? null, groups };
}

/** Groups by name; those that are too small are one, so that no figure is of a few people. */
function withoutSmall(
  members: ReadonlyMap<string, readonly number[]>,
): Map<string, readonly number[]> {
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  const isLarge = (places: readonly number[]) => places.length >= FEWEST_OF_A_GROUP;
  const small = sorted.filter(([, places]) => !isLarge(places)).flatMap(([, places]) => places);
  const large = sorted.filter(([, places]) => isLarge(places));
  return new Map([...large, ...(small.length > 0 ? [[SMALL, small] as const] : [])]);
}

const shareOf = ({ approved, applications }: Pick<Group, 'approved' | 'applications'>) => ({
  count: approved,
  of: applications,
});

function meanOf(figures: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < figures.length; i++) sum += figures[i]!;
  return sum / figures.length;
}

function spreadOf(pd: Float64Array): { readonly mean: number; readonly deviation: number } {
  const mean = meanOf(pd);
  return { mean, deviation: Math.sqrt(meanOf(pd.map((p) => (p - mean) ** 2))) };
}

/** One gate an attribute, of its group that fares worst; most certainly so where several do. */
export const fairnessGates = (
  { gates }: Pick<PortfolioDocument, 'gates'>,
  screens: readonly Screen[],
): Gate[] => screens.map((screen) => screenGate(screen, gates.adverse_impact_ratio_at_least));

function screenGate({ attribute, reference, groups, why: none }: Screen, limit: number): Gate {
  const gate = `fairness_${attribute}`;
  const compared = groups.filter(({ ratio }) => ratio !== null);
  if (reference === null || compared.length === 0) {
    const why = `Fewer than two groups of ${attribute} have ${FEWEST_OF_A_GROUP} applications`;
    return notMeasurable(gate, null, limit, `${none ?? why}.`);
  }
  const below = compared.filter(({ ratio }) => ratio! < limit);
  const shown = below.filter(({ p_value }) => p_value! < ALPHA);
  const [worst] = (shown.length > 0 ? shown : compared).toSorted((a, b) => a.ratio! - b.ratio!);
  const { group, ratio, p_value, applications } = worst!;
  const evidence = { n: applications, p_value: p_value! };
  const why = `The approval rate of "${group}" over that of "${reference}": a screen for what hits a protected group harder`;
  return below.length > 0 && shown.length === 0
    ? notMeasurable(
        gate,
        ratio,
        limit,
        `${why}; these are too few to tell it from chance.`,
        evidence,
      )
    : atLeast(gate, ratio!, limit, `${why}.`, evidence);
}
