/** Protobuf's wire format, read: https://protobuf.dev/programming-guides/encoding. */
import { endianness } from 'node:os';
import { ModelFormatError } from '../errors.ts';

export const VARINT = 0;
const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

const UTF8 = new TextDecoder('utf8', { fatal: true, ignoreBOM: true });

/** Bytes that all readers of a file share, and the texts that were read last: words of nodes repeat. */
interface Source {
  readonly bytes: Uint8Array;
  readonly texts: { at: number; size: number; text: string }[];
}

const KEPT_TEXTS = 4;

/** Reads protobuf's wire format within bounds; what is damaged throws {ModelFormatError}. */
export class Reader {
  private readonly source: Source;
  private readonly bytes: Uint8Array;
  private at: number;
  private readonly end: number;

  private constructor(source: Source, at: number, end: number) {
    this.source = source;
    this.bytes = source.bytes;
    this.at = at;
    this.end = end;
  }

  /** Of a whole file. A view of its own, for a Buffer's slice would share its bytes. */
  static of(file: Uint8Array): Reader {
    const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length);
    return new Reader({ bytes, texts: [] }, 0, bytes.length);
  }

  get done(): boolean {
    return this.at === this.end;
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
    const { bytes, end } = this;
    let value = 0;
    let at = this.at;
    for (let scale = 1; scale < 2 ** 28 && at < end; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.at = at;
        return value;
      }
    }
    return this.longVarint();
  }

  /** All that is left, as varints: most of a forest, most of them of one byte. */
  varints(into: number[]): void {
    const { bytes, end } = this;
    while (this.at < end) {
      const byte = bytes[this.at]!;
      if (byte < 0x80) {
        into.push(byte);
        this.at++;
      } else {
        into.push(this.varint());
      }
    }
  }

  private longVarint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.done) throw truncated();
      const byte = this.bytes[this.at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      const signed = Number(BigInt.asIntN(64, value));
      if (Number.isSafeInteger(signed)) return signed;
      break;
    }
    throw new ModelFormatError('The ONNX model has an integer out of range.');
  }

  float32(): number {
    if (this.end - this.at < 4) throw truncated();
    this.at += 4;
    return littleEndian(this.bytes.slice(this.at - 4, this.at))[0]!;
  }

  /** All that is left, as floats. */
  floats(): Float32Array {
    if ((this.end - this.at) % 4 !== 0) throw truncated();
    return littleEndian(this.rest());
  }

  /** A length-delimited field as a reader of its own. */
  length(wireType: number): Reader {
    this.expect(wireType, LENGTH);
    const size = this.varint();
    if (size < 0 || size > this.end - this.at) throw truncated();
    this.at += size;
    return new Reader(this.source, this.at - size, this.at);
  }

  rest(): Uint8Array {
    const bytes = this.bytes.slice(this.at, this.end);
    this.at = this.end;
    return bytes;
  }

  text(): string {
    const { texts } = this.source;
    const size = this.end - this.at;
    const known = texts.find((text) => text.size === size && this.repeats(text.at));
    if (known) {
      this.at = this.end;
      return known.text;
    }
    const { at } = this;
    const text = decoded(this.rest());
    texts.unshift({ at, size, text });
    if (texts.length > KEPT_TEXTS) texts.pop();
    return text;
  }

  /** Whether all that is left stands at an earlier place too. */
  private repeats(earlier: number): boolean {
    const { bytes, at, end } = this;
    for (let i = at; i < end; i++) if (bytes[i] !== bytes[earlier + i - at]) return false;
    return true;
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    throw new ModelFormatError('The ONNX model has text that is not UTF-8.', { cause: error });
  }
}

/** Bytes of their own as the floats that they are. */
function littleEndian(bytes: Uint8Array): Float32Array {
  if (endianness() === 'BE') Buffer.from(bytes.buffer).swap32();
  return new Float32Array(bytes.buffer);
}

const truncated = (): ModelFormatError => new ModelFormatError('The ONNX model ends too early.');
