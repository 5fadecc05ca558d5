/** Parquet's PLAIN values. */
import { ParquetError, PHYSICAL } from './format.ts';

const SIZES: Readonly<Record<number, number>> = {
  [PHYSICAL.INT32]: 4,
  [PHYSICAL.INT64]: 8,
  [PHYSICAL.DOUBLE]: 8,
};

/** INT64 beyond 2^53 loses its last digits, as any JavaScript number. @throws {ParquetError} */
export function plainNumbers(bytes: Uint8Array, type: number, count: number): Float64Array {
  if (type === PHYSICAL.BOOLEAN) {
    need(bytes, Math.ceil(count / 8));
    return Float64Array.from({ length: count }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1);
  }
  const size = SIZES[type];
  if (size === undefined) throw new ParquetError(`Values of type ${type} are not read.`);
  need(bytes, size * count);
  // A page begins anywhere, a typed array at a multiple of its items' size: so a copy.
  const { buffer } = bytes.slice(0, size * count);
  if (type === PHYSICAL.DOUBLE) return new Float64Array(buffer);
  return type === PHYSICAL.INT32
    ? Float64Array.from(new Int32Array(buffer))
    : Float64Array.from(new BigInt64Array(buffer), Number);
}

/** @throws {ParquetError} */
export function plainTexts(bytes: Uint8Array, count: number): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts = new Array<string>(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > buffer.length) throw new ParquetError('Texts break off.');
    const end = at + 4 + buffer.readUInt32LE(at);
    if (end > buffer.length) throw new ParquetError('A text breaks off.');
    texts[i] = buffer.toString('utf8', at + 4, end);
    at = end;
  }
  return texts;
}

function need(bytes: Uint8Array, size: number): void {
  if (bytes.length < size) throw new ParquetError('Values break off.');
}
