/**
 * CRC32C (Castagnoli), which Cloud Storage verifies objects by, eight bytes at a time: several times as
 * fast as the official client's own, which takes one. For whoever moves large objects.
 *
 * M. E. Kounavis, F. L. Berry: A Systematic Approach to Building High Performance Software-Based CRC
 * Generators (2005).
 */
import type { CRC32CValidator } from '@google-cloud/storage';

/** Reflected. */
const POLYNOMIAL = 0x82f63b78;

/** Table k, from 256 · k on: what a byte leaves that k others follow. */
const TABLES = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLES[byte] = crc;
}
for (let i = 256; i < TABLES.length; i++) {
  const before = TABLES[i - 256]!;
  TABLES[i] = TABLES[before & 255]! ^ (before >>> 8);
}

/** Continues a checksum; 0 begins one. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const t = TABLES;
  let crc = ~before;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low =
      crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t[1792 + (low & 255)]! ^
      t[1536 + ((low >>> 8) & 255)]! ^
      t[1280 + ((low >>> 16) & 255)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + bytes[at + 4]!]! ^
      t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = t[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** For the client's option `crc32cGenerator`. */
export function createCrc32c(): CRC32CValidator {
  let crc = 0;
  const text = (): string => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc);
    return bytes.toString('base64');
  };
  return {
    toString: text,
    update(data) {
      crc = crc32c(data, crc);
    },
    validate: (value) => value === text(),
  };
}
