/** What serves, per portfolio: loaded once, looked at again every few seconds, swapped without a pause. */
import type { Objects } from '../../shared/google/objects.ts';
import { limited } from '../../shared/limited.ts';
import type { Log } from '../../shared/log.ts';
import { deploymentName } from '../../shared/registry/deployment.ts';
import { loadServing, modelsOf, type Serving } from './load.ts';

export interface Deployments {
  /**
   * What serves now. The first call of an instance waits for the load; later ones answer from
   * memory, and whoever finds it too old looks for a newer one first. Neither waits for longer than
   * its patience: a look that takes longer ends beside the requests that come then.
   * @returns undefined when nothing was ever deployed, or nothing that can be loaded (in time)
   */
  current(portfolio: string): Promise<Serving | undefined>;
}

export interface DeploymentsOptions {
  readonly objects: Objects;
  readonly log: Log;
  /** Milliseconds, from any origin, never going back. */
  readonly clock: () => number;
  /** How old an answer from memory may be. */
  readonly maxAgeMs: number;
  /** How long a request may wait for a look: when nothing is in memory, and when something is. */
  readonly patienceMs: { readonly cold: number; readonly warm: number };
  /** How long a look may take before it is given up, so that a later one can find what is mended. */
  readonly deadlineMs: number;
}

interface Slot {
  serving: Serving | undefined;
  checkedAt: number;
  refresh: Promise<void> | undefined;
}

export function createDeployments(options: DeploymentsOptions): Deployments {
  const { clock, maxAgeMs, patienceMs } = options;
  const slots = new Map<string, Slot>();
  return {
    async current(portfolio) {
      const slot = slotOf(slots, portfolio);
      if (clock() - slot.checkedAt >= maxAgeMs) {
        // Single flight: one request looks, the others go on with what there is, if there is any.
        const first = slot.refresh === undefined;
        slot.refresh ??= refresh(slot, portfolio, options).finally(() => {
          slot.refresh = undefined;
        });
        if (slot.serving === undefined) await waitFor(slot.refresh, patienceMs.cold);
        else if (first) await waitFor(slot.refresh, patienceMs.warm);
      }
      return slot.serving;
    },
  };
}

function slotOf(slots: Map<string, Slot>, portfolio: string): Slot {
  const slot = slots.get(portfolio) ?? {
    serving: undefined,
    checkedAt: Number.NEGATIVE_INFINITY,
    refresh: undefined,
  };
  slots.set(portfolio, slot);
  return slot;
}

/** Never rejects: the last good deployment stays until a better one is whole. */
async function refresh(slot: Slot, portfolio: string, options: DeploymentsOptions): Promise<void> {
  const { log, clock, deadlineMs } = options;
  const before = slot.serving;
  try {
    // Cloud Storage may keep silent for ever, and its client has no working timeout.
    const next = await limited(look(before, portfolio, options), deadlineMs);
    if (next) {
      slot.serving = next;
      announce(portfolio, next, before, log);
      await release(before, next);
    }
  } catch (error) {
    log.critical('the deployment cannot be loaded; the last good one stays', { portfolio }, error);
  } finally {
    slot.checkedAt = clock();
  }
}

/** What is deployed now, loaded; undefined where it is what serves already. */
async function look(
  before: Serving | undefined,
  portfolio: string,
  { objects, log, clock }: DeploymentsOptions,
): Promise<Serving | undefined> {
  const generation = await objects.generation(deploymentName(portfolio));
  // What was left out is tried again: the fault may have passed.
  const isCurrent = generation === before?.generation && before?.complete !== false;
  return isCurrent || generation === undefined
    ? undefined
    : loadServing(objects, portfolio, before, log, clock);
}

/** Waits until work that never rejects is done, but not for ever. */
const waitFor = (work: Promise<void>, patienceMs: number): Promise<void> =>
  limited(work, patienceMs).catch(() => {});

function announce(portfolio: string, next: Serving, before: Serving | undefined, log: Log): void {
  if (next.generation === before?.generation && next.complete === before.complete) return;
  log.notice('now serving', {
    portfolio,
    generation: next.generation,
    champion: next.champion?.manifest.version,
    challenger: next.challenger?.manifest.version,
    shadows: next.shadows.map(({ manifest }) => manifest.version),
  });
}

/** Closes what serves no longer. */
async function release(before: Serving | undefined, next: Serving): Promise<void> {
  const kept = new Set(modelsOf(next));
  const dropped = modelsOf(before).filter((model) => !kept.has(model));
  await Promise.all(dropped.map((model) => model.close()));
}
