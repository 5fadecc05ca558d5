/** CRC-32C (Castagnoli, RFC 3720 §B.4): the checksum of Cloud Storage. */

/** The polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** TABLES[k][b]: what byte b does to the remainder when k bytes follow it. */
const TABLES = tables();

function tables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    return rest;
  });
  const all = [first];
  for (let k = 1; k < 8; k++) {
    all.push(all[k - 1]!.map((rest) => (rest >>> 8) ^ first[rest & 255]!));
  }
  return all;
}

/** The checksum of the bytes, going on from that of the bytes before them. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  // Eight bytes a step ("slicing by 8"): three times as fast as one.
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const { length } = bytes;
  let rest = ~before;
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    rest ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    rest =
      t7[rest & 255]! ^
      t6[(rest >>> 8) & 255]! ^
      t5[(rest >>> 16) & 255]! ^
      t4[rest >>> 24]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < length; i++) rest = (rest >>> 8) ^ t0[(rest ^ bytes[i]!) & 255]!;
  return ~rest >>> 0;
}
