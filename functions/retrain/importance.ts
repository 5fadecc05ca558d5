import type { Booster } from '../../shared/bridge/booster.ts';
import { type InputEncoding, widthOf } from '../../shared/bridge/encoding.ts';
import { readScoringGraph } from '../../shared/bridge/onnx/read.ts';
import { decodeBackground } from '../../shared/bundle/background.ts';
import type { Baseline } from '../../shared/bundle/baseline.ts';
import { MODEL_FILE } from '../../shared/bundle/bundle.ts';
import { createExplainer, referenceOf } from '../../shared/explain/explainer.ts';
import { createRowBuilder } from '../../shared/scorer/row_builder.ts';
import type { sampleBackground } from './background.ts';
import type { Context } from './context.ts';
import type { Converted } from './convert.ts';
import { columnOf } from './gates/monotone.ts';
import { keepRows } from './keep.ts';
import type { Plan } from './plan.ts';
import { sampleRows } from './sample.ts';

/** Applications that are explained: a mean of contributions is then known to about 2% of their spread. */
const ROWS = 2000;

/**
 * Keeps what every feature does in a version: of applications that it was measured on, and in its trees.
 * @returns how large that is, for the version's baseline
 */
export async function keepImportance(
  context: Context,
  plan: Plan,
  { inputs, files, booster }: Converted,
  background: Awaited<ReturnType<typeof sampleBackground>>,
): Promise<Baseline['attributions']> {
  const { portfolio } = context;
  const builder = createRowBuilder(portfolio.features, inputs);
  const request = { job: 'explained', role: plan.testRole, rows: ROWS };
  const rows = await sampleRows(context, plan, builder, request);
  const kept = decodeBackground(background.bytes, background.description);
  const graph = readScoringGraph(files.get(MODEL_FILE)!);
  const explainer = createExplainer(graph, referenceOf(portfolio, inputs, kept));
  const contributions = rows.map((row) => {
    const each = new Float64Array(builder.width);
    explainer.explain(row, each);
    return builder.byFeature(each);
  });
  const inTrees = booster && importanceInTrees(booster, inputs);
  const features = inputs.map((input, i) => {
    const column = columnOf(inputs, input.name);
    const numbers = input.kind === 'number' ? rows.map((row) => row[column]!) : [];
    const added = contributions.map((each) => each[input.name]!);
    return {
      feature: input.name,
      applications: rows.length,
      attribution: meanOf(added.map(Math.abs)),
      mean_contribution: meanOf(added),
      correlation: correlationOf(numbers, added),
      ...inTrees?.[i],
    };
  });
  await keepRows(context, plan, 'feature_importance', features);
  return features.map(({ feature, attribution }) => ({
    feature,
    rows: rows.length,
    mean: attribution,
    deviation: deviationOf(contributions.map((each) => Math.abs(each[feature]!))),
  }));
}

export interface ImportanceInTrees {
  readonly importance_weight: number;
  readonly importance_gain: number;
  readonly importance_cover: number;
}

/** As ML.FEATURE_IMPORTANCE has it: over all numbers that an input became, 0 for one without splits. */
export function importanceInTrees(
  { trees }: Pick<Booster, 'trees'>,
  inputs: readonly InputEncoding[],
): ImportanceInTrees[] {
  const owners = inputs.flatMap((input, i) => new Array<number>(widthOf(input)).fill(i));
  const sums = inputs.map(() => ({ splits: 0, gain: 0, cover: 0 }));
  for (const { left, feature, gain, cover } of trees) {
    left.forEach((child, node) => {
      if (child < 0) return;
      const sum = sums[owners[feature[node]!]!]!;
      sum.splits++;
      sum.gain += gain[node]!;
      sum.cover += cover[node]!;
    });
  }
  return sums.map(({ splits, gain, cover }) => ({
    importance_weight: splits,
    importance_gain: gain / Math.max(splits, 1),
    importance_cover: cover / Math.max(splits, 1),
  }));
}

const meanOf = (figures: readonly number[]): number =>
  figures.reduce((sum, figure) => sum + figure / figures.length, 0);

/** Of a sample; 0 of one row. */
function deviationOf(figures: readonly number[]): number {
  const mean = meanOf(figures);
  const squares = figures.map((figure) => (figure - mean) ** 2);
  return Math.sqrt(meanOf(squares) * (figures.length / Math.max(1, figures.length - 1)));
}

/** Pearson's, over the numbers that are known; null where either side is one and the same. */
export function correlationOf(numbers: readonly number[], added: readonly number[]): number | null {
  const places = [...numbers.keys()].filter((i) => !Number.isNaN(numbers[i]));
  const known = [numbers, added].map((figures) => places.map((i) => figures[i]!));
  // Deviations of equal figures from their mean may not be quite 0.
  if (known.some((figures) => new Set(figures).size < 2)) return null;
  const [x, y] = known.map((figures) => {
    const mean = meanOf(figures);
    return figures.map((figure) => figure - mean);
  }) as [number[], number[]];
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, figure, i) => sum + figure * b[i]!, 0);
  const correlation = product(x, y) / Math.sqrt(product(x, x) * product(y, y));
  return Math.max(-1, Math.min(1, correlation));
}
