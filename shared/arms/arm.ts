/** Which arm an entity is in: by a hash, so that nobody has to remember. */
import { createHash } from 'node:crypto';
import type { Deployment } from '../registry/deployment.ts';

export type Arm = 'champion' | 'challenger';

/**
 * Why an arm decided: there is no other (`champion_only`), the entity's bucket said so, or the bucket
 * said challenger and the challenger was taken out by its guard, could not be loaded or failed.
 */
export type ArmReason =
  | 'champion_only'
  | 'bucket'
  | 'guard'
  | 'challenger_missing'
  | 'challenger_failed';

/** Where an entity stands at a moment. */
export interface Assignment {
  readonly arm: Arm;
  /** The challenger's share at that moment, and the entity's bucket; null without a challenger. */
  readonly share: number | null;
  readonly bucket: number | null;
  /** Whether it is in the part of the champion's entities that is set against the challenger's. */
  readonly control: boolean;
}

/**
 * A number in [0, 1) that is the same for an entity as long as the salt is: the first 52 bits of
 * SHA-256. `sql/views/decision_arms.sql` says the same in SQL.
 */
export function bucketOf(entity: string, salt: string): number {
  const digest = createHash('sha256').update(`${salt}:${entity}`).digest('hex');
  return Number.parseInt(digest.slice(0, 13), 16) / 2 ** 52;
}

type Challenger = NonNullable<Deployment['challenger']>;

/** The challenger's share at a moment: that of the last step that has begun. */
export function shareAt({ share, steps = [] }: Challenger, at: Date): number {
  const begun = steps.filter(({ from }) => Date.parse(from) <= at.getTime());
  return begun.at(-1)?.share ?? share;
}

const ALONE: Assignment = { arm: 'champion', share: null, bucket: null, control: false };

/**
 * The challenger takes its share of the buckets, lowest first, so that a larger share takes nobody
 * away from it. As many from the other end are the control: drawn alike, over the same time.
 */
export function assign(entity: string, { challenger, salt }: Deployment, at: Date): Assignment {
  if (!challenger) return ALONE;
  const bucket = bucketOf(entity, salt);
  const share = shareAt(challenger, at);
  const arm = bucket < share ? 'challenger' : 'champion';
  return { arm, share, bucket, control: bucket >= Math.max(share, 1 - share) };
}
