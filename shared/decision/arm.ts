import { createHash } from 'node:crypto';
import type { Deployment } from '../registry/deployment.ts';

export type Arm = 'champion' | 'challenger';

/**
 * A number in [0, 1) that is the same for an entity as long as the salt is: the first 52 bits of
 * SHA-256. In SQL:
 * `CAST(CONCAT('0x', SUBSTR(TO_HEX(SHA256(CONCAT(salt, ':', entity))), 1, 13)) AS INT64) / POW(2, 52)`.
 */
export function bucketOf(entity: string, salt: string): number {
  const digest = createHash('sha256').update(`${salt}:${entity}`).digest('hex');
  return Number.parseInt(digest.slice(0, 13), 16) / 2 ** 52;
}

/** Which arm decides for an entity: the challenger for its share of the buckets, lowest first. */
export function armOf(entity: string, { challenger, salt }: Deployment): Arm {
  return challenger && bucketOf(entity, salt) < challenger.share ? 'challenger' : 'champion';
}
