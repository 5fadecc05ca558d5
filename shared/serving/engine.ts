/** What a served model is scored with: onnxruntime, and our own kernel where that fails. */
import type { Log } from '../log.ts';
import type { Scorer, Scores } from '../scorer/scorer.ts';

/** What a model says of one application. */
export interface Score {
  readonly probability: number;
  readonly pd: number;
}

/** Scores for as long as one of its two scorers does. */
export interface Engine {
  /** @param row the numbers of one application @throws {Error} when neither engine has a number */
  score(row: Float64Array, log: Log): Promise<Score>;
  /** Releases onnxruntime when nobody waits for it any more; later rows are the kernel's. */
  close(): Promise<void>;
}

/** @param onnx taken over: closed with the engine */
export function createEngine(onnx: Scorer, kernel: Scorer): Engine {
  const running = new Set<Promise<Scores>>();
  let closed = false;
  const byOnnx = async (row: Float64Array): Promise<Score> => {
    const run = onnx.score(row);
    running.add(run);
    try {
      return only(await run);
    } finally {
      running.delete(run);
    }
  };
  return {
    async score(row, log) {
      if (!closed) {
        try {
          return await byOnnx(row);
        } catch (error) {
          log.error('onnxruntime failed; the kernel scores', {}, error);
        }
      }
      return only(await kernel.score(row));
    },
    async close() {
      closed = true;
      await Promise.allSettled(running);
      await onnx.close();
    },
  };
}

function only({ probability: [probability], pd: [pd] }: Scores): Score {
  if (Number.isFinite(probability) && Number.isFinite(pd)) {
    return { probability: probability!, pd: pd! };
  }
  throw new Error(`The model answers ${probability} and ${pd}, which are no probabilities.`);
}
