import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_DIGITS, roundHalfAway, roundTo } from '../../../../shared/features/values/rounding.ts';

/** A finite number as numerator / denominator, exactly. */
function fraction(x: number): [bigint, bigint] {
  let [value, scale] = [x, 0];
  while (!Number.isInteger(value)) [value, scale] = [value * 2, scale + 1];
  return [BigInt(value), 2n ** BigInt(scale)];
}

/** Half away from zero by whole numbers alone, then the nearest FLOAT64 of its decimal text. */
function exactly(x: number, digits: number): number {
  const [numerator, denominator] = fraction(Math.abs(x));
  const up = 10n ** BigInt(Math.max(digits, 0));
  const down = 10n ** BigInt(Math.max(-digits, 0));
  const [n, d] = [numerator * up, denominator * down];
  const rounded = (2n * n + d) / (2n * d);
  const magnitude = Number(`${rounded}e${-digits}`);
  return x < 0 || Object.is(x, -0) ? -magnitude : magnitude;
}

const decimal = fc
  .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 8 }))
  .map(([units, places]) => units / 10 ** places);
const tie = fc
  .tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.integer({ min: 1, max: 12 }))
  .map(([units, places]) => units / 2 ** places);
const number = fc.oneof(
  decimal,
  tie,
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e18, max: 1e18 }),
  fc.constantFrom(0, -0, 0.5, -0.5, 2.675, 1.005, 0.49999999999999994, 2 ** 52 + 1, 2 ** 53),
);

describe('rounding', () => {
  it('is exact to any number of digits, half away from zero', () => {
    const digits = fc.integer({ min: -MAX_DIGITS, max: MAX_DIGITS });
    fc.assert(
      fc.property(number, digits, (x, places) => {
        const found = roundTo(x, places);
        assert.ok(Object.is(found, exactly(x, places)), `ROUND(${x}, ${places}) = ${found}`);
      }),
      { numRuns: 3000 },
    );
  });

  it('to no digits is the nearest integer, half away from zero', () => {
    fc.assert(
      fc.property(number, (x) => assert.ok(Object.is(roundHalfAway(x), exactly(x, 0)), String(x))),
    );
  });

  it('never falls where its argument rises', () => {
    fc.assert(
      fc.property(number, number, fc.integer({ min: -3, max: 6 }), (x, y, places) => {
        assert.ok(roundTo(Math.min(x, y), places) <= roundTo(Math.max(x, y), places));
      }),
    );
  });

  it('leaves NULL and the largest numbers alone', () => {
    assert.ok(Number.isNaN(roundTo(Number.NaN, 2)));
    assert.ok(Number.isNaN(roundTo(Number.NaN, -2)));
    assert.ok(Number.isNaN(roundHalfAway(Number.NaN)));
    assert.equal(roundTo(Number.MAX_VALUE, 15), Number.MAX_VALUE);
    assert.equal(roundTo(5e-324, 15), 0);
  });
});
