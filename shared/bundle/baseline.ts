/** How the rows that a version was made of are distributed: what later ones are held against. Fixed with it. */
import * as z from 'zod';
import { isListOf, isNumber, quickly } from '../quick.ts';

const count = z.int().min(0);
const counts = quickly(
  isListOf((value) => Number.isSafeInteger(value) && (value as number) >= 0),
  z.array(count),
);
/** Deciles make nine edges; more would only make a damaged manifest ask for memory. */
const MOST_EDGES = 100;
const MOST_CATEGORIES = 100;

const numberBaseline = z.strictObject({
  kind: z.literal('number'),
  name: z.string(),
  /** Of the rows; null where none had a number. Beyond them a number was never seen. */
  lowest: z.number().nullable(),
  highest: z.number().nullable(),
  /** Ascending; each belongs to the bin above it, and the outer bins are open. */
  edges: quickly(isListOf(isNumber, MOST_EDGES), z.array(z.number()).max(MOST_EDGES)),
  /** Rows without a number, … */
  missing: count,
  /** … and in each bin, one more than there are edges. */
  counts,
});

const textBaseline = z.strictObject({
  kind: z.literal('text'),
  name: z.string(),
  categories: z.array(z.string()).max(MOST_CATEGORIES),
  missing: count,
  /** Rows by category. */
  counts,
  /** Rows with a text that is none of the categories. */
  unseen: count,
});

export const distributionSchema = z.discriminatedUnion('kind', [numberBaseline, textBaseline]);

/** One figure of some rows, by bins or categories. */
export type Distribution = z.infer<typeof distributionSchema>;

export const baselineSchema = z.strictObject({
  /** Of the rows trained on. */
  features: z.array(distributionSchema),
  /** Calibrated PDs of the rows measured on: of those trained on they would be too sure. */
  pd: numberBaseline,
  /** Mean size of what each feature adds to the log-odds, its standard deviation, and of how many rows. */
  attributions: z.array(
    z.strictObject({
      feature: z.string(),
      rows: count,
      mean: z.number(),
      deviation: z.number(),
    }),
  ),
});

export type Baseline = z.infer<typeof baselineSchema>;
