/** Whether a version may serve: whole, not retired, and for decisions past its gates or approved. */
import {
  BundleError,
  type BundleRef,
  findBundle,
  MANIFEST_FILE,
  readBundle,
} from '../bundle/bundle.ts';
import type { Manifest } from '../bundle/manifest.ts';
import type { Objects } from '../google/objects.ts';
import { createServingModel } from '../serving/serving_model.ts';
import type { RegistryEvent } from './events.ts';
import { standingOf } from './history.ts';
import { hurdleOf } from './hurdle.ts';
import { refused } from './roles.ts';

/**
 * A version as it was registered.
 * @throws {AppError} refused where there is none; a bundle error where its manifest is another now
 */
export async function findVersion(
  objects: Objects,
  portfolio: string,
  version: string,
  events: readonly RegistryEvent[],
): Promise<{ readonly ref: BundleRef; readonly manifest: Manifest }> {
  const found = await findBundle(objects, portfolio, version);
  if (!found) throw refused(`There is no version ${version} of ${portfolio}.`);
  const registered = standingOf(events, version).created?.details?.manifest_sha256;
  if (registered !== undefined && registered !== found.ref.manifest_sha256) {
    throw new BundleError(
      `${MANIFEST_FILE} of ${version} has the hash ${found.ref.manifest_sha256}; registered was ${registered}.`,
    );
  }
  return found;
}

/** Loads the version as an instance would, golden rows and all. @throws {AppError} why it cannot serve */
export async function proveLoadable(
  objects: Objects,
  portfolio: string,
  ref: BundleRef,
): Promise<void> {
  const model = await createServingModel(await readBundle(objects, portfolio, ref));
  await model.close();
}

/** @throws {AppError} refused, with who retired it */
export function refuseRetired(events: readonly RegistryEvent[], version: string): void {
  const { retired } = standingOf(events, version);
  if (!retired) return;
  const { actor, occurred_at, reason } = retired;
  throw refused(`${version} was retired by ${actor} on ${occurred_at.slice(0, 10)}: ${reason}`);
}

/** @throws {AppError} refused, with the gates that it failed or why it waits, unless somebody has approved it */
export function refuseUngated(manifest: Manifest, events: readonly RegistryEvent[]): void {
  const hurdle = hurdleOf(manifest, events);
  if (!hurdle) return;
  const { version } = manifest;
  if (hurdle.kind === 'waits') {
    throw refused(`${version} waits for approval, for ${hurdle.why}. Approve it first.`);
  }
  const what = hurdle.by.map(({ gate, figure, limit }) => `${gate} (${figure}, limit ${limit})`);
  throw refused(
    `${version} was refused by its gates: ${what.join(', ')}. Approve it first if it may serve.`,
  );
}
