import type { BundleRef } from '../../shared/bundle/bundle.ts';
import { AppError } from '../../shared/errors.ts';
import type { Objects } from '../../shared/google/objects.ts';
import { changeDeployment } from '../../shared/registry/change.ts';
import { type Deployment, readDeployment } from '../../shared/registry/deployment.ts';
import type { Act } from '../../shared/registry/events.ts';
import { readEvents } from '../../shared/registry/journal.ts';
import { crown } from '../../shared/registry/roles.ts';

export const PROMOTIONS = [
  'promoted',
  'already champion',
  'a newer version is champion',
  'taken back since',
] as const;

export type Promotion = (typeof PROMOTIONS)[number];

/** Tells a promotion by a retraining from those by people. */
const REASON = 'retrained; all gates passed';

/**
 * Makes a version the champion by one conditional write. Repeating it changes nothing: an old run
 * that comes late takes neither the place of a newer version nor of whoever it was rolled back to.
 * @throws {AppError} conflict when somebody else changed the deployment meanwhile
 */
export async function promote(
  objects: Objects,
  portfolio: string,
  ref: BundleRef,
  by: Pick<Act, 'by' | 'at'>,
): Promise<Promotion> {
  const { version } = ref;
  const act = { ...by, reason: REASON };
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
    if (first?.deployment.champion?.version === version) return crownedBy(first.deployment);
    throw error;
  }
}

/** This run did it, in another call or before it was killed; or somebody else did. */
const crownedBy = ({ change, reason }: Deployment): Promotion =>
  change?.kind === 'promoted' && reason === REASON ? 'promoted' : 'already champion';

/** What there is to say where there is nothing to do. */
async function obstacle(
  objects: Objects,
  portfolio: string,
  version: string,
): Promise<Promotion | undefined> {
  const stored = await readDeployment(objects, portfolio);
  const champion = stored?.deployment.champion?.version;
  if (champion === version) return crownedBy(stored!.deployment);
  if (champion !== undefined && champion > version) return 'a newer version is champion';
  const events = await readEvents(objects, portfolio);
  const served = events.some((event) => event.champion === version);
  return served ? 'taken back since' : undefined;
}
