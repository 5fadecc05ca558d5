/**
 * How fast the trainer of the local BigQuery ML is, beside XGBoost's C++, one thread each, and
 * whether it learns as much.
 *
 * `node test/bench/training.ts` trains 100 trees on 200,000 rows, five times each; with `--large`
 * 20 trees on 1,900,000 rows, three times each.
 */
import { margins } from '../cloud/bqml/trees/predict.ts';
import { DEFAULT_OPTIONS, type TrainingRows, train } from '../cloud/bqml/trees/train.ts';
import { areaUnderRoc, syntheticRows } from './training_data.ts';
import { type TimedTraining, XgboostProcess } from './training_xgboost.ts';

export interface TrainingBench {
  readonly rows: number;
  readonly features: number;
  readonly trees: number;
  /** Of each rival, in turn. */
  readonly runs: number;
}

export interface TrainingFigures {
  /** Median of the runs. */
  readonly seconds: number;
  /** Rows × features × trees a second. */
  readonly cellTreesPerSecond: number;
  /** On 100,000 rows that were not trained on. */
  readonly auc: number;
}

export interface TrainingComparison {
  readonly ours: TrainingFigures;
  /** Most that this process ever held, the rows included. */
  readonly peakBytes: number;
  /** Absent where Python has no XGBoost. */
  readonly xgboost?: TrainingFigures & { readonly version: string };
}

export const USUAL: TrainingBench = { rows: 200_000, features: 40, trees: 100, runs: 5 };
export const LARGE: TrainingBench = { rows: 1_900_000, features: 40, trees: 20, runs: 3 };

const DEPTH_6 = {
  ...DEFAULT_OPTIONS,
  objective: 'binary:logistic',
  classes: 1,
  learnRate: 0.1,
  earlyStop: false,
} as const;

/** Trains with both, in turn, on the same rows and with the same options. */
export async function benchTraining(bench: TrainingBench): Promise<TrainingComparison> {
  const shape = { features: bench.features, missing: 0.02 };
  const rows = syntheticRows({ ...shape, rows: bench.rows, seed: 11 });
  const unseen = syntheticRows({ ...shape, rows: 100_000, seed: 12 });
  const xgboost = await XgboostProcess.start(rows, unseen, bench.trees);
  const ours: TimedTraining[] = [];
  const theirs: TimedTraining[] = [];
  try {
    for (let run = 0; run < bench.runs; run++) {
      ours.push(await trainHere(rows, unseen, bench.trees));
      if (xgboost) theirs.push(await xgboost.train());
    }
  } finally {
    xgboost?.stop();
  }
  const figures = (trainings: readonly TimedTraining[]) => figuresOf(bench, trainings, unseen);
  return {
    ours: figures(ours),
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...(xgboost && { xgboost: { ...figures(theirs), version: xgboost.version } }),
  };
}

async function trainHere(
  rows: TrainingRows,
  unseen: TrainingRows,
  trees: number,
): Promise<TimedTraining> {
  const start = performance.now();
  const { booster } = await train(rows, undefined, { ...DEPTH_6, maxIterations: trees });
  const seconds = (performance.now() - start) / 1000;
  return { seconds, margins: margins(booster, unseen.columns) };
}

function figuresOf(
  { rows, features, trees }: TrainingBench,
  trainings: readonly TimedTraining[],
  unseen: TrainingRows,
): TrainingFigures {
  const times = trainings.map((training) => training.seconds).sort((a, b) => a - b);
  const seconds = times[times.length >> 1]!;
  return {
    seconds,
    cellTreesPerSecond: (rows * features * trees) / seconds,
    auc: areaUnderRoc(trainings[0]!.margins, unseen.labels),
  };
}

/** The comparison in a few lines of text. */
export function describeTraining(bench: TrainingBench, comparison: TrainingComparison): string {
  const { ours, xgboost, peakBytes } = comparison;
  const line = (who: string, { seconds, cellTreesPerSecond, auc }: TrainingFigures) =>
    `  ${who.padEnd(14)} ${seconds.toFixed(2)} s, ${(cellTreesPerSecond / 1e6).toFixed(0)} M cell-trees/s, AUC ${auc.toFixed(4)}`;
  const { rows, features, trees, runs } = bench;
  const of = `${rows.toLocaleString('en')} rows × ${features} features × ${trees} trees of depth 6`;
  return [
    `Training, one thread: ${of}, median of ${runs}`,
    line('flit-ml', ours),
    xgboost
      ? line(`XGBoost ${xgboost.version}`, xgboost)
      : '  XGBoost is not there to compare with: apt-get install python3-xgboost.',
    ...(xgboost ? [`  ${(xgboost.seconds / ours.seconds).toFixed(2)} times as fast`] : []),
    `  ${(peakBytes / 2 ** 20).toFixed(0)} MiB at most, the rows included`,
  ].join('\n');
}

if (import.meta.main) {
  const bench = process.argv.includes('--large') ? LARGE : USUAL;
  console.log(describeTraining(bench, await benchTraining(bench)));
}
