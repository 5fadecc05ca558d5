/** What a client may ask of the BNPL streams: simtom's configuration and the knobs of this world. */
import * as z from 'zod';
import { dayOf } from '../dates.ts';
import { rangeShape } from '../source.ts';
import { CAUSES, SHIFTABLE, SHOCK_KINDS, type Shock } from './conditions.ts';
import { FLAG_FIELDS, NUMBER_FIELDS, TEXT_FIELDS } from './fields.ts';
import { PERIOD_DAYS } from './plan.ts';
import { FIRST_DAY, LAST_DAY } from './population.ts';

const date = z.iso.date();

const shock = z.strictObject({
  from: date.describe('First day whose checkouts it hits.'),
  to: date.optional().describe('Last such day; for good where not given.'),
  kind: z.enum(SHOCK_KINDS),
  field: z.string().optional(),
  size: z.number(),
});

/** What each kind of shock takes: the fields it may name, if any must be, and its size. */
const RULES: Record<
  Shock['kind'],
  { fields: readonly string[]; required: boolean; size: readonly [number, number] }
> = {
  stress: { fields: [], required: false, size: [-1, 1] },
  covariate_shift: { fields: SHIFTABLE, required: false, size: [-0.95, 10] },
  missing: {
    fields: [...TEXT_FIELDS, ...NUMBER_FIELDS, ...FLAG_FIELDS],
    required: true,
    size: [0, 1],
  },
  new_category: { fields: TEXT_FIELDS, required: true, size: [0, 1] },
  scale: { fields: NUMBER_FIELDS, required: true, size: [-1e6, 1e6] },
  concept: { fields: CAUSES, required: false, size: [-2, 2] },
};

/** What is wrong with a shock beyond its shape; undefined where nothing is. */
function faultOf({ kind, field, size, from, to }: z.output<typeof shock>): string | undefined {
  const {
    fields,
    required,
    size: [least, most],
  } = RULES[kind];
  if (to !== undefined && to < from) return 'to: must not be before from';
  if (size < least || size > most) return `size: of ${kind} must be from ${least} to ${most}`;
  if (field === undefined) return required ? `field: ${kind} needs one` : undefined;
  if (fields.includes(field)) return undefined;
  const allowed = fields.length === 0 ? 'takes none' : `takes one of ${fields.join(', ')}`;
  return `field: ${kind} ${allowed}`;
}

/** What a client may ask for; every fault is an issue of its own. */
export const bnplConfig = z
  .strictObject({
    ...rangeShape,
    base_daily_volume: z.int().min(1).max(100_000).default(1000),
    seed: z.int().min(0).default(1),
    signal: z
      .number()
      .min(0)
      .max(3)
      .default(1)
      .describe('How much of what moves the risk is systematic.'),
    base_default_rate: z.number().min(0.005).max(0.4).default(0.05),
    economic_stress: z.number().min(0).max(1).default(0).describe('1 is a deep recession.'),
    due_within_days: z
      .int()
      .min(PERIOD_DAYS)
      .max(11 * PERIOD_DAYS)
      .default(28)
      .describe('bnpl_truth: which instalments count, by days from checkout to due date.'),
    shocks: z.array(shock).max(100).default([]),
  })
  .superRefine((config, context) => {
    const { start_date, end_date, shocks } = config;
    const blame = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (end_date < start_date) blame(['end_date'], 'must not be before start_date');
    if (start_date < FIRST_DAY) blame(['start_date'], `the world begins on ${FIRST_DAY}`);
    if (end_date > LAST_DAY) blame(['end_date'], `the world ends on ${LAST_DAY}`);
    shocks.forEach((each, index) => {
      const fault = faultOf(each);
      if (fault !== undefined) blame(['shocks', index], fault);
    });
  });

/** A valid configuration, defaults filled in. */
export type BnplConfig = z.output<typeof bnplConfig>;

/** The shocks of a configuration with their days as numbers. */
export const shocksOf = ({ shocks }: BnplConfig): Shock[] =>
  shocks.map(({ from, to, ...rest }) => ({
    ...rest,
    from: dayOf(from),
    to: to === undefined ? Number.POSITIVE_INFINITY : dayOf(to),
  }));
