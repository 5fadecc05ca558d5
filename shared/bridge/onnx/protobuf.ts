/**
 * Protobuf encoding of the messages in `schema.ts`: strict, deterministic, bytes in and bytes out.
 *
 * Wire format: https://protobuf.dev/programming-guides/encoding. Fields are written in the order
 * of their numbers, repeated numbers packed, absent ones left out; so equal messages are equal bytes.
 */
import { ModelFormatError } from '../errors.ts';
import { type FieldSchema, MESSAGES, type MessageName, type Model } from './schema.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const UTF8 = new TextDecoder('utf8', { fatal: true, ignoreBOM: true });

type Message = Record<string, unknown>;

export function encodeModel(model: Model): Uint8Array {
  const writer = new Writer();
  writeMessage(writer, 'Model', model as unknown as Message);
  return writer.finish();
}

/** @throws {ModelFormatError} for damaged bytes and for any field that the schema does not list. */
export function decodeModel(bytes: Uint8Array): Model {
  return readMessage(new Reader(bytes), 'Model') as unknown as Model;
}

// --- Writing -------------------------------------------------------------------------------------

function writeMessage(writer: Writer, name: MessageName, message: Message): void {
  for (const field of MESSAGES[name] as readonly FieldSchema[]) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (!(field.kind in MESSAGES)) {
      writeScalar(writer, field, value);
      continue;
    }
    for (const item of field.repeated ? (value as Message[]) : [value as Message]) {
      writer.tag(field.number, LENGTH);
      writer.nested(() => writeMessage(writer, field.kind as MessageName, item));
    }
  }
}

function writeScalar(writer: Writer, field: FieldSchema, value: unknown): void {
  const { number } = field;
  switch (field.kind) {
    case 'int':
      writer.tag(number, VARINT);
      writer.varint(value as number);
      break;
    case 'float':
      writer.tag(number, FIXED32);
      writer.float32(value as number);
      break;
    case 'string':
      writer.tag(number, LENGTH);
      writer.text(value as string);
      break;
    case 'strings':
      for (const text of value as string[]) {
        writer.tag(number, LENGTH);
        writer.text(text);
      }
      break;
    case 'bytes':
      writer.tag(number, LENGTH);
      writer.nested(() => writer.raw(value as Uint8Array));
      break;
    case 'ints':
      if ((value as ArrayLike<number>).length === 0) break;
      writer.tag(number, LENGTH);
      writer.nested(() => {
        for (const int of value as Iterable<number>) writer.varint(int);
      });
      break;
    case 'floats':
      if ((value as Float32Array).length === 0) break;
      writer.tag(number, LENGTH);
      writer.nested(() => {
        for (const float of value as Float32Array) writer.float32(float);
      });
  }
}

/** A buffer that grows; lengths of nested messages are filled in afterwards. */
class Writer {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  private at = 0;
  private readonly texts = new Map<string, Uint8Array>();

  finish(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }

  tag(number: number, wireType: number): void {
    this.varint((number << 3) | wireType);
  }

  varint(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not an exact integer.`);
    this.room(10);
    if (value >= 0 && value < 2 ** 31) {
      let small = value;
      for (; small >= 0x80; small >>>= 7) this.bytes[this.at++] = (small & 0x7f) | 0x80;
      this.bytes[this.at++] = small;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.bytes[this.at++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[this.at++] = Number(rest);
  }

  float32(value: number): void {
    this.room(4);
    this.view.setFloat32(this.at, value, true);
    this.at += 4;
  }

  text(value: string): void {
    // Short texts repeat: a word for each node of each tree.
    let encoded = this.texts.get(value);
    if (encoded === undefined) {
      encoded = new TextEncoder().encode(value);
      this.texts.set(value, encoded);
    }
    this.varint(encoded.length);
    this.raw(encoded);
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Writes what `content` writes, with its length in front. */
  nested(content: () => void): void {
    const start = this.at;
    content();
    const body = this.bytes.slice(start, this.at);
    this.at = start;
    this.varint(body.length);
    this.raw(body);
  }

  private room(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.at + size));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

// --- Reading -------------------------------------------------------------------------------------

function readMessage(reader: Reader, name: MessageName): Message {
  const fields = MESSAGES[name] as readonly FieldSchema[];
  const message: Message = {};
  for (const field of fields) {
    if (field.repeated || field.kind === 'strings') message[field.name] = [];
  }
  while (!reader.done) {
    const tag = reader.varint();
    const field = fields.find(({ number }) => number === tag >>> 3);
    if (!field) {
      throw new ModelFormatError(
        `The ONNX model has the field ${tag >>> 3} in ${name}, not allowed.`,
      );
    }
    readField(reader, message, field, tag & 7);
  }
  return message;
}

function readField(reader: Reader, message: Message, field: FieldSchema, wireType: number): void {
  const list = message[field.name] as unknown[] | undefined;
  if (field.kind in MESSAGES) {
    const value = readMessage(reader.length(wireType), field.kind as MessageName);
    if (field.repeated) list!.push(value);
    else message[field.name] = value;
    return;
  }
  switch (field.kind) {
    case 'int':
      reader.expect(wireType, VARINT);
      message[field.name] = reader.varint();
      break;
    case 'float':
      reader.expect(wireType, FIXED32);
      message[field.name] = reader.float32();
      break;
    case 'string':
      message[field.name] = reader.length(wireType).text();
      break;
    case 'strings':
      list!.push(reader.length(wireType).text());
      break;
    case 'bytes':
      message[field.name] = reader.length(wireType).rest();
      break;
    case 'ints':
      message[field.name] = appendInts((list as number[]) ?? [], reader, wireType);
      break;
    case 'floats':
      message[field.name] = joined(list as unknown as Float32Array, readFloats(reader, wireType));
  }
}

/** Repeated numbers may come packed or one by one. */
function appendInts(ints: number[], reader: Reader, wireType: number): number[] {
  if (wireType === VARINT) {
    ints.push(reader.varint());
    return ints;
  }
  const packed = reader.length(wireType);
  while (!packed.done) ints.push(packed.varint());
  return ints;
}

function readFloats(reader: Reader, wireType: number): Float32Array {
  if (wireType === FIXED32) return Float32Array.of(reader.float32());
  const packed = reader.length(wireType);
  const floats: number[] = [];
  while (!packed.done) floats.push(packed.float32());
  return Float32Array.from(floats);
}

function joined(before: Float32Array | undefined, after: Float32Array): Float32Array {
  if (before === undefined) return after;
  const all = new Float32Array(before.length + after.length);
  all.set(before);
  all.set(after, before.length);
  return all;
}

class Reader {
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at === this.view.byteLength;
  }

  expect(wireType: number, wanted: number): void {
    if (wireType !== wanted) {
      const known = [VARINT, FIXED64, LENGTH, FIXED32].includes(wireType);
      throw new ModelFormatError(
        known
          ? 'The ONNX model has a field of the wrong type.'
          : 'The bytes are not an ONNX model.',
      );
    }
  }

  /** A varint as a signed 64-bit integer within ±2^53. */
  varint(): number {
    const start = this.at;
    let value = 0;
    for (let scale = 1; scale < 2 ** 28; scale *= 128) {
      if (this.done) throw truncated();
      const byte = this.view.getUint8(this.at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.at = start;
    return this.longVarint();
  }

  private longVarint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.done) throw truncated();
      const byte = this.view.getUint8(this.at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      const signed = Number(BigInt.asIntN(64, value));
      if (Number.isSafeInteger(signed)) return signed;
      break;
    }
    throw new ModelFormatError('The ONNX model has an integer out of range.');
  }

  float32(): number {
    if (this.at + 4 > this.view.byteLength) throw truncated();
    this.at += 4;
    return this.view.getFloat32(this.at - 4, true);
  }

  /** A length-delimited field as a reader of its own. */
  length(wireType: number): Reader {
    this.expect(wireType, LENGTH);
    const size = this.varint();
    if (size < 0 || size > this.view.byteLength - this.at) throw truncated();
    this.at += size;
    return new Reader(
      new Uint8Array(this.view.buffer, this.view.byteOffset + this.at - size, size),
    );
  }

  rest(): Uint8Array {
    const bytes = new Uint8Array(
      this.view.buffer,
      this.view.byteOffset + this.at,
      this.view.byteLength - this.at,
    );
    this.at = this.view.byteLength;
    return bytes.slice();
  }

  text(): string {
    try {
      return UTF8.decode(this.rest());
    } catch (error) {
      throw new ModelFormatError('The ONNX model has text that is not UTF-8.', { cause: error });
    }
  }
}

const truncated = (): ModelFormatError => new ModelFormatError('The ONNX model ends too early.');
