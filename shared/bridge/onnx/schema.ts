/**
 * The part of ONNX's protobuf schema (onnx/onnx.proto, IR 8) that a scoring graph needs, as data.
 *
 * A field that is not listed is refused when reading: external data, subgraphs, sparse tensors,
 * functions, training information and quantisation never reach onnxruntime.
 */

export type FieldKind =
  | 'int' // int32, int64 or enum as a varint
  | 'float' // 32-bit
  | 'string'
  | 'bytes'
  | 'ints' // repeated int64, packed
  | 'floats' // repeated float, packed
  | 'strings'; // repeated bytes that are text

export interface FieldSchema {
  readonly number: number;
  readonly name: string;
  /** A scalar kind, or a message by name; `repeated` for messages only. */
  readonly kind: FieldKind | MessageName;
  readonly repeated?: boolean;
}

export type MessageName = keyof typeof MESSAGES;

const field = (number: number, name: string, kind: string, repeated = false) => ({
  number,
  name,
  kind,
  repeated,
});

export const MESSAGES = {
  Model: [
    field(1, 'irVersion', 'int'),
    field(2, 'producerName', 'string'),
    field(3, 'producerVersion', 'string'),
    field(6, 'docString', 'string'),
    field(7, 'graph', 'Graph'),
    field(8, 'opsetImports', 'OperatorSet', true),
    field(14, 'metadata', 'StringEntry', true),
  ],
  OperatorSet: [field(1, 'domain', 'string'), field(2, 'version', 'int')],
  StringEntry: [field(1, 'key', 'string'), field(2, 'value', 'string')],
  Graph: [
    field(1, 'nodes', 'Node', true),
    field(2, 'name', 'string'),
    field(5, 'initializers', 'Tensor', true),
    field(11, 'inputs', 'ValueInfo', true),
    field(12, 'outputs', 'ValueInfo', true),
  ],
  Node: [
    field(1, 'inputs', 'strings'),
    field(2, 'outputs', 'strings'),
    field(3, 'name', 'string'),
    field(4, 'operator', 'string'),
    field(5, 'attributes', 'Attribute', true),
    field(7, 'domain', 'string'),
  ],
  Attribute: [
    field(1, 'name', 'string'),
    field(2, 'float', 'float'),
    field(3, 'int', 'int'),
    field(4, 'string', 'string'),
    field(7, 'floats', 'floats'),
    field(8, 'ints', 'ints'),
    field(9, 'strings', 'strings'),
    field(20, 'type', 'int'),
  ],
  Tensor: [
    field(1, 'dims', 'ints'),
    field(2, 'dataType', 'int'),
    field(8, 'name', 'string'),
    field(9, 'rawData', 'bytes'),
  ],
  ValueInfo: [field(1, 'name', 'string'), field(2, 'type', 'Type')],
  Type: [field(1, 'tensor', 'TensorType')],
  TensorType: [field(1, 'elementType', 'int'), field(2, 'shape', 'Shape')],
  Shape: [field(1, 'dims', 'Dimension', true)],
  Dimension: [field(1, 'value', 'int'), field(2, 'parameter', 'string')],
} as const;

/** TensorProto.DataType. */
export const ELEMENT = { FLOAT: 1, INT64: 7, DOUBLE: 11 } as const;

/** AttributeProto.AttributeType. */
export const ATTRIBUTE = { FLOAT: 1, INT: 2, STRING: 3, FLOATS: 6, INTS: 7, STRINGS: 8 } as const;

export interface Model {
  irVersion: number;
  producerName: string;
  producerVersion?: string;
  docString?: string;
  graph: Graph;
  opsetImports: OperatorSet[];
  metadata: { key: string; value: string }[];
}

export interface OperatorSet {
  domain: string;
  version: number;
}

export interface Graph {
  name: string;
  nodes: Node[];
  initializers: Tensor[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
}

export interface Node {
  inputs: string[];
  outputs: string[];
  name?: string;
  operator: string;
  attributes: Attribute[];
  domain?: string;
}

export interface Attribute {
  name: string;
  float?: number;
  int?: number;
  string?: string;
  floats?: Float32Array;
  ints?: number[] | Int32Array | Uint32Array;
  strings?: string[];
  type: number;
}

export interface Tensor {
  dims: number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}

export interface ValueInfo {
  name: string;
  type: { tensor: { elementType: number; shape: { dims: Dimension[] } } };
}

export type Dimension = { value: number } | { parameter: string };
