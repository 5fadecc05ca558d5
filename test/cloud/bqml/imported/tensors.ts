/** Columns as tensors and tensors as columns, a row an element of the first dimension. */
import { Tensor } from '../../../../shared/scorer/onnxruntime.ts';
import type { Column } from '../../bigquery/ports.ts';
import type { BqType, ScalarType } from '../../bigquery/types.ts';
import { unsupported } from '../../errors.ts';

/** An input or output of an ONNX model. */
export interface TensorSpec {
  readonly name: string;
  /** ONNX Runtime's word: `float32`, `int64`, … */
  readonly element: string;
  readonly rank: 1 | 2;
  /** Elements a row; undefined where only a run can tell. */
  readonly width: number | undefined;
  /** Whether a row is an ARRAY column's value: where its tensor has more than one element a row. */
  readonly isArray: boolean;
  /** How many rows a run takes; undefined for any number. */
  readonly batch: number | undefined;
}

/** How each element type is kept, and what it is in BigQuery ("Supported data types", CREATE MODEL for ONNX). */
const ELEMENTS: Readonly<
  Record<string, { type: ScalarType; make: (values: unknown[]) => TensorData }>
> = {
  float32: { type: 'FLOAT64', make: (values) => Float32Array.from(values, Number) },
  float64: { type: 'FLOAT64', make: (values) => Float64Array.from(values, Number) },
  int8: { type: 'INT64', make: (values) => Int8Array.from(values, Number) },
  uint8: { type: 'INT64', make: (values) => Uint8Array.from(values, Number) },
  int16: { type: 'INT64', make: (values) => Int16Array.from(values, Number) },
  uint16: { type: 'INT64', make: (values) => Uint16Array.from(values, Number) },
  int32: { type: 'INT64', make: (values) => Int32Array.from(values, Number) },
  uint32: { type: 'INT64', make: (values) => Uint32Array.from(values, Number) },
  int64: { type: 'INT64', make: (values) => BigInt64Array.from(values as number[], BigInt) },
  uint64: { type: 'INT64', make: (values) => BigUint64Array.from(values as number[], BigInt) },
  bool: { type: 'BOOL', make: (values) => Uint8Array.from(values, Number) },
  string: { type: 'STRING', make: (values) => values.map(String) },
};

type TensorData = Extract<Tensor['data'], ArrayLike<unknown>>;

/**
 * What a value of a model is to BigQuery.
 * @throws {ApiError} unsupported for element types and shapes that this engine does not run.
 */
export function tensorSpec(
  name: string,
  element: string,
  shape: readonly (number | string)[],
): TensorSpec {
  if (!Object.hasOwn(ELEMENTS, element)) {
    throw unsupported(`tensors of ${element} in an imported ONNX model ('${name}')`);
  }
  if (shape.length === 0 || shape.length > 2) {
    throw unsupported(
      `tensors of ${shape.length} dimensions in an imported ONNX model ('${name}'): rows by columns`,
    );
  }
  const [rows, columns] = [shape[0], shape.length === 1 ? 1 : shape[1]].map((size) =>
    typeof size === 'number' && size > 0 ? size : undefined,
  );
  return {
    name,
    element,
    rank: shape.length === 1 ? 1 : 2,
    width: columns,
    isArray: columns !== 1,
    batch: rows,
  };
}

export function columnType({ element, isArray }: TensorSpec): BqType {
  const { type } = ELEMENTS[element]!;
  return isArray ? { kind: 'ARRAY', element: { kind: type } } : { kind: type };
}

/**
 * Some rows of a column as an input.
 * @param refuse makes the error for a NULL, which a tensor can't hold, and for an array of another
 *   length
 */
export function toTensor(
  spec: TensorSpec,
  { name, values, nulls }: Column,
  [from, until]: readonly [number, number],
  refuse: (problem: string) => Error,
): Tensor {
  const width = spec.width!;
  const items: unknown[] = [];
  for (let row = from; row < until; row++) {
    const value = nulls?.[row] ? null : values[row];
    const own = spec.isArray ? ((value ?? []) as readonly unknown[]) : [value];
    if (own.length !== width) {
      throw refuse(
        `Column ${name} has a row of ${own.length} elements; the model input takes ${width}.`,
      );
    }
    if (own.some((item) => item === null || item === undefined)) {
      throw refuse(`Column ${name} has a NULL, which a model input can't be.`);
    }
    items.push(...own);
  }
  const dims = spec.rank === 1 ? [until - from] : [until - from, width];
  const data = ELEMENTS[spec.element]!.make(items);
  return new Tensor(spec.element as 'float32', data as Float32Array, dims);
}

/** The values of an output, a row each. */
export function rowsOf({ element, isArray }: TensorSpec, { data, dims }: Tensor): unknown[] {
  const values = Array.from(data as ArrayLike<unknown>, (value) =>
    element === 'bool' ? Boolean(value) : value,
  );
  const kept =
    ELEMENTS[element]!.type === 'INT64' ? values.map((v) => BigInt(v as number)) : values;
  if (!isArray) return kept;
  const rows = dims[0]!;
  const width = rows === 0 ? 0 : kept.length / rows;
  return Array.from({ length: rows }, (_, row) => kept.slice(row * width, (row + 1) * width));
}
