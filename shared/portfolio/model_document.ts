/** `model.json` of a portfolio: what is trained, what it is compared with, and how the best is chosen. */
import * as z from 'zod';
import { optionName, recipeSchema } from './recipe.ts';

/** Values that trials choose from: HPARAM_RANGE or HPARAM_CANDIDATES. */
const searchSpace = z.union([
  z.strictObject({ range: z.tuple([z.number(), z.number()]) }),
  z.strictObject({ candidates: z.array(z.union([z.string(), z.number()])).min(1) }),
]);

export type SearchSpace = z.infer<typeof searchSpace>;

/** The name of the first model of model.json among its candidates. */
export const MAIN = 'main';

const candidateName = z.string().regex(/^[a-z][a-z0-9_]{0,30}$/, 'is no name of a candidate');
const otherName = candidateName.refine((name) => name !== MAIN, 'is the name of the first model');

/** A model that is compared with the portfolio's first. */
const candidate = z.strictObject({
  name: otherName,
  ...recipeSchema.shape,
  /** Options that are found by hyperparameter tuning, NUM_TRIALS being `trials`. */
  tuning: z
    .strictObject({
      trials: z.int().min(1).max(100),
      spaces: z
        .record(optionName, searchSpace)
        .refine((spaces) => Object.keys(spaces).length > 0, 'must name an option'),
    })
    .optional(),
});

export type CandidateDocument = z.infer<typeof candidate>;

/** Several candidates that are trees, as one: the weighted sum of their log-odds. */
const blend = z.strictObject({
  name: otherName,
  /** Candidates by name; the first model is one of them. */
  members: z
    .array(candidateName)
    .min(2, 'are two at least')
    .max(5)
    .refine((members) => new Set(members).size === members.length, 'name a candidate twice'),
  /** By how likely they make the outcomes of applications that no member had seen, or alike. */
  weights: z.enum(['fitted', 'equal']).default('fitted'),
});

export type BlendDocument = z.infer<typeof blend>;

/** `model.json`: what BigQuery ML trains, and what it is compared with. */
export const modelSchema = z.strictObject({
  ...recipeSchema.shape,
  candidates: z
    .array(candidate)
    .min(1)
    .max(10)
    .refine(
      (candidates) => new Set(candidates.map(({ name }) => name)).size === candidates.length,
      'have a name twice',
    )
    .optional(),
  /** Candidates that are made of others; no training comes of one unless it is chosen. */
  blends: z.array(blend).min(1).max(5).optional(),
  /** How the best of them is chosen, on rows from before the test. */
  selection: z
    .strictObject({
      /** Discrimination, truth of the probabilities, or money a loan brings under the policy in force. */
      by: z.enum(['auc', 'log_loss', 'profit']),
      /** Times that each is trained on the past and measured on what came next. */
      splits: z.int().min(2).max(8),
    })
    .optional(),
});

export type ModelDocument = z.infer<typeof modelSchema>;
