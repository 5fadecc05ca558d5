import assert from 'node:assert/strict';
import { farmFingerprint } from './farm.ts';

const text = (words: string) => farmFingerprint(new TextEncoder().encode(words));
const wrapped = (value: bigint) => BigInt.asUintN(64, value);

describe('FarmHash Fingerprint64', () => {
  it('gives the published fingerprints of short, middle and long texts', () => {
    // FarmHashFingerprint64Test of Guava.
    assert.equal(text('test'), 8581389452482819506n);
    assert.equal(text('test'.repeat(8)), -4196240717365766262n);
    assert.equal(text('test'.repeat(64)), 3500507768004279527n);
    // BigQuery's documentation of FARM_FINGERPRINT.
    assert.equal(text('1footrue'), -1541654101129638711n);
    assert.equal(text('2applefalse'), 2794438866806483259n);
    assert.equal(text('3true'), -4880158226897771312n);
  });

  it('gives the published digest of the fingerprints of all lengths up to 3200', () => {
    // testMultipleLengths of Guava: every fingerprint decides what is hashed next.
    const iterations = 800;
    const buffer = new Uint8Array(iterations * 4);
    let length = 0;
    let hash = 0n;
    const mix = (size: number) => {
      hash = wrapped(hash ^ wrapped(farmFingerprint(buffer.subarray(0, size))));
      hash = wrapped((hash ^ (hash >> 41n)) * 949921979n);
      buffer[length++] = 97 + (Number(hash & 0xfffffn) % 26);
    };
    for (let i = 0; i < iterations; i++) {
      mix(i);
      mix((i * i) % length);
      mix((i * i * i) % length);
      mix(length);
      const [x0, x1, x2] = [buffer[length - 1]!, buffer[length - 2]!, buffer[length - 3]!];
      const x3 = buffer[length >> 1]!;
      buffer[((x0 << 16) + (x1 << 8) + x2) % length]! ^= x3;
      buffer[((x1 << 16) + (x2 << 8) + x3) % length]! ^= i % 256;
    }
    assert.equal(hash, 0x7a1d67c50ec7e167n);
  });

  it('depends on every byte, at each length about which the algorithm branches', () => {
    for (const length of [1, 3, 4, 7, 8, 16, 17, 32, 33, 64, 65, 127, 128, 129, 192]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i);
      const all = new Set([farmFingerprint(bytes)]);
      for (let i = 0; i < length; i++) {
        const changed = bytes.slice();
        changed[i]! ^= 0x80;
        all.add(farmFingerprint(changed));
      }
      assert.equal(all.size, length + 1, `${length} bytes`);
    }
  });
});
