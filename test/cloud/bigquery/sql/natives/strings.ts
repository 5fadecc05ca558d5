/** String functions that DuckDB lacks or means otherwise. */
import { InvalidText } from '../time/parse.ts';
import type { Native } from './native.ts';

const characters = (text: string): string[] => [...text];

/** @throws {InvalidText} for what no character has as its number. */
function characterOf(code: bigint): string {
  if (code === 0n) return '';
  if (code < 0n || code > 0x10ffffn || (code >= 0xd800n && code <= 0xdfffn)) {
    throw new InvalidText(`Invalid codepoint ${code}`);
  }
  return String.fromCodePoint(Number(code));
}

function ascii(bytes: Uint8Array): bigint {
  const [first = 0] = bytes;
  if (first > 127)
    throw new InvalidText('ASCII() argument starts with a character that is not ASCII');
  return BigInt(first);
}

/** GoogleSQL's functions that lengthen text stop at a megabyte. */
export function checkSize(name: string, size: bigint): void {
  if (size > 1_048_576n) {
    throw new InvalidText(`Output of ${name} exceeds max allowed output size of 1MB`);
  }
}

function pad(side: string, text: string, length: bigint, pattern: string): string {
  if (length < 0n)
    throw new InvalidText(
      `Second argument (output size) for ${side === 'left' ? 'LPAD' : 'RPAD'} cannot be negative`,
    );
  if (pattern === '')
    throw new InvalidText(
      `Third argument (pad pattern) for ${side === 'left' ? 'LPAD' : 'RPAD'} cannot be empty`,
    );
  checkSize(side === 'left' ? 'LPAD' : 'RPAD', length);
  const given = characters(text);
  const missing = Number(length) - given.length;
  if (missing <= 0) return given.slice(0, Number(length)).join('');
  const filling = characters(pattern);
  const added = Array.from({ length: missing }, (_, i) => filling[i % filling.length]).join('');
  return side === 'left' ? added + text : text + added;
}

/** The position of an occurrence, from the end where `from` is negative; 0 when there is none. */
export function position<T>(
  value: readonly T[],
  wanted: readonly T[],
  from: bigint,
  occurrence: bigint,
): bigint {
  if (from === 0n) throw new InvalidText('Third argument (position) for INSTR cannot be 0');
  if (occurrence <= 0n)
    throw new InvalidText('Fourth argument (occurrence) for INSTR must be positive');
  const step = from > 0n ? 1 : -1;
  const last = value.length - wanted.length;
  let left = Number(occurrence);
  let at = from > 0n ? Number(from) - 1 : Math.min(value.length + Number(from), last);
  for (; at >= 0 && at <= last; at += step) {
    if (wanted.every((item, i) => value[at + i] === item) && --left === 0) return BigInt(at + 1);
  }
  return 0n;
}

function initcap(text: string, delimiters: string): string {
  const ends = new Set(characters(delimiters));
  let starts = true;
  return characters(text)
    .map((c) => {
      const shown = starts ? c.toUpperCase() : c.toLowerCase();
      starts = ends.has(c);
      return shown;
    })
    .join('');
}

export function translation<T>(from: readonly T[], to: readonly T[]): Map<T, T | undefined> {
  const map = new Map<T, T | undefined>();
  for (const [i, item] of from.entries()) {
    if (map.has(item)) throw new InvalidText('Duplicate character in TRANSLATE source characters');
    map.set(item, to[i]);
  }
  return map;
}

function translate(text: string, from: string, to: string): string {
  const map = translation(characters(from), characters(to));
  return characters(text)
    .map((c) => (map.has(c) ? (map.get(c) ?? '') : c))
    .join('');
}

/** Levenshtein's distance over characters, no more than asked for. */
function editDistance(a: string, b: string, most: bigint): bigint {
  if (most < 0n) throw new InvalidText('max_distance of EDIT_DISTANCE must not be negative');
  const [left, right] = [characters(a), characters(b)];
  let row = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (const [i, c] of left.entries()) {
    const next = [i + 1];
    for (const [j, d] of right.entries()) {
      next.push(Math.min(row[j]! + (c === d ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  const distance = BigInt(row[right.length]!);
  return distance > most ? most : distance;
}

const SOUNDEX: Record<string, string> = Object.fromEntries(
  ['BFPV', 'CGJKQSXZ', 'DT', 'L', 'MN', 'R'].flatMap((letters, i) =>
    [...letters].map((c) => [c, String(i + 1)]),
  ),
);

function soundex(text: string): string {
  const letters = text.toUpperCase().replace(/[^A-Z]/g, '');
  if (letters === '') return '';
  let code = letters[0]!;
  let last = SOUNDEX[code] ?? '';
  for (const letter of letters.slice(1)) {
    const digit = SOUNDEX[letter] ?? '';
    if (digit !== '' && digit !== last) code += digit;
    // H and W do not part letters of one sound; vowels do.
    if (letter !== 'H' && letter !== 'W') last = digit;
  }
  return code.slice(0, 4).padEnd(4, '0');
}

/** Case folding of JavaScript's own mappings: lower case of upper case reaches what folds together. */
const fold = (text: string, form: string): string =>
  text.normalize(form).toUpperCase().toLowerCase().normalize(form);

export const STRING_NATIVES: readonly Native[] = [
  { name: 'ascii', signature: 'INT64(BYTES)', call: ascii },
  { name: 'chr', signature: 'STRING(INT64)', call: characterOf },
  { name: 'lower', signature: 'STRING(STRING)', call: (text: string) => text.toLowerCase() },
  { name: 'upper', signature: 'STRING(STRING)', call: (text: string) => text.toUpperCase() },
  { name: 'initcap', signature: 'STRING(STRING, STRING)', call: initcap },
  {
    name: 'reverse',
    signature: 'STRING(STRING)',
    call: (text: string) => characters(text).reverse().join(''),
  },
  { name: 'characters', signature: 'ARRAY<STRING>(STRING)', call: characters },
  { name: 'string_pad', signature: 'STRING(STRING, STRING, INT64, STRING)', call: pad },
  {
    name: 'instr',
    signature: 'INT64(STRING, STRING, INT64, INT64)',
    call: (text: string, wanted: string, from: bigint, occurrence: bigint) =>
      position(characters(text), characters(wanted), from, occurrence),
  },
  { name: 'translate', signature: 'STRING(STRING, STRING, STRING)', call: translate },
  { name: 'edit_distance', signature: 'INT64(STRING, STRING, INT64)', call: editDistance },
  { name: 'soundex', signature: 'STRING(STRING)', call: soundex },
  {
    name: 'normalize',
    signature: 'STRING(STRING, STRING)',
    call: (text: string, form: string) => text.normalize(form),
  },
  { name: 'casefold', signature: 'STRING(STRING, STRING)', call: fold },
  {
    name: 'contains_substr',
    signature: 'BOOL(STRING, STRING)',
    call: (text: string, wanted: string) => fold(text, 'NFKC').includes(fold(wanted, 'NFKC')),
  },
  {
    name: 'to_code_points',
    signature: 'ARRAY<INT64>(STRING)',
    call: (text: string) => characters(text).map((c) => BigInt(c.codePointAt(0)!)),
  },
  {
    name: 'code_points_to_string',
    signature: 'STRING(ARRAY<INT64>)',
    call: (codes: readonly (bigint | null)[]) =>
      codes.includes(null)
        ? null
        : (codes as bigint[]).map((code) => (code === 0n ? '\0' : characterOf(code))).join(''),
  },
];
