/** Bytes, little-endian, in a buffer that grows. */
export class ByteWriter {
  private buffer = Buffer.alloc(4096);
  private length = 0;

  i32(value: number): void {
    this.length = this.room(4).writeInt32LE(value, this.length);
  }

  u32(value: number): void {
    this.length = this.room(4).writeUInt32LE(value, this.length);
  }

  u64(value: number): void {
    this.length = this.room(8).writeBigUInt64LE(BigInt(value), this.length);
  }

  f32(value: number): void {
    this.length = this.room(4).writeFloatLE(value, this.length);
  }

  zeros(count: number): void {
    this.room(count).fill(0, this.length, this.length + count);
    this.length += count;
  }

  ascii(text: string): void {
    this.length += this.room(text.length).write(text, this.length, 'latin1');
  }

  /** Its length in bytes as u64, then its UTF-8. */
  string(text: string): void {
    const bytes = Buffer.from(text);
    this.u64(bytes.length);
    bytes.copy(this.room(bytes.length), this.length);
    this.length += bytes.length;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.buffer.subarray(0, this.length));
  }

  private room(count: number): Buffer {
    if (this.length + count > this.buffer.length) {
      const grown = Buffer.alloc(Math.max(this.buffer.length * 2, this.length + count));
      this.buffer.copy(grown, 0, 0, this.length);
      this.buffer = grown;
    }
    return this.buffer;
  }
}
