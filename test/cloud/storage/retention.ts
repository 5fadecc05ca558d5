/**
 * Object Retention Lock: objects that say themselves until when they stay.
 *
 * Source: Cloud Storage, "Object Retention Lock", "Objects: insert" and "Objects: patch". Where the
 * bucket has versions, an object that is retained may become noncurrent, and is retained as that.
 */
import { ApiError, invalid } from '../errors.ts';
import type { Fields } from '../http/merge_patch.ts';
import { type Bucket, retainsObjects } from './buckets.ts';
import type { ObjectVersion } from './objects.ts';

/** Checked by `objectFields` when it was given. */
interface Retention {
  readonly mode: 'Unlocked' | 'Locked';
  /** RFC 3339. */
  readonly retainUntilTime: string;
}

/** A hundred years. */
const LONGEST_MS = 3_155_760_000_000;

const retentionOf = ({ retention }: Fields): Retention | undefined => {
  const { mode, retainUntilTime } = (retention ?? {}) as Partial<Retention>;
  return mode && retainUntilTime ? { mode, retainUntilTime } : undefined;
};

const endOf = ({ retainUntilTime }: Retention): number => Date.parse(retainUntilTime);

/** Who changes what an object has, where, and when. */
export interface RetentionChange {
  readonly bucket: Bucket;
  readonly before: Fields;
  readonly now: number;
  /** Whether the request says `overrideUnlockedRetention`. */
  readonly override: boolean;
}

/**
 * The fields that an object gets: none with a retention that it may not have.
 * @throws {ApiError} 400 for one that no object of the bucket can have; 403 for less than it has
 */
export function retained(fields: Fields, change: RetentionChange): Fields {
  const before = retentionOf(change.before);
  const after = retentionOf(fields);
  const { retention: _, ...rest } = fields;
  const result = after ? { ...rest, retention: after } : rest;
  const same = after?.mode === before?.mode && after?.retainUntilTime === before?.retainUntilTime;
  if (same) return result;
  if (after) checkPossible(after, change);
  if (before && endOf(before) > change.now) checkAllowed(before, after, change);
  return result;
}

function checkPossible(retention: Retention, { bucket, now }: RetentionChange): void {
  if (!retainsObjects(bucket)) {
    throw invalid(`The bucket ${bucket.name} does not have object retention enabled.`, 'retention');
  }
  const rest = endOf(retention) - now;
  if (rest <= 0 || rest > LONGEST_MS) {
    const problem = `Retain-until time ${retention.retainUntilTime} is not in the next 100 years.`;
    throw invalid(problem, 'retention.retainUntilTime');
  }
}

/** Anybody may retain for longer; nobody less than what is locked. */
function checkAllowed(
  before: Retention,
  after: Retention | undefined,
  { override }: RetentionChange,
): void {
  const longer = after?.mode === before.mode && endOf(after) >= endOf(before);
  if (longer || (override && before.mode === 'Unlocked')) return;
  const problem =
    before.mode === 'Locked'
      ? 'A locked retention can be neither shortened nor removed.'
      : 'To shorten, remove or lock an unlocked retention, say overrideUnlockedRetention=true.';
  throw new ApiError(403, 'retentionPolicyNotMet', problem);
}

/** @throws {ApiError} 403 for a version that must not go for good yet */
export function checkMayGo({ bucket, name, fields }: ObjectVersion, now: number): void {
  const retention = retentionOf(fields);
  if (!retention || endOf(retention) <= now) return;
  throw new ApiError(
    403,
    'retentionPolicyNotMet',
    `Object '${bucket}/${name}' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until ${retention.retainUntilTime}`,
  );
}

/** What an object's resource says of it besides. */
export const expiryOf = (fields: Fields): Fields => {
  const retention = retentionOf(fields);
  return retention ? { retentionExpirationTime: retention.retainUntilTime } : {};
};
