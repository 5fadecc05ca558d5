/** BYTES functions. */
import { createHash } from 'node:crypto';
import { farmFingerprint } from '../hash/farm.ts';
import { InvalidText } from '../time/parse.ts';
import type { Native } from './native.ts';
import { checkSize, position, translation } from './strings.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function fromHex(text: string): Uint8Array {
  if (!/^[0-9a-fA-F]*$/.test(text))
    throw new InvalidText(
      `Failed to decode invalid hexadecimal string due to invalid character: ${text}`,
    );
  return Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex');
}

function fromBase64(text: string): Uint8Array {
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.replace(/=+$/, '').length % 4 === 1) {
    throw new InvalidText('Failed to decode invalid base64 string');
  }
  return Buffer.from(compact, 'base64');
}

function toBase32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  const groups = bits.match(/.{1,5}/g) ?? [];
  const text = groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}

function fromBase32(text: string): Uint8Array {
  const compact = text.replace(/=+$/, '');
  let bits = '';
  for (const letter of compact) {
    const index = BASE32.indexOf(letter);
    if (index < 0) throw new InvalidText('Failed to decode invalid base32 string');
    bits += index.toString(2).padStart(5, '0');
  }
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** From a position counted from 1, or from the end. */
function substr(bytes: Uint8Array, from: bigint, length: bigint): Uint8Array {
  if (length < 0n) throw new InvalidText('Third argument in SUBSTR() cannot be negative');
  const size = BigInt(bytes.length);
  const start = from === 0n || from < -size ? 0n : from < 0n ? size + from : from - 1n;
  const end = length > size ? size : start + length;
  return bytes.slice(Number(start > size ? size : start), Number(end > size ? size : end));
}

function pad(side: string, bytes: Uint8Array, length: bigint, pattern: Uint8Array): Uint8Array {
  if (length < 0n) throw new InvalidText('Output size of LPAD and RPAD cannot be negative');
  if (pattern.length === 0) throw new InvalidText('Pad pattern of LPAD and RPAD cannot be empty');
  checkSize(side === 'left' ? 'LPAD' : 'RPAD', length);
  const missing = Number(length) - bytes.length;
  if (missing <= 0) return bytes.slice(0, Number(length));
  const added = Uint8Array.from({ length: missing }, (_, i) => pattern[i % pattern.length]!);
  return Buffer.concat(side === 'left' ? [added, bytes] : [bytes, added]);
}

function side(name: string, bytes: Uint8Array, length: bigint): Uint8Array {
  if (length < 0n)
    throw new InvalidText(`Second argument in ${name.toUpperCase()}() cannot be negative`);
  const count = Math.min(Number(length), bytes.length);
  return name === 'left' ? bytes.slice(0, count) : bytes.slice(bytes.length - count);
}

const trimmer = (left: boolean, right: boolean) => (bytes: Uint8Array, what: Uint8Array) => {
  if (what.length === 0) return bytes;
  const set = new Set(what);
  let [start, end] = [0, bytes.length];
  while (left && start < end && set.has(bytes[start]!)) start++;
  while (right && end > start && set.has(bytes[end - 1]!)) end--;
  return bytes.slice(start, end);
};

function replace(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  if (from.length === 0) return bytes;
  return Buffer.concat(joinedBy(splitBytes(bytes, from), to));
}

function splitBytes(bytes: Uint8Array, by: Uint8Array): Uint8Array[] {
  if (by.length === 0) return [...bytes].map((byte) => Uint8Array.of(byte));
  const buffer = Buffer.from(bytes);
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let at = buffer.indexOf(by); at >= 0; at = buffer.indexOf(by, start)) {
    parts.push(buffer.subarray(start, at));
    start = at + by.length;
  }
  return [...parts, buffer.subarray(start)];
}

const joinedBy = (parts: readonly Uint8Array[], by: Uint8Array): Uint8Array[] =>
  parts.flatMap((part, i) => (i === 0 ? [part] : [by, part]));

function bitwise(operator: string, a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length)
    throw new InvalidText('Bitwise binary operator for BYTES requires equal length of the inputs.');
  return a.map((byte, i) =>
    operator === '|' ? byte | b[i]! : operator === '&' ? byte & b[i]! : byte ^ b[i]!,
  );
}

function shift(operator: string, bytes: Uint8Array, by: bigint): Uint8Array {
  if (by < 0n) throw new InvalidText('Bitwise shift by negative offset.');
  const width = BigInt(bytes.length * 8);
  if (bytes.length === 0 || by >= width) return new Uint8Array(bytes.length);
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const moved = operator === '<<' ? BigInt.asUintN(Number(width), value << by) : value >> by;
  return Buffer.from(moved.toString(16).padStart(bytes.length * 2, '0'), 'hex');
}

function shiftInteger(operator: string, value: bigint, by: bigint): bigint {
  if (by < 0n) throw new InvalidText('Bitwise shift by negative offset.');
  if (by > 63n) return 0n;
  const bits = BigInt.asUintN(64, value);
  return BigInt.asIntN(64, operator === '<<' ? bits << by : bits >> by);
}

const byCase = (from: number, shiftBy: number) => (bytes: Uint8Array) =>
  bytes.map((byte) => (byte >= from && byte < from + 26 ? byte + shiftBy : byte));

function translateBytes(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const map = translation([...from], [...to]);
  return Uint8Array.from(
    [...bytes].flatMap((byte) => (map.has(byte) ? (map.get(byte) ?? []) : byte)),
  );
}

function fromCodePoints(codes: readonly (bigint | null)[]): Uint8Array | null {
  if (codes.includes(null)) return null;
  return Uint8Array.from(codes as bigint[], (code) => {
    if (code < 0n || code > 255n)
      throw new InvalidText(`Invalid extended ASCII code point ${code}`);
    return Number(code);
  });
}

const bitsOf = (byte: number): number => byte.toString(2).replaceAll('0', '').length;

export const BYTES_NATIVES: readonly Native[] = [
  { name: 'from_hex', signature: 'BYTES(STRING)', call: fromHex },
  { name: 'from_base64', signature: 'BYTES(STRING)', call: fromBase64 },
  { name: 'to_base32', signature: 'STRING(BYTES)', call: toBase32 },
  { name: 'from_base32', signature: 'BYTES(STRING)', call: fromBase32 },
  {
    name: 'sha512',
    signature: 'BYTES(BYTES)',
    call: (bytes: Uint8Array) => createHash('sha512').update(bytes).digest(),
  },
  { name: 'farm_fingerprint', signature: 'INT64(BYTES)', call: farmFingerprint },
  { name: 'bytes_substr', signature: 'BYTES(BYTES, INT64, INT64)', call: substr },
  { name: 'bytes_pad', signature: 'BYTES(STRING, BYTES, INT64, BYTES)', call: pad },
  { name: 'bytes_side', signature: 'BYTES(STRING, BYTES, INT64)', call: side },
  { name: 'bytes_trim', signature: 'BYTES(BYTES, BYTES)', call: trimmer(true, true) },
  { name: 'bytes_ltrim', signature: 'BYTES(BYTES, BYTES)', call: trimmer(true, false) },
  { name: 'bytes_rtrim', signature: 'BYTES(BYTES, BYTES)', call: trimmer(false, true) },
  {
    name: 'bytes_repeat',
    signature: 'BYTES(BYTES, INT64)',
    call: (bytes: Uint8Array, count: bigint) => {
      if (count < 0n) throw new InvalidText('Second argument in REPEAT() cannot be negative');
      checkSize('REPEAT', BigInt(bytes.length) * count);
      return Buffer.concat(Array.from({ length: Number(count) }, () => bytes));
    },
  },
  { name: 'bytes_replace', signature: 'BYTES(BYTES, BYTES, BYTES)', call: replace },
  {
    name: 'bytes_reverse',
    signature: 'BYTES(BYTES)',
    call: (bytes: Uint8Array) => bytes.slice().reverse(),
  },
  { name: 'bytes_translate', signature: 'BYTES(BYTES, BYTES, BYTES)', call: translateBytes },
  { name: 'bytes_lower', signature: 'BYTES(BYTES)', call: byCase(65, 32) },
  { name: 'bytes_upper', signature: 'BYTES(BYTES)', call: byCase(97, -32) },
  {
    name: 'bytes_ends_with',
    signature: 'BOOL(BYTES, BYTES)',
    call: (bytes: Uint8Array, end: Uint8Array) =>
      end.length <= bytes.length &&
      Buffer.compare(bytes.slice(bytes.length - end.length), end) === 0,
  },
  {
    name: 'bytes_instr',
    signature: 'INT64(BYTES, BYTES, INT64, INT64)',
    call: (bytes: Uint8Array, wanted: Uint8Array, from: bigint, occurrence: bigint) =>
      position([...bytes], [...wanted], from, occurrence),
  },
  { name: 'bytes_split', signature: 'ARRAY<BYTES>(BYTES, BYTES)', call: splitBytes },
  {
    name: 'bytes_join',
    signature: 'BYTES(ARRAY<BYTES>, BYTES)',
    call: (parts: readonly (Uint8Array | null)[], by: Uint8Array) =>
      Buffer.concat(
        joinedBy(
          parts.filter((part) => part !== null),
          by,
        ),
      ),
  },
  { name: 'bytes_bitwise', signature: 'BYTES(STRING, BYTES, BYTES)', call: bitwise },
  {
    name: 'bytes_not',
    signature: 'BYTES(BYTES)',
    call: (bytes: Uint8Array) => bytes.map((byte) => ~byte),
  },
  { name: 'bytes_shift', signature: 'BYTES(STRING, BYTES, INT64)', call: shift },
  { name: 'int64_shift', signature: 'INT64(STRING, INT64, INT64)', call: shiftInteger },
  {
    name: 'bytes_bit_count',
    signature: 'INT64(BYTES)',
    call: (bytes: Uint8Array) => BigInt(bytes.reduce((sum, byte) => sum + bitsOf(byte), 0)),
  },
  {
    name: 'bytes_to_code_points',
    signature: 'ARRAY<INT64>(BYTES)',
    call: (bytes: Uint8Array) => [...bytes].map(BigInt),
  },
  { name: 'code_points_to_bytes', signature: 'BYTES(ARRAY<INT64>)', call: fromCodePoints },
];
