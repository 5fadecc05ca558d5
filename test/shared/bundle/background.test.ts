import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  BACKGROUND_FILE,
  decodeBackground,
  encodeBackground,
} from '../../../shared/bundle/background.ts';

const number = fc.double({ noDefaultInfinity: true });
const rows = fc
  .integer({ min: 1, max: 6 })
  .chain((width) =>
    fc.array(fc.array(number, { minLength: width, maxLength: width }), { minLength: 1 }),
  )
  .map((lists) => lists.map((list) => Float64Array.from(list)));

describe('a background', () => {
  it('is read as it was written, every bit of it, missing numbers too', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { description, bytes } = encodeBackground(given);
        const width = given[0]!.length;
        assert.deepEqual(description, { file: BACKGROUND_FILE, rows: given.length, width });
        const read = decodeBackground(bytes, description);
        read.forEach((value, i) => {
          assert.ok(Object.is(value, given[Math.floor(i / width)]![i % width]), `${value} at ${i}`);
        });
      }),
    );
  });

  it('is float64, little endian, row after row', () => {
    const { bytes } = encodeBackground([Float64Array.of(1, Number.NaN), Float64Array.of(-2, 0)]);
    assert.equal(
      Buffer.from(bytes).toString('hex'),
      ['000000000000f03f', '000000000000f87f', '00000000000000c0', '0000000000000000'].join(''),
    );
  });

  it('has the same bytes whichever NaN a number is', () => {
    const odd = new Float64Array(new BigUint64Array([0xfff8_dead_beef_0001n]).buffer);
    const [a, b] = [odd, Float64Array.of(Number.NaN)].map((row) => encodeBackground([row]).bytes);
    assert.deepEqual(a, b);
  });

  it('can stand anywhere in a buffer', () => {
    const { bytes, description } = encodeBackground([Float64Array.of(1, 2)]);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    assert.deepEqual([...decodeBackground(shifted.subarray(3), description)], [1, 2]);
  });

  it('has no infinite number and no row of another width, which are named', () => {
    const row = Float64Array.of(1, 2);
    assert.throws(() => encodeBackground([row, Float64Array.of(1, -Infinity)]), {
      message: 'Row 1 of the background is infinite at 1.',
    });
    assert.throws(() => encodeBackground([row, Float64Array.of(1)]), {
      message: 'Row 1 of the background has 1 numbers of 2.',
    });
    const { bytes, description } = encodeBackground([row, row]);
    new DataView(bytes.buffer).setFloat64(16, Infinity, true);
    assert.throws(() => decodeBackground(bytes, description), {
      message: 'Row 1 of the background is infinite at 0.',
    });
  });

  it('is refused where it is longer or shorter than described', () => {
    const { bytes, description } = encodeBackground([Float64Array.of(1, 2)]);
    for (const wrong of [bytes.subarray(1), new Uint8Array(24), new Uint8Array()]) {
      assert.throws(() => decodeBackground(wrong, description), {
        message: `${wrong.length} bytes are no 1 rows of 2 numbers.`,
      });
    }
  });
});
