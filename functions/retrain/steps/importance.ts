import * as z from 'zod';
import { sampleBackground } from '../background.ts';
import type { Converted } from '../convert.ts';
import { keepImportance } from '../importance.ts';
import type { Step } from './step.ts';

/** Keeps for analysts what every feature does in the version. */
export const importanceStep: Step<Converted, { features: number }> = {
  name: 'importance',
  result: z.strictObject({ features: z.int() }),
  async run(context, plan, converted) {
    const background = await sampleBackground(context, plan, converted.inputs);
    await keepImportance(context, plan, converted, background);
    return { features: converted.inputs.length };
  },
};
