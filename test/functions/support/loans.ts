/** A tiny portfolio as data: instalment loans, with a field of every kind that a contract can have. */

import type * as z from 'zod';
import type { policySchema } from '../../../shared/policy/document.ts';
import type { Contract } from '../../../shared/portfolio/contract.ts';
import type { portfolioSchema } from '../../../shared/portfolio/documents.ts';
import type { ModelDocument } from '../../../shared/portfolio/model_document.ts';

/** portfolio.json as it is written: without what has a default. */
type PortfolioDocument = z.input<typeof portfolioSchema>;
type PolicyInput = z.input<typeof policySchema>;
export type VersionInput = PolicyInput['versions'][number];

/** The files of a portfolio's folder: documents as values, SQL as text. */
export interface PortfolioFiles {
  readonly 'portfolio.json': PortfolioDocument;
  readonly 'application.schema.json': Contract;
  readonly 'outcome.schema.json': Contract;
  readonly 'model.json': ModelDocument;
  readonly 'policy.json': PolicyInput;
  readonly 'reasons.json': { readonly reasons: readonly Reason[] };
  readonly 'label.sql': string;
  readonly 'features.sql': string;
  readonly 'policy.sql': string;
}

interface Reason {
  readonly code: string;
  readonly text: string;
  readonly features: readonly string[];
}

const id = (description: string) => ({
  type: 'string' as const,
  maxLength: 40,
  pattern: '^[A-Za-z0-9_-]+$',
  description,
});

const APPLICATION: Contract = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An application for a loan',
  description: 'What is asked. One record an application.',
  type: 'object',
  additionalProperties: false,
  required: [
    'loan_id',
    'customer_id',
    'asked_at',
    'amount',
    'term_months',
    'income',
    'purpose',
    'is_customer',
    'employed_since',
    'status',
  ],
  properties: {
    loan_id: id('The application.'),
    customer_id: id('Who asks.'),
    asked_at: { type: 'string', format: 'date-time', description: 'When.' },
    amount: { type: 'number', minimum: 100, maximum: 50_000, description: 'How much.' },
    term_months: { type: 'integer', minimum: 6, maximum: 60, description: 'For how long.' },
    income: {
      type: ['number', 'null'],
      minimum: 0,
      maximum: 1_000_000,
      description: 'A year; null where it was not said.',
    },
    purpose: { type: 'string', enum: ['car', 'home', 'debt', 'other'], description: 'What for.' },
    is_customer: { type: 'boolean', description: 'Whether the lender knows who asks.' },
    employed_since: { type: ['string', 'null'], format: 'date', description: 'Null: is not.' },
    employer: { type: ['string', 'null'], maxLength: 40, description: 'By whom, if said.' },
    dependants: { type: 'integer', minimum: 0, maximum: 10, description: 'Children, if said.' },
    status: {
      type: 'string',
      enum: ['granted', 'refused'],
      readOnly: true,
      description: 'What became of it: the lender’s own field.',
    },
  },
};

const OUTCOME: Contract = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An outcome of a loan',
  description: 'Whether it was paid back. One record a loan.',
  type: 'object',
  additionalProperties: false,
  required: ['outcome_id', 'loan_id', 'known_at', 'defaulted'],
  properties: {
    outcome_id: id('The outcome.'),
    loan_id: id('The loan.'),
    known_at: { type: 'string', format: 'date-time', description: 'When it was known.' },
    defaulted: { type: 'integer', minimum: 0, maximum: 1, description: '1: was not paid back.' },
  },
};

const LABEL = `-- Purpose: the loans whose end is known, with it.
WITH
  cohort AS (
    SELECT * EXCEPT (_ingest_run, _ingested_at)
    FROM applications
    WHERE asked_at >= @from
      AND asked_at < @until
  ),
  known AS (
    SELECT loan_id, defaulted
    FROM outcomes
    WHERE known_at >= @from
      AND known_at <= @as_of
  )
SELECT
  cohort.*,
  known.defaulted,
  CASE
    WHEN cohort.status = 'refused' THEN 'refused: no loan'
    WHEN known.loan_id IS NULL THEN 'end not known'
  END AS exclusion
FROM cohort
LEFT JOIN known
  ON known.loan_id = cohort.loan_id
`;

const FEATURES = `-- Purpose: what a model knows of an application.
SELECT
  amount,
  term_months,
  amount / term_months AS monthly_payment,
  income,
  CASE purpose WHEN 'home' THEN 0 WHEN 'car' THEN 1 WHEN 'other' THEN 2 ELSE 3 END AS purpose_rank,
  IF(is_customer, 1, 0) AS is_customer,
  EXTRACT(HOUR FROM asked_at) AS hour,
  IFNULL(DATE_DIFF(DATE(asked_at), employed_since, DAY), -1) AS employed_days,
  IFNULL(dependants, 0) AS dependants
FROM input
`;

const POLICY_SQL = `-- Purpose: what the policy knows of an application.
SELECT
  amount > 40000 AS too_large,
  term_months > 48 AND NOT is_customer AS long_and_new,
  amount,
  30 * term_months AS days
FROM input
`;

/** In force whenever tests decide: a version's economics are those of a simple loan. */
export const POLICY_VERSION: VersionInput = {
  version: '2026-06-01',
  effective_from: '2026-06-01T00:00:00Z',
  cut_offs: [{ name: 'standard', review_from: 0.25, decline_from: 0.45 }],
  rules: {
    too_large: { outcome: 'decline', reason: { code: 'R01', text: 'The amount is too high.' } },
    long_and_new: {
      outcome: 'review',
      reason: { code: 'R02', text: 'The term is long and we do not know you yet.' },
    },
  },
  limits: {},
  economics: {
    currency: 'EUR',
    exposure_at_default: 'amount',
    loss_given_default: 0.5,
    merchant_fee: { of: 0, share: 0 },
    customer_fee: 300,
    funding: { of: 'amount', rate_a_year: 0.05, days: 'days' },
    cost_per_plan: 20,
  },
  reference_population: { kind: 'training', text: 'All loans that the model was trained on.' },
  cut_off_reason: { code: 'R80', text: 'Your application as a whole.' },
  fallback_reason: { code: 'R90', text: 'A person will look at your application.' },
};

const REASONS: readonly Reason[] = [
  { code: 'M01', text: 'The amount.', features: ['amount', 'monthly_payment'] },
  { code: 'M02', text: 'The term.', features: ['term_months'] },
  { code: 'M03', text: 'Your income.', features: ['income'] },
  { code: 'M04', text: 'What the loan is for.', features: ['purpose_rank'] },
  { code: 'M05', text: 'We know you too little.', features: ['is_customer'] },
  { code: 'M06', text: 'The hour.', features: ['hour'] },
  { code: 'M07', text: 'Your employment.', features: ['employed_days'] },
  { code: 'M08', text: 'Your household.', features: ['dependants'] },
];

/** The portfolio `loans`: boosted trees, split by time. Label known ten days after the application. */
export const LOANS: PortfolioFiles = {
  'portfolio.json': {
    id: 'loans',
    title: 'Instalment loans',
    purpose: 'Decides whether a loan is granted.',
    owner: 'Loans risk',
    keys: { application: 'loan_id', entity: 'customer_id', time: 'asked_at' },
    outcome_keys: { outcome: 'outcome_id', time: 'known_at' },
    source: { applications: 'loans', outcomes: 'loan_outcomes', transport_fields: ['_record_id'] },
    label: { definition: 'Bad: not paid back.', matures_after_days: 10 },
    training_window_days: 60,
    validation: { kind: 'out_of_time', calibration_days: 12, test_days: 12 },
    gates: { auc_at_least: 0.6, mean_pd_off_at_most: 0.5, auc_below_champion_at_most: 0.1 },
    protected_attributes: [],
    actionable: [
      { field: 'amount', direction: 'lower', text: 'Ask for less.', step: 100, span: 10_000 },
      { field: 'term_months', direction: 'any', text: 'Choose another term.', span: 60 },
    ],
  },
  'application.schema.json': APPLICATION,
  'outcome.schema.json': OUTCOME,
  'model.json': {
    model_type: 'BOOSTED_TREE_CLASSIFIER',
    options: {
      BOOSTER_TYPE: 'GBTREE',
      TREE_METHOD: 'HIST',
      MAX_ITERATIONS: 10,
      LEARN_RATE: 0.3,
      MAX_TREE_DEPTH: 3,
      EARLY_STOP: false,
    },
  },
  'policy.json': { versions: [POLICY_VERSION] },
  'reasons.json': { reasons: REASONS },
  'label.sql': LABEL,
  'features.sql': FEATURES,
  'policy.sql': POLICY_SQL,
};

/** The same with some fields of portfolio.json changed. */
export const withDocument = (
  files: PortfolioFiles,
  document: Partial<PortfolioDocument>,
): PortfolioFiles => ({ ...files, 'portfolio.json': { ...files['portfolio.json'], ...document } });

/** A logistic regression in place of the trees. */
export const LOGISTIC: PortfolioFiles = {
  ...LOANS,
  'model.json': { model_type: 'LOGISTIC_REG', options: { MAX_ITERATIONS: 20, L2_REG: 0.1 } },
};

/** A feature that is text, with NULLs and with words that training never saw: trees encode it by label. */
export const TEXTUAL: PortfolioFiles = {
  ...LOANS,
  'features.sql': FEATURES.replace('\nFROM input', ',\n  employer\nFROM input'),
  'reasons.json': {
    reasons: [...REASONS, { code: 'M09', text: 'Your employer.', features: ['employer'] }],
  },
};

/** Calibrated by a curve in place of a line. */
export const ISOTONIC: PortfolioFiles = withDocument(LOANS, { calibration: 'isotonic' });

/** Explained against rows that a version keeps. */
export const INTERVENTIONAL: PortfolioFiles = {
  ...withDocument(LOANS, { explanation: 'interventional' }),
  'policy.json': {
    versions: [
      {
        ...POLICY_VERSION,
        reference_population: { kind: 'background', text: 'A hundred of the loans trained on.' },
      },
    ],
  },
};

/** Judged by folds in place of a test in time. */
export const FOLDED: PortfolioFiles = withDocument(LOANS, {
  validation: { kind: 'folds', folds: 3 },
});

/** The same with other versions of the policy, and more columns of `policy.sql` for them to use. */
export const withPolicy = (
  files: PortfolioFiles,
  versions: VersionInput[],
  columns: readonly string[] = [],
): PortfolioFiles => ({
  ...files,
  'policy.json': { versions },
  'policy.sql': POLICY_SQL.replace(
    '\nFROM input',
    `${columns.map((column) => `,\n  ${column}`).join('')}\nFROM input`,
  ),
});

/** Compared with a forest, a logistic regression, weighted classes, tuned trees and a blend before it is trained. */
export const COMPARED: PortfolioFiles = {
  ...LOANS,
  'model.json': {
    ...LOANS['model.json'],
    candidates: [
      {
        name: 'forest',
        model_type: 'RANDOM_FOREST_CLASSIFIER',
        options: { NUM_PARALLEL_TREE: 10, MAX_TREE_DEPTH: 5, MIN_TREE_CHILD_WEIGHT: 5 },
      },
      { name: 'logistic', model_type: 'LOGISTIC_REG', options: { L2_REG: 1 } },
      {
        name: 'weighted',
        model_type: 'BOOSTED_TREE_CLASSIFIER',
        options: { ...LOANS['model.json'].options, AUTO_CLASS_WEIGHTS: true },
      },
      {
        name: 'tuned',
        model_type: 'BOOSTED_TREE_CLASSIFIER',
        options: { MAX_ITERATIONS: 10, EARLY_STOP: false, L2_REG: 5 },
        tuning: {
          trials: 3,
          spaces: { MAX_TREE_DEPTH: { candidates: [1, 2] }, LEARN_RATE: { range: [0.1, 0.5] } },
        },
      },
    ],
    blends: [{ name: 'blend', members: ['main', 'forest', 'weighted'], weights: 'fitted' }],
    selection: { by: 'log_loss', splits: 2 },
  },
};
