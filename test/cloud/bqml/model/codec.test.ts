import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decode, encode } from './codec.ts';

describe('the codec of stored models', () => {
  it('brings back numbers, maps and typed arrays to the bit, through JSON text', () => {
    const numbers = fc.array(fc.oneof(fc.double(), fc.constantFrom(-0, NaN, Infinity, -Infinity)));
    const typed = fc.oneof(
      numbers.map((xs) => Float64Array.from(xs)),
      numbers.map((xs) => Float32Array.from(xs)),
      fc.array(fc.integer()).map((xs) => Int32Array.from(xs)),
      fc.array(fc.nat()).map((xs) => Uint32Array.from(xs)),
      fc.array(fc.nat(255)).map((xs) => Uint8Array.from(xs)),
    );
    const leaf = fc.oneof(typed, numbers, fc.string(), fc.boolean(), fc.constant(null));
    const value = fc.dictionary(
      fc.stringMatching(/^[a-z]+$/),
      fc.oneof(
        leaf,
        fc.array(leaf),
        fc.array(fc.tuple(fc.string(), leaf)).map((entries) => new Map(entries)),
      ),
    );
    const property = fc.property(value, (original) => {
      const back = decode(JSON.parse(JSON.stringify(encode(original))));
      assert.deepEqual(back, { ...original });
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('brings back a Buffer as the bytes that it holds', () => {
    const back = decode(JSON.parse(JSON.stringify(encode({ file: Buffer.from('onnx') }))));
    assert.deepEqual(back, { file: Uint8Array.from(Buffer.from('onnx')) });
  });

  it('leaves out what is undefined, and refuses arrays that it never writes', () => {
    assert.deepEqual(encode({ a: undefined, b: 1 }), { b: 1 });
    assert.throws(() => decode({ $array: 'BigInt64Array', base64: '' }), TypeError);
    assert.throws(() => decode({ $array: 'constructor', base64: '' }), TypeError);
  });
});
