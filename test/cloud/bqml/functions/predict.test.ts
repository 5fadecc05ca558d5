import assert from 'node:assert/strict';
import { loans, refused, table, testMl } from '../testing.ts';

const TREES = "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=5";
const FRESH = loans(300, 9);

type Test = Awaited<ReturnType<typeof testMl>>;
type Probability = { label: unknown; prob: number };

describe('ML.PREDICT', () => {
  let trees: Test;
  let logistic: Test;
  before(async () => {
    [trees, logistic] = [await testMl(), await testMl()];
    await trees.create(TREES, loans(800));
    await logistic.create("MODEL_TYPE='LOGISTIC_REG'", loans(800));
  });
  after(async () => {
    await trees.ml.stop();
    await logistic.ml.stop();
  });

  it('answers label and probabilities in descending order of the labels, and keeps the input', async () => {
    for (const { call } of [trees, logistic]) {
      const { rows, keepInput, columns } = await call('PREDICT', { input: FRESH });
      assert.equal(keepInput, true);
      assert.deepEqual(
        columns.map(({ name }) => name),
        ['predicted_label', 'predicted_label_probs'],
      );
      for (const row of rows) {
        const [first, second] = row.predicted_label_probs as [Probability, Probability];
        assert.deepEqual([first.label, second.label], [1n, 0n]);
        assert.ok(Math.abs(first.prob + second.prob - 1) < 1e-6);
        assert.equal(row.predicted_label, first.prob >= 0.5 ? 1 : 0);
      }
    }
  });

  it('gives the probabilities of trees in XGBoost’s float32', async () => {
    const { rows } = await trees.call('PREDICT', { input: FRESH });
    for (const row of rows) {
      for (const { prob } of row.predicted_label_probs as Probability[]) {
        assert.equal(prob, Math.fround(prob));
      }
    }
  });

  it('calls a row positive at or above the threshold', async () => {
    const settings = { threshold: 0.8 };
    const { rows } = await trees.call('PREDICT', { input: FRESH, settings });
    for (const row of rows) {
      const [first] = row.predicted_label_probs as [Probability];
      assert.equal(row.predicted_label, first.prob >= 0.8 ? 1 : 0);
    }
    const all = await trees.call('PREDICT', { input: FRESH, settings: { threshold: 0 } });
    assert.ok(all.rows.every((row) => row.predicted_label === 1));
    const whole = await trees.call('PREDICT', { input: FRESH, settings: { threshold: 1n } });
    assert.ok(whole.rows.every((row) => row.predicted_label === 0));
  });

  it('needs no label; further columns and the order of columns do not matter', async () => {
    const row = { x: 1, z: 0.5, word: 'a' };
    const plain = table({ x: 'FLOAT64', z: 'FLOAT64', word: 'STRING' }, [row]);
    const other = table({ WORD: 'STRING', id: 'STRING', Z: 'FLOAT64', X: 'INT64' }, [
      { WORD: 'a', id: 'i', Z: 0.5, X: 1 },
    ]);
    const [a, b] = [
      await trees.call('PREDICT', { input: plain }),
      await trees.call('PREDICT', { input: other }),
    ];
    assert.deepEqual(a, b);
  });

  it('answers no rows for no rows', async () => {
    for (const { call } of [trees, logistic]) {
      const none = table({ x: 'FLOAT64', z: 'FLOAT64', word: 'STRING' }, []);
      const { rows, columns } = await call('PREDICT', { input: none });
      assert.deepEqual(rows, []);
      assert.equal(columns.length, 2);
    }
  });

  it('refuses an input without a feature or with one of another type, as BigQuery words it', async () => {
    const lacking = table({ x: 'FLOAT64', word: 'STRING' }, []);
    await assert.rejects(
      trees.call('PREDICT', { input: lacking }),
      refused(
        /^Invalid table-valued function ML\.PREDICT\nColumn z is not found in the input data to the PREDICT function\.$/,
      ),
    );
    const wrong = table({ x: 'STRING', z: 'FLOAT64', word: 'STRING' }, []);
    await assert.rejects(
      trees.call('PREDICT', { input: wrong }),
      refused(
        /Column x in the input data is of type STRING, but the model was trained with FLOAT64/,
      ),
    );
  });

  it('gives labels of any type back in that type', async () => {
    const cases = [
      ['STRING', ['no', 'yes']],
      ['BOOL', [false, true]],
      ['FLOAT64', [0.5, 1.5]],
      ['DATE', ['2025-01-01', '2026-01-01']],
      ['INT64', [2n ** 60n, 2n ** 61n]],
      ['NUMERIC', ['9', '10.5']],
    ] as const;
    for (const [type, labels] of cases) {
      const { ml, create, call } = await testMl();
      const rows = Array.from({ length: 40 }, (_, i) => ({
        x: i,
        label: labels[i < 20 ? 0 : 1],
      }));
      await create(TREES, table({ x: 'INT64', label: type }, rows));
      const { rows: predicted, columns } = await call('PREDICT', {
        input: table({ x: 'INT64' }, [{ x: 0 }, { x: 39 }]),
      });
      assert.deepEqual(
        predicted.map((row) => row.predicted_label),
        labels,
      );
      const [probability] = predicted[0]!.predicted_label_probs as Probability[];
      assert.deepEqual(probability!.label, labels[1]);
      assert.deepEqual(columns[0]!.type, { kind: type });
      await ml.stop();
    }
  });
});
