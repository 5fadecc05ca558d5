/** What a model answers, by both engines. */

import { createForest } from '../../bridge/kernel/forest.ts';
import { softmaxRows } from '../../bridge/kernel/wasm_forest.ts';
import type { ScoringGraph } from '../../bridge/onnx/read.ts';
import { ELEMENT } from '../../bridge/onnx/schema.ts';
import { type Link, linkOf } from '../../bridge/xgboost/objective.ts';
import { createKernelScorer } from '../../scorer/kernel_scorer.ts';
import { InferenceSession, Tensor } from '../../scorer/onnxruntime.ts';
import type { OpenModel } from './open.ts';

/** Numbers a row: one, or a probability a class. Row-major. */
export interface Answers {
  readonly values: Float64Array;
  readonly width: number;
}

/** The output of the graph that is the model's answer. */
const answerOf = (graph: ScoringGraph): string =>
  ['probabilities', 'prediction', 'probability'].find((name) => graph.outputs.includes(name))!;

export async function askOnnxruntime(
  { onnx, graph }: OpenModel,
  rows: Float64Array,
): Promise<Answers> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1 });
  try {
    const dims = [rows.length / graph.input.width, graph.input.width];
    const isDouble = graph.input.elementType === ELEMENT.DOUBLE;
    const input = isDouble
      ? new Tensor('float64', rows, dims)
      : new Tensor('float32', Float32Array.from(rows), dims);
    const results = await session.run({ [graph.input.name]: input });
    const values = Float64Array.from(results[answerOf(graph)]!.data as Float32Array);
    return { values, width: dims[0] === 0 ? 1 : values.length / dims[0]! };
  } finally {
    await session.release();
  }
}

export async function askKernel({ graph }: OpenModel, rows: Float64Array): Promise<Answers> {
  if (answerOf(graph) === 'probability') {
    return { values: (await createKernelScorer(graph).score(rows)).probability, width: 1 };
  }
  const booster = graph.booster!;
  const margins = new Float32Array((rows.length / graph.input.width) * booster.groupCount);
  createForest(booster).margins(rows, margins);
  const link = linkOf(booster.objective);
  if (link === 'softmax') softmaxRows(margins, booster.groupCount);
  const values =
    link === 'softmax' ? Float64Array.from(margins) : Float64Array.from(margins, LINKS[link]);
  return { values, width: booster.groupCount };
}

const LINKS: Readonly<Record<Exclude<Link, 'softmax'>, (margin: number) => number>> = {
  identity: (margin) => margin,
  sigmoid: (margin) => 1 / (1 + Math.exp(-margin)),
  exp: Math.exp,
  step: (margin) => Number(margin > 0),
};
