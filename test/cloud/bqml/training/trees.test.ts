import assert from 'node:assert/strict';
import { readXgboostBinary } from '../../../../shared/bridge/xgboost/binary.ts';
import { loans, modelRef, table, testMl } from '../testing.ts';

const TREES = "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=4, EARLY_STOP=FALSE";

describe('boosted trees and forests', () => {
  it('of two labels are two trees a round, the classes in descending order', async () => {
    const { ml, create, store } = await testMl();
    await create(TREES, loans(100));
    await ml.export(modelRef('m'), 'gs://exports/m/');
    const metadata = JSON.parse(
      Buffer.from(store.objects.get('exports/m/assets/model_metadata.json')!).toString(),
    );
    assert.deepEqual(metadata.class_names, ['1', '0']);
    const booster = readXgboostBinary(store.objects.get('exports/m/model.bst')!);
    assert.equal(booster.objective, 'multi:softprob');
    assert.equal(booster.groupCount, 2);
    assert.deepEqual(
      booster.trees.map(({ group }) => group),
      [0, 1, 0, 1, 0, 1, 0, 1],
    );
    await ml.stop();
  });

  it('stop after the first round whose evaluation loss gains too little, and keep it', async () => {
    const { ml, create, iterations } = await testMl();
    const options =
      "MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', MAX_ITERATIONS=50, MIN_REL_PROGRESS=0.02";
    await create(options, loans(2000));
    const gains = iterations.slice(1).map(({ evalLoss }, i) => {
      const before = iterations[i]!.evalLoss!;
      return (before - evalLoss!) / before;
    });
    assert.ok(gains.length > 1 && gains.length < 49, `${gains}`);
    assert.ok(gains.slice(0, -1).every((gain) => gain >= 0.02) && gains.at(-1)! < 0.02, `${gains}`);
    await ml.stop();
  });

  it('treat NULL as the training mean, and NaN as missing', async () => {
    const { ml, create, call } = await testMl();
    // The mean of x is 5; only rows with x = 5 are of class 1. NaN rows are of class 1, too.
    const rows = [0, 10, 5, 5, Number.NaN].flatMap((x) =>
      Array.from({ length: 20 }, () => ({ x, label: Number(x !== 0 && x !== 10) })),
    );
    await create(`${TREES}, LEARN_RATE=1`, table({ x: 'FLOAT64', label: 'INT64' }, rows));
    const probe = table({ x: 'FLOAT64' }, [{ x: null }, { x: 5 }, { x: Number.NaN }, { x: 0 }]);
    const { rows: predicted } = await call('PREDICT', { input: probe });
    assert.deepEqual(predicted[0], predicted[1]);
    assert.deepEqual(
      predicted.map((row) => row.predicted_label),
      [1, 1, 1, 0],
    );
    await ml.stop();
  });

  it('treat NULL and unseen categories as code 0', async () => {
    const { ml, create, call } = await testMl();
    const rows = Array.from({ length: 60 }, (_, i) => ({
      w: [null, 'a', 'b'][i % 3],
      label: Number(i % 3 === 0),
    }));
    await create(TREES, table({ w: 'STRING', label: 'INT64' }, rows));
    const probe = table({ w: 'STRING' }, [{ w: null }, { w: 'unseen' }, { w: 'a' }]);
    const { rows: predicted } = await call('PREDICT', { input: probe });
    assert.deepEqual(
      predicted.map((row) => row.predicted_label),
      [1, 1, 0],
    );
    assert.deepEqual(predicted[0], predicted[1]);
    await ml.stop();
  });

  for (const type of ['BOOSTED_TREE_REGRESSOR', 'RANDOM_FOREST_REGRESSOR', 'LINEAR_REG']) {
    it(`${type} predicts FLOAT64`, async () => {
      const { ml, create, call } = await testMl();
      const rows = Array.from({ length: 100 }, (_, i) => ({ x: i, z: 100 - i, label: 3 * i + 1 }));
      const data = table({ x: 'INT64', z: 'INT64', label: 'INT64' }, rows);
      const depth = type === 'LINEAR_REG' ? '' : ', MAX_TREE_DEPTH=6';
      await create(`MODEL_TYPE='${type}'${depth}`, data);
      const { columns, rows: predicted } = await call('PREDICT', { input: data });
      assert.deepEqual(
        columns.map(({ name, type: columnType }) => [name, columnType]),
        [['predicted_label', { kind: 'FLOAT64' }]],
      );
      const [evaluation] = (await call('EVALUATE')).rows;
      assert.ok((evaluation!.r2_score as number) > 0.9, JSON.stringify(evaluation));
      const [low, high] = [5, 90].map((row) => predicted[row]!.predicted_label as number);
      assert.ok(high! > low! + 200, `${low}, ${high}`);
      await ml.stop();
    });
  }

  it('a random forest is one round of NUM_PARALLEL_TREE trees a class', async () => {
    const { ml, create, iterations, store } = await testMl();
    await create("MODEL_TYPE='RANDOM_FOREST_CLASSIFIER', NUM_PARALLEL_TREE=4", loans(600));
    assert.equal(iterations.length, 1);
    await ml.export(modelRef('m'), 'gs://exports/m');
    const { trees, attributes } = readXgboostBinary(store.objects.get('exports/m/model.bst')!);
    // Grouped by class, as in real exports, which hold no attributes.
    assert.deepEqual(
      trees.map(({ group }) => group),
      [0, 0, 0, 0, 1, 1, 1, 1],
    );
    assert.equal(attributes.size, 0);
    await ml.stop();
  });
});
