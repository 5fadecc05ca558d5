import assert from 'node:assert/strict';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';

/** The definition: one bit after the other. */
function bitwise(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0);
  }
  return ~rest >>> 0;
}

describe('crc32c', () => {
  // RFC 3720 §B.4, and the check value of the catalogue of CRC algorithms.
  for (const [name, bytes, value] of [
    ['nothing', Buffer.alloc(0), 0],
    ['"123456789"', Buffer.from('123456789'), 0xe3069283],
    ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 bytes rising', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
  ] as const) {
    it(`of ${name} is ${value.toString(16)}`, () => assert.equal(crc32c(bytes), value));
  }

  it('is the one of the definition, whole or piece by piece', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(70), (bytes, cut) => {
      const expected = bitwise(bytes);
      assert.equal(crc32c(bytes), expected);
      assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), expected);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
