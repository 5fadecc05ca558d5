import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  divide,
  multiply,
  numericText,
  parseNumeric,
  roundNumeric,
  truncateNumeric,
} from './numeric.ts';

const UNIT = 10n ** 9n;
const MOST = 10n ** 38n - 1n;
const numeric = fc.bigInt(-MOST, MOST);

/** Half away from zero. */
function rounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const [a, b] = [dividend, divisor].map((value) => (value < 0n ? -value : value)) as [
    bigint,
    bigint,
  ];
  const size = (2n * a + b) / (2n * b);
  return negative ? -size : size;
}

describe('NUMERIC, counted in billionths', () => {
  it('comes back from text', () =>
    fc.assert(fc.property(numeric, (x) => assert.equal(parseNumeric(numericText(x)), x))));

  it('is multiplied and divided exactly, then rounded half away from zero', () => {
    const small = fc.bigInt(-(10n ** 20n), 10n ** 20n);
    fc.assert(
      fc.property(small, small, (x, y) => {
        assert.equal(multiply(x, y), rounded(x * y, UNIT));
        if (y !== 0n) assert.equal(divide(x, y), rounded(x * UNIT, y));
      }),
    );
  });

  it('is rounded and cut at a digit', () =>
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 30n), 10n ** 30n),
        fc.integer({ min: -15, max: 12 }),
        (x, digits) => {
          const unit = digits >= 9 ? 1n : 10n ** BigInt(9 - digits);
          assert.equal(roundNumeric(x, digits), rounded(x, unit) * unit);
          assert.equal(truncateNumeric(x, digits), (x / unit) * unit);
        },
      ),
    ));

  it('fails beyond 38 digits, by zero, and for what is no number', () => {
    assert.throws(() => multiply(MOST, 2n * UNIT));
    assert.throws(() => roundNumeric(MOST, 0));
    assert.throws(() => divide(UNIT, 0n), { message: 'division by zero: 1 / 0' });
    for (const text of ['', 'x', '1e29', '1.2.3', '--1', 'nan']) {
      assert.throws(() => parseNumeric(text), text);
    }
  });
});
