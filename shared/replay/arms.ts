/** Whether the arm on record is the one that the deployment of that moment gave. */
import * as z from 'zod';
import { assign } from '../arms/arm.ts';
import type { Deployment } from '../registry/deployment.ts';
import type { Recorded } from './recorded.ts';

/** Undefined where that generation is gone. */
export type DeploymentAt = (generation: number) => Promise<Deployment | undefined>;

/** The columns that say which arm decided, and why. */
const armSchema = z.object({
  entity_id: z.string(),
  arm: z.enum(['champion', 'challenger']),
  arm_reason: z.string().nullish(),
  arm_share: z.number().nullish(),
  arm_bucket: z.number().nullish(),
  deployment_generation: z.number(),
});

/** Why a champion decides for an entity that the hash gives to the challenger. */
const OVERRIDES: ReadonlySet<unknown> = new Set([
  'guard',
  'challenger_missing',
  'challenger_failed',
]);

/** @returns the fields that differ; undefined where there is nothing to hold them against */
export async function armDifferences(
  { row, version, at }: Recorded,
  deploymentAt: DeploymentAt,
): Promise<string[] | undefined> {
  const parsed = armSchema.safeParse(row);
  if (!parsed.success) return undefined;
  const { entity_id, arm, arm_reason, arm_share, arm_bucket, deployment_generation } = parsed.data;
  const deployment = await deploymentAt(deployment_generation);
  if (!deployment) return undefined;
  const assigned = assign(entity_id, deployment, at);
  const overridden = assigned.arm === 'challenger' && OVERRIDES.has(arm_reason);
  const expected = overridden ? 'champion' : assigned.arm;
  return [
    ...(arm === expected ? [] : ['arm']),
    ...(deployment[arm]?.version === version ? [] : ['model_version']),
    ...(arm_share === undefined || arm_share === assigned.share ? [] : ['arm_share']),
    ...(arm_bucket === undefined || arm_bucket === assigned.bucket ? [] : ['arm_bucket']),
  ];
}
