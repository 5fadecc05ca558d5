import { AppError, badRequest } from '../errors.ts';

/** No body that a path takes has more than three; what walks through one may recurse. */
const MOST_LEVELS = 8;

// Skips a byte order mark.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The value of a body. Of a name that comes twice in an object the last counts (RFC 8259 §4 leaves
 * it open), and only that is seen and recorded.
 * @throws {AppError} 400 for what is not JSON, not UTF-8 or too deep
 */
export function parseJson(bytes: Uint8Array): unknown {
  const value = parse(bytes);
  if (isDeeper(value, MOST_LEVELS)) {
    throw badRequest(`The body nests deeper than the ${MOST_LEVELS} levels that are allowed.`);
  }
  return value;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (error) {
    // What comes after is a piece of the body.
    const what = (error as Error).message.replace(/, (\.\.\.)?".*/s, '');
    throw badRequest(`The body is not JSON: ${what}.`);
  }
}

/** Goes no deeper than `levels`, however deep the value is. */
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 ||
    (Array.isArray(value) ? isListDeeper(value, levels) : isObjectDeeper(value, levels)));

// Apart, so that V8 sees one kind of value in each loop: several times as fast.
const isListDeeper = (list: readonly unknown[], levels: number): boolean =>
  list.some((inner) => isDeeper(inner, levels - 1));

function isObjectDeeper(value: object, levels: number): boolean {
  // Parsed JSON inherits nothing that could be enumerated; `Object.values` would copy it all.
  for (const name in value) {
    const inner = (value as Record<string, unknown>)[name];
    if (typeof inner === 'object' && isDeeper(inner, levels - 1)) return true;
  }
  return false;
}

/** @throws {AppError} 415 unless headers announce plain JSON in UTF-8 */
export function requireJson(type = '', encoding = 'identity'): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1] ?? 'utf-8';
  const isJson = /^application\/json\s*(;|$)/i.test(type) && /^(utf-?8|us-ascii)$/i.test(charset);
  if (isJson && encoding === 'identity') return;
  throw new AppError(
    'unsupported_media_type',
    415,
    'Send the body as application/json in UTF-8, without content-encoding.',
  );
}
