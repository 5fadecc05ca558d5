import type { ScoringGraph } from '../bridge/onnx/read.ts';
import { ELEMENT } from '../bridge/onnx/schema.ts';
import { InferenceSession, Tensor } from './onnxruntime.ts';

/** A graph in onnxruntime. */
export interface Session {
  /** @param rows asked for at the end of this turn of the event loop, right before it runs */
  run(rows: () => Float64Array): Promise<InferenceSession.ReturnType>;
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
  const tensorOf = (rows: Float64Array): Tensor => {
    const dims = [rows.length / width, width];
    return elementType === ELEMENT.DOUBLE
      ? new Tensor('float64', rows, dims)
      : new Tensor('float32', new Float32Array(rows), dims);
  };
  const nothing = tensorOf(new Float64Array());
  return {
    run(rows) {
      // A run of onnxruntime's is an immediate of this thread, which reads its feeds only then. Should
      // that change, it runs on nothing, answers nothing, and no golden row comes out.
      const feeds = { [name]: nothing };
      setImmediate(() => {
        feeds[name] = tensorOf(rows());
      });
      return session.run(feeds);
    },
    close: () => session.release(),
  };
}
