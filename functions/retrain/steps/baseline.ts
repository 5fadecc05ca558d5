import { type Baseline, baselineSchema } from '../../../shared/bundle/baseline.ts';
import { fixBaseline } from '../baseline.ts';
import type { Step } from './step.ts';

/** Fixes what later applications are held against. @param attributions what features add, as importance found */
export const baselineStep: Step<Baseline['attributions'], Baseline> = {
  name: 'baseline',
  result: baselineSchema,
  run: fixBaseline,
};
