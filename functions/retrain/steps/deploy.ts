import * as z from 'zod';
import { PROMOTIONS, type Promotion, promote } from '../promote.ts';
import type { Registered } from './register.ts';
import type { Step } from './step.ts';

/** Whether the version serves, or why it does not. */
export type Deployed = Promotion | 'refused by its gates';

/** Lets a version serve that passed its gates. */
export const deployStep: Step<Registered, Deployed> = {
  name: 'deploy',
  result: z.enum([...PROMOTIONS, 'refused by its gates']),
  async run({ models, portfolio, now }, _plan, { ref, manifest, actor }) {
    if (!manifest.gates.every(({ passed }) => passed)) return 'refused by its gates';
    return promote(models.objects, portfolio.id, ref, { by: actor, at: now() });
  },
};
