/**
 * Thrift's compact protocol, as far as Parquet's metadata needs it: structs by field number.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** Fields by number. */
export interface Struct {
  readonly [field: number]: Value | undefined;
}
export type Value = number | boolean | Uint8Array | readonly Value[] | Struct;

const TYPE = { TRUE: 1, FALSE: 2, BYTE: 3, I16: 4, I32: 5, I64: 6, BINARY: 8, LIST: 9, STRUCT: 12 };

/** Deeper than any metadata of Parquet; more would only serve an attack. */
const DEEPEST = 16;

/**
 * A struct that begins at `from`.
 * @returns it, and where what follows it begins
 * @throws {RangeError} for what is no struct, or breaks off
 */
export function readStruct(bytes: Uint8Array, from: number): { struct: Struct; end: number } {
  const reader = new Reader(bytes, from);
  const struct = reader.struct(0);
  return { struct, end: reader.at };
}

class Reader {
  at: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  struct(depth: number): Struct {
    if (depth > DEEPEST) throw new RangeError('The metadata is nested too deeply.');
    const fields: Record<number, Value> = {};
    for (let id = 0; ; ) {
      const head = this.byte();
      if (head === 0) return fields;
      id = head >> 4 === 0 ? this.zigzag() : id + (head >> 4);
      fields[id] = this.value(head & 15, depth);
    }
  }

  private value(type: number, depth: number): Value {
    switch (type) {
      case TYPE.TRUE:
        return true;
      case TYPE.FALSE:
        return false;
      case TYPE.BYTE:
        return (this.byte() << 24) >> 24;
      case TYPE.I16:
      case TYPE.I32:
      case TYPE.I64:
        return this.zigzag();
      case TYPE.BINARY:
        return this.take(this.varint());
      case TYPE.LIST:
        return this.list(depth);
      case TYPE.STRUCT:
        return this.struct(depth + 1);
      case 7:
        return new DataView(this.take(8).slice().buffer).getFloat64(0, true);
      default:
        throw new RangeError(`The metadata has a field of type ${type}.`);
    }
  }

  private list(depth: number): Value[] {
    const head = this.byte();
    const count = head >> 4 === 15 ? this.varint() : head >> 4;
    if (count > this.bytes.length - this.at)
      throw new RangeError('A list of the metadata breaks off.');
    const type = head & 15;
    // In a list a boolean is a byte of its own.
    const item = () =>
      type <= TYPE.FALSE ? this.byte() === TYPE.TRUE : this.value(type, depth + 1);
    return Array.from({ length: count }, item);
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('The metadata breaks off.');
    return byte;
  }

  private take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new RangeError('The metadata breaks off.');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private varint(): number {
    let result = 0;
    for (let scale = 1; scale < 2 ** 64; scale *= 128) {
      const byte = this.byte();
      result += (byte & 127) * scale;
      if (byte < 128) return result;
    }
    throw new RangeError('A number of the metadata is too long.');
  }

  private zigzag(): number {
    const number = this.varint();
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
  }
}

/** A field to write: numbers say how wide they are, for a reader asks. */
export type Written =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly structs: readonly Fields[] }
  | { readonly i32s: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly struct: Fields };

/** By rising number; undefined is left out. */
export type Fields = readonly (readonly [id: number, value: Written | undefined])[];

/** The bytes of a struct. */
export function writeStruct(fields: Fields): Buffer {
  const out: number[] = [];
  putStruct(out, fields);
  return Buffer.from(out);
}

function putStruct(out: number[], fields: Fields): void {
  let last = 0;
  for (const [id, value] of fields) {
    if (value === undefined) continue;
    out.push(((id - last) << 4) | typeOf(value));
    last = id;
    putValue(out, value);
  }
  out.push(0);
}

function typeOf(value: Written): number {
  if ('i32' in value) return TYPE.I32;
  if ('i64' in value) return TYPE.I64;
  if ('text' in value) return TYPE.BINARY;
  return 'struct' in value ? TYPE.STRUCT : TYPE.LIST;
}

function putValue(out: number[], value: Written): void {
  if ('i32' in value) putVarint(out, zigzag(value.i32));
  else if ('i64' in value) putVarint(out, zigzag(value.i64));
  else if ('text' in value) putText(out, value.text);
  else if ('struct' in value) putStruct(out, value.struct);
  else if ('structs' in value) {
    putList(out, TYPE.STRUCT, value.structs, (item) => putStruct(out, item));
  } else if ('i32s' in value) {
    putList(out, TYPE.I32, value.i32s, (item) => putVarint(out, zigzag(item)));
  } else putList(out, TYPE.BINARY, value.texts, (item) => putText(out, item));
}

function putList<T>(out: number[], type: number, items: readonly T[], put: (item: T) => void) {
  if (items.length < 15) out.push((items.length << 4) | type);
  else {
    out.push(0xf0 | type);
    putVarint(out, items.length);
  }
  items.forEach(put);
}

function putText(out: number[], text: string): void {
  const bytes = Buffer.from(text);
  putVarint(out, bytes.length);
  out.push(...bytes);
}

const zigzag = (number: number): number => (number < 0 ? -2 * number - 1 : 2 * number);

/** A number of seven bits a byte, the lowest first. */
export function putVarint(out: number[], number: number): void {
  let rest = number;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
}
