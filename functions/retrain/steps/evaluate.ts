import * as z from 'zod';
import { type Manifest, manifestSchema, metricsSchema } from '../../../shared/bundle/manifest.ts';
import { judge } from '../judge.ts';
import { predictUnseen, type Trained } from '../train.ts';
import type { Step } from './step.ts';

/** How true the model's probabilities were made, and how well they separate. */
export type Evaluation = Pick<Manifest, 'calibration' | 'metrics'>;

/** Asks the model of rows that it did not see, calibrates it on some and measures it on others. */
export const evaluateStep: Step<readonly Trained[], Evaluation> = {
  name: 'evaluate',
  result: z.strictObject({
    calibration: manifestSchema.shape.calibration,
    metrics: metricsSchema,
  }),
  async run(context, plan, judges) {
    await predictUnseen(context, plan, judges);
    const { calibration, metrics } = await judge(context, plan);
    context.log.info('judged', { metrics, calibration });
    return { calibration, metrics };
  },
};
