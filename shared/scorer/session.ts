import type { ScoringGraph } from '../bridge/onnx/read.ts';
import { ELEMENT } from '../bridge/onnx/schema.ts';
import { InferenceSession, Tensor } from './onnxruntime.ts';

/** A graph in onnxruntime. */
export interface Session {
  /** @param rows row-major; NaN is missing */
  run(rows: Float64Array): Promise<InferenceSession.ReturnType>;
  close(): Promise<void>;
}

/** @param model a graph that our own reader has let pass: no other may reach native code */
export async function openSession(
  model: Uint8Array,
  { name, elementType, width }: ScoringGraph['input'],
): Promise<Session> {
  // One thread: more would cost a function with one vCPU, and change the order of float32 sums.
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  return {
    run(rows) {
      const dims = [rows.length / width, width];
      const tensor =
        elementType === ELEMENT.DOUBLE
          ? new Tensor('float64', rows, dims)
          : new Tensor('float32', new Float32Array(rows), dims);
      return session.run({ [name]: tensor });
    },
    close: () => session.release(),
  };
}
