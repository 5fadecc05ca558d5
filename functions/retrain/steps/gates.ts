import * as z from 'zod';
import { decodeBackground } from '../../../shared/bundle/background.ts';
import { MODEL_FILE, readManifest } from '../../../shared/bundle/bundle.ts';
import {
  type Gate,
  gateSchema,
  type ImportedParity,
  type Metrics,
} from '../../../shared/bundle/manifest.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { readDeployment } from '../../../shared/registry/deployment.ts';
import { sampleBackground } from '../background.ts';
import type { Context } from '../context.ts';
import type { Converted } from '../convert.ts';
import { type Found, judgeGates } from '../gates.ts';
import { importedGates } from '../imported.ts';
import { reversalsOf } from '../monotone.ts';
import { fewestApproved } from '../reference.ts';
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
  async run(context, plan, { evaluation, proof, converted, imported }) {
    const { portfolio } = context;
    const champion = await championMetrics(context);
    const background = await sampleBackground(context, plan, converted.inputs);
    const found = await findOnRows(portfolio, converted, background);
    return [
      ...judgeGates(portfolio, evaluation.metrics, proof.parity, found, champion),
      ...importedGates(portfolio, imported),
    ];
  },
};

/** What gates ask of the rows that the version keeps. */
async function findOnRows(
  portfolio: Portfolio,
  { inputs, files }: Converted,
  { bytes, description }: Awaited<ReturnType<typeof sampleBackground>>,
): Promise<Found> {
  const model = files.get(MODEL_FILE)!;
  const rows = decodeBackground(bytes, description);
  return {
    reversals: reversalsOf(portfolio, inputs, model, rows),
    approved: await fewestApproved(portfolio, model, rows),
  };
}

async function championMetrics({ models, portfolio }: Context): Promise<Metrics | undefined> {
  const stored = await readDeployment(models.objects, portfolio.id);
  const champion = stored?.deployment.champion;
  if (!champion) return undefined;
  // Of the manifest alone: a champion whose model is damaged must not keep out its successor.
  const { metrics } = await readManifest(models.objects, portfolio.id, champion);
  return metrics;
}
