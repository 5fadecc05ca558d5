import type { BundleRef } from '../../shared/bundle/bundle.ts';
import { AppError } from '../../shared/errors.ts';
import type { Objects } from '../../shared/google/objects.ts';
import { changeDeployment } from '../../shared/registry/change.ts';
import { readDeployment } from '../../shared/registry/deployment.ts';
import type { Act } from '../../shared/registry/events.ts';
import { readEvents } from '../../shared/registry/journal.ts';
import { crown } from '../../shared/registry/roles.ts';

export type Promotion =
  | 'promoted'
  | 'already champion'
  | 'a newer version is champion'
  | 'taken back since';

/**
 * Makes a version the champion by one conditional write. Repeating it changes nothing: an old run
 * that comes late takes neither the place of a newer version nor of whoever it was rolled back to.
 * @throws {AppError} conflict when somebody else changed the deployment meanwhile
 */
export async function promote(
  objects: Objects,
  portfolio: string,
  ref: BundleRef,
  act: Act,
): Promise<Promotion> {
  const { version } = ref;
  const why = await obstacle(objects, portfolio, version);
  if (why !== undefined) return why;
  try {
    await changeDeployment(objects, portfolio, { ...act, kind: 'promoted', version }, (before) =>
      crown(before, ref),
    );
    return 'promoted';
  } catch (error) {
    // Whoever was first may have been this very run, in another call.
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    const first = await readDeployment(objects, portfolio);
    if (first?.deployment.champion?.version === version) return 'already champion';
    throw error;
  }
}

/** Why there is nothing to do. */
async function obstacle(
  objects: Objects,
  portfolio: string,
  version: string,
): Promise<Promotion | undefined> {
  const stored = await readDeployment(objects, portfolio);
  const champion = stored?.deployment.champion?.version;
  if (champion === version) return 'already champion';
  if (champion !== undefined && champion > version) return 'a newer version is champion';
  const events = await readEvents(objects, portfolio);
  const served = events.some((event) => event.champion === version);
  return served ? 'taken back since' : undefined;
}
