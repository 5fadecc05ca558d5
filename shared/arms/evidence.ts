/**
 * Evidence that something happens more often than it may, looked at after every trial.
 *
 * A CUSUM of likelihood ratios, restarted at 1 whenever the evidence falls below: old good conduct
 * earns no credit. Each ratio has a mean of at most 1 while the rate keeps within its limit, so the
 * evidence reaches A within n trials with a probability of at most n / A, whenever one looks
 * (Shin, Ramdas and Rinaldo, "E-detectors", 2024; Doob's inequality on the Shiryaev–Roberts sum).
 */
export interface Evidence {
  /** @returns the evidence after this trial: 1 is none */
  add(hit: boolean): number;
  /** Share of hits since the evidence began to grow, and over how many trials. */
  readonly rate: number;
  readonly trials: number;
}

/** How far above the limit the evidence looks for: it grows from a good twice the limit on. */
const SOUGHT = 4;

/** @param limit the rate that is allowed, within (0, 1) */
export function gatherEvidence(limit: number): Evidence {
  const sought = Math.min(SOUGHT * limit, (1 + limit) / 2);
  const ratio = { hit: sought / limit, miss: (1 - sought) / (1 - limit) };
  let evidence = 1;
  let trials = 0;
  let hits = 0;
  return {
    add(hit) {
      if (evidence <= 1) {
        evidence = 1;
        trials = 0;
        hits = 0;
      }
      trials++;
      if (hit) hits++;
      evidence *= hit ? ratio.hit : ratio.miss;
      return evidence;
    },
    get rate() {
      return trials === 0 ? 0 : hits / trials;
    },
    get trials() {
      return trials;
    },
  };
}
