import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  classificationMetrics,
  confusionMatrix,
  predictedClasses,
  scoresOf,
} from './classification.ts';
import { countsAt, percentileThresholds, rank, rocAuc } from './ranking.ts';
import { regressionMetrics } from './regression.ts';

const close = (actual: number, expected: number, message = '') =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${message} ${actual} is not ${expected}`);

/** Scores with many ties, and which rows are positive. */
const scored = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.boolean()), { minLength: 1, maxLength: 60 })
  .map((rows) => ({
    scores: Float64Array.from(rows, ([score]) => score / 8),
    positive: rows.map(([, is]) => is),
  }));

describe('ranking metrics', () => {
  it('AUC is the share of pairs in the right order, ties counted half', () => {
    const property = fc.property(scored, ({ scores, positive }) => {
      let [wins, pairs] = [0, 0];
      scores.forEach((a, i) => {
        scores.forEach((b, j) => {
          if (!positive[i] || positive[j]) return;
          pairs++;
          wins += a > b ? 1 : a === b ? 0.5 : 0;
        });
      });
      const auc = rocAuc(rank(scores, (row) => positive[row]!));
      if (pairs === 0) assert.ok(Number.isNaN(auc));
      else close(auc, wins / pairs);
    });
    fc.assert(property);
  });

  it('AUC agrees with the example of Fawcett (2006, figure 3)', () => {
    const positives = [0.9, 0.8, 0.6, 0.55, 0.54, 0.51, 0.4, 0.38, 0.34, 0.3];
    const negatives = [0.7, 0.53, 0.52, 0.505, 0.39, 0.37, 0.36, 0.35, 0.33, 0.1];
    const scores = Float64Array.from([...positives, ...negatives]);
    close(rocAuc(rank(scores, (row) => row < 10)), 0.68);
  });

  it('counts at any threshold are those of calling scores at or above it positive', () => {
    const property = fc.property(scored, fc.integer({ min: -1, max: 9 }), (rows, step) => {
      const { scores, positive } = rows;
      const threshold = step / 8;
      const counts = countsAt(
        rank(scores, (row) => positive[row]!),
        threshold,
      );
      const count = (is: boolean, above: boolean) =>
        scores.filter((s, i) => positive[i] === is && s >= threshold === above).length;
      assert.deepEqual(counts, {
        threshold,
        truePositives: count(true, true),
        falsePositives: count(false, true),
        trueNegatives: count(false, false),
        falseNegatives: count(true, false),
      });
    });
    fc.assert(property);
  });

  it('thresholds are the percentiles of all scores, highest first, each once', () => {
    const scores = Float64Array.from({ length: 1001 }, (_, i) => i / 1000);
    const thresholds = percentileThresholds(rank(scores, (row) => row % 3 === 0));
    assert.equal(thresholds.length, 101);
    assert.deepEqual(
      thresholds,
      thresholds.map((_, i) => scores[1000 - 10 * i]),
    );
    const two = rank(Float64Array.from([0.5, 0.5, 0.25]), (row) => row === 0);
    assert.deepEqual(percentileThresholds(two), [0.5, 0.25]);
    assert.deepEqual(percentileThresholds(rank(new Float64Array(), () => true)), []);
  });
});

describe('classification metrics', () => {
  it('of two classes are those of the positive class, class 0', () => {
    // Scores of the positive class; its rows are the first three.
    const positive = [0.9, 0.6, 0.2, 0.7, 0.4, 0.1, 0.3];
    const probabilities = Float64Array.from(positive.flatMap((p) => [p, 1 - p]));
    const actual = Int32Array.from([0, 0, 0, 1, 1, 1, 1]);
    const metrics = classificationMetrics({ actual, probabilities, classCount: 2 });
    close(metrics.precision, 2 / 3);
    close(metrics.recall, 2 / 3);
    close(metrics.f1Score, 2 / 3);
    close(metrics.accuracy, 5 / 7);
    close(metrics.rocAuc, (4 + 3 + 1) / 12);
    const right = [0.9, 0.6, 0.2, 0.3, 0.6, 0.9, 0.7];
    close(metrics.logLoss, -right.reduce((sum, p) => sum + Math.log(p), 0) / 7);
    const strict = classificationMetrics({ actual, probabilities, classCount: 2 }, 0.8);
    close(strict.precision, 1);
    close(strict.recall, 1 / 3);
    close(strict.rocAuc, metrics.rocAuc);
  });

  it('give a NaN precision where nothing is called positive, and 0 where nothing is right', () => {
    const probabilities = Float64Array.from([0.4, 0.6, 0.3, 0.7]);
    const scored = { actual: Int32Array.from([0, 1]), probabilities, classCount: 2 };
    const none = classificationMetrics(scored);
    assert.ok(Number.isNaN(none.precision));
    assert.equal(none.recall, 0);
    assert.equal(none.f1Score, 0);
    const wrong = classificationMetrics({ ...scored, actual: Int32Array.from([1, 0]) }, 0.35);
    assert.equal(wrong.precision, 0);
    assert.equal(wrong.recall, 0);
  });

  it('of more classes are means over the classes, as the documentation says', () => {
    // Classes 0, 1, 2; class 2 has one row and is never predicted.
    const rows = [
      [0, 0.8, 0.1, 0.1],
      [0, 0.6, 0.3, 0.1],
      [1, 0.2, 0.7, 0.1],
      [1, 0.5, 0.4, 0.1],
      [2, 0.3, 0.6, 0.1],
    ] as const;
    const actual = Int32Array.from(rows, ([k]) => k);
    const probabilities = Float64Array.from(rows.flatMap(([, ...p]) => p));
    const metrics = classificationMetrics({ actual, probabilities, classCount: 3 });
    close(metrics.precision, (2 / 3 + 1 / 2 + 0) / 3);
    close(metrics.recall, (1 + 1 / 2 + 0) / 3);
    close(metrics.f1Score, (4 / 5 + 1 / 2 + 0) / 3);
    close(metrics.accuracy, 3 / 5);
    const byClass = [
      -(Math.log(0.8) + Math.log(0.6)) / 2,
      -(Math.log(0.7) + Math.log(0.4)) / 2,
      -Math.log(0.1),
    ];
    close(metrics.logLoss, (byClass[0]! + byClass[1]! + byClass[2]!) / 3);
    // Class 0: 0.8, 0.6 against 0.2, 0.5, 0.3; class 1: 0.7, 0.4 against 0.1, 0.3, 0.6; class 2: ties.
    close(metrics.rocAuc, (1 + 5 / 6 + 1 / 2) / 3);
  });

  it('leave out classes that no row has and nothing predicts', () => {
    const probabilities = Float64Array.from([0.9, 0.1, 0, 0.2, 0.8, 0]);
    const actual = Int32Array.from([0, 1]);
    const metrics = classificationMetrics({ actual, probabilities, classCount: 3 });
    assert.equal(metrics.precision, 1);
    assert.equal(metrics.rocAuc, 1);
    close(metrics.logLoss, -(Math.log(0.9) + Math.log(0.8)) / 2);
  });

  it('keep the log loss of a sure mistake finite', () => {
    const probabilities = Float64Array.from([0, 1]);
    const metrics = classificationMetrics({
      actual: Int32Array.from([0]),
      probabilities,
      classCount: 2,
    });
    close(metrics.logLoss, -Math.log(1e-15));
  });

  it('predict the first of equally probable classes', () => {
    const probabilities = Float64Array.from([0.2, 0.4, 0.4, 0.5, 0.5, 0]);
    assert.deepEqual([...predictedClasses(probabilities, 3)], [1, 0]);
    assert.deepEqual([...predictedClasses(Float64Array.from([0.5, 0.5]), 2)], [0]);
  });

  it('count every row once in the confusion matrix', () => {
    const rows = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 50 });
    const property = fc.property(rows, (pairs) => {
      const matrix = confusionMatrix(
        Int32Array.from(pairs, ([a]) => a),
        Int32Array.from(pairs, ([, b]) => b),
        4,
      );
      for (let a = 0; a < 4; a++) {
        for (let b = 0; b < 4; b++) {
          assert.equal(matrix[a]![b], pairs.filter(([x, y]) => x === a && y === b).length);
        }
      }
    });
    fc.assert(property);
  });

  it('rank a class against all others', () => {
    const probabilities = Float64Array.from([0.1, 0.9, 0.3, 0.7, 0.8, 0.2]);
    const actual = Int32Array.from([0, 1, 0]);
    assert.deepEqual(scoresOf({ actual, probabilities, classCount: 2 }, 1), {
      positives: Float64Array.from([0.7]),
      negatives: Float64Array.from([0.2, 0.9]),
    });
  });
});

describe('regression metrics', () => {
  it('are those of the documented formulas', () => {
    const actual = Float64Array.from([3, 0, 2, 7]);
    const predicted = Float64Array.from([2.5, 0, 2, 8]);
    const metrics = regressionMetrics(actual, predicted);
    close(metrics.meanAbsoluteError, 0.375);
    close(metrics.meanSquaredError, 0.3125);
    close(metrics.medianAbsoluteError, 0.25);
    close(metrics.r2Score, 1 - 1.25 / 26);
    // Errors 0.5, 0, 0, −1: mean −0.125, variance 0.296875; the labels' variance is 6.5.
    close(metrics.explainedVariance, 1 - 0.296875 / 6.5);
    const logs = [Math.log(4 / 3.5), 0, 0, Math.log(8 / 9)];
    close(metrics.meanSquaredLogError, logs.reduce((sum, x) => sum + x * x, 0) / 4);
  });

  it('have no log error below −1', () => {
    const metrics = regressionMetrics(Float64Array.from([-2, 1]), Float64Array.from([1, 1]));
    assert.ok(Number.isNaN(metrics.meanSquaredLogError));
    assert.equal(metrics.meanSquaredError, 4.5);
  });
});
