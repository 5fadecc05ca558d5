import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type FitIteration, type FitRequest, type FitResult, fitLinear } from './fit.ts';

/** Marks this thread's data: other threads may load this file too. */
const TASK = 'linear fit';

type Message = { readonly iteration: FitIteration } | { readonly result: FitResult };

/**
 * `fitLinear` in a thread of its own, so that the process stays responsive. Arrays over a
 * SharedArrayBuffer are shared with it, others are copied.
 * @throws the signal's reason when aborted; whatever `fitLinear` throws.
 */
export async function fitInWorker(
  request: FitRequest,
  watch: { onIteration(iteration: FitIteration): void; signal: AbortSignal },
): Promise<FitResult> {
  watch.signal.throwIfAborted();
  const worker = new Worker(new URL(import.meta.url), { workerData: { [TASK]: request } });
  let result: FitResult | undefined;
  worker.on('message', (message: Message) => {
    if ('result' in message) result = message.result;
    else watch.onIteration(message.iteration);
  });
  try {
    await once(worker, 'exit', { signal: watch.signal });
  } catch (error) {
    watch.signal.throwIfAborted();
    throw error;
  } finally {
    await worker.terminate();
  }
  if (!result) throw new Error('The training thread ended without a result.');
  return result;
}

if (!isMainThread && parentPort && workerData?.[TASK]) {
  const steps = fitLinear(workerData[TASK] as FitRequest);
  for (let step = steps.next(); ; step = steps.next()) {
    const message: Message = step.done ? { result: step.value } : { iteration: step.value };
    parentPort.postMessage(message);
    if (step.done) break;
  }
}
