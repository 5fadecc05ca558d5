/** Applications as gates are given them, made by hand. */
import type { Judged } from '../../../../functions/retrain/gates/judged.ts';
import { seededRandom } from '../../../../shared/statistics/random.ts';

export interface JudgedRow {
  readonly pd: number;
  readonly bad: 0 | 1;
  readonly application?: Readonly<Record<string, unknown>>;
  readonly review_from?: number | null;
}

export const judgedOf = (rows: readonly JudgedRow[]): Judged => ({
  applications: rows.map(({ application }) => application ?? {}),
  appliedAt: rows.map(() => new Date('2026-05-30T00:00:00Z')),
  bad: Uint8Array.from(rows, ({ bad }) => bad),
  pd: Float64Array.from(rows, ({ pd }) => pd),
  review_from: rows.map(({ review_from }) => (review_from === undefined ? 0.2 : review_from)),
  cut_off: rows.map(() => 'standard'),
  champion_pd: Float64Array.from(rows, () => Number.NaN),
});

/**
 * True probabilities, what came of them, and what two models make of them: log-odds and noise.
 * @param noise standard deviation that a model adds to the log-odds
 */
export function scored(count: number, noise: readonly number[], seed = 11) {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => {
    const margin = -1.5 + 1.3 * normal();
    const bad: 0 | 1 = random() < 1 / (1 + Math.exp(-margin)) ? 1 : 0;
    const pds = noise.map((scale) => 1 / (1 + Math.exp(-(margin + scale * normal()))));
    return { bad, pds };
  });
}
