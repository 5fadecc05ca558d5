import { createHash } from 'node:crypto';

/**
 * What makes two bodies the same request: the SHA-256, in hexadecimal, of the parsed JSON with the
 * members of every object in the order of their names. White space, order and the spelling of a
 * number (`1`, `1.0`) make no difference. `parseJson` has limited how deep it nests.
 */
export const fingerprint = (body: unknown): string =>
  createHash('sha256').update(canonical(body)).digest('hex');

function canonical(value: unknown): string {
  // JSON has no infinity, but 1e309 is read as one, and is no null.
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join()}}`;
}
