/** Rules between options, as the CREATE MODEL pages state them. */
import { objectiveOf } from './objectives.ts';
import type { Settings } from './settings.ts';

export interface Rule {
  /** The option that the message is about, and whose place the error carries. */
  readonly option: string;
  readonly broken: (settings: Settings) => boolean;
  readonly message: string;
}

const splits =
  (...methods: string[]) =>
  (s: Settings): boolean =>
    methods.includes(s.text('DATA_SPLIT_METHOD'));

const given = (s: Settings, option: string): boolean => s.given.has(option);
const isOn = (s: Settings, option: string): boolean => s.has(option) && s.flag(option);
/** Whether the option has the value, or some trial may give it the value. */
const maybe = (s: Settings, option: string, value: string): boolean => {
  const space = s.spaces.get(option);
  if (!space) return is(s, option, value);
  return 'candidates' in space && space.candidates.includes(value);
};
const is = (s: Settings, option: string, value: string): boolean =>
  s.has(option) && s.text(option) === value;

const fractions = (s: Settings): readonly string[] =>
  ['DATA_SPLIT_EVAL_FRACTION', 'DATA_SPLIT_TEST_FRACTION'].filter((option) => given(s, option));

/** What is about hyperparameter tuning. */
const TUNING: readonly Rule[] = [
  ...[
    'MAX_PARALLEL_TRIALS',
    'HPARAM_TUNING_ALGORITHM',
    'HPARAM_TUNING_OBJECTIVES',
    'DATA_SPLIT_TEST_FRACTION',
  ].map((option) => ({
    option,
    broken: (s: Settings) => given(s, option) && !s.isTuned,
    message: `${option} can only be specified if NUM_TRIALS is`,
  })),
  {
    option: 'MODEL_TYPE',
    broken: (s) => s.spaces.size > 0 && !s.isTuned,
    message: 'HPARAM_RANGE and HPARAM_CANDIDATES can only be used if NUM_TRIALS is specified',
  },
  {
    option: 'NUM_TRIALS',
    broken: (s) => s.isTuned && s.spaces.size === 0,
    message: 'NUM_TRIALS needs a hyperparameter to tune, but every one has a value',
  },
  {
    option: 'HPARAM_TUNING_OBJECTIVES',
    broken: (s) => given(s, 'HPARAM_TUNING_OBJECTIVES') && !objectiveOf(s),
    message: 'HPARAM_TUNING_OBJECTIVES must name exactly one metric of the model type',
  },
  {
    option: 'HPARAM_TUNING_ALGORITHM',
    broken: (s) =>
      is(s, 'HPARAM_TUNING_ALGORITHM', 'GRID_SEARCH') &&
      [...s.spaces.values()].some((space) => 'range' in space),
    message: 'GRID_SEARCH needs HPARAM_CANDIDATES for every hyperparameter',
  },
  {
    option: 'DATA_SPLIT_TEST_FRACTION',
    broken: (s) => s.isTuned && fractions(s).length === 1,
    message:
      'DATA_SPLIT_EVAL_FRACTION and DATA_SPLIT_TEST_FRACTION must be specified together for hyperparameter tuning',
  },
  {
    option: 'DATA_SPLIT_TEST_FRACTION',
    broken: (s) =>
      fractions(s).length === 2 && fractions(s).reduce((sum, name) => sum + s.number(name), 0) >= 1,
    message: 'DATA_SPLIT_EVAL_FRACTION and DATA_SPLIT_TEST_FRACTION leave no rows to train on',
  },
];

export const RULES: readonly Rule[] = [
  ...TUNING,
  {
    option: 'INPUT_LABEL_COLS',
    broken: (s) => s.texts('INPUT_LABEL_COLS').length !== 1,
    message: 'INPUT_LABEL_COLS must name exactly one column',
  },
  {
    option: 'CLASS_WEIGHTS',
    broken: (s) => given(s, 'CLASS_WEIGHTS') && isOn(s, 'AUTO_CLASS_WEIGHTS'),
    message: 'CLASS_WEIGHTS cannot be specified if AUTO_CLASS_WEIGHTS is TRUE',
  },
  {
    option: 'INSTANCE_WEIGHT_COL',
    broken: (s) => given(s, 'INSTANCE_WEIGHT_COL') && isOn(s, 'AUTO_CLASS_WEIGHTS'),
    message: 'INSTANCE_WEIGHT_COL cannot be specified if AUTO_CLASS_WEIGHTS is TRUE',
  },
  {
    option: 'INSTANCE_WEIGHT_COL',
    broken: (s) => given(s, 'INSTANCE_WEIGHT_COL') && given(s, 'CLASS_WEIGHTS'),
    message: 'INSTANCE_WEIGHT_COL cannot be specified if CLASS_WEIGHTS is set',
  },
  {
    option: 'DATA_SPLIT_METHOD',
    broken: (s) => splits('CUSTOM', 'SEQ')(s) && !given(s, 'DATA_SPLIT_COL'),
    message: 'DATA_SPLIT_COL is required if DATA_SPLIT_METHOD is CUSTOM or SEQ',
  },
  {
    option: 'DATA_SPLIT_COL',
    broken: (s) => given(s, 'DATA_SPLIT_COL') && !splits('CUSTOM', 'SEQ')(s),
    message: 'DATA_SPLIT_COL can only be specified if DATA_SPLIT_METHOD is CUSTOM or SEQ',
  },
  ...['DATA_SPLIT_EVAL_FRACTION', 'DATA_SPLIT_TEST_FRACTION'].map((option) => ({
    option,
    broken: (s: Settings) => given(s, option) && !splits('RANDOM', 'SEQ')(s),
    message: `${option} can only be specified if DATA_SPLIT_METHOD is RANDOM or SEQ`,
  })),
  {
    option: 'APPROX_GLOBAL_FEATURE_CONTRIB',
    broken: (s) => isOn(s, 'APPROX_GLOBAL_FEATURE_CONTRIB') && !isOn(s, 'ENABLE_GLOBAL_EXPLAIN'),
    message: 'APPROX_GLOBAL_FEATURE_CONTRIB requires ENABLE_GLOBAL_EXPLAIN to be TRUE',
  },
  {
    option: 'DROPOUT',
    broken: (s) => given(s, 'DROPOUT') && !maybe(s, 'BOOSTER_TYPE', 'DART'),
    message: 'DROPOUT can only be specified if BOOSTER_TYPE is DART',
  },
  {
    option: 'DART_NORMALIZE_TYPE',
    broken: (s) => given(s, 'DART_NORMALIZE_TYPE') && !maybe(s, 'BOOSTER_TYPE', 'DART'),
    message: 'DART_NORMALIZE_TYPE can only be specified if BOOSTER_TYPE is DART',
  },
  {
    option: 'COLSAMPLE_BYNODE',
    broken: (s) =>
      s.type.family === 'random forest' &&
      ['COLSAMPLE_BYTREE', 'COLSAMPLE_BYLEVEL', 'COLSAMPLE_BYNODE'].every(
        (option) => s.number(option) === 1 && !s.spaces.has(option),
      ),
    message: 'At least one of the COLSAMPLE_BY* options must be less than 1.0 for a random forest',
  },
  {
    option: 'LEARN_RATE',
    broken: (s) => given(s, 'LEARN_RATE') && is(s, 'LEARN_RATE_STRATEGY', 'LINE_SEARCH'),
    message: 'LEARN_RATE can only be specified if LEARN_RATE_STRATEGY is CONSTANT',
  },
  {
    option: 'LS_INIT_LEARN_RATE',
    broken: (s) => given(s, 'LS_INIT_LEARN_RATE') && is(s, 'LEARN_RATE_STRATEGY', 'CONSTANT'),
    message: 'LS_INIT_LEARN_RATE can only be specified if LEARN_RATE_STRATEGY is LINE_SEARCH',
  },
  {
    option: 'OPTIMIZE_STRATEGY',
    broken: (s) => is(s, 'OPTIMIZE_STRATEGY', 'NORMAL_EQUATION') && given(s, 'L1_REG'),
    message: 'OPTIMIZE_STRATEGY cannot be NORMAL_EQUATION if L1_REG is specified',
  },
  {
    option: 'CALCULATE_P_VALUES',
    broken: (s) =>
      isOn(s, 'CALCULATE_P_VALUES') && !is(s, 'CATEGORY_ENCODING_METHOD', 'DUMMY_ENCODING'),
    message: 'CALCULATE_P_VALUES requires CATEGORY_ENCODING_METHOD to be DUMMY_ENCODING',
  },
  {
    option: 'CALCULATE_P_VALUES',
    broken: (s) => isOn(s, 'CALCULATE_P_VALUES') && s.number('L1_REG') !== 0,
    message: 'CALCULATE_P_VALUES requires L1_REG to be 0',
  },
];
