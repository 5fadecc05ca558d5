import { readScoringGraph } from '../bridge/onnx/read.ts';
import type { Scorer, Scores } from './scorer.ts';
import { openSession } from './session.ts';

/**
 * The graph as it was exported, on onnxruntime: what parity judges. Its last bits are those of its
 * sigmoid, which takes several rows otherwise than one.
 * @param input of these bytes, where they have been read already
 */
export async function createOnnxScorer(
  model: Uint8Array,
  input = readScoringGraph(model).input,
): Promise<Scorer> {
  const session = await openSession(model, input);
  return {
    width: input.width,
    async score(features): Promise<Scores> {
      const { probability, pd } = await session.run(features);
      return { probability: probability!.data as Float64Array, pd: pd!.data as Float64Array };
    },
    close: session.close,
  };
}
