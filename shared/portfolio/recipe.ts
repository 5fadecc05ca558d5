/** A model that BigQuery ML trains, as it is asked for. */
import * as z from 'zod';

const optionValue = z.union([z.string(), z.number(), z.boolean()]);

/** CLASS_WEIGHTS: what a row counts for, by its label; BigQuery ML wants every label. */
const classWeight = z.number().positive().max(1e6);
const classWeights = z.strictObject({ 0: classWeight, 1: classWeight });

export const optionName = z.string().regex(/^[A-Z][A-Z0-9_]*$/);

/** Its type and what CREATE MODEL is told. */
export const recipeSchema = z.strictObject({
  model_type: z.enum(['BOOSTED_TREE_CLASSIFIER', 'RANDOM_FOREST_CLASSIFIER', 'LOGISTIC_REG']),
  /** CREATE MODEL options; label and data split are the pipeline's own. */
  options: z
    .record(optionName, z.union([optionValue, classWeights]))
    .refine(
      (options) =>
        Object.entries(options).every(
          ([name, value]) => (name === 'CLASS_WEIGHTS') === (typeof value === 'object'),
        ),
      'must have a weight a label, {"0": …, "1": …}, as CLASS_WEIGHTS and nowhere else',
    )
    .refine(
      ({ CLASS_WEIGHTS, AUTO_CLASS_WEIGHTS }) => !CLASS_WEIGHTS || AUTO_CLASS_WEIGHTS !== true,
      'must not have both CLASS_WEIGHTS and AUTO_CLASS_WEIGHTS',
    ),
});

export type Recipe = z.infer<typeof recipeSchema>;
