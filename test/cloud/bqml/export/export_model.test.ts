import assert from 'node:assert/strict';
import type { InputTable } from '../../bigquery/ports.ts';
import { gaussians, modelRef, randoms, refused, table, testMl } from '../testing.ts';
import { hasPythonXgboost, runPython } from './oracle/xgboost.ts';

const M = modelRef('m');

/** Rows of numbers, words and flags; the label is 1, 2 or 3, or a number. */
function rowsOf(count: number, seed: number, classes: number) {
  const [normal, random] = [gaussians(seed), randoms(seed)];
  return Array.from({ length: count }, () => {
    const row = {
      amount: random() < 0.1 ? null : normal() * 100,
      visits: Math.floor(random() * 20),
      word: ['alpha', 'beta', 'gamma', 'ünï'][Math.floor(random() * 4)]!,
      flag: random() < 0.5,
    };
    const score = (row.amount ?? 0) / 50 + (row.word === 'beta' ? 2 : 0) - (row.flag ? 1 : 0);
    const noisy = score + normal() / 2;
    const label =
      classes === 0
        ? noisy
        : classes === 2
          ? Number(noisy > 0)
          : 1 + Number(noisy > 0) + Number(noisy > 2);
    return { ...row, label };
  });
}

const tableOf = (rows: ReturnType<typeof rowsOf>, label: 'INT64' | 'FLOAT64'): InputTable =>
  table({ amount: 'FLOAT64', visits: 'INT64', word: 'STRING', flag: 'BOOL', label }, rows);

const VARIANTS = [
  ["MODEL_TYPE='BOOSTED_TREE_CLASSIFIER'", 2],
  ["MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', XGBOOST_VERSION='1.1'", 3],
  ["MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', CATEGORY_ENCODING_METHOD='ONE_HOT_ENCODING'", 3],
  ["MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', CATEGORY_ENCODING_METHOD='TARGET_ENCODING'", 2],
  ["MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', CATEGORY_ENCODING_METHOD='TARGET_ENCODING'", 3],
  ["MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', BOOSTER_TYPE='DART', DROPOUT=0.3", 2],
  ["MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', NUM_PARALLEL_TREE=3, SUBSAMPLE=0.5", 2],
  ["MODEL_TYPE='BOOSTED_TREE_REGRESSOR'", 0],
  ["MODEL_TYPE='BOOSTED_TREE_REGRESSOR', XGBOOST_VERSION='1.1'", 0],
  ["MODEL_TYPE='RANDOM_FOREST_CLASSIFIER', NUM_PARALLEL_TREE=5", 3],
  ["MODEL_TYPE='RANDOM_FOREST_CLASSIFIER', XGBOOST_VERSION='1.1'", 2],
  ["MODEL_TYPE='RANDOM_FOREST_REGRESSOR', NUM_PARALLEL_TREE=5", 0],
] as const;

describe('EXPORT MODEL', () => {
  it('writes the booster, its metadata, the vocabularies and a script below the URI', async () => {
    const { ml, create, store } = await testMl();
    await create("MODEL_TYPE='BOOSTED_TREE_CLASSIFIER'", tableOf(rowsOf(200, 1, 3), 'INT64'));
    await ml.export(M, 'gs://exports/a/b/');
    await ml.export(M, 'gs://exports');
    const names = [
      'assets/2_categorical_label.txt',
      'assets/3_categorical_label.txt',
      'assets/model_metadata.json',
      'main.py',
      'model.bst',
    ];
    assert.deepEqual(
      await store.list('exports', 'a/b/'),
      names.map((name) => `a/b/${name}`),
    );
    const read = async (name: string) => Buffer.from(await store.read('exports', name)).toString();
    assert.equal(
      await read('assets/2_categorical_label.txt'),
      '_null_filler\nalpha\nbeta\ngamma\nünï\n',
    );
    assert.equal(await read('assets/3_categorical_label.txt'), '_null_filler\nfalse\ntrue\n');
    const metadata = JSON.parse(await read('assets/model_metadata.json'));
    assert.deepEqual(Object.keys(metadata), [
      'class_names',
      'feature_names',
      'features',
      'label_col',
      'model_type',
    ]);
    assert.deepEqual(metadata.class_names, ['3', '2', '1']);
    assert.deepEqual(metadata.feature_names, ['amount', 'visits', 'word', 'flag']);
    assert.equal(metadata.label_col, 'label');
    assert.equal(metadata.model_type, 'boosted_tree_classifier');
    assert.deepEqual(metadata.features.word, { encode_type: 'categorical_label' });
    assert.deepEqual(Object.keys(metadata.features.amount), ['mean', 'min', 'max', 'std']);
    await ml.stop();
  });

  it('has the header of the version asked for', async () => {
    for (const [version, start] of [
      ['0.9', Buffer.from([0, 0, 0, 0x3f])],
      ['1.1', Buffer.from('binf')],
    ] as const) {
      const { ml, create, store } = await testMl();
      const options = `MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', XGBOOST_VERSION='${version}'`;
      await create(options, tableOf(rowsOf(60, 1, 2), 'INT64'));
      await ml.export(M, 'gs://exports');
      const bytes = Buffer.from(await store.read('exports', 'model.bst'));
      assert.deepEqual(bytes.subarray(0, 4), start);
      await ml.stop();
    }
  });

  it('refuses linear models by name, bad URIs, missing buckets and unwritable categories', async () => {
    const { ml, create } = await testMl();
    const data = tableOf(rowsOf(60, 1, 2), 'INT64');
    await create("MODEL_TYPE='LOGISTIC_REG'", data);
    await assert.rejects(
      ml.export(M, 'gs://exports'),
      refused(/EXPORT MODEL of LOGISTIC_REG, a TensorFlow SavedModel: .*ML\.WEIGHTS/, 501),
    );
    await create("MODEL_TYPE='BOOSTED_TREE_CLASSIFIER'", data, 'CREATE OR REPLACE MODEL m');
    for (const uri of ['exports/x', 's3://exports', 'gs://', 'gs://exports/*']) {
      await assert.rejects(ml.export(M, uri), refused(/^Invalid URI/, 400), uri);
    }
    await assert.rejects(ml.export(M, 'gs://other/x'), refused(/The bucket other/, 404));
    const rows = Array.from({ length: 20 }, (_, i) => ({
      w: ['a\nb', 'c,d'][i % 2],
      label: i % 2,
    }));
    const words = table({ w: 'STRING', label: 'INT64' }, rows);
    await create("MODEL_TYPE='BOOSTED_TREE_CLASSIFIER'", words, 'CREATE OR REPLACE MODEL m');
    await assert.rejects(
      ml.export(M, 'gs://exports'),
      refused(/exporting the category "a\\nb"/, 501),
    );
    const commas = table(
      { w: 'STRING', label: 'INT64' },
      rows.map((row) => ({ ...row, w: row.w!.replace('\n', '') })),
    );
    const target =
      "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', CATEGORY_ENCODING_METHOD='TARGET_ENCODING'";
    await create(target, commas, 'CREATE OR REPLACE MODEL m');
    await assert.rejects(
      ml.export(M, 'gs://exports'),
      refused(/exporting the category "c,d"/, 501),
    );
    await ml.stop();
  });

  for (const [options, classes] of VARIANTS) {
    it(`${options}, ${classes} classes: its script predicts with XGBoost what ML.PREDICT does`, async function () {
      if (!hasPythonXgboost()) {
        console.log('      skipped: Debian’s python3-xgboost is not installed');
        this.skip();
      }
      const { ml, create, call, store } = await testMl();
      const label = classes === 0 ? 'FLOAT64' : 'INT64';
      await create(`${options}, MAX_TREE_DEPTH=4`, tableOf(rowsOf(600, 3, classes), label));
      await ml.export(M, 'gs://exports');
      const probes = rowsOf(50, 4, classes);
      const { rows } = await call('PREDICT', { input: tableOf(probes, label) });
      const ours = rows.map((row) =>
        classes === 0
          ? [row.predicted_label as number]
          : (row.predicted_label_probs as { prob: number }[]).map(({ prob }) => prob),
      );

      const instances = probes.map(({ label: _, flag, ...row }) => ({
        ...row,
        flag: String(flag),
      }));
      const files = new Map<string, Uint8Array | string>(
        [...store.objects].map(([name, bytes]) => [name.replace('exports/', ''), bytes]),
      );
      files.set('instances.json', JSON.stringify(instances));
      const script =
        'import json, main; print(json.dumps(main.predict(json.load(open("instances.json")))))';
      const theirs = runPython(['-c', script], files) as Record<string, unknown>[];
      theirs.forEach((answer, i) => {
        const numbers = classes === 0 ? [answer.predicted_label] : answer.label_probs;
        (numbers as number[]).forEach((x, k) => {
          const off = Math.abs(x - ours[i]![k]!);
          assert.ok(off <= 1e-6 * Math.max(1, Math.abs(x)), `row ${i}: off by ${off}`);
        });
        if (classes > 0) assert.equal(answer.predicted_label, String(rows[i]!.predicted_label));
      });
      await ml.stop();
    });
  }
});
