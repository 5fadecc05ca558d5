import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readXgboostBinary } from '../../../../shared/bridge/xgboost/binary.ts';
import type { InputTable } from '../../bigquery/ports.ts';
import { parseStatement } from '../statements/parse.ts';
import { DATASET, loans, modelRef, refused, refusesToTrain, table, testMl } from '../testing.ts';

const ROUNDS = 'MAX_ITERATIONS=3, EARLY_STOP=FALSE';
const TREES = `MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', ${ROUNDS}`;
const DEPTHS = 'NUM_TRIALS=3, MAX_TREE_DEPTH=HPARAM_CANDIDATES([1, 2, 4])';

/** A tuned model, what ML.TRIAL_INFO says of it, and the engine. */
async function tuned(options: string, input: InputTable = loans(600)) {
  const engine = await testMl();
  await engine.create(options, input);
  const { rows, columns } = await engine.call('TRIAL_INFO');
  return { ...engine, trials: rows as unknown as TrialRow[], columns };
}

interface TrialRow {
  readonly trial_id: number;
  readonly hyperparameters: Record<string, unknown>;
  readonly hparam_tuning_evaluation_metrics: Record<string, number | null>;
  readonly training_loss: number | null;
  readonly eval_loss: number | null;
  readonly status: string;
  readonly error_message: string | null;
  readonly is_optimal: boolean;
}

describe('hyperparameter tuning', () => {
  it('tells of its trials with the documented columns and types', async () => {
    const options = `${TREES}, NUM_TRIALS=3, LEARN_RATE=HPARAM_RANGE(0.1, 0.5),
      MAX_TREE_DEPTH=HPARAM_CANDIDATES([4, 2]), TREE_METHOD=HPARAM_CANDIDATES(['exact', 'HIST'])`;
    const { ml, trials, columns } = await tuned(options);
    const float = { kind: 'FLOAT64' };
    assert.deepEqual(
      columns.map(({ name, type }) => [name, type]),
      [
        ['trial_id', { kind: 'INT64' }],
        [
          'hyperparameters',
          {
            kind: 'STRUCT',
            fields: [
              { name: 'tree_method', type: { kind: 'STRING' } },
              { name: 'learn_rate', type: float },
              { name: 'max_tree_depth', type: { kind: 'INT64' } },
            ],
          },
        ],
        [
          'hparam_tuning_evaluation_metrics',
          { kind: 'STRUCT', fields: [{ name: 'roc_auc', type: float }] },
        ],
        ['training_loss', float],
        ['eval_loss', float],
        ['status', { kind: 'STRING' }],
        ['error_message', { kind: 'STRING' }],
        ['is_optimal', { kind: 'BOOL' }],
      ],
    );
    assert.deepEqual(
      trials.map(({ trial_id, status, error_message }) => [trial_id, status, error_message]),
      [1, 2, 3].map((id) => [id, 'SUCCEEDED', null]),
    );
    // The defaults are where the search starts; what the space lacks is replaced by what is closest.
    assert.deepEqual(trials[0]!.hyperparameters, {
      tree_method: 'EXACT',
      learn_rate: 0.3,
      max_tree_depth: 4n,
    });
    for (const { eval_loss, training_loss } of trials)
      assert.ok(eval_loss! > 0 && training_loss! > 0);
    await ml.stop();
  });

  it('searches the default ranges where none is given, but not beside an option with a value', async () => {
    const { ml, trials } = await tuned(`${TREES}, NUM_TRIALS=2, L2_REG=3.0`);
    assert.deepEqual(trials[0]!.hyperparameters, {
      // 0 on a LOG scale.
      l1_reg: 1e-14,
      learn_rate: 0.3,
      max_tree_depth: 6n,
      subsample: 1,
    });
    await ml.stop();
  });

  it('calls the best trial of the objective optimal, lowest losses being best', async () => {
    for (const [objective, sign] of [
      ['ROC_AUC', 1],
      ['LOG_LOSS', -1],
      ['ACCURACY', 1],
    ] as const) {
      const options = `${TREES}, ${DEPTHS}, HPARAM_TUNING_OBJECTIVES=['${objective}']`;
      const { ml, trials } = await tuned(options);
      const reached = trials.map(
        (trial) => sign * trial.hparam_tuning_evaluation_metrics[objective.toLowerCase()]!,
      );
      assert.equal(
        trials.findIndex((trial) => trial.is_optimal),
        reached.indexOf(Math.max(...reached)),
        objective,
      );
      assert.equal(trials.filter((trial) => trial.is_optimal).length, 1);
      await ml.stop();
    }
  });

  it('ends where the space is exhausted, and trains no combination twice', async () => {
    const { ml, trials } = await tuned(`${TREES}, ${DEPTHS.replace('3', '50')}`);
    assert.deepEqual(
      trials.map(({ hyperparameters }) => Number(hyperparameters.max_tree_depth)).sort(),
      [1, 2, 4],
    );
    await ml.stop();
  });

  it('finds the same whatever order the rows come in, and in parallel what the first batch allows', async () => {
    const rows = Array.from({ length: 600 }, (_, i) => {
      const x = (i * 7919) % 601;
      return { x, z: (i * 31) % 17, label: Number((x + (i % 7) * 40) % 500 > 250) };
    });
    const types = { x: 'FLOAT64', z: 'FLOAT64', label: 'INT64' } as const;
    const options = `${TREES}, NUM_TRIALS=4, LEARN_RATE=HPARAM_RANGE(0.05, 0.9)`;
    const one = await tuned(options, table(types, rows));
    const other = await tuned(options, table(types, rows.toReversed()));
    const both = await tuned(`${options}, MAX_PARALLEL_TRIALS=2`, table(types, rows));
    assert.deepEqual(other.trials, one.trials);
    assert.deepEqual(both.trials[0], { ...one.trials[0], is_optimal: both.trials[0]!.is_optimal });
    assert.equal(both.trials.length, 4);
    for (const { ml } of [one, other, both]) await ml.stop();
  });

  it('marks what cannot be trained INFEASIBLE and goes on', async () => {
    const options = `${TREES}, NUM_TRIALS=2, SUBSAMPLE=HPARAM_CANDIDATES([0, 0.5])`;
    const { ml, trials, call } = await tuned(options);
    const lost = trials.find(({ hyperparameters }) => hyperparameters.subsample === 0)!;
    assert.equal(lost.status, 'INFEASIBLE');
    assert.match(lost.error_message!, /SUBSAMPLE must be greater than 0/);
    assert.deepEqual(
      [lost.training_loss, lost.eval_loss, lost.hparam_tuning_evaluation_metrics, lost.is_optimal],
      [null, null, { roc_auc: null }, false],
    );
    const settings = { trial_id: BigInt(lost.trial_id) };
    await assert.rejects(
      call('PREDICT', { input: loans(3), settings }),
      refused(/Trial \d is INFEASIBLE and made no model/),
    );
    assert.equal((await call('EVALUATE')).rows.length, 1);
    await ml.stop();
  });

  it('knows that DROPOUT is of DART alone', async () => {
    const options = `${TREES}, NUM_TRIALS=6, BOOSTER_TYPE=HPARAM_CANDIDATES(['GBTREE', 'DART']),
      DROPOUT=HPARAM_CANDIDATES([0.1, 0.4])`;
    const { ml, trials } = await tuned(options);
    assert.deepEqual(
      trials
        .map(({ hyperparameters: { booster_type, dropout } }) => `${booster_type} ${dropout}`)
        .sort(),
      ['DART 0.1', 'DART 0.4', 'GBTREE null'],
    );
    await ml.stop();
  });

  it('tunes forests, regressions and linear models', async () => {
    const numbers = table(
      { x: 'FLOAT64', label: 'FLOAT64' },
      Array.from({ length: 600 }, (_, i) => ({ x: i % 50, label: (i % 50) * 2 + (i % 3) })),
    );
    const cases = [
      [
        "MODEL_TYPE='RANDOM_FOREST_CLASSIFIER', NUM_TRIALS=2, NUM_PARALLEL_TREE=HPARAM_RANGE(2, 4)",
        loans(600),
        'roc_auc',
      ],
      [
        "MODEL_TYPE='RANDOM_FOREST_REGRESSOR', NUM_TRIALS=2, NUM_PARALLEL_TREE=HPARAM_RANGE(2, 4)",
        numbers,
        'r2_score',
      ],
      ["MODEL_TYPE='LINEAR_REG', NUM_TRIALS=2, L2_REG=HPARAM_RANGE(0, 5.0)", numbers, 'r2_score'],
      ["MODEL_TYPE='LOGISTIC_REG', NUM_TRIALS=2", loans(600), 'roc_auc'],
    ] as const;
    for (const [options, input, metric] of cases) {
      const { ml, trials } = await tuned(options, input);
      for (const { status, hparam_tuning_evaluation_metrics } of trials) {
        assert.equal(status, 'SUCCEEDED');
        assert.ok(hparam_tuning_evaluation_metrics[metric]! > 0.5, options);
      }
      await ml.stop();
    }
  });
});

describe('the functions on a tuned model', () => {
  let engine: Awaited<ReturnType<typeof tuned>>;
  before(async () => {
    engine = await tuned(`${TREES}, ${DEPTHS}`, loans(1500));
  });
  after(() => engine.ml.stop());

  const optimal = () => engine.trials.find((trial) => trial.is_optimal)!.trial_id;

  it('ask the optimal trial unless told otherwise, and say which', async () => {
    const { call } = engine;
    const input = loans(50, 9);
    const [first] = (await call('PREDICT', { input })).rows;
    assert.deepEqual(Object.keys(first!), ['trial_id', 'predicted_label', 'predicted_label_probs']);
    assert.equal(first!.trial_id, optimal());
    for (const { trial_id } of engine.trials) {
      const settings = { trial_id: BigInt(trial_id) };
      const { rows } = await call('PREDICT', { input, settings });
      assert.ok(rows.every((row) => row.trial_id === trial_id));
      const evaluated = await call('EVALUATE', { input, settings });
      assert.equal(evaluated.rows[0]!.trial_id, trial_id);
    }
    const evaluated = await call('EVALUATE', { input });
    assert.equal(evaluated.rows[0]!.trial_id, optimal());
  });

  it('give the numbers of a model that was trained with the trial’s hyperparameters alone', async () => {
    const input = loans(50, 9);
    const sides = loans(1500);
    const labels = (await engine.call('PREDICT', { input, settings: { trial_id: 1n } })).rows;
    const other = await testMl();
    // The rows of the three-way split, by what AUTO_SPLIT of a tuned model does.
    const half = "DATA_SPLIT_METHOD='RANDOM', DATA_SPLIT_EVAL_FRACTION=0.2";
    await other.create(`${TREES}, MAX_TREE_DEPTH=4, ${half}`, sides);
    const alone = (await other.call('PREDICT', { input })).rows;
    assert.deepEqual(
      labels.map((row) => row.predicted_label_probs),
      alone.map((row) => row.predicted_label_probs),
    );
    assert.deepEqual(engine.trials[0]!.hyperparameters, { max_tree_depth: 4n });
    await other.ml.stop();
  });

  it('answer for every trial where there is no data: EVALUATE and WEIGHTS', async () => {
    const { rows } = await engine.call('EVALUATE');
    assert.deepEqual(
      rows.map(({ trial_id }) => trial_id),
      [1, 2, 3],
    );
    const auc = new Set(rows.map(({ roc_auc }) => roc_auc));
    assert.equal(auc.size, 3);
    // Of the test rows, where ML.TRIAL_INFO tells of the evaluation rows.
    assert.notEqual(rows[0]!.roc_auc, engine.trials[0]!.hparam_tuning_evaluation_metrics.roc_auc);
    const [one] = (await engine.call('EVALUATE', { settings: { trial_id: 2n } })).rows;
    assert.deepEqual(one, rows[1]);
    const linear = await testMl();
    await linear.create("MODEL_TYPE='LOGISTIC_REG', NUM_TRIALS=2", loans(600));
    const weights = (await linear.call('WEIGHTS')).rows;
    assert.deepEqual(
      weights.map(({ trial_id, processed_input }) => `${trial_id} ${processed_input}`),
      [1, 2].flatMap((id) => ['x', 'z', 'word', '__INTERCEPT__'].map((name) => `${id} ${name}`)),
    );
    await linear.ml.stop();
  });

  it('take a trial: CONFUSION_MATRIX and ROC_CURVE', async () => {
    const input = loans(200, 4);
    for (const name of ['CONFUSION_MATRIX', 'ROC_CURVE']) {
      const ask = async (settings?: object) =>
        (await engine.call(name, { input, ...(settings ? { settings } : {}) })).rows;
      assert.deepEqual(await ask({ trial_id: BigInt(optimal()) }), await ask(), name);
      const answers = await Promise.all([1n, 2n, 3n].map((trial_id) => ask({ trial_id })));
      assert.notDeepEqual(answers[0], answers[1], name);
      assert.ok(!('trial_id' in answers[0]![0]!), name);
    }
  });

  it('refuse a trial that there is not, and iterations, which trials do not keep', async () => {
    const input = loans(3);
    const ask = (trial_id: unknown) => engine.call('PREDICT', { input, settings: { trial_id } });
    await assert.rejects(ask(4n), refused(/ML\.PREDICT\nThere are trials 1 to 3; not 4/));
    await assert.rejects(ask('1'), refused(/trial_id must be an INT64/));
    await assert.rejects(engine.call('TRAINING_INFO'), refused(/ask ML\.TRIAL_INFO/));
    const plain = await testMl();
    await plain.create(TREES, loans(100));
    await assert.rejects(plain.call('TRIAL_INFO'), refused(/with hyperparameter tuning only/));
    await plain.ml.stop();
  });

  it('export the optimal trial, or the one that is asked for', async () => {
    const { ml, store } = engine;
    const depthOf = async (trialId?: number) => {
      await ml.export(modelRef('m'), 'gs://exports/m', trialId);
      const { trees } = readXgboostBinary(store.objects.get('exports/m/model.bst')!);
      const depth = (tree: (typeof trees)[number], node = 0): number =>
        tree.left[node]! < 0
          ? 0
          : 1 + Math.max(depth(tree, tree.left[node]!), depth(tree, tree.right[node]!));
      return Math.max(...trees.map((tree) => depth(tree)));
    };
    for (const { trial_id, hyperparameters, is_optimal } of engine.trials) {
      assert.equal(await depthOf(trial_id), Number(hyperparameters.max_tree_depth));
      if (is_optimal) assert.equal(await depthOf(), Number(hyperparameters.max_tree_depth));
    }
    await assert.rejects(depthOf(9), refused(/There are trials 1 to 3; not 9/));
  });

  it('are as they were after a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tuned-'));
    const first = await testMl({ directory });
    await first.create(`${TREES}, ${DEPTHS}`, loans(600));
    const asked = { input: loans(20, 3), settings: { trial_id: 3n } };
    const before = (await first.call('PREDICT', asked)).rows;
    const told = (await first.call('TRIAL_INFO')).rows;
    await first.ml.stop();
    const second = await testMl({ directory });
    assert.deepEqual((await second.call('PREDICT', asked)).rows, before);
    assert.deepEqual((await second.call('TRIAL_INFO')).rows, told);
    await second.ml.stop();
    await rm(directory, { recursive: true });
  });
});

/** What the test reads of the models resource. */
interface Resource {
  readonly hparamSearchSpaces: object;
  readonly defaultTrialId: string;
  readonly optimalTrialIds: readonly string[];
  readonly trainingRuns: readonly [
    { readonly trainingOptions: Record<string, unknown>; readonly results: readonly unknown[] },
  ];
  readonly hparamTrials: readonly [
    {
      readonly trialId: string;
      readonly status: string;
      readonly hparams: object;
      readonly hparamTuningEvaluationMetrics: object;
      readonly evaluationMetrics: {
        readonly binaryClassificationMetrics: {
          readonly aggregateClassificationMetrics: { readonly rocAuc: number };
        };
      };
    },
  ];
}

describe('the resource of a tuned model', () => {
  it('has the search spaces, the trials and which is optimal, in the documented form', async () => {
    const { ml, trials } = await tuned(
      `${TREES}, NUM_TRIALS=2, MAX_TREE_DEPTH=HPARAM_RANGE(1, 3), L1_REG=HPARAM_RANGE(0, 5),
       TREE_METHOD=HPARAM_CANDIDATES(['HIST', 'EXACT'])`,
    );
    const resource = ml.get(modelRef('m')) as unknown as Resource;
    assert.deepEqual(resource.hparamSearchSpaces, {
      l1Reg: { range: { min: 0, max: 5 } },
      treeMethod: { candidates: ['hist', 'exact'] },
      maxTreeDepth: { range: { min: '1', max: '3' } },
    });
    const optimal = String(trials.find((trial) => trial.is_optimal)!.trial_id);
    assert.equal(resource.defaultTrialId, optimal);
    assert.deepEqual(resource.optimalTrialIds, [optimal]);
    const { numTrials, maxParallelTrials, hparamTuningObjectives } =
      resource.trainingRuns[0].trainingOptions;
    assert.deepEqual(
      [numTrials, maxParallelTrials, hparamTuningObjectives],
      ['2', '1', ['ROC_AUC']],
    );
    const [first] = resource.hparamTrials;
    assert.deepEqual(first.hparams, {
      l1Regularization: 1e-14,
      treeMethod: 'HIST',
      maxTreeDepth: '3',
    });
    assert.equal(first.trialId, '1');
    assert.equal(first.status, 'SUCCEEDED');
    assert.deepEqual(first.hparamTuningEvaluationMetrics, {
      binaryClassificationMetrics: {
        aggregateClassificationMetrics: {
          rocAuc: trials[0]!.hparam_tuning_evaluation_metrics.roc_auc,
        },
      },
    });
    assert.ok(
      first.evaluationMetrics.binaryClassificationMetrics.aggregateClassificationMetrics.rocAuc,
    );
    assert.equal(resource.trainingRuns[0].results.length, 0);
    const [summary] = ml.list(DATASET);
    assert.ok(!('hparamTrials' in summary!) && !('hparamSearchSpaces' in summary!));
    await ml.stop();
  });
});

describe('the options of hyperparameter tuning', () => {
  const refuses = (options: string, message: RegExp, type = 'BOOSTED_TREE_CLASSIFIER') =>
    assert.throws(
      () =>
        parseStatement(`CREATE MODEL m OPTIONS(MODEL_TYPE='${type}', ${options}) AS SELECT 1`, {
          projectId: 'p',
          defaultDataset: DATASET,
        }),
      refused(message),
      options,
    );

  it('are refused without NUM_TRIALS, out of range, and where they cannot be', () => {
    refuses('LEARN_RATE=HPARAM_RANGE(0.1, 0.5)', /only be used if NUM_TRIALS is specified/);
    refuses('MAX_PARALLEL_TRIALS=2', /MAX_PARALLEL_TRIALS can only be specified if NUM_TRIALS is/);
    refuses("HPARAM_TUNING_OBJECTIVES=['ROC_AUC']", /can only be specified if NUM_TRIALS is/);
    refuses('NUM_TRIALS=0', /at least 1 and at most 100/);
    refuses('NUM_TRIALS=101', /at least 1 and at most 100/);
    refuses('NUM_TRIALS=2, MAX_PARALLEL_TRIALS=6', /at least 1 and at most 5/);
    refuses("NUM_TRIALS=2, HPARAM_TUNING_ALGORITHM='BAYES'", /must be one of 'VIZIER_DEFAULT'/);
    for (const named of ["['R2_SCORE']", "['ROC_AUC', 'LOG_LOSS']", '[]']) {
      refuses(`NUM_TRIALS=2, HPARAM_TUNING_OBJECTIVES=${named}`, /exactly one metric/);
    }
    refuses(
      "NUM_TRIALS=2, HPARAM_TUNING_ALGORITHM='GRID_SEARCH'",
      /GRID_SEARCH needs HPARAM_CANDIDATES for every/,
    );
  });

  it('refuse spaces that are none, with the option and its place', () => {
    const space = (value: string) => `NUM_TRIALS=2, ${value}`;
    refuses(
      space('MAX_ITERATIONS=HPARAM_RANGE(1, 9)'),
      /MAX_ITERATIONS cannot be tuned with HPARAM_RANGE/,
    );
    refuses(
      space('MAX_TREE_DEPTH=HPARAM_RANGE(1.5, 9)'),
      /expects values of type INT64 but got FLOAT64/,
    );
    refuses(space('MAX_TREE_DEPTH=HPARAM_RANGE(1, 21)'), /at most 20, but is 21/);
    refuses(space('LEARN_RATE=HPARAM_RANGE(0.5, 0.5)'), /empty range/);
    refuses(space('LEARN_RATE=HPARAM_RANGE(0.5)'), /expects HPARAM_RANGE\(least, most\)/);
    refuses(space('LEARN_RATE=HPARAM_CANDIDATES([])'), /at least one value/);
    refuses(space('LEARN_RATE=HPARAM_CANDIDATES(0.1)'), /at least one value/);
    refuses(space("TREE_METHOD=HPARAM_CANDIDATES(['GPU'])"), /has the candidate GPU/);
    refuses(space("TREE_METHOD=HPARAM_RANGE('A', 'B')"), /use HPARAM_CANDIDATES/);
    refuses(space("LEARN_RATE=HPARAM_CANDIDATES(['a'])"), /of type FLOAT64 but got STRING/);
    refuses(
      space("BOOSTER_TYPE=HPARAM_CANDIDATES(['GBTREE']), DROPOUT=HPARAM_RANGE(0, 0.5)"),
      /DROPOUT can only be specified if BOOSTER_TYPE is DART/,
    );
  });

  it('demand both fractions of the split or none', () => {
    const random = "NUM_TRIALS=2, DATA_SPLIT_METHOD='RANDOM'";
    refuses(`${random}, DATA_SPLIT_EVAL_FRACTION=0.2`, /must be specified together/);
    refuses(`${random}, DATA_SPLIT_TEST_FRACTION=0.2`, /must be specified together/);
    refuses(
      `${random}, DATA_SPLIT_EVAL_FRACTION=0.5, DATA_SPLIT_TEST_FRACTION=0.5`,
      /leave no rows to train on/,
    );
    refuses(
      'NUM_TRIALS=2, DATA_SPLIT_EVAL_FRACTION=0.1, DATA_SPLIT_TEST_FRACTION=0.1',
      /can only be specified if DATA_SPLIT_METHOD is RANDOM or SEQ/,
    );
  });

  it('end the training where no trial comes to anything', () =>
    refusesToTrain(
      `${TREES}, NUM_TRIALS=1, SUBSAMPLE=HPARAM_CANDIDATES([0])`,
      loans(100),
      /tuning failed: .* Trial 1: SUBSAMPLE must be greater than 0/,
    ));
});
