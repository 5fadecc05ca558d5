/**
 * A logistic regression as an ONNX graph, in float64: BigQuery ML's weights can be large and
 * cancel (intercept −55,273 against categories of +55,282), which float32 does not survive.
 */
import type { Calibration } from '../calibration.ts';
import { finish, node, probabilityOutputs, tensor, value } from './graph.ts';
import { ELEMENT } from './schema.ts';

/** Log-odds of default = intercept + Σ weights · features. */
export interface LogisticModel {
  readonly intercept: number;
  readonly weights: Float64Array;
}

/** A graph that answers `probability` and `pd` of default for rows `features` [N, F] in float64. */
export function logisticToOnnx(
  model: LogisticModel,
  calibration: Calibration,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const width = model.weights.length;
  const margin = {
    nodes: [
      node('MatMul', ['features', 'weights'], ['weighted']),
      node('Add', ['weighted', 'intercept'], ['margin']),
    ],
    initializers: [
      tensor('weights', [width, 1], model.weights),
      tensor('intercept', [1], Float64Array.of(model.intercept)),
    ],
    outputs: [],
  };
  const parts = [margin, probabilityOutputs('margin', calibration)];
  return finish(value('features', ELEMENT.DOUBLE, width), parts, metadata);
}
