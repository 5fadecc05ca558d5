/** What a retraining makes of its version: champion, challenger or shadow, by one conditional write. */
import type { BundleRef } from '../../shared/bundle/bundle.ts';
import { AppError } from '../../shared/errors.ts';
import type { Objects } from '../../shared/google/objects.ts';
import type { PortfolioDocument } from '../../shared/portfolio/documents.ts';
import { changeDeployment } from '../../shared/registry/change.ts';
import {
  type ChangeKind,
  type Deployment,
  readDeployment,
} from '../../shared/registry/deployment.ts';
import type { Act, RegistryEvent } from '../../shared/registry/events.ts';
import { readEvents } from '../../shared/registry/journal.ts';
import { crown, type Roles, rolesOf, shadow, split } from '../../shared/registry/roles.ts';

export const PROMOTIONS = [
  'promoted',
  'challenges',
  'shadows',
  'already champion',
  'a newer version is champion',
  'taken back since',
  'there is no champion to challenge',
  'somebody else’s challenger is being tried',
] as const;

export type Promotion = (typeof PROMOTIONS)[number];

type Release = PortfolioDocument['release'];

/** Tells what a retraining did from what people do. */
const REASON = 'retrained; all gates passed';

/** How a release stands in the journal, and what the run answers. */
const FORMS: Record<Release['as'], { readonly kind: ChangeKind; readonly done: Promotion }> = {
  champion: { kind: 'promoted', done: 'promoted' },
  challenger: { kind: 'split', done: 'challenges' },
  shadow: { kind: 'shadowed', done: 'shadows' },
};

/**
 * Repeating it changes nothing: an old run that comes late takes neither the place of a newer version
 * nor of whoever it was rolled back to, and no run takes a challenger away that somebody else put there.
 * @throws {AppError} conflict when somebody else changed the deployment meanwhile
 */
export async function promote(
  objects: Objects,
  portfolio: string,
  ref: BundleRef,
  release: Release,
  by: Pick<Act, 'by' | 'at'>,
): Promise<Promotion> {
  const { version } = ref;
  const { kind, done } = FORMS[release.as];
  const events = await readEvents(objects, portfolio);
  const why = await obstacle(objects, portfolio, version, release, events);
  if (why !== undefined) return why;
  const ours = placedByRuns(events);
  try {
    await changeDeployment(objects, portfolio, { ...by, reason: REASON, kind, version }, (before) =>
      placed(before, ref, release, ours),
    );
    return done;
  } catch (error) {
    // Whoever was first may have been this very run, in another call.
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    const first = await readDeployment(objects, portfolio);
    const found = first && standing(first.deployment, version);
    if (found !== undefined) return found;
    throw error;
  }
}

/** Roles with the version in its place; a challenger or shadow of an earlier run makes room for it. */
function placed(before: Roles, ref: BundleRef, release: Release, ours: ReadonlySet<string>): Roles {
  if (release.as === 'champion') return crown(before, ref);
  if (release.as === 'challenger') return split(before, { ...ref, share: release.share! });
  const others = before.shadows.filter(({ version }) => !ours.has(version));
  return shadow({ ...before, shadows: others }, ref);
}

/** Versions that runs made challenger or shadow. */
const placedByRuns = (events: readonly RegistryEvent[]): ReadonlySet<string> =>
  new Set(
    events
      .filter(({ kind, reason }) => reason === REASON && (kind === 'split' || kind === 'shadowed'))
      .flatMap(({ version }) => version ?? []),
  );

/** What the version is already: made so by this run, in another call or before it was killed, or by others. */
function standing(deployment: Deployment, version: string): Promotion | undefined {
  const [role] = rolesOf(deployment, version);
  if (role === undefined) return undefined;
  const { change, reason } = deployment;
  const isOurs = reason === REASON && change?.version === version;
  return role === 'champion' && !isOurs ? 'already champion' : FORMS[role].done;
}

/** What there is to say where there is nothing to do. */
async function obstacle(
  objects: Objects,
  portfolio: string,
  version: string,
  release: Release,
  events: readonly RegistryEvent[],
): Promise<Promotion | undefined> {
  const deployment = (await readDeployment(objects, portfolio))?.deployment;
  const found = deployment && standing(deployment, version);
  if (found !== undefined) return found;
  const champion = deployment?.champion?.version;
  if (champion !== undefined && champion > version) return 'a newer version is champion';
  const served = events.some(
    ({ champion, challenger, shadows }) =>
      champion === version || challenger === version || shadows.includes(version),
  );
  if (served) return 'taken back since';
  if (release.as !== 'challenger') return undefined;
  if (champion === undefined) return 'there is no champion to challenge';
  const challenger = deployment?.challenger?.version;
  if (challenger === undefined || placedByRuns(events).has(challenger)) return undefined;
  return 'somebody else’s challenger is being tried';
}
