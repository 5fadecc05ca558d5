/**
 * What was measured of a version beside its metrics: for gates to judge, and for its card to tell.
 * Plain JSON, so that a run can keep it. Nothing in here is of one applicant.
 */
import * as z from 'zod';

const finite = z.number();
const interval = z.tuple([finite, finite]).readonly();

/** 95% of what metrics would have been of other draws of as many applications. */
const intervals = z.strictObject({
  rows: z.int(),
  of: z.strictObject({
    auc: interval.nullable(),
    gini: interval.nullable(),
    ks: interval.nullable(),
    pr_auc: interval.nullable(),
    brier: interval.nullable(),
    log_loss: interval.nullable(),
    mean_pd: interval.nullable(),
    bad_rate: interval.nullable(),
  }),
});

export type Intervals = z.infer<typeof intervals>;

/** Of outcomes on log-odds: 1 and 0 are perfect. */
const line = z.strictObject({
  slope: finite,
  slope_interval: interval,
  intercept: finite,
  intercept_interval: interval,
});

/** The candidate beside the champion. */
const comparison = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('no_champion') }),
  /** Not even its figures can be read. */
  z.strictObject({ kind: z.literal('unknown'), version: z.string(), why: z.string() }),
  /** Its figures are of other applications than the candidate's. */
  z.strictObject({
    kind: z.literal('by_figures'),
    version: z.string(),
    /** Null where one of them is no number. */
    difference: finite.nullable(),
    why: z.string(),
  }),
  /** Both say what they think of the same applications, which neither was fitted on. */
  z.strictObject({
    kind: z.literal('paired'),
    version: z.string(),
    rows: z.int(),
    auc: finite,
    champion_auc: finite,
    difference: finite,
    interval: interval.nullable(),
  }),
]);

export type Comparison = z.infer<typeof comparison>;

/** Scores against those that were expected, in tenths of the latter. */
const shift = z.strictObject({
  psi: finite,
  p_value: finite,
  /** What chance alone exceeds once in twenty. */
  by_chance: finite,
  rows: z.int(),
  expected_rows: z.int(),
});

export type Shift = z.infer<typeof shift>;

const shifts = z.strictObject({
  /** Against the champion, of the same applications; null where there is none that scores them. */
  champion: shift.nullable(),
  /** Of applications tested on against those trained on; null where they are the same. */
  training: shift.nullable(),
});

export type Shifts = z.infer<typeof shifts>;

/** Who is in a group, and what became of them at the cut-offs in force. */
const group = z.strictObject({
  group: z.string(),
  applications: z.int(),
  approved: z.int(),
  bad: z.int(),
  mean_pd: finite,
  /** Mean PD less that of all, in standard deviations of all. */
  standardised_difference: finite,
  /** Against the group approved most; null for that group, and for one that is too small. */
  ratio: finite.nullable(),
  p_value: finite.nullable(),
});

export type Group = z.infer<typeof group>;

const screen = z.strictObject({
  attribute: z.string(),
  /** The group that others are held against; null where fewer than two are large enough. */
  reference: z.string().nullable(),
  groups: z.array(group),
  /** Applications of which the attribute is not known. */
  unknown: z.int(),
  /** Why there are no groups. */
  why: z.string().optional(),
});

export type Screen = z.infer<typeof screen>;

/** How good the version is for some of the applications. */
const segment = z.strictObject({
  segment: z.string(),
  applications: z.int(),
  bad: z.int(),
  approved: z.int(),
  mean_pd: finite,
  /** Null where one class is missing. */
  auc: finite.nullable(),
});

export type Segment = z.infer<typeof segment>;

const coverage = z.strictObject({
  /** Applications that the cut-off in force does not approve, … */
  adverse: z.int(),
  /** … and those of them who can be told: each principal reason has words, and there is one. */
  covered: z.int(),
  /** Features among principal reasons that no reason stands for. */
  unmapped: z.array(z.string()),
});

export type Coverage = z.infer<typeof coverage>;

const footprint = z.strictObject({
  bytes: z.int(),
  /** Null where no gate asks: a time is never the same again. */
  ms: finite.nullable(),
  timed: z.int(),
});

export type Footprint = z.infer<typeof footprint>;

/** A feature that may move the probability of default one way only, and how far it does not. */
const reversal = z.strictObject({
  feature: z.string(),
  /** Null where it moves nothing. */
  share: finite.nullable(),
});

export type Reversal = z.infer<typeof reversal>;

export const findingsSchema = z.strictObject({
  intervals,
  line: line.nullable(),
  comparison,
  shifts,
  screens: z.array(screen),
  segments: z.array(segment),
  coverage,
  footprint,
  reversals: z.array(reversal),
  /** How many of the background reasons compare with; null where those are not the approved ones. */
  approved: z.int().nullable(),
});

export type Findings = z.infer<typeof findingsSchema>;
