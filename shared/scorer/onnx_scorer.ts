import { readScoringGraph } from '../bridge/onnx/read.ts';
import { ELEMENT } from '../bridge/onnx/schema.ts';
import { InferenceSession, Tensor } from './onnxruntime.ts';
import type { Scorer } from './scorer.ts';

/**
 * A scorer on onnxruntime. The bytes are read by our own reader first: a graph that it refuses
 * never reaches native code.
 * @param input of these bytes, where they have been read already
 */
export async function createOnnxScorer(
  model: Uint8Array,
  input = readScoringGraph(model).input,
): Promise<Scorer> {
  // One thread: more would cost a function with one vCPU, and change the order of float32 sums.
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  return {
    width: input.width,
    async score(features) {
      const dims = [features.length / input.width, input.width];
      const tensor =
        input.elementType === ELEMENT.DOUBLE
          ? new Tensor('float64', features, dims)
          : new Tensor('float32', new Float32Array(features), dims);
      const results = await session.run({ [input.name]: tensor });
      return {
        probability: results.probability!.data as Float64Array,
        pd: results.pd!.data as Float64Array,
      };
    },
    close: () => session.release(),
  };
}
