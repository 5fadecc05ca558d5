/** What people do with the registry. Each is one change or none, and stands in the journal. */
import type { BundleRef } from '../bundle/bundle.ts';
import type { Gate } from '../bundle/manifest.ts';
import { conflict } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import { changeDeployment } from './change.ts';
import { type Deployment, readDeployment, type StoredDeployment } from './deployment.ts';
import { type Act, type RegistryEvent, versionEvent } from './events.ts';
import { findVersion, proveLoadable, refuseRetired, refuseUngated } from './fitness.ts';
import { lineOf, standingOf } from './history.ts';
import { notMeasured, refusedBy } from './hurdle.ts';
import { appendEvent, readEvents } from './journal.ts';
import {
  crown,
  kill,
  type Roles,
  refused,
  rolesOf,
  shadow,
  split,
  unshadow,
  withdraw,
  withoutChallenger,
} from './roles.ts';

/** One portfolio's registry, and on whose behalf it is changed. */
export interface Desk {
  readonly objects: Objects;
  readonly portfolio: string;
  readonly act: Act;
}

type Challenger = NonNullable<Deployment['challenger']>;

/** A version that may decide, proven to load. @throws {AppError} why it may not */
async function fitVersion(desk: Desk, version: string, decides: boolean): Promise<BundleRef> {
  const { objects, portfolio } = desk;
  const events = await readEvents(desk.objects, desk.portfolio);
  const { ref, manifest } = await findVersion(objects, portfolio, version, events);
  refuseRetired(events, version);
  if (decides) refuseUngated(manifest, events);
  await proveLoadable(objects, portfolio, ref);
  return ref;
}

const change = (
  { objects, portfolio, act }: Desk,
  kind: NonNullable<Deployment['change']>['kind'],
  version: string | null,
  edit: (before: Roles) => Roles,
): Promise<StoredDeployment> =>
  changeDeployment(objects, portfolio, { ...act, kind, version }, edit);

/** Makes a version the champion. */
export async function promoteVersion(desk: Desk, version: string): Promise<StoredDeployment> {
  const ref = await fitVersion(desk, version, true);
  return change(desk, 'promoted', version, (before) => {
    if (before.champion?.version === version) throw refused(`${version} is the champion already.`);
    return crown(before, ref);
  });
}

/** Makes the champion before this one the champion again: one that is neither retired nor damaged. */
export async function rollBack(desk: Desk): Promise<StoredDeployment> {
  const { objects, portfolio } = desk;
  const events = await readEvents(desk.objects, desk.portfolio);
  const line = lineOf(events);
  const now = line.at(-1);
  const before = line
    .slice(0, -1)
    .findLast(({ version }) => !standingOf(events, version).retired && version !== now?.version);
  if (!before) throw refused(`The journal of ${portfolio} has no earlier champion.`);
  await proveLoadable(objects, portfolio, before);
  return change(desk, 'rolled_back', before.version, (roles) => {
    if (roles.champion?.version === now?.version) return crown(roles, before);
    throw conflict(`The champion is ${roles.champion?.version} meanwhile: look again.`);
  });
}

/**
 * Lets a version serve that waits for it, or whatever its gates said: a named person answers for it.
 * What it then becomes is a change of its own.
 */
export async function approveVersion(desk: Desk, version: string): Promise<RegistryEvent> {
  const { objects, portfolio, act } = desk;
  const events = await readEvents(desk.objects, desk.portfolio);
  const { ref, manifest } = await findVersion(objects, portfolio, version, events);
  refuseRetired(events, version);
  const names = (gates: readonly Gate[]) => gates.map(({ gate }) => gate);
  const details = {
    manifest_sha256: ref.manifest_sha256,
    failed: names(refusedBy(manifest)),
    not_measurable: names(notMeasured(manifest)),
  };
  const event = versionEvent(portfolio, 'approved', version, act, details);
  await appendEvent(objects, event);
  return event;
}

/** What a split asks for; what is left out stays as it is. */
export interface Split {
  readonly version?: string | undefined;
  readonly share: number;
  readonly steps?: Challenger['steps'];
  readonly guard?: Challenger['guard'];
  /** Draws everybody anew. */
  readonly salt?: string | undefined;
}

/** Gives a challenger its share, now and over time; a share of 0 without steps takes it away. */
export async function splitTraffic(desk: Desk, asked: Split): Promise<StoredDeployment> {
  const { share, steps, salt } = asked;
  const stored = await readDeployment(desk.objects, desk.portfolio);
  const current = stored?.deployment.challenger ?? undefined;
  const version = asked.version ?? current?.version;
  if (version === undefined) throw refused('There is no challenger: say which version.');
  const reshuffled = (roles: Roles) => (salt === undefined ? roles : { ...roles, salt });
  if (share === 0 && !steps?.length) {
    return change(desk, 'split', version, (before) => reshuffled(withoutChallenger(before)));
  }
  const ref = await fitVersion(desk, version, true);
  const guard = asked.guard ?? (current?.version === version ? current.guard : undefined);
  const challenger = { ...ref, share, ...(steps && { steps }), ...(guard && { guard }) };
  return change(desk, 'split', version, (before) => reshuffled(split(before, challenger)));
}

/** Scores a version beside the others; whether its gates passed or not, for it decides nothing. */
export async function addShadow(desk: Desk, version: string): Promise<StoredDeployment> {
  const ref = await fitVersion(desk, version, false);
  return change(desk, 'shadowed', version, (before) => shadow(before, ref));
}

export const removeShadow = (desk: Desk, version: string): Promise<StoredDeployment> =>
  change(desk, 'unshadowed', version, (before) => unshadow(before, version));

/**
 * Ends a version for good: it serves no longer, and may not again.
 * @returns the new deployment where it served until now
 */
export async function retireVersion(
  desk: Desk,
  version: string,
): Promise<StoredDeployment | undefined> {
  const { objects, portfolio, act } = desk;
  const events = await readEvents(desk.objects, desk.portfolio);
  await findVersion(objects, portfolio, version, events);
  refuseRetired(events, version);
  const stored = await readDeployment(objects, portfolio);
  if (stored && rolesOf(stored.deployment, version).length > 0) {
    return change(desk, 'retired', version, (before) => withdraw(before, version));
  }
  await appendEvent(objects, versionEvent(portfolio, 'retired', version, act, null));
  return undefined;
}

/** Stops every model, or lets them decide again. */
export const setKillSwitch = (desk: Desk, on: boolean): Promise<StoredDeployment> =>
  change(desk, on ? 'killed' : 'revived', null, (before) => kill(before, on));
