/** The other side of train_in_worker.ts: trains what it is given and posts what happens. */
import { parentPort, workerData } from 'node:worker_threads';
import { train } from '../train.ts';
import type { TrainingMessage, TrainingTask } from '../train_in_worker.ts';

const { rows, evaluation, options } = workerData as TrainingTask;
const post = (message: TrainingMessage) => parentPort!.postMessage(message);
const training = await train(rows, evaluation, options, {
  onIteration: (iteration) => post({ iteration }),
});
post({ training });
