import { type Baseline, baselineSchema } from '../../../shared/bundle/baseline.ts';
import { sampleBackground } from '../background.ts';
import type { Converted } from '../convert.ts';
import { keepImportance } from '../importance.ts';
import type { Step } from './step.ts';

/** Keeps for analysts what every feature does in the version, and what of it later ones are held against. */
export const importanceStep: Step<Converted, Baseline['attributions']> = {
  name: 'importance',
  result: baselineSchema.shape.attributions,
  async run(context, plan, converted) {
    const background = await sampleBackground(context, plan, converted.inputs);
    return keepImportance(context, plan, converted, background);
  },
};
