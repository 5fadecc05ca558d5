import assert from 'node:assert/strict';
import { calibrationLine } from '../../../shared/statistics/calibration.ts';
import { seededRandom } from '../../../shared/statistics/random.ts';
import { scoredRows } from './scored_rows.ts';

const near = (found: number, expected: number, by = 1e-6) =>
  assert.ok(Math.abs(found - expected) <= by, `${found}, not ${expected}`);

describe('the calibration line', () => {
  it('is the unpenalised logistic regression of scikit-learn, with the errors of its information', () => {
    const { scores, bad } = scoredRows();
    const line = calibrationLine(scores, bad)!;
    near(line.slope, 0.55889029);
    near(line.intercept, -1.127149);
    const z = 1.959963984540054;
    near(line.slope_interval[1] - line.slope, z * 0.09695795);
    near(line.slope - line.slope_interval[0], z * 0.09695795);
    near(line.intercept_interval[1] - line.intercept, z * 0.14808387);
  });

  it('is 1 and 0 within its errors for probabilities that are true, and below 1 for ones too extreme', () => {
    const random = seededRandom(3);
    const truth = Array.from({ length: 5000 }, () => 0.02 + 0.6 * random());
    const bad = truth.map((p) => Number(random() < p));
    const line = calibrationLine(truth, bad)!;
    assert.ok(line.slope_interval[0] < 1 && line.slope_interval[1] > 1);
    assert.ok(line.intercept_interval[0] < 0 && line.intercept_interval[1] > 0);
    const extreme = truth.map((p) => 1 / (1 + ((1 - p) / p) ** 2));
    near(calibrationLine(extreme, bad)!.slope, line.slope / 2);
  });

  it('cannot be told of one class, one probability, or classes that nothing confuses', () => {
    assert.equal(calibrationLine([0.2, 0.3, 0.4], [1, 1, 1]), undefined);
    assert.equal(calibrationLine([0.3, 0.3, 0.3, 0.3], [1, 0, 1, 0]), undefined);
    assert.equal(calibrationLine([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]), undefined);
    assert.equal(calibrationLine([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0]), undefined);
    assert.equal(calibrationLine([], []), undefined);
  });

  it('takes probabilities of 0 and 1', () => {
    const line = calibrationLine([0, 0.2, 0.5, 0.7, 1, 1], [0, 1, 0, 1, 1, 0])!;
    assert.ok(Number.isFinite(line.slope) && Number.isFinite(line.slope_interval[0]));
  });
});
