/** The one way in which a deployment is changed: a conditional write, which the journal follows. */
import * as z from 'zod';
import { AppError, conflict } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import {
  type ChangeKind,
  type Deployment,
  deploymentSchema,
  firstDeployment,
  readDeployment,
  type StoredDeployment,
  writeDeployment,
} from './deployment.ts';
import type { Act } from './events.ts';
import { type Roles, refused } from './roles.ts';

export interface Change extends Act {
  readonly kind: ChangeKind;
  /** The version that it is about; null where it is about all. */
  readonly version: string | null;
}

/**
 * Changes what serves. Two changes at once: one is made, the other learns of it. `completeJournal`
 * writes its event.
 * @param edit makes the new roles of those in force
 * @throws {AppError} conflict when somebody else changed the deployment meanwhile; what `edit` throws
 */
export async function changeDeployment(
  objects: Objects,
  portfolio: string,
  { kind, version, by, reason, at }: Change,
  edit: (before: Roles) => Roles,
): Promise<StoredDeployment> {
  const stored = await readDeployment(objects, portfolio);
  const deployment = checked({
    ...edit(stored?.deployment ?? firstDeployment(portfolio)),
    change: { kind, version },
    updated_at: at.toISOString(),
    updated_by: by,
    reason,
  });
  const generation = await write(objects, deployment, stored?.generation ?? 0);
  return { deployment, generation };
}

/** @throws {AppError} refused, with what no deployment may be */
function checked(deployment: Deployment): Deployment {
  const { data, error } = deploymentSchema.safeParse(deployment);
  if (error) throw refused(`That would be no deployment: ${z.prettifyError(error)}`);
  return data;
}

/** @throws {AppError} conflict, which says who was first */
async function write(objects: Objects, deployment: Deployment, over: number): Promise<number> {
  try {
    return await writeDeployment(objects, deployment, over);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    const first = await readDeployment(objects, deployment.portfolio);
    const by = first && ` ${first.deployment.updated_by}: ${first.deployment.reason}`;
    throw conflict(`Somebody else changed the deployment first.${by ?? ''}`, error);
  }
}
