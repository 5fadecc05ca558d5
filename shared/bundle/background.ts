/**
 * `background.f64`: rows that applications are compared with when a decision is explained. float64,
 * little endian, row after row, as the model reads them; NaN is a missing number. The manifest says
 * how many rows there are and how wide they are.
 */
import type { Manifest } from './manifest.ts';

export const BACKGROUND_FILE = 'background.f64';

export type BackgroundDescription = NonNullable<Manifest['background']>;

/** NaN has many bit patterns; equal rows shall give equal bytes. */
const MISSING = 0x7ff8_0000_0000_0000n;

/** @throws {RangeError} naming the row that is infinite or of another width than the first */
export function encodeBackground(rows: readonly Float64Array[]): {
  readonly description: BackgroundDescription;
  readonly bytes: Uint8Array;
} {
  const width = rows[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(rows.length * width * 8));
  rows.forEach((row, i) => {
    if (row.length !== width) {
      throw new RangeError(`Row ${i} of the background has ${row.length} numbers of ${width}.`);
    }
    refuseInfinite(row, width, i);
    row.forEach((value, j) => {
      const at = (i * width + j) * 8;
      if (Number.isNaN(value)) view.setBigUint64(at, MISSING, true);
      else view.setFloat64(at, value, true);
    });
  });
  return {
    description: { file: BACKGROUND_FILE, rows: rows.length, width },
    bytes: new Uint8Array(view.buffer),
  };
}

/** @returns the rows, row-major @throws {RangeError} for bytes that are not what is described */
export function decodeBackground(
  bytes: Uint8Array,
  { rows, width }: BackgroundDescription,
): Float64Array {
  if (bytes.length !== rows * width * 8) {
    throw new RangeError(`${bytes.length} bytes are no ${rows} rows of ${width} numbers.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Float64Array.from({ length: rows * width }, (_, i) =>
    view.getFloat64(i * 8, true),
  );
  refuseInfinite(values, width, 0);
  return values;
}

function refuseInfinite(values: Float64Array, width: number, firstRow: number): void {
  const at = values.findIndex((value) => Math.abs(value) === Infinity);
  if (at < 0) return;
  const row = firstRow + Math.floor(at / width);
  throw new RangeError(`Row ${row} of the background is infinite at ${at % width}.`);
}
