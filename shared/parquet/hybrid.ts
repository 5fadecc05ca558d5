/** Parquet's hybrid of run lengths and bit packing: definition levels and places in a dictionary. */
import { ParquetError } from './format.ts';
import { putVarint } from './thrift.ts';

/**
 * Reads small numbers into `out`, all of it.
 * @param width bits of a number, at most 24
 * @throws {ParquetError} where the bytes end too early
 */
export function readHybrid(bytes: Uint8Array, width: number, out: Uint32Array): void {
  let at = 0;
  let filled = 0;
  while (filled < out.length) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new ParquetError('A run of levels breaks off.');
      head += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const count = Math.floor(head / 2);
    if (head % 2 === 0) {
      const [value, end] = littleEndian(bytes, at, (width + 7) >> 3);
      at = end;
      if (count === 0) throw new ParquetError('A run of levels is empty.');
      out.fill(value, filled, filled + count);
      filled += count;
    } else {
      const end = at + count * width;
      if (end > bytes.length || count === 0) throw new ParquetError('Packed levels break off.');
      unpack(bytes, at, width, out, filled, Math.min(out.length, filled + 8 * count));
      filled += 8 * count;
      at = end;
    }
  }
}

function littleEndian(bytes: Uint8Array, at: number, size: number): [number, number] {
  if (at + size > bytes.length) throw new ParquetError('A run of levels breaks off.');
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return [value, at + size];
}

function unpack(
  bytes: Uint8Array,
  from: number,
  width: number,
  out: Uint32Array,
  start: number,
  end: number,
): void {
  if (width === 0) {
    out.fill(0, start, end);
    return;
  }
  if (width > 24) throw new ParquetError(`Levels of ${width} bits are not read.`);
  const mask = 2 ** width - 1;
  const packed = new DataView(bytes.buffer, bytes.byteOffset + from, bytes.length - from);
  // Four bytes hold any number of 24 bits, wherever in the first of them it begins.
  const inFours = Math.floor((8 * Math.max(packed.byteLength - 4, 0)) / width);
  const middle = Math.min(end, start + inFours);
  let bit = 0;
  for (let i = start; i < middle; i++, bit += width) {
    out[i] = (packed.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask;
  }
  for (let i = middle; i < end; i++, bit += width) {
    let held = 0;
    for (let k = 0; k < 4; k++) held |= (bytes[from + (bit >>> 3) + k] ?? 0) << (8 * k);
    out[i] = (held >>> (bit & 7)) & mask;
  }
}

/** One number, so many times. @param width bits of it */
export function writeRun(value: number, count: number, width: number): Buffer {
  const out: number[] = [];
  putVarint(out, 2 * count);
  for (let shift = 0; shift < width; shift += 8) out.push((value >>> shift) & 255);
  return Buffer.from(out);
}

/** Numbers of one bit or of eight, packed. */
export function writePacked(values: Uint8Array, width: 1 | 8): Buffer {
  const groups = Math.ceil(values.length / 8);
  const head: number[] = [];
  putVarint(head, 2 * groups + 1);
  const packed = Buffer.alloc(groups * width);
  if (width === 8) packed.set(values);
  else
    values.forEach((value, i) => {
      packed[i >> 3]! |= value << (i & 7);
    });
  return Buffer.concat([Buffer.from(head), packed]);
}
