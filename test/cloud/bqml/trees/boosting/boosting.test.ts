import assert from 'node:assert/strict';
import { differences } from '../oracle/same_trees.ts';
import { margins, softprob } from '../predict.ts';
import { LOGISTIC, METHODS, options, REGRESSION, rows, threeClasses, unseen } from '../testing.ts';
import { type TrainingRows, train } from '../train.ts';
import { Boosting } from './boosting.ts';

describe('one tree trained for both of two classes', () => {
  it('is what training both gives: the same splits, leaf values to 1e-6', async () => {
    for (const treeMethod of METHODS) {
      const settings = options({ treeMethod, maxIterations: 5 });
      const [one, both] = await Promise.all(
        [true, false].map(async (mirror) => {
          const boosting = new Boosting(rows, unseen, settings, mirror);
          for (let round = 0; round < settings.maxIterations; round++) await boosting.round();
          return boosting;
        }),
      );
      const [mirrored, trained] = [one!, both!].map(
        (boosting) => boosting.booster(new Map()).trees,
      );
      assert.equal(mirrored!.length, trained!.length);
      const found = mirrored!.flatMap((tree, i) =>
        differences(tree, trained![i]!, { values: 1e-6, gains: 1e-3 }),
      );
      assert.deepEqual(found, []);
      assert.ok(Math.abs(one!.trainingLoss() - both!.trainingLoss()) < 1e-7);
      assert.ok(Math.abs(one!.evalLoss()! - both!.evalLoss()!) < 1e-7);
    }
  });
});

describe('losses', () => {
  const logLossOf = (
    probabilities: Float32Array,
    { labels, weights }: TrainingRows,
    classes: number,
  ) => {
    let [sum, total] = [0, 0];
    labels.forEach((label, row) => {
      const p =
        classes > 1
          ? probabilities[row * classes + label]!
          : label
            ? probabilities[row]!
            : 1 - probabilities[row]!;
      sum -= (weights?.[row] ?? 1) * Math.log(Math.max(p, 1e-16));
      total += weights?.[row] ?? 1;
    });
    return sum / total;
  };
  const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);
  const weighted = { ...rows, weights: rows.labels.map((_, i) => i % 3) };

  const lossesOf = {
    softmax: [{ classes: 3 }, threeClasses, { ...unseen, labels: unseen.labels }],
    'softmax of two classes': [{}, weighted, unseen],
    'sampled softmax of two classes': [{ subsample: 0.7 }, weighted, unseen],
    'dropped softmax': [{ boosterType: 'DART', dropout: 0.5, seed: 3 }, rows, weighted],
    logistic: [LOGISTIC, rows, weighted],
  } as const;
  for (const [title, [changes, training, evaluation]] of Object.entries(lossesOf)) {
    it(`are those of the booster's own predictions after the last round: ${title}`, async () => {
      const settings = options({ ...changes, maxIterations: 6 });
      const { booster, iterations } = await train(training, evaluation, settings);
      const { trainingLoss, evalLoss } = iterations.at(-1)!;
      const loss = (data: TrainingRows) => {
        const predicted = margins(booster, data.columns);
        return settings.classes > 1
          ? logLossOf(softprob(predicted, settings.classes), data, settings.classes)
          : logLossOf(
              predicted.map((x) => 1 / (1 + Math.exp(-x))),
              data,
              1,
            );
      };
      close(trainingLoss, loss(training));
      close(evalLoss!, loss(evaluation));
    });
  }

  it('of a regression are root mean squared errors', async () => {
    const data = { ...weighted, labels: rows.columns[0]!.map((x) => (Number.isNaN(x) ? 3 : x)) };
    const { booster, iterations } = await train(data, undefined, options(REGRESSION));
    const predicted = margins(booster, data.columns);
    let [sum, total] = [0, 0];
    data.labels.forEach((label, row) => {
      sum += data.weights[row]! * (label - predicted[row]!) ** 2;
      total += data.weights[row]!;
    });
    assert.ok(Math.abs(iterations.at(-1)!.trainingLoss / Math.sqrt(sum / total) - 1) < 1e-6);
  });

  it('of evaluation are absent without evaluation rows', async () => {
    const { iterations } = await train(rows, undefined, options({}));
    assert.ok(iterations.every((iteration) => !('evalLoss' in iteration)));
  });
});
