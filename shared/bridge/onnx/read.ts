/**
 * Reads back the graphs that `trees.ts` and `linear.ts` write, and refuses every other: what
 * reaches onnxruntime has passed here. External data, unknown operators, foreign operator sets,
 * node tables that contradict themselves and oversized graphs are told apart and named.
 */
import type { Booster } from '../booster.ts';
import { type Calibration, checkIsotonic } from '../calibration.ts';
import { ModelFormatError } from '../errors.ts';
import { IR_VERSION, ML_DOMAIN, ML_OPSET, OPSET } from './graph.ts';
import { decodeModel } from './protobuf.ts';
import { readEnsemble } from './read_trees.ts';
import { ELEMENT, type Model, type Tensor } from './schema.ts';

const LARGEST_MODEL_BYTES = 256 << 20;
const OPERATORS = new Set([
  ' MatMul',
  ' Add',
  ' Mul',
  ' Sigmoid',
  ' Softmax',
  ' Cast',
  ' Identity',
  ' Exp',
  ' Greater',
  ' Sub',
  ' Max',
  ' Min',
  `${ML_DOMAIN} TreeEnsembleRegressor`,
]);

/** What a scoring graph holds. */
export interface ScoringGraph {
  /** Name and element type (ELEMENT) of the one input, and how many numbers a row has. */
  readonly input: { readonly name: string; readonly elementType: number; readonly width: number };
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The trees; undefined for a linear model. */
  readonly booster: Booster | undefined;
  /** The weights of a linear model; undefined for trees. */
  readonly linear: { readonly intercept: number; readonly weights: Float64Array } | undefined;
  /** Sign of each tree group in the margin of default; [1] for one group, undefined for classes. */
  readonly signs: readonly number[] | undefined;
  /** Undefined for a multi-class model. */
  readonly calibration: Calibration | undefined;
}

/** @throws {ModelFormatError} naming what is not allowed. */
export function readScoringGraph(bytes: Uint8Array): ScoringGraph {
  if (bytes.length > LARGEST_MODEL_BYTES) {
    throw new ModelFormatError(`The ONNX model has ${bytes.length} bytes; 256 MiB are allowed.`);
  }
  const model = decodeModel(bytes);
  checkVersions(model);
  checkOperators(model);
  const input = readInput(model);
  const metadata = Object.fromEntries(model.metadata.map(({ key, value }) => [key, value]));
  const trees = model.graph.nodes.find(({ operator }) => operator === 'TreeEnsembleRegressor');
  return {
    input,
    outputs: model.graph.outputs.map(({ name }) => name),
    metadata,
    booster: trees && readEnsemble(trees, floats(model, 'base'), input.width, metadata),
    linear: trees ? undefined : readLinear(model, input.width),
    signs: readSigns(model),
    calibration: readCalibration(model),
  };
}

function checkVersions(model: Model): void {
  if (!model.graph) throw new ModelFormatError('The ONNX model has no graph.');
  if (model.irVersion !== IR_VERSION) {
    throw new ModelFormatError(
      `The ONNX model has IR version ${model.irVersion}, not ${IR_VERSION}.`,
    );
  }
  for (const { domain = '', version } of model.opsetImports) {
    const wanted = domain === '' ? OPSET : domain === ML_DOMAIN ? ML_OPSET : undefined;
    if (version !== wanted) {
      throw new ModelFormatError(`The ONNX model uses operator set "${domain}" ${version}.`);
    }
  }
}

function checkOperators(model: Model): void {
  for (const { operator, domain = '' } of model.graph.nodes) {
    if (!OPERATORS.has(`${domain} ${operator}`)) {
      throw new ModelFormatError(`The ONNX model uses the operator ${operator} "${domain}".`);
    }
  }
}

function readInput(model: Model): ScoringGraph['input'] {
  const [input, ...others] = model.graph.inputs;
  const tensor = input?.type?.tensor;
  const width = tensor?.shape?.dims?.[1];
  if (!input || !tensor || others.length > 0 || !width || !('value' in width)) {
    throw new ModelFormatError('The ONNX model must have one input, a matrix of fixed width.');
  }
  return { name: input.name, elementType: tensor.elementType, width: width.value };
}

function doubles(model: Model, name: string): Float64Array | undefined {
  const tensor = model.graph.initializers.find((t: Tensor) => t.name === name);
  if (!tensor) return undefined;
  if (tensor.dataType !== ELEMENT.DOUBLE || tensor.rawData.length % 8 !== 0) {
    throw new ModelFormatError(`The constant ${name} must hold float64 numbers.`);
  }
  return new Float64Array(tensor.rawData.slice().buffer);
}

function floats(model: Model, name: string): Float32Array {
  const tensor = model.graph.initializers.find((t: Tensor) => t.name === name);
  if (tensor?.dataType !== ELEMENT.FLOAT || tensor.rawData.length % 4 !== 0) {
    throw new ModelFormatError(`The constant ${name} must hold float32 numbers.`);
  }
  return new Float32Array(tensor.rawData.slice().buffer);
}

function readLinear(model: Model, width: number): NonNullable<ScoringGraph['linear']> {
  const weights = doubles(model, 'weights');
  const intercept = doubles(model, 'intercept');
  if (weights?.length !== width || intercept?.length !== 1) {
    throw new ModelFormatError('The ONNX model has neither trees nor weights that fit its input.');
  }
  return { weights, intercept: intercept[0]! };
}

function readSigns(model: Model): readonly number[] | undefined {
  if (model.graph.nodes.some(({ operator }) => operator === 'Softmax')) return undefined;
  const hasSigns = model.graph.initializers.some(({ name }) => name === 'signs');
  return hasSigns ? [...floats(model, 'signs')] : [1];
}

function readCalibration(model: Model): Calibration | undefined {
  const slope = doubles(model, 'calibration_slope')?.[0];
  const intercept = doubles(model, 'calibration_intercept')?.[0];
  if (slope !== undefined && intercept !== undefined) return { slope, intercept };
  const from = doubles(model, 'ramp_from');
  if (!from) return undefined;
  const isotonic = {
    first: doubles(model, 'ramp_first')?.[0] ?? Number.NaN,
    from,
    width: doubles(model, 'ramp_width') ?? new Float64Array(),
    slope: doubles(model, 'ramp_slope') ?? new Float64Array(),
  };
  checkIsotonic(isotonic);
  return isotonic;
}
