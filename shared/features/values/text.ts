/**
 * STRING functions on characters (Unicode code points), where JavaScript counts UTF-16 code units.
 *
 * Source: "String functions" of the GoogleSQL reference.
 */

/** The order of UTF-8 bytes, which is that of code points: below, at or above 0. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Surrogates stand for characters above all others of 16 bits, yet their units are lower.
    if (x !== y) return (isSurrogate(x) ? x + 0x10000 : x) - (isSurrogate(y) ? y + 0x10000 : y);
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** Length in characters of the first `end` code units. */
export function lengthOf(text: string, end: number = text.length): number {
  let length = end;
  for (let i = 0; i < end; i++) if (isHighSurrogate(text.charCodeAt(i))) length--;
  return length;
}

/** Where the first `characters` characters end, in code units. */
function unitsOf(text: string, characters: number): number {
  let at = 0;
  for (let i = 0; i < characters && at < text.length; i++) {
    at += isHighSurrogate(text.charCodeAt(at)) ? 2 : 1;
  }
  return at;
}

/** SUBSTR: positions count from 1, negative ones from the end; 0 and what lies before the start are 1. */
export function substring(text: string, position: number, length: number): string {
  let skipped = position - 1;
  if (position < 0) skipped = lengthOf(text) + position;
  if (skipped < 0) skipped = 0;
  const rest = text.slice(unitsOf(text, skipped));
  return rest.slice(0, unitsOf(rest, length));
}

/** STRPOS: the position of the first occurrence, counted from 1, or 0. */
export function positionOf(text: string, part: string): number {
  const at = text.indexOf(part);
  return at < 0 ? 0 : lengthOf(text, at) + 1;
}

/** Unicode's White_Space, which TRIM removes; JavaScript's `trim` has U+FEFF and lacks U+0085. */
export const WHITE_SPACE = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** The text without its first characters that are in the set. */
export function trimStart(text: string, set: ReadonlySet<string>): string {
  let at = 0;
  for (const character of text) {
    if (!set.has(character)) break;
    at += character.length;
  }
  return text.slice(at);
}

/** The text without its last characters that are in the set. */
export function trimEnd(text: string, set: ReadonlySet<string>): string {
  let end = text.length;
  while (end > 0) {
    const pair = end > 1 && isHighSurrogate(text.charCodeAt(end - 2));
    const start = pair ? end - 2 : end - 1;
    if (!set.has(text.slice(start, end))) break;
    end = start;
  }
  return text.slice(0, end);
}

const INTEGER = /^[\t-\r ]*([+-]?\d+)[\t-\r ]*$/;
const HEXADECIMAL = /^ *([+-]?)0[xX]([0-9a-fA-F]+)[\t-\r ]*$/;

/** SAFE_CAST(text AS INT64) of a text short enough to be exact; NaN where it is not an integer. */
export function parseInteger(text: string): number {
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal) {
    const value = Number.parseInt(hexadecimal[2]!, 16);
    return hexadecimal[1] === '-' ? 0 - value : value;
  }
  const decimal = INTEGER.exec(text);
  return decimal ? Number(decimal[1]) + 0 : Number.NaN;
}
