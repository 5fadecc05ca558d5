/** What a version was chosen from: part of its manifest. */
import * as z from 'zod';
import { recipeSchema } from '../portfolio/documents.ts';

const finite = z.number();

/** How a candidate did on applications that came later than those it was trained and calibrated on. */
export const splitFigures = z.strictObject({
  /** Of the applications measured. */
  rows: z.int(),
  bad: z.int(),
  auc: finite,
  log_loss: finite,
  brier: finite,
  mean_pd: finite,
  bad_rate: finite,
  /** Money an application brought under the policy in force; null unless candidates are chosen by it. */
  profit: finite.nullable(),
});

export type SplitFigures = z.infer<typeof splitFigures>;

/** Over the splits. */
const overSplits = z.strictObject({
  mean: finite,
  /** Standard deviation. */
  spread: finite,
});

export const candidateSchema = z.strictObject({
  /** `main` is the first model of model.json. */
  name: z.string(),
  ...recipeSchema.shape,
  /** From the oldest split to the youngest; the test is in none. */
  splits: z.array(splitFigures).min(2),
  metrics: z.strictObject({
    auc: overSplits,
    log_loss: overSplits,
    brier: overSplits,
    profit: overSplits.nullable(),
  }),
  chosen: z.boolean(),
  why: z.string(),
});

export type Candidate = z.infer<typeof candidateSchema>;
