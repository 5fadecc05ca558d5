import * as z from 'zod';
import type { Member } from '../members.ts';
import { type Trained, trainModels } from '../train.ts';
import type { Step } from './step.ts';

/** Trains in BigQuery ML: what will serve, and what it is judged by. */
export const trainStep: Step<readonly Member[], Trained[]> = {
  name: 'train',
  result: z.array(
    z.strictObject({
      models: z.array(z.strictObject({ model: z.string(), weight: z.number() })),
      judgedOn: z.string(),
    }),
  ),
  run: trainModels,
};
