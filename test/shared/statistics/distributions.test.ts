import assert from 'node:assert/strict';
import {
  chiSquareQuantile,
  chiSquareTail,
  kolmogorovTail,
  normalCdf,
  normalQuantile,
  twoSided,
} from '../../../shared/statistics/distributions.ts';

const near = (figure: number, expected: number, off = 1e-9) =>
  assert.ok(Math.abs(figure - expected) <= off, `${figure} is not ${expected}`);

describe('distributions', () => {
  it('has the points of the normal distribution that tables print', () => {
    near(normalCdf(0), 0.5);
    near(normalCdf(1.959963984540054), 0.975);
    near(normalQuantile(0.975), 1.959963984540054);
    near(normalQuantile(1e-10), -6.361340902404056);
    near(twoSided(-2.5758293035489004), 0.01);
  });

  it('has the points of the chi-square distribution that tables print', () => {
    near(chiSquareQuantile(0.05, 1), 3.841458820694124);
    near(chiSquareQuantile(0.05, 9), 16.918977604620448);
    near(chiSquareTail(16.918977604620448, 9), 0.05);
    assert.equal(chiSquareTail(0, 4), 1);
  });

  it("has the 5% and 1% points of Kolmogorov's distribution (Smirnov 1948)", () => {
    near(kolmogorovTail(1.358098648), 0.05, 1e-8);
    near(kolmogorovTail(1.627623612), 0.01, 1e-8);
    assert.equal(kolmogorovTail(0), 1);
  });

  it('has one value where two ways of summing meet', () => {
    near(kolmogorovTail(1 - 1e-12), kolmogorovTail(1), 1e-11);
    near(chiSquareTail(12 - 1e-12, 10), chiSquareTail(12 + 1e-12, 10), 1e-11);
  });
});
