import type { BundleRef } from '../../shared/bundle/bundle.ts';
import type { Objects } from '../../shared/google/objects.ts';
import {
  type Deployment,
  readDeployment,
  type StoredDeployment,
  writeDeployment,
} from '../../shared/registry/deployment.ts';

export type Promotion = 'promoted' | 'already champion' | 'a newer version is champion';

/**
 * Makes a version the champion by one conditional write. Repeating it changes nothing, and an old
 * run that comes late never takes the place of a newer version.
 * @throws {AppError} conflict when somebody else changed the deployment meanwhile
 */
export async function promote(
  objects: Objects,
  portfolio: string,
  ref: BundleRef,
  change: { readonly by: string; readonly reason: string; readonly at: Date },
): Promise<Promotion> {
  const stored = await readDeployment(objects, portfolio);
  const champion = stored?.deployment.champion?.version;
  if (champion === ref.version) return 'already champion';
  if (champion !== undefined && champion > ref.version) return 'a newer version is champion';
  const deployment: Deployment = {
    ...(stored?.deployment ?? firstDeployment(portfolio)),
    champion: ref,
    updated_at: change.at.toISOString(),
    updated_by: change.by,
    reason: change.reason,
  };
  try {
    await writeDeployment(objects, deployment, generationOf(stored));
    return 'promoted';
  } catch (error) {
    // Whoever was first may have been this very run, in another call or by a write whose answer was lost.
    const first = await readDeployment(objects, portfolio);
    if (first?.deployment.champion?.version === ref.version) return 'already champion';
    throw error;
  }
}

const generationOf = (stored: StoredDeployment | undefined): number => stored?.generation ?? 0;

function firstDeployment(
  portfolio: string,
): Omit<Deployment, 'updated_at' | 'updated_by' | 'reason'> {
  return {
    portfolio,
    champion: null,
    challenger: null,
    shadows: [],
    salt: portfolio,
    kill_switch: false,
  };
}
