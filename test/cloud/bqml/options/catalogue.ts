/**
 * The options of each model type with their defaults.
 *
 * Source: the CREATE MODEL pages for boosted trees, random forests and generalized linear models
 * (bigqueryml-syntax-create-boosted-tree, -create-random-forest, -create-glm), and TrainingOptions
 * of the REST API for the `rest` names.
 */
import {
  bool,
  choice,
  column,
  float,
  int,
  type OptionDefinition,
  type OptionTable,
  refused,
  tuned,
} from './definition.ts';

const FRACTION = { above: 0, max: 1 };
const NOT_NEGATIVE = { min: 0 };
const POSITIVE = { above: 0 };

/** Tuned on a linear scale, with a default range or none. */
const linear = (definition: OptionDefinition, range?: readonly [number, number]) =>
  tuned(definition, { scale: 'LINEAR', ...(range ? { range } : {}) });
/** "the valid range is (0, ∞), the default range is (0, 10.0], and the scale type is LOG" */
const penalty = (definition: OptionDefinition) =>
  tuned(definition, { scale: 'LOG', range: [0, 10] });

const COMMON: OptionTable = {
  INPUT_LABEL_COLS: { kind: 'ARRAY<STRING>', default: ['label'], rest: 'inputLabelColumns' },
  EARLY_STOP: bool('earlyStop', true),
  MIN_REL_PROGRESS: float('minRelativeProgress', 0.01, NOT_NEGATIVE),
  DATA_SPLIT_METHOD: choice('dataSplitMethod', 'AUTO_SPLIT', 'RANDOM', 'CUSTOM', 'SEQ', 'NO_SPLIT'),
  DATA_SPLIT_EVAL_FRACTION: float('dataSplitEvalFraction', 0.2, { min: 0, below: 1 }),
  DATA_SPLIT_COL: column('dataSplitColumn'),
  ENABLE_GLOBAL_EXPLAIN: bool('enableGlobalExplain', false),
  // Hyperparameter tuning, which NUM_TRIALS turns on.
  NUM_TRIALS: { kind: 'INT64', bounds: { min: 1, max: 100 }, rest: 'numTrials' },
  MAX_PARALLEL_TRIALS: { kind: 'INT64', bounds: { min: 1, max: 5 }, rest: 'maxParallelTrials' },
  HPARAM_TUNING_ALGORITHM: {
    kind: 'STRING',
    choices: ['VIZIER_DEFAULT', 'RANDOM_SEARCH', 'GRID_SEARCH'],
  },
  HPARAM_TUNING_OBJECTIVES: { kind: 'ARRAY<STRING>', rest: 'hparamTuningObjectives' },
  DATA_SPLIT_TEST_FRACTION: { kind: 'FLOAT64', bounds: { min: 0, below: 1 } },
  // Other services.
  KMS_KEY_NAME: refused('STRING'),
  MODEL_REGISTRY: refused('STRING'),
  VERTEX_AI_MODEL_ID: refused('STRING'),
  VERTEX_AI_MODEL_VERSION_ALIASES: refused('ARRAY<STRING>'),
};

const CLASSIFIER: OptionTable = {
  AUTO_CLASS_WEIGHTS: bool('autoClassWeights', false),
  CLASS_WEIGHTS: { kind: 'CLASS_WEIGHTS', rest: 'labelClassWeights' },
};

const TREES: OptionTable = {
  ...COMMON,
  L1_REG: penalty(float('l1Regularization', 0, NOT_NEGATIVE)),
  L2_REG: penalty(float('l2Regularization', 1, NOT_NEGATIVE)),
  TREE_METHOD: linear(choice('treeMethod', 'AUTO', 'EXACT', 'APPROX', 'HIST')),
  MIN_TREE_CHILD_WEIGHT: linear(int('minTreeChildWeight', 1, NOT_NEGATIVE)),
  MIN_SPLIT_LOSS: linear(float('minSplitLoss', 0, NOT_NEGATIVE)),
  COLSAMPLE_BYTREE: linear(float('colsampleBytree', 1, FRACTION)),
  COLSAMPLE_BYLEVEL: linear(float('colsampleBylevel', 1, FRACTION)),
  INSTANCE_WEIGHT_COL: column('instanceWeightColumn'),
  XGBOOST_VERSION: choice('xgboostVersion', '0.9', '1.1'),
  APPROX_GLOBAL_FEATURE_CONTRIB: bool('approxGlobalFeatureContrib', false),
};

const BOOSTED: OptionTable = {
  ...TREES,
  BOOSTER_TYPE: linear(choice('boosterType', 'GBTREE', 'DART')),
  DART_NORMALIZE_TYPE: linear(choice('dartNormalizeType', 'TREE', 'FOREST')),
  DROPOUT: linear(float('dropout', 0, { min: 0, max: 1 })),
  NUM_PARALLEL_TREE: linear(int('numParallelTree', 1, { min: 1 })),
  MAX_ITERATIONS: int('maxIterations', 20, { min: 1 }),
  LEARN_RATE: linear(float('learnRate', 0.3, POSITIVE), [0, 1]),
  MAX_TREE_DEPTH: linear(int('maxTreeDepth', 6, { min: 1, max: 20 }), [1, 10]),
  SUBSAMPLE: linear(float('subsample', 1, FRACTION), [0, 1]),
  COLSAMPLE_BYNODE: linear(float('colsampleBynode', 1, FRACTION)),
  CATEGORY_ENCODING_METHOD: choice(
    'categoryEncodingMethod',
    'LABEL_ENCODING',
    'ONE_HOT_ENCODING',
    'TARGET_ENCODING',
  ),
};

const FOREST: OptionTable = {
  ...TREES,
  NUM_PARALLEL_TREE: linear(int('numParallelTree', 100, { min: 2 }), [2, 200]),
  MAX_TREE_DEPTH: linear(int('maxTreeDepth', 15, { min: 1, max: 20 }), [1, 20]),
  SUBSAMPLE: linear(float('subsample', 0.8, { above: 0, below: 1 }), [0, 1]),
  COLSAMPLE_BYNODE: linear(float('colsampleBynode', 0.8, FRACTION)),
};

const LINEAR: OptionTable = {
  ...COMMON,
  LEARN_RATE_STRATEGY: choice('learnRateStrategy', 'LINE_SEARCH', 'CONSTANT'),
  LEARN_RATE: float('learnRate', 0.1, POSITIVE),
  LS_INIT_LEARN_RATE: float('initialLearnRate', 0.1, POSITIVE),
  CALCULATE_P_VALUES: bool('calculatePValues', false),
  FIT_INTERCEPT: bool('fitIntercept', true),
  CATEGORY_ENCODING_METHOD: choice('categoryEncodingMethod', 'ONE_HOT_ENCODING', 'DUMMY_ENCODING'),
  L1_REG: penalty(float('l1Regularization', 0, NOT_NEGATIVE)),
  L2_REG: penalty(float('l2Regularization', 0, NOT_NEGATIVE)),
  MAX_ITERATIONS: int('maxIterations', 20, { min: 1 }),
  WARM_START: bool('warmStart', false, { unsupported: 'unless default' }),
};

export interface ModelType {
  readonly name: string;
  /** ModelType of the REST API. */
  readonly restName: string;
  readonly family: 'boosted tree' | 'random forest' | 'linear';
  readonly task: 'classification' | 'regression';
  /** The most classes that the documentation allows. */
  readonly maxClasses: number;
  readonly options: OptionTable;
}

const TYPES: readonly ModelType[] = [
  {
    name: 'BOOSTED_TREE_CLASSIFIER',
    restName: 'BOOSTED_TREE_CLASSIFIER',
    family: 'boosted tree',
    task: 'classification',
    maxClasses: 1000,
    options: { ...BOOSTED, ...CLASSIFIER },
  },
  {
    name: 'BOOSTED_TREE_REGRESSOR',
    restName: 'BOOSTED_TREE_REGRESSOR',
    family: 'boosted tree',
    task: 'regression',
    maxClasses: 0,
    options: BOOSTED,
  },
  {
    name: 'RANDOM_FOREST_CLASSIFIER',
    restName: 'RANDOM_FOREST_CLASSIFIER',
    family: 'random forest',
    task: 'classification',
    maxClasses: 1000,
    options: { ...FOREST, ...CLASSIFIER },
  },
  {
    name: 'RANDOM_FOREST_REGRESSOR',
    restName: 'RANDOM_FOREST_REGRESSOR',
    family: 'random forest',
    task: 'regression',
    maxClasses: 0,
    options: FOREST,
  },
  {
    name: 'LOGISTIC_REG',
    restName: 'LOGISTIC_REGRESSION',
    family: 'linear',
    task: 'classification',
    maxClasses: 50,
    options: { ...LINEAR, ...CLASSIFIER },
  },
  {
    name: 'LINEAR_REG',
    restName: 'LINEAR_REGRESSION',
    family: 'linear',
    task: 'regression',
    maxClasses: 0,
    options: {
      ...LINEAR,
      OPTIMIZE_STRATEGY: choice(
        'optimizationStrategy',
        'AUTO_STRATEGY',
        'BATCH_GRADIENT_DESCENT',
        'NORMAL_EQUATION',
      ),
    },
  },
];

const BY_NAME = new Map(TYPES.map((type) => [type.name, type]));

/** Model types that BigQuery ML has and this engine lacks. */
const ELSEWHERE = new Set(
  `KMEANS MATRIX_FACTORIZATION PCA AUTOENCODER AUTOML_CLASSIFIER AUTOML_REGRESSOR DNN_CLASSIFIER
  DNN_REGRESSOR DNN_LINEAR_COMBINED_CLASSIFIER DNN_LINEAR_COMBINED_REGRESSOR ARIMA ARIMA_PLUS
  ARIMA_PLUS_XREG TENSORFLOW TENSORFLOW_LITE XGBOOST CONTRIBUTION_ANALYSIS TRANSFORM_ONLY`.split(
    /\s+/,
  ),
);

/** The model type of a name in any case; 'elsewhere' for one that only BigQuery itself has. */
export function modelType(name: string): ModelType | 'elsewhere' | undefined {
  const upper = name.toUpperCase();
  return BY_NAME.get(upper) ?? (ELSEWHERE.has(upper) ? 'elsewhere' : undefined);
}

export const modelTypeNames = (): readonly string[] => TYPES.map((type) => type.name);

/** Whether some model type here has the option: tells a misplaced option from an unknown one. */
export const isKnownOption = (name: string): boolean =>
  TYPES.some((type) => Object.hasOwn(type.options, name));
