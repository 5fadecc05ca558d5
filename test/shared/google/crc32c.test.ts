import assert from 'node:assert/strict';
import { CRC32C } from '@google-cloud/storage';
import fc from 'fast-check';
import { crc32c, createCrc32c } from '../../../shared/google/crc32c.ts';

describe('CRC32C', () => {
  it('is what RFC 3720 says of its samples', () => {
    // Appendix B.4.
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  });

  it('is what the official client finds, of any bytes in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (pieces) => {
        const [own, official] = [createCrc32c(), new CRC32C()];
        for (const piece of pieces) {
          own.update(Buffer.from(piece));
          official.update(Buffer.from(piece));
        }
        assert.equal(own.toString(), official.toString());
        assert.ok(own.validate(official.toString()));
        assert.ok(!own.validate('AAAAAQ=='));
      }),
    );
  });
});
