import * as z from 'zod';
import { type Gate, gateSchema, type ImportedParity } from '../../../shared/bundle/manifest.ts';
import { type Findings, findingsSchema } from '../../../shared/card/findings.ts';
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

/** The verdicts, and what they were made of. */
export interface Judged {
  readonly gates: Gate[];
  readonly findings: Findings;
}

/** Holds the candidate against its limits and against the champion that there is at this moment. */
export const gatesStep: Step<GatesInputs, Judged> = {
  name: 'gates',
  result: z.strictObject({ gates: z.array(gateSchema), findings: findingsSchema }),
  async run(context, plan, { evaluation: { metrics }, proof, converted, imported }) {
    const background = await sampleBackground(context, plan, converted.inputs);
    const findings = await findAbout(context, plan, metrics, converted, background);
    const gates = [
      ...judgeGates(context.portfolio, metrics, proof.parity, findings),
      ...importedGates(context.portfolio, imported),
    ];
    return { gates, findings };
  },
};
