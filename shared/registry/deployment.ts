/**
 * `models/<portfolio>/deployment.json`: what serves. Promotion, rollback and the kill switch are one
 * conditional write of this object; score instances look at it every few seconds.
 */
import * as z from 'zod';
import { guardSchema } from '../arms/limits.ts';
import { versionId } from '../bundle/manifest.ts';
import { AppError } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import { portfolioId } from '../portfolio/documents.ts';

const ref = z.strictObject({
  version: versionId,
  manifest_sha256: z.string().regex(/^[\da-f]{64}$/),
});

/** From a moment on, a share of the entities. */
const step = z.strictObject({
  from: z.iso.datetime({ offset: true }),
  share: z.number().min(0).max(1),
});

const steps = z
  .array(step)
  .max(50)
  .refine((list) => list.every((one, i) => i === 0 || timeOf(list[i - 1]!) < timeOf(one)), {
    error: 'Steps must come in the order of their times, no two at once.',
  });

const timeOf = ({ from }: z.infer<typeof step>): number => Date.parse(from);

const challenger = z.strictObject({
  ...ref.shape,
  /** Until the first step, or for good where there is none. */
  share: z.number().min(0).max(1),
  /** A gradual rollout: the share that holds from each moment on. */
  steps: steps.optional(),
  /** What it is taken out for, where other limits than the usual ones hold. */
  guard: guardSchema.optional(),
});

/** What a change of the deployment is, in the words of the journal. */
export const CHANGES = [
  'promoted',
  'rolled_back',
  'split',
  'shadowed',
  'unshadowed',
  'retired',
  'killed',
  'revived',
  'edited',
] as const;

export type ChangeKind = (typeof CHANGES)[number];

export const deploymentSchema = z.strictObject({
  portfolio: portfolioId,
  /** Decides for everyone whom no challenger takes; null before the first promotion. */
  champion: ref.nullable(),
  /** Decides for a share of the entities. */
  challenger: challenger.nullable(),
  /** Scored and recorded, never decisive. */
  shadows: z.array(ref).max(5),
  /** Mixed into the hash that assigns entities to arms; a new salt reshuffles them. */
  salt: z.string().min(1).max(64),
  /** True stops every model: policy alone decides, and nobody is approved unseen. */
  kill_switch: z.boolean(),
  /** What made it what it is; a hand that edits the object leaves this out. */
  change: z.strictObject({ kind: z.enum(CHANGES), version: versionId.nullable() }).optional(),
  updated_at: z.iso.datetime(),
  updated_by: z.string().min(1),
  reason: z.string().min(1),
});

export type Deployment = z.infer<typeof deploymentSchema>;

export interface StoredDeployment {
  readonly deployment: Deployment;
  readonly generation: number;
}

export const deploymentName = (portfolio: string): string => `models/${portfolio}/deployment.json`;

/**
 * Undefined where nothing was ever deployed.
 * @param generation an older one; undefined, too, where it is gone
 * @throws {AppError} for a damaged object
 */
export async function readDeployment(
  objects: Objects,
  portfolio: string,
  generation?: number,
): Promise<StoredDeployment | undefined> {
  const stored = await objects.read(deploymentName(portfolio), generation);
  if (!stored) return undefined;
  const deployment = parseDeployment(portfolio, stored.bytes);
  return { deployment, generation: stored.generation };
}

function parseDeployment(portfolio: string, bytes: Uint8Array): Deployment {
  try {
    const deployment = deploymentSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
    if (deployment.portfolio === portfolio) return deployment;
    throw new Error(`it is of the portfolio "${deployment.portfolio}"`);
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new AppError(
      'deployment_unusable',
      503,
      `${deploymentName(portfolio)} is no deployment: ${detail}`,
      { cause: error },
    );
  }
}

/** Nothing serves, and nobody is assigned yet. */
export const firstDeployment = (
  portfolio: string,
): Omit<Deployment, 'updated_at' | 'updated_by' | 'reason'> => ({
  portfolio,
  champion: null,
  challenger: null,
  shadows: [],
  salt: portfolio,
  kill_switch: false,
});

/**
 * Replaces the deployment that was read.
 * @param over the generation that was read; 0 when there was none
 * @throws {AppError} conflict when somebody else changed it since
 */
export async function writeDeployment(
  objects: Objects,
  deployment: Deployment,
  over: number,
): Promise<number> {
  const bytes = Buffer.from(`${JSON.stringify(deploymentSchema.parse(deployment), null, 2)}\n`);
  return objects.write(deploymentName(deployment.portfolio), bytes, 'application/json', over);
}
