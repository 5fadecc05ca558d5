import * as z from 'zod';
import { MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { type Manifest, manifestSchema } from '../../../shared/bundle/manifest.ts';
import type { Member } from '../members.ts';
import { askWarehouse, compare, type Parity, refuseOffenders } from '../parity.ts';
import { type Attempt, type Conversions, repeatAttempt } from './convert.ts';
import type { Step } from './step.ts';

/** Which of the conversions says what the warehouse says, and how near it comes. */
export interface Proof {
  readonly unknown: Attempt['unknown'];
  readonly parity: Manifest['parity'];
  readonly golden: Manifest['golden'];
}

export interface ParityInputs {
  readonly members: readonly Member[];
  readonly attempts: readonly Attempt[];
  readonly conversions: Conversions;
}

/** Holds the converted model against the warehouse, row by row: of several forms the rows decide. */
export const parityStep: Step<ParityInputs, Proof> = {
  name: 'parity',
  result: z.strictObject({
    unknown: z.enum(['missing', 'null_filler']),
    parity: manifestSchema.shape.parity,
    golden: manifestSchema.shape.golden,
  }),
  async run(context, plan, { members, attempts, conversions }) {
    const references = await askWarehouse(context, plan, members);
    let tried: { attempt: Attempt; parity: Parity } | undefined;
    for (const attempt of attempts) {
      const { inputs, files } = await repeatAttempt(conversions, attempt);
      const parity = await compare(context, references, inputs, files.get(MODEL_FILE)!);
      tried = { attempt, parity };
      if (parity.offenders.length === 0) break;
    }
    const { attempt, parity } = tried!;
    refuseOffenders(parity, attempt.unknown);
    const { rows, largest_difference, tolerance, golden } = parity;
    context.log.info('parity proven', { rows, largest_difference });
    return {
      unknown: attempt.unknown,
      parity: { rows, largest_difference, tolerance },
      golden: [...golden],
    };
  },
};
