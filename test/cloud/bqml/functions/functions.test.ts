import assert from 'node:assert/strict';
import { readXgboostBinary } from '../../../../shared/bridge/xgboost/binary.ts';
import { loans, modelRef, refused, table, testMl } from '../testing.ts';

const TREES = "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=5";
const FRESH = loans(300, 9);

type Test = Awaited<ReturnType<typeof testMl>>;

describe('ML functions', () => {
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

  it('are described as they answer, whatever the function', async () => {
    const calls = [
      [trees, 'PREDICT', FRESH],
      [trees, 'EVALUATE', FRESH],
      [trees, 'EVALUATE', undefined],
      [trees, 'CONFUSION_MATRIX', FRESH],
      [trees, 'CONFUSION_MATRIX', undefined],
      [trees, 'ROC_CURVE', undefined],
      [trees, 'EXPLAIN_PREDICT', FRESH],
      [logistic, 'EXPLAIN_PREDICT', FRESH],
      [trees, 'FEATURE_IMPORTANCE', undefined],
      [trees, 'FEATURE_INFO', undefined],
      [trees, 'TRAINING_INFO', undefined],
      [logistic, 'WEIGHTS', undefined],
    ] as const;
    for (const [{ ml, call }, functionName, input] of calls) {
      const { fields } = ml.describe({
        functionName,
        model: modelRef('m'),
        settings: new Map(),
        extra: [],
        ...(input ? { inputFields: input.fields } : {}),
      });
      const { columns } = await call(functionName, input ? { input } : {});
      assert.deepEqual(
        columns.map(({ name, type }) => ({ name, type })),
        fields,
        functionName,
      );
      const lengths = new Set(columns.map(({ values }) => values.length));
      assert.equal(lengths.size, 1, functionName);
    }
  });

  it('refuse what they do not take, in BigQuery’s form', async () => {
    const { call } = trees;
    const cases: [string, Parameters<typeof call>[1], RegExp, number?][] = [
      ['PREDICT', {}, /^Invalid table-valued function ML\.PREDICT\nA table or a query is required/],
      ['WEIGHTS', {}, /for linear and logistic regression models only/],
      ['FEATURE_INFO', { input: FRESH }, /It takes no table or query/],
      ['EVALUATE', { extra: [1] }, /too many arguments/],
      [
        'PREDICT',
        { input: FRESH, settings: { foo: 1 } },
        /Unknown argument foo in STRUCT; it takes threshold/,
      ],
      ['PREDICT', { input: FRESH, settings: { trial_id: 1 } }, /trial_id is for models with/],
      ['PREDICT', { input: FRESH, settings: { threshold: 'x' } }, /FLOAT64 between 0 and 1/],
      ['PREDICT', { input: FRESH, settings: { threshold: 1.5 } }, /FLOAT64 between 0 and 1/],
      ['EVALUATE', { settings: { threshold: 0.4 } }, /threshold needs a table or a query/],
      ['ROC_CURVE', { extra: ['x'] }, /thresholds must be an ARRAY<FLOAT64>/],
      ['TFDV_DESCRIBE', { input: FRESH }, /does not support the function ML\.TFDV_DESCRIBE/, 501],
      ['PREDICTION', {}, /^Table-valued function not found: ML\.PREDICTION$/],
    ];
    for (const [name, options, message, status] of cases) {
      await assert.rejects(call(name, options), refused(message, status), name);
    }
    await assert.rejects(logistic.call('FEATURE_IMPORTANCE'), refused(/boosted tree and random/));
    await assert.rejects(logistic.call('ADVANCED_WEIGHTS'), refused(/CALCULATE_P_VALUES = TRUE/));
    await assert.rejects(
      logistic.call('WEIGHTS', { settings: { standardize: 'yes' } }),
      refused(/standardize must be a BOOL/),
    );
  });

  describe('ML.EVALUATE', () => {
    it('with data: the metrics of its predictions', async () => {
      const { rows: predicted } = await trees.call('PREDICT', { input: FRESH });
      const [label] = await FRESH.read(['label']);
      const positive = [...(label!.values as Float64Array)].map((value) => value === 1);
      const count = (test: (row: Record<string, unknown>, is: boolean) => boolean) =>
        predicted.filter((row, i) => test(row, positive[i]!)).length;
      const truePositives = count((row, is) => row.predicted_label === 1 && is);
      const [metrics] = (await trees.call('EVALUATE', { input: FRESH })).rows;
      assert.deepEqual(Object.keys(metrics!), [
        'precision',
        'recall',
        'accuracy',
        'f1_score',
        'log_loss',
        'roc_auc',
      ]);
      assert.equal(metrics!.precision, truePositives / count((row) => row.predicted_label === 1));
      assert.equal(metrics!.recall, truePositives / count((_, is) => is));
      assert.equal(metrics!.accuracy, count((row, is) => (row.predicted_label === 1) === is) / 300);
      assert.ok((metrics!.roc_auc as number) > 0.8);
    });

    it('without data: those of the evaluation rows of the training', async () => {
      const { ml, create, call } = await testMl();
      const rows = Array.from({ length: 90 }, (_, i) => ({
        x: (i * 37) % 90,
        s: i < 30,
        label: Number((i * 37) % 90 > 45),
      }));
      const types = { x: 'INT64', s: 'BOOL', label: 'INT64' } as const;
      const custom = "DATA_SPLIT_METHOD='CUSTOM', DATA_SPLIT_COL='s'";
      await create(`${TREES}, ${custom}`, table(types, rows));
      const held = table(
        types,
        rows.filter(({ s }) => s),
      );
      // A sum over the same rows in another order: its last bit may differ.
      const metrics = async (options?: { readonly input: typeof held }) => {
        const [{ log_loss, ...exact }] = (await call('EVALUATE', options)).rows as [
          Record<string, number>,
        ];
        return { exact, log_loss: log_loss! };
      };
      const [kept, given] = [await metrics(), await metrics({ input: held })];
      assert.deepEqual(kept.exact, given.exact);
      assert.ok(Math.abs(kept.log_loss - given.log_loss) < 1e-14, `${kept.log_loss}`);
      assert.deepEqual(
        (await call('CONFUSION_MATRIX')).rows,
        (await call('CONFUSION_MATRIX', { input: held })).rows,
      );
      assert.deepEqual(
        (await call('ROC_CURVE', { extra: [[0.25, 0.5]] })).rows,
        (await call('ROC_CURVE', { input: held, extra: [[0.25, 0.5]] })).rows,
      );
      await ml.stop();
    });

    it('refuses inputs without label, with NULL labels and with labels it has not learnt', async () => {
      const types = { x: 'FLOAT64', z: 'FLOAT64', word: 'STRING', label: 'INT64' } as const;
      const row = { x: 1, z: 1, word: 'a' };
      const unlabelled = table({ x: 'FLOAT64', z: 'FLOAT64', word: 'STRING' }, [row]);
      await assert.rejects(
        trees.call('EVALUATE', { input: unlabelled }),
        refused(/Column label is not found in the input data to the EVALUATE function/),
      );
      const nulls = table(types, [{ ...row, label: null }]);
      await assert.rejects(
        trees.call('EVALUATE', { input: nulls }),
        refused(/label column label contains NULL values/),
      );
      const strange = table(types, [{ ...row, label: 7 }]);
      await assert.rejects(
        trees.call('EVALUATE', { input: strange }),
        refused(/The label '7' was not among those of the training data/),
      );
    });
  });

  describe('ML.CONFUSION_MATRIX', () => {
    it('has a row a label and a column a class, ascending, and sums up to all rows', async () => {
      const { rows } = await trees.call('CONFUSION_MATRIX', { input: FRESH });
      assert.deepEqual(
        rows.map((row) => [row.expected_label, ...Object.keys(row)]),
        [
          [0, 'expected_label', '_0', '_1'],
          [1, 'expected_label', '_0', '_1'],
        ],
      );
      const sum = rows.reduce((all, row) => all + (row._0 as number) + (row._1 as number), 0);
      assert.equal(sum, 300);
      const [metrics] = (await trees.call('EVALUATE', { input: FRESH })).rows;
      const [first, second] = rows;
      assert.equal(metrics!.accuracy, ((first!._0 as number) + (second!._1 as number)) / 300);
    });

    it('moves with the threshold, and gives labels that training did not see a row', async () => {
      const types = { x: 'FLOAT64', z: 'FLOAT64', word: 'STRING', label: 'INT64' } as const;
      const input = table(types, [
        { x: 1, z: 1, word: 'a', label: 7 },
        { x: 1, z: 1, word: 'a', label: 1 },
      ]);
      const settings = { threshold: 0 };
      assert.deepEqual((await trees.call('CONFUSION_MATRIX', { input, settings })).rows, [
        { expected_label: 0, _0: 0, _1: 0 },
        { expected_label: 1, _0: 0, _1: 1 },
        { expected_label: 7, _0: 0, _1: 1 },
      ]);
    });

    it('makes column names of labels that are none', async () => {
      const { ml, create, call } = await testMl();
      const labels = ['<=50K', '>50K', '=50K', '1st', 'expected_label', 'plain'];
      const rows = Array.from({ length: 60 }, (_, i) => ({ x: i, label: labels[i % 6] }));
      await create(TREES, table({ x: 'INT64', label: 'STRING' }, rows));
      const [row] = (await call('CONFUSION_MATRIX')).rows;
      assert.deepEqual(Object.keys(row!), [
        'expected_label',
        '_1st',
        '__50K',
        '_50K',
        '_50K_1',
        'expected_label_1',
        'plain',
      ]);
      await assert.rejects(
        call('CONFUSION_MATRIX', { input: FRESH, settings: { threshold: 0.5 } }),
        refused(/threshold is for binary classification models only/),
      );
      await assert.rejects(call('ROC_CURVE'), refused(/binary classification models only/));
      await ml.stop();
    });
  });

  describe('ML.ROC_CURVE', () => {
    it('goes down the percentiles of the scores unless thresholds are given', async () => {
      const { rows } = await trees.call('ROC_CURVE', { input: FRESH });
      assert.deepEqual(Object.keys(rows[0]!), [
        'threshold',
        'recall',
        'false_positive_rate',
        'true_positives',
        'false_positives',
        'true_negatives',
        'false_negatives',
      ]);
      const thresholds = rows.map((row) => row.threshold as number);
      assert.deepEqual(
        thresholds,
        [...thresholds].sort((a, b) => b - a),
      );
      assert.ok(rows.length > 50 && rows.length <= 101);
      assert.deepEqual([rows.at(-1)!.recall, rows.at(-1)!.false_positive_rate], [1, 1]);
      for (const row of rows) {
        const [tp, fp, tn, fn] = [
          row.true_positives,
          row.false_positives,
          row.true_negatives,
          row.false_negatives,
        ] as number[];
        assert.equal(tp! + fp! + tn! + fn!, 300);
        assert.equal(row.recall, tp! / (tp! + fn!));
        assert.equal(row.false_positive_rate, fp! / (fp! + tn!));
      }
    });

    it('agrees with ML.CONFUSION_MATRIX at every threshold given', async () => {
      const thresholds = [0.1, 0.5, 0.9];
      const { rows } = await logistic.call('ROC_CURVE', { input: FRESH, extra: [thresholds] });
      assert.deepEqual(
        rows.map((row) => row.threshold),
        [0.9, 0.5, 0.1],
      );
      for (const row of rows) {
        const settings = { threshold: row.threshold };
        const matrix = (await logistic.call('CONFUSION_MATRIX', { input: FRESH, settings })).rows;
        assert.deepEqual(
          [row.true_negatives, row.false_positives, row.false_negatives, row.true_positives],
          [matrix[0]!._0, matrix[0]!._1, matrix[1]!._0, matrix[1]!._1],
        );
      }
    });
  });

  it('ML.FEATURE_IMPORTANCE counts and averages the splits of a feature over all its columns', async () => {
    const { ml, create, call, store } = await testMl();
    const rows = Array.from({ length: 400 }, (_, i) => ({
      w: ['a', 'b', 'c', 'd'][i % 4],
      x: (i * 31) % 50,
      constant: 1,
      label: Number(i % 4 < 2 !== (i * 31) % 50 > 25),
    }));
    const types = { w: 'STRING', x: 'INT64', constant: 'INT64', label: 'INT64' } as const;
    await create(`${TREES}, CATEGORY_ENCODING_METHOD='ONE_HOT_ENCODING'`, table(types, rows));
    await ml.export(modelRef('m'), 'gs://exports/m');
    const { trees: grown } = readXgboostBinary(store.objects.get('exports/m/model.bst')!);
    // Columns 0 to 4 are NULL and the four words, 5 is x, 6 the constant.
    const splits = grown.flatMap((tree) =>
      [...tree.left.keys()]
        .filter((node) => tree.left[node]! >= 0)
        .map((node) => [tree.feature[node]!, tree.gain[node]!, tree.cover[node]!] as const),
    );
    const expected = [
      ['w', 0, 4],
      ['x', 5, 5],
      ['constant', 6, 6],
    ] as const;
    const { rows: importance } = await call('FEATURE_IMPORTANCE');
    for (const [i, [feature, from, to]] of expected.entries()) {
      const own = splits.filter(([column]) => column >= from && column <= to);
      const mean = (k: 1 | 2) => own.reduce((sum, split) => sum + split[k], 0) / (own.length || 1);
      const row = importance[i]!;
      assert.deepEqual([row.feature, row.importance_weight], [feature, own.length]);
      assert.ok(Math.abs((row.importance_gain as number) - mean(1)) < 1e-9);
      assert.ok(Math.abs((row.importance_cover as number) - mean(2)) < 1e-9);
    }
    assert.ok((importance[0]!.importance_weight as number) > 0);
    assert.deepEqual(importance[2], {
      feature: 'constant',
      importance_weight: 0,
      importance_gain: 0,
      importance_cover: 0,
    });
    await ml.stop();
  });

  it('ML.FEATURE_INFO has what a kind of feature has, and NULL for the rest', async () => {
    const { ml, create, call } = await testMl();
    const rows = [1, 2, null, 9].map((n, i) => ({
      n,
      w: i === 0 ? null : 'ab'[i % 2],
      label: i % 2,
    }));
    await create(TREES, table({ n: 'INT64', w: 'STRING', label: 'INT64' }, rows));
    assert.deepEqual((await call('FEATURE_INFO')).rows, [
      {
        input: 'n',
        min: 1,
        max: 9,
        mean: 4,
        median: 2,
        stddev: Math.sqrt((9 + 4 + 25) / 2),
        category_count: null,
        null_count: 1,
        dimension: null,
      },
      {
        input: 'w',
        min: null,
        max: null,
        mean: null,
        median: null,
        stddev: null,
        category_count: 2,
        null_count: 1,
        dimension: null,
      },
    ]);
    await ml.stop();
  });
});
