import assert from 'node:assert/strict';
import type { InputTable } from '../../bigquery/ports.ts';
import { loans, modelRef, pairs, refusesToTrain, table, testMl } from '../testing.ts';

const TREES = "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=4, EARLY_STOP=FALSE";
const LOGISTIC = "MODEL_TYPE='LOGISTIC_REG'";
const LINEAR = "MODEL_TYPE='LINEAR_REG'";

/** Trains and answers the bytes of the export, or the weights. */
async function trained(options: string, input: InputTable): Promise<unknown> {
  const { ml, create, call, store } = await testMl();
  await create(options, input);
  const info = (await call('FEATURE_INFO')).rows;
  if (/MODEL_TYPE='L/.test(options)) return { info, weights: (await call('WEIGHTS')).rows };
  await ml.export(modelRef('m'), 'gs://exports/m');
  return { info, objects: [...store.objects] };
}

/** The same rows in another order. */
function shuffled(input: InputTable): InputTable {
  const order = Array.from({ length: input.rowCount }, (_, i) => (i * 7919) % input.rowCount);
  return {
    ...input,
    read: async (names) =>
      (await input.read(names)).map((column) => ({
        ...column,
        values:
          column.values instanceof Float64Array
            ? Float64Array.from(order, (row) => column.values[row] as number)
            : order.map((row) => column.values[row]),
      })),
  };
}

describe('training data', () => {
  it('with NULL labels is refused, and so are labels of the wrong kind or number', async () => {
    const good = [
      [1, 0],
      [2, 1],
    ] as const;
    const nulls = /label column label contains 2 NULL values; a label cannot be NULL/;
    await refusesToTrain(LOGISTIC, pairs([...good, [1, null], [2, null]]), nulls);
    await refusesToTrain(TREES, pairs([...good, [1, null]]), /contains a NULL value/);
    await refusesToTrain(
      TREES,
      pairs([[1, 0]]),
      /at least 2 unique labels, but the label column label has 1/,
    );
    await refusesToTrain(
      LINEAR,
      pairs([[1, Number.NaN]], 'FLOAT64'),
      /contains NaN or infinite values/,
    );
    await refusesToTrain(
      LINEAR,
      pairs([[1, 'a']], 'STRING'),
      /needs a numeric label; label is STRING/,
    );
    const many = Array.from({ length: 51 }, (_, i) => [i, i] as const);
    await refusesToTrain(
      LOGISTIC,
      pairs(many),
      /LOGISTIC_REG supports at most 50 unique labels, but .* 51/,
    );
    const array = { kind: 'ARRAY', element: { kind: 'INT64' } } as const;
    const arrays = table({ x: 'FLOAT64', label: array }, [{ x: 1, label: [1] }]);
    await refusesToTrain(LOGISTIC, arrays, /a label that can be grouped; label is ARRAY<INT64>/);
  });

  it('without rows, features or named columns is refused', async () => {
    await refusesToTrain(LOGISTIC, pairs([]), /returned no rows/);
    const bare = table({ label: 'INT64' }, [{ label: 0 }, { label: 1 }]);
    await refusesToTrain(LOGISTIC, bare, /no feature column besides the label/);
    const data = pairs([
      [1, 0],
      [2, 1],
    ]);
    await refusesToTrain(
      `${LOGISTIC}, INPUT_LABEL_COLS=['y']`,
      data,
      /Column y of INPUT_LABEL_COLS is not found/,
    );
    await refusesToTrain(
      `${TREES}, INSTANCE_WEIGHT_COL='w'`,
      data,
      /Column w of INSTANCE_WEIGHT_COL is not/,
    );
    const seq = "DATA_SPLIT_METHOD='SEQ', DATA_SPLIT_COL";
    await refusesToTrain(`${LOGISTIC}, ${seq}='label'`, data, /must be different columns/);
    const custom = table({ x: 'INT64', s: 'BOOL', label: 'INT64' }, [
      { x: 1, s: true, label: 0 },
      { x: 1, s: null, label: 1 },
    ]);
    const noTraining = "DATA_SPLIT_METHOD='CUSTOM', DATA_SPLIT_COL='s'";
    await refusesToTrain(`${LOGISTIC}, ${noTraining}`, custom, /left no rows to train on/);
  });

  it('with features that cannot be encoded or exported is refused by name', async () => {
    const feature = (type: Parameters<typeof table>[0][string], value: unknown) =>
      table({ f: type, label: 'INT64' }, [
        { f: value, label: 0 },
        { f: value, label: 1 },
      ]);
    const unsupported = async (input: InputTable, message: RegExp) => {
      await refusesToTrain(TREES, input, message, 501);
      await refusesToTrain(LOGISTIC, input, message, 501);
    };
    const stamp = '2026-01-01 00:00:00+00';
    await unsupported(feature('TIMESTAMP', stamp), /feature f of type TIMESTAMP: .*UNIX_SECONDS/);
    await unsupported(
      feature({ kind: 'ARRAY', element: { kind: 'INT64' } }, [1]),
      /feature f of type ARRAY<INT64>/,
    );
    await unsupported(feature('JSON', '{}'), /feature f of type JSON/);
    const inner = { kind: 'STRUCT', fields: [{ name: 'b', type: { kind: 'INT64' } }] } as const;
    const nested = { kind: 'STRUCT', fields: [{ name: 'a', type: inner }] } as const;
    await unsupported(feature(nested, { a: { b: 1 } }), /feature f_a of type STRUCT<b INT64>/);
    const unnamed = { kind: 'STRUCT', fields: [{ name: '', type: { kind: 'INT64' } }] } as const;
    await refusesToTrain(
      TREES,
      feature(unnamed, {}),
      /All fields of the STRUCT feature f need names/,
    );
    await refusesToTrain(
      LINEAR,
      feature('FLOAT64', Number.POSITIVE_INFINITY),
      /f contains infinite values/,
    );
  });

  it('with bad weights is refused', async () => {
    const weighted = (weights: (number | null)[]) =>
      table(
        { x: 'FLOAT64', w: 'FLOAT64', label: 'INT64' },
        weights.map((w, i) => ({ x: i, w, label: i % 2 })),
      );
    const options = `${TREES}, INSTANCE_WEIGHT_COL='w'`;
    const rule = /weights of INSTANCE_WEIGHT_COL w must be finite and not negative/;
    for (const bad of [null, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await refusesToTrain(options, weighted([1, bad]), rule);
    }
    await refusesToTrain(options, weighted([0, 0]), /weights of all training rows are 0/);
    const text = table({ w: 'STRING', x: 'INT64', label: 'INT64' }, []);
    await refusesToTrain(options, text, /needs a numeric column; w is STRING/);
    const classes = (weights: string) => `${LOGISTIC}, CLASS_WEIGHTS=[${weights}]`;
    await refusesToTrain(classes("('1', 2)"), weighted([1, 1]), /lacks a weight for the label '0'/);
    await refusesToTrain(
      classes("('0', 1), ('1', 2), ('2', 3)"),
      weighted([1, 1]),
      /has a weight for '2', which is not a label/,
    );
  });

  it('label, weight and split columns are no features; names are found in any case', async () => {
    const { ml, create, call } = await testMl();
    const rows = Array.from({ length: 40 }, (_, i) => ({
      x: i,
      Y: i % 2,
      W: 1,
      S: i < 10,
    }));
    const data = table({ x: 'INT64', Y: 'INT64', W: 'INT64', S: 'BOOL' }, rows);
    const options = `${TREES}, INPUT_LABEL_COLS=['y'], INSTANCE_WEIGHT_COL='w', DATA_SPLIT_METHOD='CUSTOM', DATA_SPLIT_COL='s'`;
    await create(options, data);
    assert.deepEqual(
      (await call('FEATURE_INFO')).rows.map(({ input, min }) => [input, min]),
      [['x', 10]],
    );
    const { featureColumns, labelColumns } = ml.get(modelRef('m'));
    assert.deepEqual(featureColumns, [{ name: 'x', type: { typeKind: 'INT64' } }]);
    assert.deepEqual(labelColumns, [{ name: 'predicted_Y', type: { typeKind: 'INT64' } }]);
    await ml.stop();
  });

  it('a STRUCT is one feature a field', async () => {
    const { ml, create, call } = await testMl();
    const struct = {
      kind: 'STRUCT',
      fields: [
        { name: 'n', type: { kind: 'INT64' } },
        { name: 'w', type: { kind: 'STRING' } },
      ],
    } as const;
    const rows = Array.from({ length: 30 }, (_, i) => ({
      s: i === 0 ? null : { n: i, w: i % 3 === 0 ? 'x' : 'y' },
      label: Number(i > 15),
    }));
    const data = table({ s: struct, label: 'INT64' }, rows);
    await create(TREES, data);
    const info = (await call('FEATURE_INFO')).rows;
    assert.deepEqual(
      info.map(({ input, mean, null_count, category_count }) => [
        input,
        mean,
        null_count,
        category_count,
      ]),
      [
        ['s_n', 15, 1, null],
        ['s_w', null, 1, 2],
      ],
    );
    const predicted = (await call('PREDICT', { input: data })).rows;
    assert.equal(predicted[29]!.predicted_label, 1);
    assert.equal(predicted[1]!.predicted_label, 0);
    await ml.stop();
  });

  for (const options of [
    TREES,
    LOGISTIC,
    "MODEL_TYPE='RANDOM_FOREST_CLASSIFIER', NUM_PARALLEL_TREE=3",
  ]) {
    it(`gives the same model whatever the order of its rows: ${options}`, async () => {
      const data = loans(700);
      assert.deepEqual(await trained(options, shuffled(data)), await trained(options, data));
    });
  }
});

describe('class and instance weights', () => {
  // 8 rows of class 1, 24 of class 0; x tells them apart in part.
  const rows = Array.from({ length: 32 }, (_, i) => ({
    x: i % 5,
    label: Number(i % 4 === 0),
    w: i % 4 === 0 ? 2 : 2 / 3,
  }));
  const data = table({ x: 'INT64', label: 'INT64' }, rows);
  const weighted = table({ x: 'INT64', w: 'FLOAT64', label: 'INT64' }, rows);

  it('AUTO_CLASS_WEIGHTS weighs a class by rows / (its rows · classes)', async () => {
    for (const type of [LOGISTIC, TREES]) {
      const auto = await probabilities(`${type}, AUTO_CLASS_WEIGHTS=TRUE`, data);
      const given = `CLASS_WEIGHTS=[('0', ${32 / (24 * 2)}), ('1', ${32 / (8 * 2)})]`;
      assert.deepEqual(auto, await probabilities(`${type}, ${given}`, data));
      assert.notDeepEqual(auto, await probabilities(type, data));
    }
  });

  it('INSTANCE_WEIGHT_COL weighs a row', async () => {
    const auto = await probabilities(`${TREES}, AUTO_CLASS_WEIGHTS=TRUE`, data);
    const own = await probabilities(`${TREES}, INSTANCE_WEIGHT_COL='w'`, weighted);
    own.forEach((p, i) => {
      assert.ok(Math.abs(p - auto[i]!) < 1e-6, `${p} is not ${auto[i]}`);
    });
  });

  async function probabilities(options: string, input: InputTable): Promise<number[]> {
    const { ml, create, call } = await testMl();
    await create(options, input);
    const { rows: predicted } = await call('PREDICT', { input: data });
    await ml.stop();
    return predicted.map((row) => (row.predicted_label_probs as { prob: number }[])[0]!.prob);
  }
});
