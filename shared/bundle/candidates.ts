/** What a version was chosen from: part of its manifest. */
import * as z from 'zod';
import { recipeSchema } from '../portfolio/recipe.ts';

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

/** The type of a model that is several: BigQuery ML has none. */
export const BLEND = 'BLEND';

/** What a version or a candidate is: a model that BigQuery ML trains, or a blend of such. */
export const modelType = z.enum([...recipeSchema.shape.model_type.options, BLEND]);

/** Over the splits. */
const overSplits = z.strictObject({
  mean: finite,
  /** Standard deviation. */
  spread: finite,
});

export const candidateSchema = z.strictObject({
  /** `main` is the first model of model.json. */
  name: z.string(),
  model_type: modelType,
  /** Of CREATE MODEL; a blend has none of its own. */
  options: recipeSchema.shape.options,
  /** The candidates that a blend is made of, and what each counts for; 0 where it is not worth a twentieth. */
  members: z
    .array(z.strictObject({ name: z.string(), weight: z.number().min(0) }))
    .min(2)
    .optional(),
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
