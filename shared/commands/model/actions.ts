/** What `npm run model` can do with a model; each answers the text to print. */
import type { Booster, Tree } from '../../bridge/booster.ts';
import { widthOf } from '../../bridge/encoding.ts';
import { ModelFormatError } from '../../bridge/errors.ts';
import type { ScoringGraph } from '../../bridge/onnx/read.ts';
import { createExplainer, type Explainer } from '../../explain/explainer.ts';
import { type Answers, askKernel, askOnnxruntime } from './answers.ts';
import type { OpenModel } from './open.ts';
import { columnNames, type Rows } from './rows.ts';

/** Largest difference that passes; relative where a prediction is beyond 1. */
export const TOLERANCE = 1e-6;

/** What the file is. */
export function inspect(path: string, model: OpenModel): string {
  const { graph, booster, metadata } = model;
  const lines = [
    `${path}: ${model.format}, ${model.bytes} bytes`,
    ...(booster ? describeBooster(booster) : [`  linear model of ${graph.input.width} numbers`]),
    `  as ONNX      ${model.onnx.length} bytes, answers ${graph.outputs.join(', ')}`,
    ...Object.entries(graph.metadata).map(([key, value]) => `    ${key}: ${value}`),
  ];
  if (!metadata) return lines.join('\n');
  return [
    ...lines,
    `  BigQuery ML  ${metadata.modelType}, label ${metadata.labelColumn}`,
    ...(metadata.classNames.length > 0 ? [`  groups       ${metadata.classNames.join(', ')}`] : []),
    ...metadata.inputs.map(
      (input) => `    ${input.name}: ${input.kind}, ${widthOf(input)} number(s) of the row`,
    ),
  ].join('\n');
}

function describeBooster(booster: Booster): string[] {
  const [major, minor] = booster.version;
  const nodes = booster.trees.reduce((sum, tree) => sum + tree.left.length, 0);
  const deepest = Math.max(0, ...booster.trees.map((tree) => depthOf(tree, 0)));
  return [
    `  objective    ${booster.objective}, XGBoost ${major === 0 ? 'before 1.0' : `${major}.${minor}`}`,
    `  row          ${booster.featureCount} numbers`,
    `  trees        ${booster.trees.length} in ${booster.groupCount} group(s), ${nodes} nodes, up to ${deepest} splits deep`,
    `  base margin  ${[...booster.baseMargins].join(', ')}`,
    ...[...booster.attributes].map(([name, value]) => `  ${name}: ${value}`),
  ];
}

function depthOf(tree: Tree, node: number): number {
  if (tree.left[node]! < 0) return 0;
  return 1 + Math.max(depthOf(tree, tree.left[node]!), depthOf(tree, tree.right[node]!));
}

/** Whether both engines, and what rows expect, agree. */
export async function verify(
  model: OpenModel,
  rows: Rows,
): Promise<{ text: string; agrees: boolean }> {
  if (rows.count === 0) throw new ModelFormatError('There is no row to verify with.');
  const onnx = await askOnnxruntime(model, rows.values);
  const kernel = await askKernel(model, rows.values);
  const engines = largest(onnx, (row, k) => kernel.values[row * kernel.width + k]!);
  const lines = [`onnxruntime and kernel  ${say(engines)} over ${rows.count} rows`];
  let agrees = engines.difference <= TOLERANCE;
  const told = rows.expected.filter((expected) => expected !== undefined).length;
  if (told > 0) {
    refuseMisfits(rows, onnx.width);
    const given = largest(onnx, (row, k) => rows.expected[row]?.[k]);
    lines.push(`onnxruntime and rows    ${say(given)} over ${told} rows`);
    agrees &&= given.difference <= TOLERANCE;
  }
  return {
    text: [...lines, agrees ? 'agrees' : `differs by more than ${TOLERANCE}`].join('\n'),
    agrees,
  };
}

interface Difference {
  readonly difference: number;
  readonly row: number;
}

const say = ({ difference, row }: Difference) =>
  `differ by at most ${difference.toExponential(1)} (row ${row + 1})`;

function refuseMisfits({ expected }: Rows, width: number): void {
  const row = expected.findIndex((numbers) => numbers !== undefined && numbers.length !== width);
  if (row < 0) return;
  throw new ModelFormatError(
    `Row ${row + 1} expects ${expected[row]!.length} numbers; the model answers ${width}.`,
  );
}

function largest(
  { values, width }: Answers,
  other: (row: number, k: number) => number | undefined,
): Difference {
  let most: Difference = { difference: 0, row: 0 };
  values.forEach((value, i) => {
    const row = Math.floor(i / width);
    const expected = other(row, i % width);
    if (expected === undefined) return;
    const difference = Math.abs(value - expected) / Math.max(1, Math.abs(expected));
    // What is no number is as far away as can be.
    if (!(difference <= most.difference)) {
      most = { difference: Number.isNaN(difference) ? Infinity : difference, row };
    }
  });
  return most;
}

/**
 * What each number of each row adds to the margin, strongest first: against the training population,
 * or the rows of a background.
 * @throws {ModelFormatError} for a linear model without a background: its file knows no population
 */
export function explain(model: OpenModel, rows: Rows, background?: Rows): string {
  const { graph } = model;
  if (graph.linear && !background) {
    throw new ModelFormatError('A linear model is explained against rows: give --background ROWS.');
  }
  const names = columnNames(model);
  const explainers = marginsOf(graph).map((signs) =>
    createExplainer(
      { ...graph, signs },
      background ? { kind: 'rows', rows: background.values } : { kind: 'training' },
    ),
  );
  const width = names.length;
  const texts = Array.from({ length: rows.count }, (_, i) => {
    const row = rows.values.subarray(i * width, (i + 1) * width);
    return explainers.map((explainer, k) => {
      const title = explainers.length === 1 ? `row ${i + 1}` : `row ${i + 1}, group ${k}`;
      return explainRow(explainer, row, names, title);
    });
  });
  return texts.flat().join('\n\n');
}

/** The margins that there are to explain, as signs of the groups: of default, or one a class. */
function marginsOf({ signs, booster }: ScoringGraph): (readonly number[])[] {
  if (signs || !booster) return [signs ?? []];
  const groups = [...booster.baseMargins.keys()];
  return groups.map((group) => groups.map((other) => Number(other === group)));
}

function explainRow(
  explainer: Explainer,
  row: Float64Array,
  names: readonly string[],
  title: string,
): string {
  const contributions = new Float64Array(names.length);
  explainer.explain(row, contributions);
  const margin = contributions.reduce((sum, x) => sum + x, explainer.baseline);
  const strongest = [...contributions.keys()]
    .filter((i) => contributions[i] !== 0)
    .sort((a, b) => Math.abs(contributions[b]!) - Math.abs(contributions[a]!));
  const signed = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(6)}`;
  return [
    `${title}: margin ${margin.toFixed(6)} = ${explainer.baseline.toFixed(6)} on average`,
    ...strongest.map((i) => `  ${signed(contributions[i]!)}  ${names[i]} = ${row[i]}`),
  ].join('\n');
}
