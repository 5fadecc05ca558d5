/**
 * The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header-07): a caller's name for
 * one request, under which a repetition finds the first decision.
 */
import { createHash } from 'node:crypto';
import { badRequest } from '../errors.ts';

/** As Stripe has it. */
const LONGEST_KEY = 255;

/** A String of RFC 9651, §3.3.3: printable ASCII; a quote and a backslash behind a backslash. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
/** As most callers send it: visible ASCII without what would make it a list or a parameter. */
const BARE = /^[!#-+\--:<-[\]-~]+$/;

/**
 * The key of a request, the same for `"abc"` as the draft has it and `abc` as is widely sent;
 * undefined where there is none.
 * @throws {AppError} 400 for a key that is empty, too long, not one, or not printable ASCII
 */
export function idempotencyKeyOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const text = headers['idempotency-key'];
  if (text === undefined) return undefined;
  // Node joins a header that came several times with a comma, which no bare key holds.
  const quoted = QUOTED.exec(String(text))?.[1]?.replace(/\\(.)/g, '$1');
  const key = quoted ?? (BARE.test(String(text)) ? String(text) : '');
  if (key !== '' && key.length <= LONGEST_KEY) return key;
  throw badRequest(
    `Send one Idempotency-Key of 1 to ${LONGEST_KEY} printable ASCII characters: in double ` +
      'quotes, or without spaces, commas, semicolons, quotes and backslashes.',
  );
}

/**
 * The id of the decision under a key: a UUID of version 8 (RFC 9562, §5.8) out of the SHA-256 of
 * `<portfolio>:<key>`, so that key and id find the same decision.
 */
export function keyedDecisionId(portfolio: string, key: string): string {
  const bytes = createHash('sha256').update(`${portfolio}:${key}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Whether an id can be one of `keyedDecisionId`: those of other decisions are of version 4. */
export const isKeyedDecisionId = (id: string): boolean =>
  /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id);

/** What the event says of the key, in hexadecimal: `TO_HEX(SHA256(key))` in SQL. */
export const keyDigest = (key: string): string => createHash('sha256').update(key).digest('hex');
