/** How often the watch notices drift, and how often it cries for nothing, over 200 seeded runs of each. */
import {
  DRIFTS,
  type Drift,
  type Rates,
  ratesOfRuns,
  type Size,
} from '../shared/monitoring/injected.ts';

const RUNS = 200;
const TRAINED = 2000;
/** Applications that a run looks at: a small lender's week, and one where chance is louder still. */
const WATCHED = [1000, 150];

const sizeOf = (watched: number): Size => ({ numbers: 8, texts: 2, trained: TRAINED, watched });

export interface DriftFigures {
  readonly watched: number;
  readonly rates: readonly Rates[];
}

export async function benchDrift(): Promise<readonly DriftFigures[]> {
  return WATCHED.map((watched) => ({
    watched,
    rates: (Object.keys(DRIFTS) as Drift[]).map((drift) =>
      ratesOfRuns(drift, RUNS, sizeOf(watched)),
    ),
  }));
}

export function describeDrift(figures: readonly DriftFigures[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`.padStart(7);
  const lines = figures.flatMap(({ watched, rates }) => [
    `${watched} applications against ${TRAINED}, ${rates[0]!.tests} tests a run, ${RUNS} runs of each:`,
    '                 found  elsewhere  beyond chance  PSI over 0.1 elsewhere',
    ...rates.map(
      ({ drift, noticed, wrong, beyondChance, byLewis }) =>
        `  ${drift.padEnd(13)}${percent(noticed)}    ${percent(wrong)}        ${percent(beyondChance)}                 ${percent(byLewis)}`,
    ),
  ]);
  return ['Drift: what is put into seeded data, and what the watch finds', ...lines].join('\n');
}
