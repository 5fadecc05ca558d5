/**
 * Protobuf encoding of the messages in `schema.ts`: strict, deterministic, bytes in and bytes out.
 *
 * Wire format: https://protobuf.dev/programming-guides/encoding. Fields are written in the order
 * of their numbers, repeated numbers packed, absent ones left out; so equal messages are equal bytes.
 */
import { ModelFormatError } from '../errors.ts';
import { type FieldSchema, MESSAGES, type MessageName, type Model } from './schema.ts';
import { FIXED32, LENGTH, Reader, VARINT } from './wire.ts';

type Message = Record<string, unknown>;

export function encodeModel(model: Model): Uint8Array {
  const writer = new Writer();
  writeMessage(writer, 'Model', model as unknown as Message);
  return writer.finish();
}

/** @throws {ModelFormatError} for damaged bytes and for any field that the schema does not list. */
export function decodeModel(bytes: Uint8Array): Model {
  return readMessage(Reader.of(bytes), 'Model') as unknown as Model;
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
  let field: FieldSchema | undefined;
  while (!reader.done) {
    const tag = reader.varint();
    // Repeated fields follow one another.
    if (field?.number !== tag >>> 3) field = fields.find(({ number }) => number === tag >>> 3);
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
  if (wireType === VARINT) ints.push(reader.varint());
  else reader.length(wireType).varints(ints);
  return ints;
}

function readFloats(reader: Reader, wireType: number): Float32Array {
  if (wireType === FIXED32) return Float32Array.of(reader.float32());
  return reader.length(wireType).floats();
}

function joined(before: Float32Array | undefined, after: Float32Array): Float32Array {
  if (before === undefined) return after;
  const all = new Float32Array(before.length + after.length);
  all.set(before);
  all.set(after, before.length);
  return all;
}
