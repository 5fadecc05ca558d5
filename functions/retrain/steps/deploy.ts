import * as z from 'zod';
import { hurdleOf } from '../../../shared/registry/hurdle.ts';
import { readEvents } from '../../../shared/registry/journal.ts';
import { PROMOTIONS, type Promotion, promote } from '../promote.ts';
import type { Registered } from './register.ts';
import type { Step } from './step.ts';

/** What a version is told that does not serve yet, or never will. */
const HELD = { refused: 'refused by its gates', waits: 'waits for approval' } as const;

/** Whether the version serves, or why it does not. */
export type Deployed = Promotion | (typeof HELD)[keyof typeof HELD];

/** Lets a version serve that no gate refused, unless a named person has to approve it first. */
export const deployStep: Step<Registered, Deployed> = {
  name: 'deploy',
  result: z.enum([...PROMOTIONS, HELD.refused, HELD.waits]),
  async run({ models: { objects }, portfolio, now }, _plan, { ref, manifest, actor }) {
    const hurdle = hurdleOf(manifest, await readEvents(objects, portfolio.id));
    if (hurdle) return HELD[hurdle.kind];
    const { release } = manifest.portfolio;
    return promote(objects, portfolio.id, ref, release, { by: actor, at: now() });
  },
};
