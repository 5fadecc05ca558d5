import { type Baseline, baselineSchema } from '../../../shared/bundle/baseline.ts';
import { type BaselineInputs, fixBaseline } from '../baseline.ts';
import type { Step } from './step.ts';

/** Fixes what later applications are held against. */
export const baselineStep: Step<BaselineInputs, Baseline> = {
  name: 'baseline',
  result: baselineSchema,
  run: fixBaseline,
};
