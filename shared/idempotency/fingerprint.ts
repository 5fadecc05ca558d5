import { createHash } from 'node:crypto';
import { badRequest } from '../errors.ts';

/** Deeper than any contract, and far from where recursion ends. */
const DEEPEST = 64;

/**
 * What makes two bodies the same request: the SHA-256, in hexadecimal, of the parsed JSON with the
 * members of every object in the order of their names. White space, order and the spelling of a
 * number (`1`, `1.0`) make no difference.
 * @throws {AppError} 400 for a body that is nested more deeply than any request
 */
export const fingerprint = (body: unknown): string =>
  createHash('sha256').update(canonical(body, 0)).digest('hex');

function canonical(value: unknown, depth: number): string {
  if (depth > DEEPEST) throw badRequest(`The body is nested more than ${DEEPEST} deep.`);
  // JSON has no infinity, but 1e309 is read as one, and is no null.
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const inner = (item: unknown) => canonical(item, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${inner(item)}`).join()}}`;
}
