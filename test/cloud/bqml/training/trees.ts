import { encode, learnEncoding, type TreeEncoding } from '../ensemble/encode.ts';
import type { Body } from '../model/model.ts';
import type { Settings } from '../options/settings.ts';
import type { TrainingOptions, TrainingRows } from '../trees/train.ts';
import { trainInWorker } from '../trees/train_in_worker.ts';
import type { Rows, TrainingData } from './data.ts';
import type { Watch } from './watch.ts';

/** Trains BOOSTED_TREE_* and RANDOM_FOREST_*: gradient boosting with XGBoost's semantics. */
export async function trainTrees(
  settings: Settings,
  data: TrainingData,
  watch: Watch,
): Promise<Body> {
  const method = settings.has('CATEGORY_ENCODING_METHOD')
    ? settings.text('CATEGORY_ENCODING_METHOD')
    : 'LABEL_ENCODING';
  const classCount = data.label.classes?.length ?? 0;
  const target = { targets: data.training.targets, classCount };
  const encodings = data.features.map((feature, j) =>
    learnEncoding(feature, method, data.training.coded[j]!, target),
  );
  const training = trainingRows(encodings, data.training);
  const evaluation = data.evaluation && trainingRows(encodings, data.evaluation);
  const options = trainerOptions(settings, classCount);
  const { booster } = await trainInWorker(training, evaluation, options, watch);
  return { kind: 'trees', encodings, booster };
}

function trainingRows(encodings: readonly TreeEncoding[], rows: Rows): TrainingRows {
  const columns = encodings.flatMap((encoding, j) => encode(encoding, rows.coded[j]!));
  const labels = Float32Array.from(rows.targets);
  return rows.weights
    ? { columns, labels, weights: Float32Array.from(rows.weights) }
    : { columns, labels };
}

/** A forest is one round of trees that are not shrunk; there is nothing to stop. */
const FOREST = {
  boosterType: 'GBTREE',
  dartNormalizeType: 'TREE',
  dropout: 0,
  maxIterations: 1,
  learnRate: 1,
  earlyStop: false,
} as const;

function trainerOptions(settings: Settings, classCount: number): TrainingOptions {
  const number = (name: string) => settings.number(name);
  const rounds =
    settings.type.family === 'random forest'
      ? FOREST
      : {
          boosterType: settings.text('BOOSTER_TYPE') as TrainingOptions['boosterType'],
          dartNormalizeType: settings.text(
            'DART_NORMALIZE_TYPE',
          ) as TrainingOptions['dartNormalizeType'],
          dropout: number('DROPOUT'),
          maxIterations: number('MAX_ITERATIONS'),
          learnRate: number('LEARN_RATE'),
          earlyStop: settings.flag('EARLY_STOP'),
        };
  return {
    // Two classes are two groups of trees, as in real exports.
    objective: classCount > 0 ? 'multi:softprob' : 'reg:linear',
    classes: Math.max(classCount, 1),
    ...rounds,
    numParallelTree: number('NUM_PARALLEL_TREE'),
    maxTreeDepth: number('MAX_TREE_DEPTH'),
    minTreeChildWeight: number('MIN_TREE_CHILD_WEIGHT'),
    minSplitLoss: number('MIN_SPLIT_LOSS'),
    subsample: number('SUBSAMPLE'),
    colsampleByTree: number('COLSAMPLE_BYTREE'),
    colsampleByLevel: number('COLSAMPLE_BYLEVEL'),
    colsampleByNode: number('COLSAMPLE_BYNODE'),
    l1Reg: number('L1_REG'),
    l2Reg: number('L2_REG'),
    treeMethod: settings.text('TREE_METHOD') as TrainingOptions['treeMethod'],
    minRelProgress: number('MIN_REL_PROGRESS'),
    baseScore: 0.5,
    seed: 0,
    maxBins: 256,
  };
}
