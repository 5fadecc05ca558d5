import { ModelFormatError } from '../errors.ts';

/** Reads little-endian numbers and length-prefixed text; every read is checked against the end. */
export class Cursor {
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.view.byteLength - this.at;
  }

  /** The next `size` bytes as a cursor of their own. */
  part(size: number, what: string): Cursor {
    this.need(size, what);
    const part = new Uint8Array(this.view.buffer, this.view.byteOffset + this.at, size);
    this.at += size;
    return new Cursor(part);
  }

  skip(size: number): void {
    this.need(size, 'a field');
    this.at += size;
  }

  int32(): number {
    this.need(4, 'a number');
    this.at += 4;
    return this.view.getInt32(this.at - 4, true);
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  float32(): number {
    this.need(4, 'a number');
    this.at += 4;
    return this.view.getFloat32(this.at - 4, true);
  }

  peekUint64(): number | undefined {
    return this.left < 8 ? undefined : Number(this.view.getBigUint64(this.at, true));
  }

  /** A count; one larger than the bytes that are left cannot be true. */
  uint64(what: string): number {
    const count = this.peekUint64();
    if (count === undefined || count > this.left - 8) {
      throw new ModelFormatError(`The file ends within ${what}.`);
    }
    this.at += 8;
    return count;
  }

  text(what: string): string {
    const length = this.uint64(what);
    const part = this.part(length, what);
    return new TextDecoder().decode(part.view);
  }

  peekText(length: number): string {
    const part = new Uint8Array(
      this.view.buffer,
      this.view.byteOffset + this.at,
      Math.min(length, this.left),
    );
    return new TextDecoder('latin1').decode(part);
  }

  private need(size: number, what: string): void {
    if (size > this.left) throw new ModelFormatError(`The file ends within ${what}.`);
  }
}
