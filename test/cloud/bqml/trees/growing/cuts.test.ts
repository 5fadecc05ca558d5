import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutsOf } from './cuts.ts';

const finite = { plusInfinity: false, minusInfinity: false };

describe('cuts of a feature', () => {
  it('give each of few values its own bin, the last cut above all', () => {
    const { cuts, below } = cutsOf(Float32Array.of(1, 2, 4), 256, finite);
    assert.deepEqual([...cuts], [2, 4, Math.fround(8.00001)]);
    assert.equal(below, Math.fround(-1e-5));
  });

  it('are as many as bins where quantiles are one more', () => {
    const { cuts } = cutsOf(Float32Array.of(1, 2, 3, 4, 5), 4, finite);
    assert.deepEqual([...cuts], [2, 3, 4, Math.fround(10.00001)]);
  });

  it('are one where a feature has no value', () => {
    const { cuts, below } = cutsOf(new Float32Array(0), 256, finite);
    assert.equal(cuts.length, 1);
    assert.ok(below < cuts[0]!);
  });

  it('part every value from those beyond it, up to the greatest float32', () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.uniqueArray(
          float.map((x) => x + 0),
          { minLength: 1 },
        ),
        (values) => {
          const sorted = Float32Array.from(values).sort();
          const { cuts, below } = cutsOf(sorted, 256, finite);
          assert.deepEqual([...cuts].slice(0, -1), [...sorted].slice(1));
          assert.ok(cuts.at(-1)! > sorted.at(-1)! && below <= sorted[0]!);
        },
      ),
    );
  });

  it('give infinities a bin each, with no threshold above +inf and none that -inf is below', () => {
    const { cuts, below } = cutsOf(Float32Array.of(1), 256, {
      plusInfinity: true,
      minusInfinity: true,
    });
    assert.deepEqual([...cuts], [1, Math.fround(2.00001), NaN]);
    assert.equal(below, -Infinity);
  });
});
