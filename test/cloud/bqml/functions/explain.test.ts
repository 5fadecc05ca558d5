import assert from 'node:assert/strict';
import type { InputTable } from '../../bigquery/ports.ts';
import { hasPythonXgboost, runPython } from '../export/oracle/xgboost.ts';
import { loans, modelRef, refused, table, testMl } from '../testing.ts';

const TREES = "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=6, MAX_TREE_DEPTH=4";
const GLOBAL = `ENABLE_GLOBAL_EXPLAIN=TRUE, DATA_SPLIT_METHOD='CUSTOM', DATA_SPLIT_COL='held'`;
const FRESH = loans(60, 9);
const FEATURES = ['x', 'z', 'word'];

type Row = Record<string, unknown>;
type Attribution = { feature: string; attribution: number };
type Call = Awaited<ReturnType<typeof testMl>>['call'];

const attributionsOf = (row: Row) => row.top_feature_attributions as Attribution[];
const of = (row: Row, feature: string): number =>
  attributionsOf(row).find((one) => one.feature === feature)!.attribution;
const sumOf = (row: Row): number =>
  attributionsOf(row).reduce(
    (sum, { attribution }) => sum + attribution,
    row.baseline_prediction_value as number,
  );

function close(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

const explained = async (call: Call, input: InputTable, settings = {}): Promise<Row[]> =>
  (await call('EXPLAIN_PREDICT', { input, settings })).rows;

describe('ML.EXPLAIN_PREDICT', () => {
  it('of trees adds up to the log-odds of the predicted class, and those to its probability', async () => {
    const { ml, create, call } = await testMl();
    await create(TREES, loans(800));
    const { rows, keepInput, columns } = await call('EXPLAIN_PREDICT', { input: FRESH });
    assert.equal(keepInput, true);
    assert.deepEqual(
      columns.map(({ name }) => name),
      [
        'predicted_label',
        'probability',
        'top_feature_attributions',
        'baseline_prediction_value',
        'prediction_value',
        'approximation_error',
      ],
    );
    const positive = await explained(call, FRESH, { threshold: 0 });
    const negative = await explained(call, FRESH, { threshold: 1 });
    const { rows: predicted } = await call('PREDICT', { input: FRESH });
    rows.forEach((row, i) => {
      close(sumOf(row), row.prediction_value as number, 1e-5);
      assert.equal(row.approximation_error, 0);
      assert.equal(row.predicted_label, predicted[i]!.predicted_label);
      const probs = predicted[i]!.predicted_label_probs as { label: bigint; prob: number }[];
      const own = probs.find(({ label }) => Number(label) === row.predicted_label)!;
      assert.equal(row.probability, own.prob);
      const [up, down] = [positive[i]!, negative[i]!];
      assert.deepEqual([up.predicted_label, down.predicted_label], [1, 0]);
      const odds = (up.prediction_value as number) - (down.prediction_value as number);
      close(1 / (1 + Math.exp(-odds)), probs[0]!.prob, 1e-6);
      assert.deepEqual(row, row.predicted_label === 1 ? up : down);
    });
    await ml.stop();
  });

  it('gives the top_k_features of the greatest absolute attribution, five unless told', async () => {
    const { ml, create, call } = await testMl();
    await create(TREES, loans(800));
    for (const [settings, count] of [
      [{}, 3],
      [{ top_k_features: 2 }, 2],
      [{ top_k_features: 99 }, 3],
    ] as const) {
      const all = await explained(call, FRESH);
      (await explained(call, FRESH, settings)).forEach((row, i) => {
        const sizes = attributionsOf(row).map(({ attribution }) => Math.abs(attribution));
        assert.equal(sizes.length, count);
        assert.deepEqual(
          sizes,
          [...sizes].sort((a, b) => b - a),
        );
        assert.deepEqual(attributionsOf(row), attributionsOf(all[i]!).slice(0, count));
      });
    }
    await ml.stop();
  });

  it('of a logistic regression is weight · (value − mean), a category its weight, either class', async () => {
    const { ml, create, call } = await testMl();
    await create("MODEL_TYPE='LOGISTIC_REG'", loans(800));
    const weights = new Map((await call('WEIGHTS')).rows.map((row) => [row.processed_input, row]));
    const info = new Map((await call('FEATURE_INFO')).rows.map((row) => [row.input, row]));
    const standard = (await call('WEIGHTS', { settings: { standardize: true } })).rows;
    const intercept = standard.find((row) => row.processed_input === '__INTERCEPT__')!.weight;
    const [xs, words] = await FRESH.read(['x', 'word']);
    const categories = weights.get('word')!.category_weights as Row[];
    for (const sign of [1, -1]) {
      const rows = await explained(call, FRESH, { threshold: sign === 1 ? 0 : 1 });
      rows.forEach((row, i) => {
        close(row.baseline_prediction_value as number, sign * (intercept as number));
        const centered = (xs!.values[i] as number) - (info.get('x')!.mean as number);
        close(of(row, 'x'), sign * (weights.get('x')!.weight as number) * centered);
        const category = categories.find((one) => one.category === words!.values[i])!;
        close(of(row, 'word'), sign * (category.weight as number));
        close(sumOf(row), row.prediction_value as number);
        close(1 / (1 + Math.exp(-(row.prediction_value as number))), row.probability as number);
      });
    }
    await ml.stop();
  });

  it('explains several classes and regressions, which have no probability', async () => {
    const rows = Array.from({ length: 90 }, (_, i) => ({ x: i, c: 1, label: Math.floor(i / 30) }));
    const data = table({ x: 'INT64', c: 'INT64', label: 'INT64' }, rows);
    for (const type of ['BOOSTED_TREE_CLASSIFIER', 'LOGISTIC_REG']) {
      const { ml, create, call } = await testMl();
      await create(`MODEL_TYPE='${type}'${type === 'LOGISTIC_REG' ? ', L2_REG=1' : ''}`, data);
      for (const row of await explained(call, data)) {
        close(sumOf(row), row.prediction_value as number, 1e-4);
        assert.equal(of(row, 'c'), 0);
      }
      await ml.stop();
    }
    for (const options of [
      "MODEL_TYPE='BOOSTED_TREE_REGRESSOR'",
      "MODEL_TYPE='LINEAR_REG', FIT_INTERCEPT=FALSE",
    ]) {
      const { ml, create, call } = await testMl();
      await create(options, data);
      const answers = await explained(call, data);
      assert.ok(!('probability' in answers[0]!));
      for (const row of answers) {
        close(sumOf(row), row.predicted_label as number, 1e-4);
        assert.equal(row.prediction_value, row.predicted_label);
      }
      if (options.includes('LINEAR')) assert.equal(answers[0]!.baseline_prediction_value, 0);
      await ml.stop();
    }
  });

  it('agrees with XGBoost’s pred_contribs, exact and approximate, of every encoding', async function () {
    this.timeout(60_000);
    if (!hasPythonXgboost()) this.skip();
    const cases = [
      [`${TREES}, CATEGORY_ENCODING_METHOD='LABEL_ENCODING'`, [0, 1, 2]],
      [`${TREES}, CATEGORY_ENCODING_METHOD='ONE_HOT_ENCODING'`, [0, 1, 2, 2, 2, 2]],
      ["MODEL_TYPE='RANDOM_FOREST_CLASSIFIER', NUM_PARALLEL_TREE=5, MAX_TREE_DEPTH=5", [0, 1, 2]],
    ] as const;
    const codes = { a: 1, b: 2, c: 3 };
    const [xs, zs, words] = await FRESH.read(FEATURES);
    for (const [options, owners] of cases) {
      const { ml, create, call, store } = await testMl();
      await create(options, loans(800));
      await ml.export(modelRef('m'), 'gs://exports/m');
      const input = Array.from({ length: FRESH.rowCount }, (_, i) => {
        const code = codes[words!.values[i] as 'a' | 'b' | 'c'];
        const word =
          owners.length === 3 ? [code] : [0, 1, 2, 3].map((slot) => (slot === code ? 1 : null));
        return [xs!.values[i], zs!.values[i], ...word];
      });
      const contributions = contributionsOf(store.objects.get('exports/m/model.bst')!, input);
      for (const approximate of [false, true]) {
        for (const [k, threshold] of [0, 1].entries()) {
          const settings = { threshold, approx_feature_contrib: approximate };
          const rows = await explained(call, FRESH, settings);
          rows.forEach((row, i) => {
            const expected = contributions[approximate ? 'approximate' : 'exact'][i]![k]!;
            close(row.baseline_prediction_value as number, expected.at(-1)!, 2e-5);
            FEATURES.forEach((feature, j) => {
              const own = expected.filter((_, column) => owners[column] === j);
              close(
                of(row, feature),
                own.reduce((a, b) => a + b, 0),
                2e-5,
              );
            });
          });
        }
      }
      await ml.stop();
    }
  });

  it('refuses arguments that it does not take', async () => {
    const { ml, create, call } = await testMl();
    await create("MODEL_TYPE='LOGISTIC_REG'", loans(100));
    const cases: [object, RegExp][] = [
      [{ top_k_features: 0 }, /top_k_features must be an INT64 greater than 0/],
      [{ top_k_features: 1.5 }, /top_k_features must be an INT64/],
      [{ threshold: 2 }, /threshold must be a FLOAT64 between 0 and 1/],
      [{ integrated_gradients_num_steps: 5 }, /for deep neural network models only/],
      [{ approx_feature_contrib: true }, /for boosted tree and random forest models only/],
      [{ top_k: 1 }, /Unknown argument top_k in STRUCT; it takes top_k_features, threshold,/],
    ];
    for (const [settings, message] of cases) {
      await assert.rejects(explained(call, FRESH, settings), refused(message));
    }
    const narrow = table({ x: 'FLOAT64' }, [{ x: 1 }]);
    await assert.rejects(explained(call, narrow), refused(/Column z is not found in the input/));
    await ml.stop();
  });
});

/** Rows whose last third is held out. */
async function split(count: number): Promise<{ all: InputTable; held: InputTable }> {
  const data = loans(count);
  const columns = await data.read([...FEATURES, 'label']);
  const rows = Array.from({ length: count }, (_, i) => ({
    ...Object.fromEntries(columns.map(({ name, values }) => [name, values[i]])),
    held: i % 3 === 0,
  }));
  const types = {
    x: 'FLOAT64',
    z: 'FLOAT64',
    word: 'STRING',
    label: 'INT64',
    held: 'BOOL',
  } as const;
  return {
    all: table(types, rows),
    held: table(
      types,
      rows.filter(({ held }) => held),
    ),
  };
}

const meanAbsolute = (rows: readonly Row[], feature: string): number =>
  rows.reduce((sum, row) => sum + Math.abs(of(row, feature)), 0) / rows.length;

describe('ML.GLOBAL_EXPLAIN', () => {
  for (const options of [TREES, "MODEL_TYPE='LOGISTIC_REG'"]) {
    it(`is the mean absolute attribution over the evaluation rows: ${options}`, async () => {
      const { all, held } = await split(600);
      const { ml, create, call } = await testMl();
      await create(`${options}, ${GLOBAL}`, all);
      const model = (await call('GLOBAL_EXPLAIN')).rows as unknown as Attribution[];
      const settings = { class_level_explain: true };
      const { rows: classes } = await call('GLOBAL_EXPLAIN', { settings });
      assert.deepEqual(
        classes.map(({ label }) => label),
        ['1', '1', '1', '0', '0', '0'],
      );
      const positive = await explained(call, held, { threshold: 0 });
      const negative = await explained(call, held, { threshold: 1 });
      for (const feature of FEATURES) {
        const expected = [meanAbsolute(positive, feature), meanAbsolute(negative, feature)];
        const byClass = classes.filter((row) => row.feature === feature);
        byClass.forEach((row, k) => {
          close(row.attribution as number, expected[k]!);
        });
        const own = model.find((row) => row.feature === feature)!;
        close(own.attribution, (expected[0]! + expected[1]!) / 2);
      }
      assert.deepEqual(
        model.map(({ attribution }) => attribution),
        model.map(({ attribution }) => attribution).sort((a, b) => b - a),
      );
      const [run] = ml.get(modelRef('m')).trainingRuns as Row[];
      assert.deepEqual(
        (run!.modelLevelGlobalExplanation as { explanations: unknown[] }).explanations,
        model.map(({ feature, attribution }) => ({ featureName: feature, attribution })),
      );
      const levels = run!.classLevelGlobalExplanations as { classLabel: string }[];
      assert.deepEqual(
        levels.map(({ classLabel }) => classLabel),
        ['1', '0'],
      );
      await ml.stop();
    });
  }

  it('of a regression is of the model only; without the option there is none', async () => {
    const { ml, create, call } = await testMl();
    const regressor = "MODEL_TYPE='BOOSTED_TREE_REGRESSOR'";
    await create(`${regressor}, ENABLE_GLOBAL_EXPLAIN=TRUE`, loans(100));
    const { rows } = await call('GLOBAL_EXPLAIN');
    assert.deepEqual(rows.map(({ feature }) => feature).sort(), [...FEATURES].sort());
    await assert.rejects(
      call('GLOBAL_EXPLAIN', { settings: { class_level_explain: true } }),
      refused(/class_level_explain is for classification models only/),
    );
    await create(regressor, loans(100), 'CREATE OR REPLACE MODEL m');
    await assert.rejects(
      call('GLOBAL_EXPLAIN'),
      refused(/not trained with ENABLE_GLOBAL_EXPLAIN = TRUE/),
    );
    await ml.stop();
  });

  it('is approximate where asked, or with many parallel trees', async () => {
    const forest = (trees: number, more = '') =>
      `MODEL_TYPE='RANDOM_FOREST_CLASSIFIER', NUM_PARALLEL_TREE=${trees}, MAX_TREE_DEPTH=2, ENABLE_GLOBAL_EXPLAIN=TRUE${more}`;
    const isApproximate = async (options: string): Promise<boolean> => {
      const { ml, create } = await testMl();
      await create(options, loans(100));
      const [run] = ml.get(modelRef('m')).trainingRuns as { trainingOptions: Row }[];
      await ml.stop();
      return run!.trainingOptions.approxGlobalFeatureContrib as boolean;
    };
    assert.equal(await isApproximate(forest(50)), true);
    assert.equal(await isApproximate(forest(49)), false);
    assert.equal(await isApproximate(forest(50, ', APPROX_GLOBAL_FEATURE_CONTRIB=FALSE')), false);
    assert.equal(await isApproximate(forest(2, ', APPROX_GLOBAL_FEATURE_CONTRIB=TRUE')), true);
    const { create } = await testMl();
    assert.throws(
      () => create(`${TREES}, APPROX_GLOBAL_FEATURE_CONTRIB=TRUE`, loans(100)),
      refused(/APPROX_GLOBAL_FEATURE_CONTRIB requires ENABLE_GLOBAL_EXPLAIN to be TRUE/),
    );
  });
});

const CONTRIBUTIONS = `
import json, numpy as np, xgboost as xgb
rows = [[np.nan if x is None else x for x in row] for row in json.load(open('rows.json'))]
booster = xgb.Booster(model_file='model.bst')
data = xgb.DMatrix(np.array(rows, dtype=np.float32), missing=np.nan)
answer = lambda approx: booster.predict(data, pred_contribs=True, approx_contribs=approx).astype(float).tolist()
print(json.dumps({'exact': answer(False), 'approximate': answer(True)}))`;

/** Contributions by row, class and column, the bias last. */
function contributionsOf(
  model: Uint8Array,
  rows: readonly (readonly unknown[])[],
): Record<'exact' | 'approximate', number[][][]> {
  const files = new Map<string, Uint8Array | string>([
    ['model.bst', model],
    ['rows.json', JSON.stringify(rows)],
  ]);
  return runPython(['-c', CONTRIBUTIONS], files) as ReturnType<typeof contributionsOf>;
}
