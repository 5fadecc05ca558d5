import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Booster } from '../../../../shared/bridge/booster.ts';
import { createForest } from '../../../../shared/bridge/kernel/forest.ts';
import { classesToOnnx, predictionToOnnx } from '../../../../shared/bridge/onnx/trees.ts';
import { createTreeExplainer } from '../../../../shared/explain/tree_shap.ts';
import { InferenceSession, Tensor } from '../../../../shared/scorer/onnxruntime.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('oracle.py', import.meta.url));

/** One model that XGBoost trained, and what it says of the rows. */
export interface OracleCase {
  readonly name: string;
  readonly objective: string;
  readonly margins: Float32Array;
  readonly predictions: Float32Array;
  /** TreeSHAP of the first rows: for each row and group its features, then the baseline. */
  readonly contributions: Float32Array;
  /** The model as saved with this suffix: bst, json or ubj. */
  file(suffix: string): Uint8Array;
}

export interface Oracle {
  readonly features: number;
  readonly rows: Float32Array;
  readonly cases: readonly OracleCase[];
}

export const xgboostIsThere = (): boolean =>
  spawnSync(PYTHON, ['-c', 'import xgboost']).status === 0;

/** Trains every variant; the folder then holds models, rows and answers. */
export function askXgboost(folder: string, rows: number): Oracle {
  const { status, stderr } = spawnSync(PYTHON, [SCRIPT, folder, String(rows)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const file = (name: string) => readFileSync(join(folder, name));
  const floats = (name: string) => new Float32Array(new Uint8Array(file(name)).buffer);
  const { features, cases } = JSON.parse(file('cases.json').toString('utf8'));
  return {
    features,
    rows: floats('rows.f32'),
    cases: cases.map(({ name, objective }: { name: string; objective: string }) => ({
      name,
      objective,
      margins: floats(`${name}.margins.f32`),
      predictions: floats(`${name}.predictions.f32`),
      contributions: floats(`${name}.contributions.f32`),
      file: (suffix: string) => file(`${name}.${suffix}`),
    })),
  };
}

/** How many margins of the kernel have other bits than XGBoost's. */
export function differentMargins(booster: Booster, oracle: Oracle, margins: Float32Array): number {
  const own = new Float32Array(margins.length);
  createForest(booster).margins(oracle.rows, own);
  const [a, b] = [new Uint32Array(own.buffer), new Uint32Array(margins.buffer)];
  return a.reduce((count, bits, i) => count + Number(bits !== b[i]), 0);
}

/** The graph of what XGBoost's `predict` says. */
export const toOnnx = (booster: Booster): Uint8Array =>
  booster.groupCount > 1 ? classesToOnnx(booster, {}) : predictionToOnnx(booster, {});

/** The largest difference of onnxruntime's predictions on our graph, relative where over 1. */
export async function largestDifference(
  booster: Booster,
  oracle: Oracle,
  { objective, predictions }: OracleCase,
): Promise<number> {
  const multi = booster.groupCount > 1;
  const session = await InferenceSession.create(toOnnx(booster), { intraOpNumThreads: 1 });
  const input = new Tensor('float32', oracle.rows, [
    oracle.rows.length / oracle.features,
    oracle.features,
  ]);
  const results = await session.run({ features: input });
  await session.release();
  const own = results[multi ? 'probabilities' : 'prediction']!.data as Float32Array;
  const answers = objective === 'multi:softmax' ? largestOf(own, booster.groupCount) : own;
  return predictions.reduce((most, expected, i) => {
    const scale = Math.max(1, Math.abs(expected));
    return Math.max(most, Math.abs(answers[i]! - expected) / scale);
  }, 0);
}

const largestOf = (probabilities: Float32Array, classes: number): Float32Array =>
  Float32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });

/** The largest distance of our contributions and baselines from XGBoost's, relative where over 1. */
export function differentContributions(
  booster: Booster,
  { rows, features }: Oracle,
  { contributions }: OracleCase,
): number {
  const stride = booster.groupCount * (features + 1);
  const own = new Float64Array(features);
  let most = 0;
  for (let group = 0; group < booster.groupCount; group++) {
    const signs = Array.from({ length: booster.groupCount }, (_, k) => Number(k === group));
    const explainer = createTreeExplainer(booster, signs);
    for (let i = 0; i * stride < contributions.length; i++) {
      explainer.explain(rows.subarray(i * features, (i + 1) * features), own);
      const at = i * stride + group * (features + 1);
      const theirs = contributions.subarray(at, at + features + 1);
      [...own, explainer.baseline].forEach((value, f) => {
        const scale = Math.max(1, Math.abs(theirs[f]!));
        most = Math.max(most, Math.abs(value - theirs[f]!) / scale);
      });
    }
  }
  return most;
}
