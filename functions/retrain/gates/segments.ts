/** Parts of a portfolio that its policy treats apart: how good a candidate is for each of them. */
import type { Segment } from '../../../shared/card/findings.ts';
import { RowError } from '../../../shared/features/errors.ts';
import { createEvaluator } from '../../../shared/features/evaluate.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { orderOf, rankingOf } from '../../../shared/statistics/ranking.ts';
import type { Application } from '../application.ts';
import type { Judged } from './judged.ts';

/** By the row of cut-offs that holds, and by every segment that the policy names, in and out of it. */
export function segmentsOf(judged: Judged, portfolio: Portfolio): Segment[] {
  const members = new Map<string, number[]>();
  const add = (segment: string, i: number) => {
    const places = members.get(segment) ?? [];
    members.set(segment, places);
    places.push(i);
  };
  const read = segmentReader(portfolio);
  judged.applications.forEach((application, i) => {
    if (judged.cut_off[i] !== null) add(`cut-off ${judged.cut_off[i]}`, i);
    for (const [name, holds] of read(application)) add(holds ? name : `not ${name}`, i);
  });
  return [...members]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([segment, places]) => measure(judged, segment, places));
}

/** What an application is in, of the segments of the policy's latest version. */
function segmentReader({ policy, policy_columns }: Portfolio) {
  const { cut_offs, limits } = policy.versions.at(-1)!;
  const conditions = [
    ...cut_offs.map(({ when }) => when),
    ...Object.values(limits).flatMap(({ at_most }) => at_most.map(({ when }) => when)),
  ];
  const names = [...new Set(conditions.flatMap((when) => when?.segments ?? []))].sort();
  const evaluator = createEvaluator(policy_columns);
  return (application: Application): [name: string, holds: boolean][] => {
    try {
      const columns = evaluator.record(application);
      return names.map((name) => [name, columns[name] === true]);
    } catch (error) {
      // Older than what the contract allows today.
      if (error instanceof RowError) return [];
      throw error;
    }
  };
}

function measure({ pd, bad, review_from }: Judged, segment: string, places: number[]): Segment {
  const pds = Float64Array.from(places, (i) => pd[i]!);
  const bads = Uint8Array.from(places, (i) => bad[i]!);
  const { auc } = rankingOf(orderOf(pds), bads);
  return {
    segment,
    applications: places.length,
    bad: bads.reduce((sum, one) => sum + one, 0),
    approved: places.filter((i) => pd[i]! < (review_from[i] ?? -Infinity)).length,
    mean_pd: pds.reduce((sum, one) => sum + one, 0) / places.length,
    auc: Number.isNaN(auc) ? null : auc,
  };
}
