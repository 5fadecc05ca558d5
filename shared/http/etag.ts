import { createHash } from 'node:crypto';
import type { Answer } from './handler.ts';

/**
 * An answer that a caller may keep, and asks for again by its ETag (RFC 9110 §8.8.3, §13.1.2): 304
 * and no body as long as it is the same.
 * @param ifNoneMatch the header of the request
 */
export function tagged(body: unknown, ifNoneMatch: string | string[] | undefined): Answer {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
  const etag = `"${digest.slice(0, 22)}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  const known = String(ifNoneMatch ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  const isKnown = known.includes(etag) || known.includes('*');
  return isKnown ? { status: 304, body: undefined, headers } : { body, headers };
}
