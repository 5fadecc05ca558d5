import * as z from 'zod';
import { type Gate, gateSchema, type ImportedParity } from '../../../shared/bundle/manifest.ts';
import { sampleBackground } from '../background.ts';
import type { Converted } from '../convert.ts';
import { findAbout } from '../gates/findings.ts';
import { judgeGates } from '../gates/judge.ts';
import { importedGates } from '../imported.ts';
import type { Evaluation } from './evaluate.ts';
import type { Proof } from './parity.ts';
import type { Step } from './step.ts';

export interface GatesInputs {
  readonly evaluation: Evaluation;
  readonly proof: Proof;
  readonly converted: Converted;
  readonly imported: ImportedParity | undefined;
}

/** Holds the candidate against its limits and against the champion that there is at this moment. */
export const gatesStep: Step<GatesInputs, Gate[]> = {
  name: 'gates',
  result: z.array(gateSchema),
  async run(context, plan, { evaluation: { metrics }, proof, converted, imported }) {
    const background = await sampleBackground(context, plan, converted.inputs);
    const findings = await findAbout(context, plan, metrics, converted, background);
    return [
      ...judgeGates(context.portfolio, metrics, proof.parity, findings),
      ...importedGates(context.portfolio, imported),
    ];
  },
};
