/** The JSON documents of a portfolio's folder, beside its contracts and SQL. Wire names are snake_case. */
import * as z from 'zod';
import { BATCH_HOURS, BREACH_KINDS, COOLDOWN_DAYS, TRACED_JOBS } from '../alerts/breach.ts';
import { retrainingSchema } from '../retraining/policy.ts';
import { monitoringSchema } from './monitoring.ts';

/** A column of the warehouse, a field of the contract. */
export const columnName = z.string().regex(/^[a-z_][a-z0-9_]*$/, 'must be a column name');
const name = columnName;
const share = z.number().min(0).max(1);

/** Ids become dataset, folder and topic names. */
export const portfolioId = z.string().regex(/^[a-z][a-z0-9_]{0,30}$/, 'is no portfolio id');

/** A field of an application that a person can change: what counterfactuals are made of. */
const actionable = z.strictObject({
  field: name,
  /** Where it can go: a list runs from its beginning, the lowest, to its end. */
  direction: z.enum(['lower', 'higher', 'any']),
  /** What to do, in words that a customer understands. */
  text: z.string().min(1).max(300),
  /** Numbers change to multiples of this; 1 for integers where none is given. */
  step: z
    .number()
    .positive()
    .refine((step) => Number.isInteger(step) || Number.isInteger(1 / step), {
      error: 'must be an integer, or one divided by an integer',
    })
    .optional(),
  /** How far a number can go, where the contract allows more than a person can do. */
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** Another field, which this one must not exceed. */
  at_most: name.optional(),
  /** How large a change counts as 1: in places of a list, or else the whole range of the contract. */
  span: z.number().positive().optional(),
});

export type Actionable = z.infer<typeof actionable>;

const ascending = z
  .array(z.number())
  .min(1)
  .max(20)
  .refine((list) => list.every((edge, i) => i === 0 || list[i - 1]! < edge), {
    error: 'must ascend',
  });

/** What is left out is not asked. */
const gatesSchema = z.strictObject({
  auc_at_least: share,
  gini_at_least: share.optional(),
  ks_at_least: share.optional(),
  pr_auc_at_least: share.optional(),
  brier_at_most: share.optional(),
  /** Relative distance of the mean PD from the observed bad rate, either way. */
  mean_pd_off_at_most: z.number().positive(),
  /** Of outcomes on log-odds; 1 is perfect. */
  calibration_slope: z
    .strictObject({ at_least: z.number().positive(), at_most: z.number().positive() })
    .refine(({ at_least, at_most }) => at_least < at_most, {
      error: 'at_least must be below at_most',
    })
    .optional(),
  auc_below_champion_at_most: share,
  /** Population stability index of PDs, of the same applications, against the champion's. */
  psi_to_champion_at_most: z.number().positive().optional(),
  /** The same of the applications tested on against those trained on. */
  psi_to_training_at_most: z.number().positive().optional(),
  /** Approval rate of any group of a protected attribute over that of the group approved most. */
  adverse_impact_ratio_at_least: share.default(0.8),
  /** Share of all movement along a monotone feature that may go the wrong way. */
  monotone_reversal_at_most: share.default(0),
  /** Share of those not approved who can be told a principal reason, and whose reasons all have words. */
  reasons_covered_at_least: share.optional(),
  model_bytes_at_most: z.int().positive().optional(),
  /** Median time of one application in onnxruntime. */
  score_ms_at_most: z.number().positive().optional(),
});

const releaseSchema = z
  .strictObject({
    /**
     * Whether a named person must approve it first: never, where a gate could not be measured, or
     * always. Until then it is registered and nothing else.
     */
    approval: z.enum(['automatic', 'where_not_measured', 'required']).default('automatic'),
    /** What it becomes: decides for all, for a share of the entities, or is scored beside the others. */
    as: z.enum(['champion', 'challenger', 'shadow']).default('champion'),
    /** Share of the entities that a challenger decides for. */
    share: z.number().positive().max(0.5).optional(),
  })
  .refine(({ as, share }) => (as === 'challenger') === (share !== undefined), {
    error: 'A challenger has a share, and nothing else has.',
  });

/** What the rows of a training must be like; what is not asked for is measured and noted all the same. */
const checks = z.strictObject({
  /** Applications of one key. */
  duplicates_at_most: z.int().min(0).default(0),
  /** Share of applications that have a value that the contract does not allow, by field. */
  out_of_contract_at_most: share.default(0),
  /** Share of rows in which a feature is missing. */
  missing_at_most: share.default(0.95),
  /** Share of features that are the same in all rows. */
  constant_features_at_most: share.default(0.5),
  /** Bad rate of each role. */
  bad_rate_at_least: share.default(0.0005),
  bad_rate_at_most: share.default(0.75),
  /** AUC of a feature alone: nothing that is known at the time of asking tells so much. */
  single_feature_auc_at_most: share.default(0.95),
  /** Absolute correlation of a feature with the time of the application. */
  time_correlation_at_most: share.default(0.99),
  /** Share of entities that are trained on and measured on. */
  entity_overlap_at_most: share.default(1),
});

/** `portfolio.json`: what the portfolio is, and how its data and its labels behave. */
export const portfolioSchema = z.strictObject({
  id: portfolioId,
  title: z.string().min(1),
  purpose: z.string().min(1),
  owner: z.string().min(1),
  /** Columns of an application: its key, the person or account it is about, and when it was made. */
  keys: z.strictObject({ application: name, entity: name, time: name }),
  /** Key and time of an outcome row. */
  outcome_keys: z.strictObject({ outcome: name, time: name }),
  /** Streams of the source system, and fields of its transport that are no data. */
  source: z.strictObject({
    applications: z.string().min(1),
    outcomes: z.string().min(1),
    /** What people decide on decisions, out of case management; nobody is asked where there is none. */
    reviews: z.string().min(1).optional(),
    transport_fields: z.array(z.string()),
    /** How far in time a record and a later correction of it can be apart: so far is looked for it. */
    corrected_within_days: z.int().min(0).max(3650).default(92),
    /** Days before yesterday that every daily run asks for again, for what comes late. */
    late_days: z.int().min(0).max(31).default(0),
  }),
  label: z.strictObject({
    /** When an application counts as bad, in words. */
    definition: z.string().min(1),
    /** Days after the application until its label can be known. */
    matures_after_days: z.int().min(0).max(3650),
  }),
  /** How far back training looks from the youngest mature application. */
  training_window_days: z.int().min(1).max(3650),
  validation: z.discriminatedUnion('kind', [
    /** Fit on the oldest applications, calibrate on later ones, test on the youngest. */
    z.strictObject({
      kind: z.literal('out_of_time'),
      calibration_days: z.int().min(1),
      test_days: z.int().min(1),
    }),
    /** Every application is scored by a model that did not see it: for data without a time order. */
    z.strictObject({ kind: z.literal('folds'), folds: z.int().min(2).max(20) }),
  ]),
  /**
   * How PDs are made true: by a slope and an intercept of log-odds, or by any curve that never falls,
   * which needs more outcomes: thousands.
   */
  calibration: z.enum(['platt', 'isotonic']).default('platt'),
  /**
   * Whom reasons compare an applicant with: all that the model was trained on, by how many of them
   * went which way in its trees, or rows of theirs that the version keeps.
   */
  explanation: z.enum(['path_dependent', 'interventional']).default('path_dependent'),
  /**
   * Whether the warehouse imports the ONNX file, too, and compares for itself. `recorded` keeps what it
   * found, `required` makes a gate of it: BigQuery runs imported models in some projects only.
   */
  warehouse_parity: z.enum(['off', 'recorded', 'required']).default('off'),
  /** What a candidate must reach to be promoted. */
  gates: gatesSchema,
  /** What becomes of a candidate that no gate refused. */
  release: releaseSchema.prefault({}),
  /**
   * Columns of the raw tables that are personal data. In place of an identifier an analyst sees a
   * hash, in place of content NULL; `terraform/modules/privacy` sees to it.
   */
  personal: z.record(name, z.enum(['identifier', 'content'])).default({}),
  /** What rows must be like for a training to go on. */
  checks: checks.prefault({}),
  /** Columns that may be reported on and must never be scored with. */
  protected_attributes: z.array(name),
  /** Where a protected attribute that is a number is cut into groups, ascending; each belongs to what follows. */
  protected_groups: z.record(name, ascending).default({}),
  /** Columns that stand in for a protected attribute: as forbidden as that. */
  proxies: z
    .array(z.strictObject({ field: name, stands_for: z.string().min(1).max(100) }))
    .default([]),
  /** Features that may move the probability of default one way only. */
  monotone: z.record(name, z.enum(['increasing', 'decreasing'])).default({}),
  /** Who is told when something is amiss, besides the owner, and how often. */
  alerts: z
    .strictObject({
      /** Days until a breach that lasts is told again. */
      cooldown_days: z.int().min(1).max(90).default(COOLDOWN_DAYS),
      /** Who is to act on breaches of some kinds; the owner on the rest. */
      owners: z.partialRecord(z.enum(BREACH_KINDS), z.string().min(1)).default({}),
      /** Hours within which jobs must leave a trace in the warehouse. */
      jobs: z.partialRecord(z.enum(TRACED_JOBS), z.int().min(1).max(2400)).default({}),
      /** Hours within which a batch must end. */
      batch_hours: z.int().min(1).max(720).default(BATCH_HOURS),
      /** Address of the folder of runbooks; links name the repository's files unless said. */
      runbooks: z.url({ protocol: /^https$/ }).optional(),
    })
    .optional(),
  /** Which breaches start a retraining; none unless said. */
  retraining: retrainingSchema.optional(),
  /** What is watched once versions serve. */
  monitoring: monitoringSchema.prefault({}),
  /** What a person can change of an application; of equal counterfactuals the first named wins. */
  actionable: z.array(actionable),
});

export type PortfolioDocument = z.infer<typeof portfolioSchema>;

/** What portfolio.json says of a portfolio, apart from all its other files. */
export const documentOf = (portfolio: PortfolioDocument): PortfolioDocument =>
  Object.fromEntries(
    Object.keys(portfolioSchema.shape).map((key) => [
      key,
      portfolio[key as keyof PortfolioDocument],
    ]),
  ) as PortfolioDocument;

/** What an adverse decision tells the applicant: a stable code and words a customer understands. */
export const reasonSchema = z.strictObject({
  code: z.string().regex(/^[A-Z][A-Z0-9_]{1,40}$/),
  text: z.string().min(1).max(300),
});

export type Reason = z.infer<typeof reasonSchema>;

/** `reasons.json`: which reason stands for which features. */
export const reasonsSchema = z.strictObject({
  reasons: z
    .array(z.strictObject({ ...reasonSchema.shape, features: z.array(name).min(1) }))
    .min(1),
});

export type ReasonsDocument = z.infer<typeof reasonsSchema>;
