import assert from 'node:assert/strict';
import { aucError } from '../../../shared/statistics/auc_error.ts';
import { wilson } from '../../../shared/statistics/wilson.ts';

const near = (figure: number, expected: number, off: number) =>
  assert.ok(Math.abs(figure - expected) <= off, `${figure} is not ${expected}`);

describe("Wilson's interval", () => {
  it('is that of the text book (Newcombe 1998, table I)', () => {
    const cases = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const;
    for (const [count, of, low, high] of cases) {
      const interval = wilson(count, of);
      near(interval[0], low, 5e-5);
      near(interval[1], high, 5e-5);
    }
  });
});

describe('the error of an area under the ROC curve', () => {
  it('is that of the paper (Hanley and McNeil 1982: 51 abnormal and 58 normal images; it prints 0.032)', () => {
    near(aucError(0.893, 51, 58), 0.0325, 5e-5);
  });

  it('is none where nothing is out of order', () => {
    assert.equal(aucError(1, 40, 60), 0);
  });
});
