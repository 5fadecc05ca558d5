/** A deployment with all its models in memory. */
import { createGuard, type Guard } from '../../shared/arms/guard.ts';
import { limitsOf } from '../../shared/arms/limits.ts';
import { type BundleRef, readBundle } from '../../shared/bundle/bundle.ts';
import type { Candidates } from '../../shared/decision/decide.ts';
import type { Objects } from '../../shared/google/objects.ts';
import type { Log } from '../../shared/log.ts';
import { readDeployment, type StoredDeployment } from '../../shared/registry/deployment.ts';
import type { Later } from '../../shared/serving/engine.ts';
import { createServingModel, type ServingModel } from '../../shared/serving/serving_model.ts';

/** One deployment with its models; a request keeps the one that it began with. */
export interface Serving extends Candidates {
  /** False when a challenger or shadow could not be loaded. */
  readonly complete: boolean;
}

/** Every model that it holds in memory, once. */
export function modelsOf(serving: Candidates | undefined): ServingModel[] {
  if (!serving) return [];
  const { champion, challenger, shadows } = serving;
  return [...new Set([champion, challenger, ...shadows])].filter((model) => model !== undefined);
}

/** Why no model may be asked. */
export const OBSTACLES = ['no deployment', 'kill switch', 'no champion'] as const;

/** Undefined where a model may be asked. */
export function obstacleOf(serving: Serving | undefined): (typeof OBSTACLES)[number] | undefined {
  if (!serving) return 'no deployment';
  if (serving.deployment.kill_switch) return 'kill switch';
  return serving.champion ? undefined : 'no champion';
}

/**
 * Loads what is deployed now. A challenger or shadow that cannot be loaded is left out, and said.
 * @param before what served until now: models that it shares are not loaded again
 * @param clock milliseconds, for the guard of a challenger
 * @param later when an instance's first models start onnxruntime; those that follow have it at once
 * @returns undefined when nothing was ever deployed
 * @throws {AppError} when the deployment or its champion cannot be loaded
 */
export async function loadServing(
  objects: Objects,
  portfolio: string,
  before: Candidates | undefined,
  log: Log,
  clock: () => number,
  later?: Later,
): Promise<Serving | undefined> {
  const stored = await readDeployment(objects, portfolio);
  if (!stored) return undefined;
  const { deployment, generation } = stored;
  const opened = new Map(
    modelsOf(before).map((model) => [keyOf(model.ref), Promise.resolve(model)]),
  );
  const open = (ref: BundleRef): Promise<ServingModel> => {
    const model =
      opened.get(keyOf(ref)) ?? load(objects, portfolio, ref, before ? undefined : later);
    opened.set(keyOf(ref), model);
    return model;
  };
  const optional = async (ref: BundleRef) => {
    try {
      return await open(ref);
    } catch (error) {
      const fields = { portfolio, version: ref.version };
      log.error('a model is left out of the deployment', fields, error);
      return undefined;
    }
  };
  // First, so that nothing else is held when it cannot be loaded.
  const champion = deployment.champion ? await open(deployment.champion) : undefined;
  const challenger = deployment.challenger ? await optional(deployment.challenger) : undefined;
  const shadows = await Promise.all(deployment.shadows.map(optional));
  const loaded = shadows.filter((model) => model !== undefined);
  return {
    generation,
    deployment,
    champion,
    challenger,
    shadows: loaded,
    guard: guardOf(stored, before, log, clock),
    complete: (!deployment.challenger || !!challenger) && loaded.length === shadows.length,
  };
}

const load = async (
  objects: Objects,
  portfolio: string,
  ref: BundleRef,
  later: Later | undefined,
): Promise<ServingModel> => createServingModel(await readBundle(objects, portfolio, ref), later);

const keyOf = ({ version, manifest_sha256 }: BundleRef): string => `${version} ${manifest_sha256}`;

/** The guard of a deployment's challenger: for as long as the deployment holds, the same one. */
function guardOf(
  { deployment, generation }: StoredDeployment,
  before: Candidates | undefined,
  log: Log,
  clock: () => number,
): Guard | undefined {
  const { challenger, portfolio } = deployment;
  if (!challenger) return undefined;
  if (before?.guard && before.generation === generation) return before.guard;
  const { version, guard } = challenger;
  return createGuard(limitsOf(guard), clock, (trip) =>
    log.critical('the guard took the challenger out; the champion decides', {
      portfolio,
      version,
      generation,
      ...trip,
    }),
  );
}
