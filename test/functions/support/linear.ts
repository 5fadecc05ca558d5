/** A linear version of the portfolio `loans`, made by hand: log-odds −1 + 0.02 · term_months + 1e-5 · amount. */
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { makeVersion, type Version } from './versions.ts';

const INTERCEPT = -1;
const WEIGHTS: Readonly<Record<string, number>> = { term_months: 0.02, amount: 1e-5 };
/** Of training: what takes the place of a NULL, and whom an applicant is compared with. */
const MEANS: Readonly<Record<string, number>> = { term_months: 30, amount: 10_000, income: 50_000 };

/** The log-odds of the average applicant. */
export const LINEAR_BASE = INTERCEPT + 0.02 * 30 + 1e-5 * 10_000;

export async function makeLinearVersion(portfolio: Portfolio, version: string): Promise<Version> {
  const whole = await makeVersion(portfolio, version);
  const names = portfolio.features.features.map(({ name }) => name);
  const weights = Float64Array.from(names, (name) => WEIGHTS[name] ?? 0);
  const model = logisticToOnnx({ intercept: INTERCEPT, weights }, { slope: 1, intercept: 0 }, {});
  const inputs = names.map((name) => ({
    kind: 'number' as const,
    name,
    nullValue: MEANS[name] ?? 0,
  }));
  const kernel = createKernelScorer(readScoringGraph(model));
  const golden = await Promise.all(
    whole.manifest.golden.map(async (row) => {
      const features = row.features.map((x, i) => x ?? inputs[i]!.nullValue);
      const { probability, pd } = await kernel.score(Float64Array.from(features));
      return { ...row, features, probability: probability[0]!, pd: pd[0]! };
    }),
  );
  return {
    manifest: { ...whole.manifest, inputs, golden },
    files: new Map([[MODEL_FILE, model]]),
  };
}
