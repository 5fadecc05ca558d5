import { Worker } from 'node:worker_threads';
import type { Iteration, Training, TrainingOptions, TrainingRows, TrainingWatch } from './train.ts';

/** What a training worker is given. */
export interface TrainingTask {
  readonly rows: TrainingRows;
  readonly evaluation: TrainingRows | undefined;
  readonly options: TrainingOptions;
}

/** What a training worker posts: each iteration, and in the end all of the training. */
export type TrainingMessage = { readonly iteration: Iteration } | { readonly training: Training };

const WORKER = new URL('./boosting/training_worker.ts', import.meta.url);

/**
 * `train` in a thread of its own, so that this one stays responsive. Arrays over a
 * SharedArrayBuffer are shared with it, others are copied. An abort ends the thread at once. With
 * `watch.now`, durations are measured here, from message to message.
 */
export function trainInWorker(
  rows: TrainingRows,
  evaluation: TrainingRows | undefined,
  options: TrainingOptions,
  watch: TrainingWatch = {},
): Promise<Training> {
  const { promise, resolve, reject } = Promise.withResolvers<Training>();
  const { signal } = watch;
  if (signal?.aborted) {
    reject(signal.reason);
    return promise;
  }
  const task: TrainingTask = { rows, evaluation, options };
  const worker = new Worker(WORKER, { workerData: task });
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort);
  const timed = stampDurations(watch.now);
  const iterations: Iteration[] = [];
  worker.on('message', (message: TrainingMessage) => {
    if ('training' in message) {
      resolve({ booster: message.training.booster, iterations });
      return;
    }
    const iteration = timed(message.iteration);
    iterations.push(iteration);
    try {
      watch.onIteration?.(iteration);
    } catch (error) {
      reject(error);
    }
  });
  worker.on('error', reject);
  worker.on('exit', (code) => reject(new Error(`The training thread ended with code ${code}.`)));
  return promise.finally(async () => {
    signal?.removeEventListener('abort', abort);
    await worker.terminate();
  });
}

function stampDurations(now: TrainingWatch['now']): (iteration: Iteration) => Iteration {
  if (now === undefined) return (iteration) => iteration;
  let last = now();
  return (iteration) => {
    const start = last;
    last = now();
    return { ...iteration, durationMs: last - start };
  };
}
