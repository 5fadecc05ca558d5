/** What the JSON API's requests have in common. */
import { invalid, unsupported } from '../errors.ts';
import type { Call } from '../http/router.ts';

/** @throws {ApiError} 400 where the query does not have it */
export function required(call: Call<never>, name: string): string {
  const value = call.query.get(name);
  if (!value) throw invalid(`Required parameter: ${name}`, name);
  return value;
}

/** Whether a parameter is true; Python's clients write `True`. */
export const isTrue = (call: Call<never>, name: string): boolean =>
  call.query.get(name)?.toLowerCase() === 'true';

/** `maxResults`, at most 1000. @throws {ApiError} 400 */
export function pageSize(call: Call<never>): number {
  const given = Number(call.query.get('maxResults') ?? 1000);
  if (!Number.isInteger(given) || given < 1) {
    throw invalid(`Invalid value for maxResults: ${call.query.get('maxResults')}`, 'maxResults');
  }
  return Math.min(given, 1000);
}

/**
 * Refuses what would be ignored otherwise: access control lists, as the real service does where
 * there is uniform bucket-level access, and keys of the customer's own.
 */
export function refuseUnsupported(call: Call<never>): void {
  for (const name of ['predefinedAcl', 'predefinedDefaultObjectAcl', 'destinationPredefinedAcl']) {
    if (!call.query.has(name)) continue;
    throw invalid(
      'Cannot insert legacy ACL for an object when uniform bucket-level access is enabled. Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access',
      name,
    );
  }
  for (const name of ['kmsKeyName', 'destinationKmsKeyName']) {
    if (call.query.has(name)) throw unsupported(`Cloud Storage's parameter ${name}`);
  }
  for (const name of ['x-goog-encryption-algorithm', 'x-goog-copy-source-encryption-algorithm']) {
    if (call.headers[name] !== undefined) throw unsupported(`Cloud Storage's header ${name}`);
  }
}
