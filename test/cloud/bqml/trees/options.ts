import { MOST_BINS } from './growing/bins.ts';

const DEEPEST = 30; // XGBoost's own limit: node ids are 32 bits wide

/** What is trained and how: BigQuery ML's options of BOOSTED_TREE_* by their names. */
export interface TrainingOptions {
  /** `binary:logistic` is what XGBoost is usually asked for; BigQuery ML never is. */
  objective: 'multi:softprob' | 'reg:linear' | 'binary:logistic';
  /** At least 2 for multi:softprob, 1 otherwise. */
  classes: number;
  boosterType: 'GBTREE' | 'DART';
  dartNormalizeType: 'TREE' | 'FOREST';
  /** Part of the trees that a DART round drops. */
  dropout: number;
  numParallelTree: number;
  maxIterations: number;
  learnRate: number;
  maxTreeDepth: number;
  minTreeChildWeight: number;
  minSplitLoss: number;
  subsample: number;
  colsampleByTree: number;
  colsampleByLevel: number;
  colsampleByNode: number;
  l1Reg: number;
  l2Reg: number;
  /** AUTO is HIST, as BigQuery ML documents. */
  treeMethod: 'AUTO' | 'EXACT' | 'APPROX' | 'HIST';
  earlyStop: boolean;
  minRelProgress: number;
  /** The prediction before the first tree: a probability for binary:logistic, else a margin. */
  baseScore: number;
  seed: number;
  /** Of HIST and APPROX, a feature. */
  maxBins: number;
}

/** BigQuery ML's defaults of BOOSTED_TREE_CLASSIFIER; `classes` is for the data to say. */
export const DEFAULT_OPTIONS: TrainingOptions = {
  objective: 'multi:softprob',
  classes: 2,
  boosterType: 'GBTREE',
  dartNormalizeType: 'TREE',
  dropout: 0,
  numParallelTree: 1,
  maxIterations: 20,
  learnRate: 0.3,
  maxTreeDepth: 6,
  minTreeChildWeight: 1,
  minSplitLoss: 0,
  subsample: 1,
  colsampleByTree: 1,
  colsampleByLevel: 1,
  colsampleByNode: 1,
  l1Reg: 0,
  l2Reg: 1,
  treeMethod: 'AUTO',
  earlyStop: true,
  minRelProgress: 0.01,
  baseScore: 0.5,
  seed: 0,
  maxBins: 256,
};

/** RangeError that names the first option which nothing can be trained with. */
export function checkOptions(options: TrainingOptions): void {
  const multi = options.objective === 'multi:softprob';
  const limits: [name: NumericOption, least: number, most: number, whole?: 'whole'][] = [
    ['classes', multi ? 2 : 1, multi ? 1000 : 1, 'whole'],
    ['dropout', 0, 1],
    ['numParallelTree', 1, Number.MAX_SAFE_INTEGER, 'whole'],
    ['maxIterations', 1, Number.MAX_SAFE_INTEGER, 'whole'],
    ['learnRate', 0, Number.MAX_VALUE],
    ['maxTreeDepth', 1, DEEPEST, 'whole'],
    ['minTreeChildWeight', 0, Number.MAX_VALUE],
    ['minSplitLoss', 0, Number.MAX_VALUE],
    ['subsample', Number.MIN_VALUE, 1],
    ['colsampleByTree', 0, 1],
    ['colsampleByLevel', 0, 1],
    ['colsampleByNode', 0, 1],
    ['l1Reg', 0, Number.MAX_VALUE],
    ['l2Reg', 0, Number.MAX_VALUE],
    ['minRelProgress', -Number.MAX_VALUE, Number.MAX_VALUE],
    ['baseScore', -Number.MAX_VALUE, Number.MAX_VALUE],
    ['seed', -Number.MAX_VALUE, Number.MAX_VALUE],
    ['maxBins', 2, MOST_BINS, 'whole'],
  ];
  for (const [name, least, most, whole] of limits) {
    const value = options[name];
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) continue;
    throw new RangeError(
      `${name} is ${value}; it must be ${whole ? 'a whole number ' : ''}from ${least} to ${most}.`,
    );
  }
  const { objective, baseScore } = options;
  if (objective === 'binary:logistic' && !(baseScore > 0 && baseScore < 1)) {
    throw new RangeError(`baseScore is ${baseScore}; for binary:logistic it is a probability.`);
  }
}

type NumericOption = {
  [Name in keyof TrainingOptions]: TrainingOptions[Name] extends number ? Name : never;
}[keyof TrainingOptions];
