/** What a served model is scored with: onnxruntime, and our own kernel where that fails. */
import type { Log } from '../log.ts';
import type { Scorer, Scores } from '../scorer/scorer.ts';

/** They agree to 1e-6 and not to the last bit, so a record says which it was. */
export type EngineName = 'onnxruntime' | 'kernel';

/** What a model says of one application. */
export interface Score {
  readonly probability: number;
  readonly pd: number;
  readonly engine: EngineName;
}

/** Scores for as long as one of its two scorers does. */
export interface Engine {
  /** @param row the numbers of one application @throws {Error} when neither engine has a number */
  score(row: Float64Array, log: Log): Promise<Score>;
  /** Releases onnxruntime when nobody waits for it any more; later rows are the kernel's. */
  close(): Promise<void>;
}

/** @param onnx taken over: closed with the engine, which gives it one row a call */
export function createEngine(onnx: Scorer, kernel: Scorer): Engine {
  let closed = false;
  return {
    async score(row, log) {
      if (!closed) {
        try {
          return only('onnxruntime', await onnx.score(row));
        } catch (error) {
          log.error('onnxruntime failed; the kernel scores', {}, error);
        }
      }
      return scoreByKernel(kernel, row);
    },
    close() {
      closed = true;
      return onnx.close();
    },
  };
}

/** Starts a work at a moment of its own choosing, once. */
export type Later = (work: () => void) => void;

/**
 * The kernel alone from the first row on, and both engines from when onnxruntime is there: a first
 * answer does not wait for native code. One that cannot be had is said, and the kernel goes on.
 *
 * @param open both engines, proven
 * @param later called at the first row, with the work of opening them
 */
export function createLateEngine(
  kernel: Scorer,
  open: () => Promise<Engine>,
  later: Later,
): Engine {
  let whole: Engine | undefined;
  let opening: Promise<void> | undefined;
  let asked = false;
  let closed = false;
  const openOnce = async (log: Log): Promise<void> => {
    try {
      whole = await open();
      log.info('onnxruntime scores from now on');
    } catch (error) {
      log.error('onnxruntime cannot be used; the kernel scores', {}, error);
    }
  };
  return {
    async score(row, log) {
      if (whole) return whole.score(row, log);
      if (!asked) {
        asked = true;
        later(() => {
          if (!closed) opening = openOnce(log);
        });
      }
      return scoreByKernel(kernel, row);
    },
    async close() {
      closed = true;
      await opening;
      await whole?.close();
    },
  };
}

/** The score of one row, whatever onnxruntime does. @throws {Error} when the kernel has no number */
export const scoreByKernel = async (kernel: Scorer, row: Float64Array): Promise<Score> =>
  only('kernel', await kernel.score(row));

function only(engine: EngineName, { probability: [probability], pd: [pd] }: Scores): Score {
  if (Number.isFinite(probability) && Number.isFinite(pd)) {
    return { probability: probability!, pd: pd!, engine };
  }
  throw new Error(`The model answers ${probability} and ${pd}, which are no probabilities.`);
}
