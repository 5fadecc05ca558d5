import { seededRandom } from '../../../shared/statistics/random.ts';

/** The rows that scikit-learn 1.x and scipy were given; scores come more than once. */
export function scoredRows(): { readonly scores: number[]; readonly bad: number[] } {
  const random = seededRandom(7);
  const rows = Array.from({ length: 300 }, () => {
    const score = Math.round(random() * 100) / 100;
    return {
      score: Math.min(0.99, Math.max(0.01, score)),
      bad: random() < 0.15 + 0.6 * score ** 2,
    };
  });
  return { scores: rows.map(({ score }) => score), bad: rows.map(({ bad }) => Number(bad)) };
}
