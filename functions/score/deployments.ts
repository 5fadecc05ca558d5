/** What serves, per portfolio: loaded once, looked at again every few seconds, swapped without a pause. */
import type { Objects } from '../../shared/google/objects.ts';
import { limited } from '../../shared/limited.ts';
import type { Log } from '../../shared/log.ts';
import { deploymentName } from '../../shared/registry/deployment.ts';
import type { Later } from '../../shared/serving/engine.ts';
import type { ServingModel } from '../../shared/serving/serving_model.ts';
import { createLeases, type Leases } from './leases.ts';
import { loadServing, modelsOf, type Serving } from './load.ts';

export interface Deployments {
  /**
   * What serves now. The first call of an instance waits for the load; later ones answer from
   * memory, and whoever finds it too old looks for a newer one first. Neither waits for longer than
   * its patience: a look that takes longer ends beside the requests that come then.
   * @returns undefined when nothing was ever deployed, or nothing that can be loaded (in time)
   */
  current(portfolio: string): Promise<Serving | undefined>;
  /**
   * Works with what serves now, from start to end: a swap meanwhile closes none of its models
   * before the work is done.
   */
  use<T>(portfolio: string, work: (serving: Serving | undefined) => Promise<T>): Promise<T>;
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
  /** When onnxruntime is started for an instance's first models, unless before they serve. */
  readonly later?: Later;
}

interface Slot {
  serving: Serving | undefined;
  checkedAt: number;
  refresh: Promise<void> | undefined;
}

export function createDeployments(options: DeploymentsOptions): Deployments {
  const slots = new Map<string, Slot>();
  const leases = createLeases(options.log);
  /** The portfolio's slot, with what serves now in it, or a promise where that is looked for. */
  const upToDate = (portfolio: string): Slot | Promise<Slot> => {
    const slot = slotOf(slots, portfolio);
    const isFresh = options.clock() - slot.checkedAt < options.maxAgeMs;
    return isFresh ? slot : bringUpToDate(slot, portfolio, options, leases);
  };
  return {
    current: async (portfolio) => (await upToDate(portfolio)).serving,
    async use(portfolio, work) {
      // Read and held in one step, so that no swap comes in between.
      const found = upToDate(portfolio);
      const { serving } = found instanceof Promise ? await found : found;
      return leases.hold(modelsOf(serving), () => work(serving));
    },
  };
}

async function bringUpToDate(
  slot: Slot,
  portfolio: string,
  options: DeploymentsOptions,
  leases: Leases,
): Promise<Slot> {
  const { patienceMs } = options;
  // Single flight: one request looks, the others go on with what there is, if there is any.
  const first = slot.refresh === undefined;
  slot.refresh ??= refresh(slot, portfolio, options, leases).finally(() => {
    slot.refresh = undefined;
  });
  if (slot.serving === undefined) await waitFor(slot.refresh, patienceMs.cold);
  else if (first) await waitFor(slot.refresh, patienceMs.warm);
  return slot;
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
async function refresh(
  slot: Slot,
  portfolio: string,
  options: DeploymentsOptions,
  leases: Leases,
): Promise<void> {
  const { log, clock, deadlineMs } = options;
  const before = slot.serving;
  const looking = look(before, portfolio, options);
  try {
    // Cloud Storage may keep silent for ever, and its client has no working timeout.
    const next = await limited(looking, deadlineMs);
    if (next) {
      slot.serving = next;
      announce(portfolio, next, before, log);
      await leases.drop(withoutThoseOf(next, before));
    }
  } catch (error) {
    log.critical('the deployment cannot be loaded; the last good one stays', { portfolio }, error);
    // What comes when nobody waits any more is not kept in memory.
    looking.then(
      (late) => leases.drop(withoutThoseOf(before, late)),
      () => {},
    );
  } finally {
    slot.checkedAt = clock();
  }
}

/** What is deployed now, loaded; undefined where it is what serves already. */
async function look(
  before: Serving | undefined,
  portfolio: string,
  { objects, log, clock, later }: DeploymentsOptions,
): Promise<Serving | undefined> {
  // What was left out is tried again: the fault may have passed.
  if (before?.complete) {
    const generation = await objects.generation(deploymentName(portfolio));
    if (generation === before.generation || generation === undefined) return undefined;
  }
  return loadServing(objects, portfolio, before, log, clock, later);
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

/** The models of one deployment that another has not. */
function withoutThoseOf(kept: Serving | undefined, dropped: Serving | undefined): ServingModel[] {
  const stay = new Set(modelsOf(kept));
  return modelsOf(dropped).filter((model) => !stay.has(model));
}
