import * as z from 'zod';
import { type Trained, trainModels } from '../train.ts';
import type { Step } from './step.ts';

/** Trains in BigQuery ML: the model that will serve, and those that it is judged by. */
export const trainStep: Step<unknown, Trained[]> = {
  name: 'train',
  result: z.array(z.strictObject({ model: z.string(), judgedOn: z.string() })),
  run: trainModels,
};
