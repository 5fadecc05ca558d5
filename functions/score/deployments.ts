/** What serves, per portfolio: loaded once, looked at again every few seconds, swapped without a pause. */
import { type BundleRef, readBundle } from '../../shared/bundle/bundle.ts';
import type { Objects } from '../../shared/google/objects.ts';
import type { Log } from '../../shared/log.ts';
import {
  type Deployment,
  deploymentName,
  readDeployment,
} from '../../shared/registry/deployment.ts';
import { createServingModel, type ServingModel } from '../../shared/serving/serving_model.ts';

/** One deployment with its models; a request keeps the one that it began with. */
export interface Serving {
  readonly generation: number;
  readonly deployment: Deployment;
  readonly champion: ServingModel | undefined;
  readonly challenger: ServingModel | undefined;
  readonly shadows: readonly ServingModel[];
}

export interface Deployments {
  /**
   * What serves now. The first call of an instance waits for the load; later ones answer from
   * memory, and whoever finds it too old looks for a newer one first.
   * @returns undefined when nothing was ever deployed, or nothing that can be loaded
   */
  current(portfolio: string): Promise<Serving | undefined>;
}

interface Slot {
  serving: Serving | undefined;
  checkedAt: number;
  refresh: Promise<void> | undefined;
}

export function createDeployments(options: {
  readonly objects: Objects;
  readonly log: Log;
  /** Milliseconds, from any origin, never going back. */
  readonly clock: () => number;
  /** How old an answer from memory may be. */
  readonly maxAgeMs: number;
}): Deployments {
  const slots = new Map<string, Slot>();
  return {
    async current(portfolio) {
      const slot = slotOf(slots, portfolio);
      if (options.clock() - slot.checkedAt >= options.maxAgeMs) {
        // Single flight: one request looks, the others go on with what there is, if there is any.
        const first = slot.refresh === undefined;
        slot.refresh ??= refresh(slot, portfolio, options).finally(() => {
          slot.refresh = undefined;
        });
        if (first || slot.serving === undefined) await slot.refresh;
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
async function refresh(
  slot: Slot,
  portfolio: string,
  { objects, log, clock }: { objects: Objects; log: Log; clock: () => number },
): Promise<void> {
  try {
    const generation = await objects.generation(deploymentName(portfolio));
    if (generation !== undefined && generation !== slot.serving?.generation) {
      const next = await load(objects, portfolio, slot.serving, log);
      if (next) {
        log.notice('now serving', {
          portfolio,
          generation: next.generation,
          champion: next.champion?.manifest.version,
          challenger: next.challenger?.manifest.version,
        });
        slot.serving = next;
      }
    }
  } catch (error) {
    log.critical('the deployment cannot be loaded; the last good one stays', { portfolio }, error);
  } finally {
    slot.checkedAt = clock();
  }
}

async function load(
  objects: Objects,
  portfolio: string,
  before: Serving | undefined,
  log: Log,
): Promise<Serving | undefined> {
  const stored = await readDeployment(objects, portfolio);
  if (!stored) return undefined;
  const { deployment, generation } = stored;
  const known = new Map(
    [before?.champion, before?.challenger, ...(before?.shadows ?? [])]
      .filter((model) => model !== undefined)
      .map((model) => [model.manifest.version, model]),
  );
  const open = async (ref: BundleRef) =>
    known.get(ref.version) ?? createServingModel(await readBundle(objects, portfolio, ref));
  // A champion that cannot be loaded fails the swap; others are left out, and said.
  const optional = async (ref: BundleRef) => {
    try {
      return await open(ref);
    } catch (error) {
      log.error(
        'a model is left out of the deployment',
        { portfolio, version: ref.version },
        error,
      );
      return undefined;
    }
  };
  const shadows = await Promise.all(deployment.shadows.map(optional));
  return {
    generation,
    deployment,
    champion: deployment.champion ? await open(deployment.champion) : undefined,
    challenger: deployment.challenger ? await optional(deployment.challenger) : undefined,
    shadows: shadows.filter((model) => model !== undefined),
  };
}
