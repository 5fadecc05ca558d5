import assert from 'node:assert/strict';
import { loans, pairs, refusesToTrain, table, testMl } from '../testing.ts';

const LOGISTIC = "MODEL_TYPE='LOGISTIC_REG'";

describe('logistic regression', () => {
  it('answers what its weights say, raw and standardised', async () => {
    const { ml, create, call } = await testMl();
    const data = loans(800);
    await create(LOGISTIC, data);
    const weightsOf = async (settings: object) =>
      new Map((await call('WEIGHTS', { settings })).rows.map((row) => [row.processed_input, row]));
    const raw = await weightsOf({});
    const words = new Map(
      (raw.get('word')!.category_weights as { category: string; weight: number }[]).map(
        ({ category, weight }) => [category, weight],
      ),
    );
    assert.deepEqual([...words.keys()], ['a', 'b', 'c']);
    const probe = [
      { x: 0.5, z: -1, word: 'a' },
      { x: -2, z: 0.25, word: 'c' },
      // NULL numbers are the mean; unseen categories and NULLs that training did not see weigh 0.
      { x: null, z: 1, word: 'unseen' },
      { x: 0, z: Number.NaN, word: null },
    ];
    const info = new Map((await call('FEATURE_INFO')).rows.map((row) => [row.input, row]));
    const weight = (name: string) => raw.get(name)!.weight as number;
    const mean = (name: string) => info.get(name)!.mean as number;
    const input = table({ x: 'FLOAT64', z: 'FLOAT64', word: 'STRING' }, probe);
    const { rows } = await call('PREDICT', { input });
    rows.forEach((row, i) => {
      const { x, z, word } = probe[i]!;
      const margin =
        weight('__INTERCEPT__') +
        weight('x') * (x ?? mean('x')) +
        weight('z') * (Number.isNaN(z) ? mean('z') : z) +
        (words.get(word!) ?? 0);
      const [{ label, prob }] = row.predicted_label_probs as [{ label: bigint; prob: number }];
      assert.equal(label, 1n);
      assert.ok(Math.abs(prob - 1 / (1 + Math.exp(-margin))) < 1e-12);
    });
    const standard = await weightsOf({ standardize: true });
    const stddev = info.get('x')!.stddev as number;
    const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
    close(standard.get('x')!.weight as number, weight('x') * stddev);
    close(
      standard.get('__INTERCEPT__')!.weight as number,
      weight('__INTERCEPT__') + weight('x') * mean('x') + weight('z') * mean('z'),
    );
    // What one-hot weights share with the intercept is settled: they have the mean 0.
    close(
      [...words.values()].reduce((a, b) => a + b, 0),
      0,
    );
    await ml.stop();
  });

  it('of several classes has a row of weights a class and feature', async () => {
    const { ml, create, call } = await testMl();
    const rows = Array.from({ length: 300 }, (_, i) => ({
      x: (i % 10) + i / 300,
      label: 'abc'[i % 3],
    }));
    const data = table({ x: 'FLOAT64', label: 'STRING' }, rows);
    await create(LOGISTIC, data);
    const { rows: weights } = await call('WEIGHTS');
    assert.deepEqual(
      weights.map(({ class_label, processed_input }) => `${class_label} ${processed_input}`),
      ['c x', 'c __INTERCEPT__', 'b x', 'b __INTERCEPT__', 'a x', 'a __INTERCEPT__'],
    );
    const { rows: predicted } = await call('PREDICT', { input: data });
    const probs = predicted[0]!.predicted_label_probs as { label: string; prob: number }[];
    assert.deepEqual(
      probs.map(({ label }) => label),
      ['c', 'b', 'a'],
    );
    assert.ok(Math.abs(probs.reduce((sum, { prob }) => sum + prob, 0) - 1) < 1e-12);
    await ml.stop();
  });

  it('FIT_INTERCEPT=FALSE leaves nothing but weights', async () => {
    const { ml, create, call } = await testMl();
    const data = pairs([
      [1, 1],
      [2, 1],
      [3, 0],
      [4, 1],
      [5, 0],
      [6, 1],
    ]);
    await create(`${LOGISTIC}, FIT_INTERCEPT=FALSE`, data);
    const { rows } = await call('WEIGHTS');
    assert.deepEqual(
      rows.map(({ processed_input }) => processed_input),
      ['x'],
    );
    // At the optimum the residuals are orthogonal to x.
    const weight = rows[0]!.weight as number;
    const labels = [1, 1, 0, 1, 0, 1];
    const slope = labels.reduce((sum, y, i) => {
      const x = i + 1;
      return sum + x * (1 / (1 + Math.exp(-weight * x)) - y);
    }, 0);
    assert.ok(Math.abs(slope) < 1e-8, String(slope));
    await ml.stop();
  });

  it('p-values: of a 2×2 table they are those of the textbook', async () => {
    const { ml, create, call } = await testMl();
    const cells: [string, number, number][] = [
      ['yes', 1, 30],
      ['yes', 0, 10],
      ['no', 1, 25],
      ['no', 0, 20],
    ];
    const rows = cells.flatMap(([treated, label, count]) =>
      Array.from({ length: count }, () => ({ treated, label })),
    );
    const options = `${LOGISTIC}, CATEGORY_ENCODING_METHOD='DUMMY_ENCODING', CALCULATE_P_VALUES=TRUE`;
    await create(options, table({ treated: 'STRING', label: 'INT64' }, rows));
    const logOdds = Math.log((30 / 10) * (20 / 25));
    const error = Math.sqrt(1 / 30 + 1 / 10 + 1 / 25 + 1 / 20);
    const { rows: plain } = await call('ADVANCED_WEIGHTS');
    assert.deepEqual(
      plain.map(({ processed_input, category }) => [processed_input, category]),
      [
        ['treated', 'no'],
        ['treated', 'yes'],
        ['__INTERCEPT__', null],
      ],
    );
    // The most frequent category is dropped: weight 0, no error.
    assert.deepEqual(
      [plain[0]!.weight, plain[0]!.standard_error, plain[0]!.p_value],
      [0, NaN, NaN],
    );
    const close = (a: unknown, b: number) =>
      assert.ok(Math.abs((a as number) - b) < 1e-8, `${a} is not ${b}`);
    close(plain[1]!.weight, logOdds);
    close(plain[1]!.standard_error, error);
    // 2 (1 − Φ(logOdds / error)), by the formula of the reference.
    close(plain[1]!.p_value, 0.06395059912508);
    assert.deepEqual([plain[2]!.standard_error, plain[2]!.p_value], [null, null]);
    const { rows: standard } = await call('ADVANCED_WEIGHTS', { settings: { standardize: true } });
    close(standard[2]!.standard_error, Math.sqrt(1 / 25 + 1 / 20));
    await ml.stop();
  });

  it('p-values are refused where they cannot be: collinear features, several classes', async () => {
    const options = `${LOGISTIC}, CATEGORY_ENCODING_METHOD='DUMMY_ENCODING', CALCULATE_P_VALUES=TRUE`;
    const twice = table(
      { x: 'INT64', y: 'INT64', label: 'INT64' },
      [0, 1, 2, 3, 4, 5].map((x) => ({ x, y: 2 * x, label: Number(x % 3 === 0) })),
    );
    await refusesToTrain(options, twice, /linear combinations of others/);
    const three = pairs([0, 1, 2, 3, 4, 5].map((x) => [x, x % 3] as const));
    await refusesToTrain(options, three, /not supported for multiclass/);
    const wide = table(
      { w: 'STRING', label: 'INT64' },
      Array.from({ length: 1100 }, (_, i) => ({ w: `w${i}`, label: i % 2 })),
    );
    const all = "DATA_SPLIT_METHOD='NO_SPLIT'";
    await refusesToTrain(
      `${options}, ${all}`,
      wide,
      /cardinality of the features below 1000, but it is 1099/,
    );
  });

  it('tells the loss of every iteration, on both sides of the split', async () => {
    const { ml, create, call, iterations } = await testMl();
    await create(LOGISTIC, loans(600));
    const { rows } = await call('TRAINING_INFO');
    assert.deepEqual(
      rows,
      iterations.map((iteration) => ({
        training_run: 0,
        iteration: iteration.index,
        loss: iteration.trainingLoss,
        eval_loss: iteration.evalLoss,
        learning_rate: iteration.learnRate,
        duration_ms: iteration.durationMs,
      })),
    );
    const [evaluation] = (await call('EVALUATE')).rows;
    const last = rows.at(-1)!.eval_loss as number;
    assert.ok(Math.abs((evaluation!.log_loss as number) - last) < 1e-9);
    await ml.stop();
    const { create: again, call: ask } = await testMl();
    await again(`${LOGISTIC}, DATA_SPLIT_METHOD='NO_SPLIT'`, loans(600));
    assert.ok((await ask('TRAINING_INFO')).rows.every((row) => row.eval_loss === null));
  });
});
