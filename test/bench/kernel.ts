/** The product's tree kernel beside onnxruntime and XGBoost's C++, one thread each, distinct rows. */

import { NO_CALIBRATION } from '../../shared/bridge/calibration.ts';
import { createForest } from '../../shared/bridge/kernel/forest.ts';
import { createPlainForest } from '../../shared/bridge/kernel/plain_forest.ts';
import { readScoringGraph } from '../../shared/bridge/onnx/read.ts';
import { treesToOnnx } from '../../shared/bridge/onnx/trees.ts';
import { InferenceSession, Tensor } from '../../shared/scorer/onnxruntime.ts';
import { benchBooster, benchRows, FEATURES } from './bridge_models.ts';
import { benchRival } from './bridge_xgboost.ts';

const ROUNDS = 5;
const ROWS = 20_000;
const CHUNK = 1000;

/** Microseconds a row, medians over the rounds; undefined where there is no XGBoost. */
export interface KernelFigures {
  readonly one: { readonly onnxruntime: number; readonly kernel: number; readonly plain: number };
  readonly batch: {
    readonly onnxruntime: number;
    readonly kernel: number;
    readonly xgboost: number | undefined;
  };
  /** Milliseconds from a booster to ONNX bytes and back to a forest, warm. */
  readonly convert: number;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Microseconds that `work` takes for each of `count` rows. */
export async function perRow(count: number, work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e3 / count;
}

export async function benchKernel(): Promise<KernelFigures> {
  const booster = benchBooster(100, 6);
  const rows = benchRows(ROWS);
  const model = treesToOnnx(booster, 0, NO_CALIBRATION, {});
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const rowOf = (i: number) => rows.subarray(i * FEATURES, (i + 1) * FEATURES);
  const ask = (data: Float32Array) =>
    session.run({ features: new Tensor('float32', data, [data.length / FEATURES, FEATURES]) });
  const forest = createForest(booster);
  const plain = createPlainForest(booster);
  const one = new Float32Array(1);
  const all = new Float32Array(ROWS);
  const oneByOne = (engine: { margins(row: Float32Array, out: Float32Array): void }) => () => {
    for (let i = 0; i < ROWS; i++) engine.margins(rowOf(i), one);
  };
  const figures = {
    one: { onnxruntime: [] as number[], kernel: [] as number[], plain: [] as number[] },
    batch: { onnxruntime: [] as number[], kernel: [] as number[] },
    convert: [] as number[],
  };
  for (let round = 0; round < ROUNDS; round++) {
    const asked = async () => {
      for (let i = 0; i < 2000; i++) await ask(rowOf(i * 7));
    };
    const askedInChunks = async () => {
      const step = CHUNK * FEATURES;
      for (let at = 0; at < rows.length; at += step) await ask(rows.subarray(at, at + step));
    };
    figures.one.onnxruntime.push(await perRow(2000, asked));
    figures.one.kernel.push(await perRow(ROWS, oneByOne(forest)));
    figures.one.plain.push(await perRow(ROWS, oneByOne(plain)));
    figures.batch.onnxruntime.push(await perRow(ROWS, askedInChunks));
    figures.batch.kernel.push(await perRow(ROWS, () => forest.margins(rows, all)));
    const converted = () =>
      createForest(readScoringGraph(treesToOnnx(booster, 0, NO_CALIBRATION, {})).booster!);
    figures.convert.push((await perRow(1, converted)) / 1e3);
  }
  await session.release();
  return {
    one: {
      onnxruntime: median(figures.one.onnxruntime),
      kernel: median(figures.one.kernel),
      plain: median(figures.one.plain),
    },
    batch: {
      onnxruntime: median(figures.batch.onnxruntime),
      kernel: median(figures.batch.kernel),
      xgboost: benchRival('predict', booster, rows),
    },
    convert: median(figures.convert),
  };
}

export function describeKernel({ one, batch, convert }: KernelFigures): string {
  const times = (rival: number, own: number) => `${(rival / own).toFixed(1)}x`;
  const xgboost =
    batch.xgboost === undefined
      ? 'no XGBoost to compare with'
      : `${times(batch.xgboost, batch.kernel)} faster than XGBoost (${batch.xgboost.toFixed(2)})`;
  return [
    'Tree kernel, 100 trees of depth 6, 40 features, µs a row on one thread',
    `  one row   ${one.kernel.toFixed(2)}: ${times(one.onnxruntime, one.kernel)} faster than ` +
      `session.run (${one.onnxruntime.toFixed(2)}); plain TypeScript ${one.plain.toFixed(2)}`,
    `  batch     ${batch.kernel.toFixed(2)}: ${times(batch.onnxruntime, batch.kernel)} faster than ` +
      `onnxruntime (${batch.onnxruntime.toFixed(2)}), ${xgboost}`,
    `  booster → ONNX → forest in ${convert.toFixed(1)} ms`,
  ].join('\n');
}
