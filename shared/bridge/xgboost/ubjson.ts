/**
 * Reader of UBJSON as XGBoost writes it (Universal Binary JSON, draft 12, big-endian): objects,
 * counted and typed arrays. What a file claims to hold is never allocated before its bytes are there.
 */
import { ModelFormatError } from '../errors.ts';

const DEEPEST = 64;
/** Bytes of a number by its marker. */
const SIZES: Readonly<Record<string, number>> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8, C: 1 };

/** @throws {ModelFormatError} for damaged bytes. */
export function parseUbjson(bytes: Uint8Array): unknown {
  const input = new Input(bytes);
  const value = readValue(input, input.marker(), 0);
  if (input.left > 0) {
    throw new ModelFormatError(`${input.left} bytes follow the end of the UBJSON document.`);
  }
  return value;
}

function readValue(input: Input, marker: string, depth: number): unknown {
  if (depth > DEEPEST)
    throw new ModelFormatError(`The UBJSON document nests over ${DEEPEST} deep.`);
  switch (marker) {
    case '{':
      return readObject(input, depth + 1);
    case '[':
      return readArray(input, depth + 1);
    case 'S':
      return input.text(readLength(input));
    case 'C':
      return input.text(1);
    case 'T':
      return true;
    case 'F':
      return false;
    case 'Z':
      return null;
    default:
      return readNumber(input, marker);
  }
}

function readObject(input: Input, depth: number): Record<string, unknown> {
  // Without a prototype no key can mean anything but itself.
  const object: Record<string, unknown> = Object.create(null);
  for (let marker = input.marker(); marker !== '}'; marker = input.marker()) {
    const key = input.text(checkedLength(readNumber(input, marker)));
    object[key] = readValue(input, input.marker(), depth);
  }
  return object;
}

function readArray(input: Input, depth: number): unknown[] {
  const type = input.takeIf('$') ? input.marker() : undefined;
  if (input.takeIf('#')) return readCounted(input, type, readLength(input), depth);
  if (type !== undefined) {
    throw new ModelFormatError('The UBJSON document has a typed array without a count.');
  }
  const items: unknown[] = [];
  for (let marker = input.marker(); marker !== ']'; marker = input.marker()) {
    items.push(readValue(input, marker, depth));
  }
  return items;
}

function readCounted(
  input: Input,
  type: string | undefined,
  count: number,
  depth: number,
): unknown[] {
  // Types that need no bytes would let a short file ask for any number of items.
  const size = type === undefined ? 1 : SIZES[type];
  if (size === undefined) {
    throw new ModelFormatError(`The UBJSON document has an array of the type "${type}".`);
  }
  if (count * size > input.left) {
    throw new ModelFormatError(`The file is too short for an array of ${count}.`);
  }
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) items.push(readValue(input, type ?? input.marker(), depth));
  return items;
}

const readLength = (input: Input): number => checkedLength(readNumber(input, input.marker()));

function checkedLength(length: number): number {
  if (Number.isSafeInteger(length) && length >= 0) return length;
  throw new ModelFormatError(`The UBJSON document has the length ${length}.`);
}

function readNumber(input: Input, marker: string): number {
  const size = SIZES[marker];
  if (size === undefined || marker === 'C') {
    throw new ModelFormatError(`The UBJSON document has the unknown marker "${marker}".`);
  }
  const view = input.take(size);
  switch (marker) {
    case 'i':
      return view.getInt8(0);
    case 'U':
      return view.getUint8(0);
    case 'I':
      return view.getInt16(0);
    case 'l':
      return view.getInt32(0);
    case 'L':
      return Number(view.getBigInt64(0));
    case 'd':
      return view.getFloat32(0);
    default:
      return view.getFloat64(0);
  }
}

class Input {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  marker(): string {
    return String.fromCharCode(this.take(1).getUint8(0));
  }

  takeIf(marker: string): boolean {
    if (this.bytes[this.at] !== marker.charCodeAt(0)) return false;
    this.at++;
    return true;
  }

  take(size: number): DataView {
    if (size > this.left) throw new ModelFormatError('The file ends within the UBJSON document.');
    this.at += size;
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at - size, size);
  }

  text(length: number): string {
    const { buffer, byteOffset, byteLength } = this.take(length);
    return new TextDecoder().decode(new Uint8Array(buffer, byteOffset, byteLength));
  }
}
