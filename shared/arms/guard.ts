/**
 * Watches a challenger at work and takes it out, for good, when it fails too often, is slow too
 * often, or says other things than the champion does: each against a limit of its deployment.
 *
 * An instance judges by its own decisions, so that it needs nobody to act within seconds.
 */
import { distanceOf, noiseOf } from '../statistics/kolmogorov_smirnov.ts';
import { type Evidence, gatherEvidence } from './evidence.ts';
import type { GuardLimits } from './limits.ts';

/** Why a challenger is out, with what was found. */
export interface Trip {
  readonly test: 'errors' | 'latency' | 'scores';
  /** Share of failures, share of slow decisions, or distance of the PDs; … */
  readonly figure: number;
  /** … the limit that it is beyond, by more than chance explains; … */
  readonly limit: number;
  /** … and over how many decisions of the challenger. */
  readonly decisions: number;
}

export interface Guard {
  /** Undefined for as long as the challenger may decide. */
  readonly trip: Trip | undefined;
  /** Lets the challenger decide, and judges whether it does, how long it takes, and its PD. */
  watch<T extends { readonly scored: { readonly pd: number } }>(
    decide: () => Promise<T>,
  ): Promise<T>;
  /** Takes a PD of the champion, of an entity of the control. */
  compare(pd: number): void;
}

/**
 * @param clock milliseconds, from any origin, never going back
 * @param onTrip is told once
 */
export function createGuard(
  limits: GuardLimits,
  clock: () => number,
  onTrip: (trip: Trip) => void,
): Guard {
  const enough = limits.decisions_per_false_alarm;
  const errors = gatherEvidence(limits.error_rate_at_most);
  const slowness = gatherEvidence(limits.slow_share_at_most);
  const pds = comparePds(limits);
  let trip: Trip | undefined;
  const take = (found: Trip | undefined) => {
    if (trip || !found) return;
    trip = found;
    onTrip(trip);
  };
  const judge = (test: Trip['test'], evidence: Evidence, hit: boolean, limit: number) => {
    if (evidence.add(hit) < enough) return;
    take({ test, figure: evidence.rate, limit, decisions: evidence.trials });
  };
  return {
    get trip() {
      return trip;
    },
    async watch(decide) {
      const start = clock();
      const decided = await decide().catch((error: unknown) => {
        judge('errors', errors, true, limits.error_rate_at_most);
        throw error;
      });
      judge('errors', errors, false, limits.error_rate_at_most);
      judge('latency', slowness, clock() - start > limits.slow_ms, limits.slow_share_at_most);
      take(pds.challenger(decided.scored.pd));
      return decided;
    },
    compare: (pd) => take(pds.champion(pd)),
  };
}

/** Gathers PDs of both arms side by side; whenever there are enough of both, compares and begins anew. */
function comparePds({
  pds_compared: size,
  pd_distance_at_most: limit,
  decisions_per_false_alarm: enough,
}: GuardLimits) {
  // One comparison for every `size` decisions.
  const noise = noiseOf(size, size / enough);
  const latest = { challenger: [] as number[], champion: [] as number[] };
  const takeFor = (arm: keyof typeof latest) => (pd: number) => {
    latest[arm].push(pd);
    // The arm that is ahead forgets, so that both are of the same time.
    if (latest[arm].length > size) latest[arm].shift();
    const { challenger, champion } = latest;
    if (challenger.length < size || champion.length < size) return undefined;
    const figure = distanceOf(challenger, champion);
    latest.challenger = [];
    latest.champion = [];
    const trip: Trip = { test: 'scores', figure, limit, decisions: size };
    return figure > limit + noise ? trip : undefined;
  };
  return { challenger: takeFor('challenger'), champion: takeFor('champion') };
}
