import assert from 'node:assert/strict';
import { ApiError } from '../../errors.ts';
import { parseStatement } from '../statements/parse.ts';
import { type Settings, settingsFromJson } from './settings.ts';

const CONTEXT = { projectId: 'p', defaultDataset: { projectId: 'p', datasetId: 'd' } };

function resolve(type: string, options = ''): Settings {
  const sql = `CREATE MODEL m OPTIONS(MODEL_TYPE='${type}'${options && `,\n${options}`}) AS SELECT 1`;
  const statement = parseStatement(sql, CONTEXT);
  assert.ok(statement?.kind === 'CREATE_MODEL');
  return settingsFromJson(Object.fromEntries(statement.options));
}

function refuses(type: string, options: string, message: string | RegExp): void {
  assert.throws(
    () => resolve(type, options),
    (error) => {
      assert.ok(error instanceof ApiError && error.reason === 'invalidQuery', String(error));
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
  );
}

/** Defaults as the CREATE MODEL pages state them. */
const DOCUMENTED: Record<string, Record<string, unknown>> = {
  BOOSTED_TREE_CLASSIFIER: {
    BOOSTER_TYPE: 'GBTREE',
    DART_NORMALIZE_TYPE: 'TREE',
    DROPOUT: 0,
    NUM_PARALLEL_TREE: 1,
    MAX_ITERATIONS: 20,
    LEARN_RATE: 0.3,
    MAX_TREE_DEPTH: 6,
    MIN_TREE_CHILD_WEIGHT: 1,
    MIN_SPLIT_LOSS: 0,
    SUBSAMPLE: 1,
    COLSAMPLE_BYTREE: 1,
    COLSAMPLE_BYLEVEL: 1,
    COLSAMPLE_BYNODE: 1,
    L1_REG: 0,
    L2_REG: 1,
    TREE_METHOD: 'AUTO',
    EARLY_STOP: true,
    MIN_REL_PROGRESS: 0.01,
    CATEGORY_ENCODING_METHOD: 'LABEL_ENCODING',
    XGBOOST_VERSION: '0.9',
    AUTO_CLASS_WEIGHTS: false,
    CLASS_WEIGHTS: undefined,
    INSTANCE_WEIGHT_COL: undefined,
    ENABLE_GLOBAL_EXPLAIN: false,
    APPROX_GLOBAL_FEATURE_CONTRIB: false,
    INPUT_LABEL_COLS: ['label'],
    DATA_SPLIT_METHOD: 'AUTO_SPLIT',
    DATA_SPLIT_EVAL_FRACTION: 0.2,
    DATA_SPLIT_COL: undefined,
  },
  RANDOM_FOREST_CLASSIFIER: {
    NUM_PARALLEL_TREE: 100,
    MAX_TREE_DEPTH: 15,
    SUBSAMPLE: 0.8,
    COLSAMPLE_BYNODE: 0.8,
    COLSAMPLE_BYTREE: 1,
    COLSAMPLE_BYLEVEL: 1,
    L2_REG: 1,
    XGBOOST_VERSION: '0.9',
  },
  LOGISTIC_REG: {
    LEARN_RATE_STRATEGY: 'LINE_SEARCH',
    LEARN_RATE: 0.1,
    LS_INIT_LEARN_RATE: 0.1,
    L1_REG: 0,
    L2_REG: 0,
    MAX_ITERATIONS: 20,
    EARLY_STOP: true,
    MIN_REL_PROGRESS: 0.01,
    FIT_INTERCEPT: true,
    WARM_START: false,
    CALCULATE_P_VALUES: false,
    CATEGORY_ENCODING_METHOD: 'ONE_HOT_ENCODING',
    AUTO_CLASS_WEIGHTS: false,
    ENABLE_GLOBAL_EXPLAIN: false,
  },
  LINEAR_REG: { OPTIMIZE_STRATEGY: 'AUTO_STRATEGY', L2_REG: 0 },
};

describe('model options', () => {
  for (const [type, defaults] of Object.entries(DOCUMENTED)) {
    it(`of ${type} have the documented defaults`, () => {
      const settings = resolve(type);
      for (const [name, value] of Object.entries(defaults)) {
        assert.deepEqual(settings.value(name), value, name);
      }
      assert.equal(settings.given.size, 0);
    });
  }

  it('take words in any case and integers for FLOAT64', () => {
    const settings = resolve(
      'boosted_tree_classifier',
      "booster_type='dart', dropout=1, Subsample=0.5, l1_reg=+2, input_label_cols=['y'],",
    );
    assert.equal(settings.text('BOOSTER_TYPE'), 'DART');
    assert.equal(settings.number('DROPOUT'), 1);
    assert.equal(settings.number('L1_REG'), 2);
    assert.deepEqual(settings.texts('INPUT_LABEL_COLS'), ['y']);
    assert.ok(settings.given.has('SUBSAMPLE') && !settings.given.has('LEARN_RATE'));
  });

  it('take class weights as structs or tuples', () => {
    const written = ["[STRUCT('a', .2), ('b', 1)]", "[('a', 0.2), STRUCT('b', 1.0)]"];
    for (const weights of written) {
      const settings = resolve('LOGISTIC_REG', `CLASS_WEIGHTS=${weights}`);
      assert.deepEqual(settings.classWeights(), [
        ['a', 0.2],
        ['b', 1],
      ]);
    }
  });

  it('are refused with their place when they have the wrong type or are out of range', () => {
    const trees = 'BOOSTED_TREE_CLASSIFIER';
    const cases: [string, string | RegExp][] = [
      [
        'MAX_ITERATIONS=2.5',
        'Option MAX_ITERATIONS expects a value of type INT64 but got FLOAT64 at [2:1]',
      ],
      ['EARLY_STOP=1', 'Option EARLY_STOP expects a value of type BOOL but got INT64 at [2:1]'],
      ['TREE_METHOD=NULL', /expects a value of type STRING but got NULL/],
      ["INPUT_LABEL_COLS='y'", /expects a value of type ARRAY<STRING> but got STRING/],
      ['INPUT_LABEL_COLS=[1]', /expects a value of type ARRAY<STRING> but got ARRAY/],
      [
        "TREE_METHOD='gpu'",
        /must be one of 'AUTO', 'EXACT', 'APPROX', 'HIST', but is 'gpu' at \[2:1\]/,
      ],
      ['SUBSAMPLE=0', 'Option SUBSAMPLE must be greater than 0 and at most 1, but is 0 at [2:1]'],
      ['SUBSAMPLE=1.01', /at most 1, but is 1\.01/],
      ['MAX_TREE_DEPTH=0', /must be at least 1 and at most 20, but is 0/],
      ['L2_REG=-0.5', /must be at least 0, but is -0\.5/],
      ["XGBOOST_VERSION='1.7'", /must be one of '0\.9', '1\.1', but is '1\.7'/],
      ["CLASS_WEIGHTS=['a']", /expects an array such as/],
      ["CLASS_WEIGHTS=[('a', 1), ('a', 2)]", /names a label twice/],
      ["CLASS_WEIGHTS=[('a', -1)]", /has the weight -1 for 'a'/],
      [
        'MAX_ITERATIONS=1, max_iterations=2',
        "Duplicate option specified for 'MAX_ITERATIONS' at [2:19]",
      ],
      ['INPUT_LABEL_COLS=[]', 'INPUT_LABEL_COLS must name exactly one column at [2:1]'],
    ];
    for (const [options, message] of cases) refuses(trees, options, message);
  });

  it('are refused when unknown, or when the model type has no such option', () => {
    refuses('LOGISTIC_REG', 'FOO=1', 'Unsupported option FOO at [2:1]');
    refuses('LOGISTIC_REG', 'constructor=1', 'Unsupported option CONSTRUCTOR at [2:1]');
    refuses(
      'LOGISTIC_REG',
      'MAX_TREE_DEPTH=3',
      /MAX_TREE_DEPTH is not supported for model type LOGISTIC_REG/,
    );
    refuses('LOGISTIC_REG', "OPTIMIZE_STRATEGY='NORMAL_EQUATION'", /not supported for model type/);
    refuses('LINEAR_REG', 'AUTO_CLASS_WEIGHTS=TRUE', /not supported for model type LINEAR_REG/);
    refuses('BOOSTED_TREE_REGRESSOR', "CLASS_WEIGHTS=[('a', 1)]", /not supported for model type/);
    refuses('RANDOM_FOREST_CLASSIFIER', 'LEARN_RATE=0.1', /not supported for model type/);
    refuses(
      'BOOSTED_TREES',
      '',
      /^Unknown model type 'BOOSTED_TREES'; this engine trains BOOSTED_TREE_/,
    );
    assert.throws(
      () => parseStatement('CREATE MODEL m AS SELECT 1', CONTEXT),
      /The MODEL_TYPE option is required/,
    );
  });

  it('that exclude each other are refused', () => {
    const trees = 'BOOSTED_TREE_CLASSIFIER';
    const weights = "CLASS_WEIGHTS=[('a', 1)]";
    const cases: [string, string, RegExp][] = [
      [trees, `AUTO_CLASS_WEIGHTS=TRUE, ${weights}`, /CLASS_WEIGHTS cannot .* at \[2:26\]/],
      [trees, "AUTO_CLASS_WEIGHTS=TRUE, INSTANCE_WEIGHT_COL='w'", /INSTANCE_WEIGHT_COL cannot/],
      [trees, `INSTANCE_WEIGHT_COL='w', ${weights}`, /INSTANCE_WEIGHT_COL cannot/],
      [trees, "DATA_SPLIT_METHOD='SEQ'", /DATA_SPLIT_COL is required/],
      [trees, "DATA_SPLIT_COL='s'", /DATA_SPLIT_COL can only/],
      [trees, 'DATA_SPLIT_EVAL_FRACTION=0.1', /DATA_SPLIT_EVAL_FRACTION can only/],
      [trees, 'DROPOUT=0.1', /DROPOUT can only/],
      [trees, "DART_NORMALIZE_TYPE='FOREST'", /DART_NORMALIZE_TYPE can only/],
      ['RANDOM_FOREST_CLASSIFIER', 'COLSAMPLE_BYNODE=1.0', /At least one of the COLSAMPLE_BY/],
      ['RANDOM_FOREST_CLASSIFIER', 'SUBSAMPLE=1.0', /less than 1, but is 1/],
      ['LOGISTIC_REG', 'LEARN_RATE=0.5', /LEARN_RATE can only/],
      [
        'LOGISTIC_REG',
        "LEARN_RATE_STRATEGY='CONSTANT', LS_INIT_LEARN_RATE=1",
        /LS_INIT_LEARN_RATE can/,
      ],
      ['LOGISTIC_REG', 'CALCULATE_P_VALUES=TRUE', /requires CATEGORY_ENCODING_METHOD/],
      [
        'LOGISTIC_REG',
        "CALCULATE_P_VALUES=TRUE, CATEGORY_ENCODING_METHOD='DUMMY_ENCODING', L1_REG=1",
        /requires L1_REG to be 0/,
      ],
      ['LINEAR_REG', "OPTIMIZE_STRATEGY='NORMAL_EQUATION', L1_REG=0", /cannot be NORMAL_EQUATION/],
    ];
    for (const [type, options, message] of cases) refuses(type, options, message);
    assert.ok(resolve('RANDOM_FOREST_CLASSIFIER', 'COLSAMPLE_BYNODE=1, COLSAMPLE_BYTREE=0.5'));
    assert.ok(resolve(trees, "DATA_SPLIT_METHOD='CUSTOM', DATA_SPLIT_COL='s'"));
  });
});
