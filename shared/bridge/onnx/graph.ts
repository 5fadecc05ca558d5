/** Building blocks of the graphs that `trees.ts` and `linear.ts` emit. */
import {
  type Calibration,
  checkIsotonic,
  type IsotonicCalibration,
  isIsotonic,
  type PlattCalibration,
} from '../calibration.ts';
import { encodeModel } from './protobuf.ts';
import {
  ATTRIBUTE,
  type Attribute,
  ELEMENT,
  type Node,
  type Tensor,
  type ValueInfo,
} from './schema.ts';

/** What BigQuery's own ONNX Runtime (1.12) can import: SQL reference, "CREATE MODEL for ONNX". */
export const IR_VERSION = 8;
export const OPSET = 17;
export const ML_OPSET = 3;
export const ML_DOMAIN = 'ai.onnx.ml';

/** Pieces of a graph; `finish` puts them together. */
export interface Parts {
  readonly nodes: Node[];
  readonly initializers: Tensor[];
  readonly outputs: ValueInfo[];
}

export function node(
  operator: string,
  inputs: string[],
  outputs: string[],
  attributes: Attribute[] = [],
  domain?: string,
): Node {
  return { inputs, outputs, operator, attributes, ...(domain === undefined ? {} : { domain }) };
}

export const attribute = {
  int: (name: string, int: number): Attribute => ({ name, int, type: ATTRIBUTE.INT }),
  ints: (name: string, ints: NonNullable<Attribute['ints']>): Attribute => ({
    name,
    ints,
    type: ATTRIBUTE.INTS,
  }),
  floats: (name: string, floats: Float32Array): Attribute => ({
    name,
    floats,
    type: ATTRIBUTE.FLOATS,
  }),
  string: (name: string, string: string): Attribute => ({ name, string, type: ATTRIBUTE.STRING }),
  strings: (name: string, strings: string[]): Attribute => ({
    name,
    strings,
    type: ATTRIBUTE.STRINGS,
  }),
};

/** A constant; little-endian as ONNX demands, which every platform that runs Node is. */
export function tensor(name: string, dims: number[], values: Float64Array | Float32Array): Tensor {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  const dataType = values instanceof Float64Array ? ELEMENT.DOUBLE : ELEMENT.FLOAT;
  return { dims, dataType, name, rawData };
}

/** A matrix of one row an application. */
export function value(name: string, elementType: number, columns: number): ValueInfo {
  const dims = [{ parameter: 'N' }, { value: columns }];
  return { name, type: { tensor: { elementType, shape: { dims } } } };
}

/**
 * From the margin of default (double, [N, 1]) to `probability`, what the trained model says, and
 * `pd`, its recalibration.
 */
export function probabilityOutputs(margin: string, calibration: Calibration): Parts {
  const pd = isIsotonic(calibration)
    ? isotonicParts(margin, calibration)
    : plattParts(margin, calibration);
  return {
    nodes: [node('Sigmoid', [margin], ['probability']), ...pd.nodes],
    initializers: pd.initializers,
    outputs: [value('probability', ELEMENT.DOUBLE, 1), value('pd', ELEMENT.DOUBLE, 1)],
  };
}

type Calibrated = Pick<Parts, 'nodes' | 'initializers'>;

const plattParts = (margin: string, { slope, intercept }: PlattCalibration): Calibrated => ({
  nodes: [
    node('Mul', [margin, 'calibration_slope'], ['scaled']),
    node('Add', ['scaled', 'calibration_intercept'], ['calibrated']),
    node('Sigmoid', ['calibrated'], ['pd']),
  ],
  initializers: [
    tensor('calibration_slope', [1], Float64Array.of(slope)),
    tensor('calibration_intercept', [1], Float64Array.of(intercept)),
  ],
});

/** [N, 1] margins against [K] ramps: how far up each ramp a margin is, times its slope. */
function isotonicParts(margin: string, calibration: IsotonicCalibration): Calibrated {
  checkIsotonic(calibration);
  const { first, from, width, slope } = calibration;
  const ramps = from.length;
  return {
    nodes: [
      node('Sub', [margin, 'ramp_from'], ['beyond']),
      node('Max', ['beyond', 'ramp_zero'], ['risen']),
      node('Min', ['risen', 'ramp_width'], ['up']),
      node('MatMul', ['up', 'ramp_slope'], ['rise']),
      node('Add', ['rise', 'ramp_first'], ['pd']),
    ],
    initializers: [
      tensor('ramp_from', [ramps], from),
      tensor('ramp_zero', [1], Float64Array.of(0)),
      tensor('ramp_width', [ramps], width),
      tensor('ramp_slope', [ramps, 1], slope),
      tensor('ramp_first', [1], Float64Array.of(first)),
    ],
  };
}

/**
 * The bytes of a model; equal parts give equal bytes.
 * @param metadata shown by ONNX tools: names of features and classes, version
 */
export function finish(
  input: ValueInfo,
  parts: readonly Parts[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const nodes = parts.flatMap((part) => part.nodes);
  const usesTrees = nodes.some(({ domain }) => domain === ML_DOMAIN);
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'flit-ml',
    graph: {
      name: 'score',
      nodes,
      initializers: parts.flatMap((part) => part.initializers),
      inputs: [input],
      outputs: parts.flatMap((part) => part.outputs),
    },
    opsetImports: [
      { domain: '', version: OPSET },
      ...(usesTrees ? [{ domain: ML_DOMAIN, version: ML_OPSET }] : []),
    ],
    metadata: Object.entries(metadata)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, text]) => ({ key, value: text })),
  });
}
