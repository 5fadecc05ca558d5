import assert from 'node:assert/strict';
import { normalCdf } from './standard_errors.ts';

describe('the normal distribution function', () => {
  it('agrees with published values', () => {
    // Abramowitz and Stegun, table 26.1, and exact tails.
    const values: [number, number][] = [
      [0, 0.5],
      [1, 0.841344746068543],
      [-1, 0.158655253931457],
      [1.96, 0.97500210485178],
      [-2.5758293035489, 0.005],
      [-6, 9.86587645037698e-10],
      [-10, 7.61985302416053e-24],
    ];
    for (const [x, p] of values) {
      assert.ok(Math.abs(normalCdf(x) - p) < 1e-14, `${x}: ${normalCdf(x)}`);
      assert.ok(Math.abs(normalCdf(x) / p - 1) < 1e-7, `${x}: ${normalCdf(x)}`);
    }
    assert.equal(normalCdf(-40), 0);
    assert.equal(normalCdf(40), 1);
  });
});
