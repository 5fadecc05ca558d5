/** `manifest.json`: everything that a model version is, beside its ONNX file. Never changed. */
import * as z from 'zod';
import { featureProgramSchema } from '../features/program.ts';
import { policySchema } from '../policy/document.ts';
import { contractSchema } from '../portfolio/contract.ts';
import { portfolioSchema, reasonsSchema } from '../portfolio/documents.ts';
import { recipeSchema } from '../portfolio/recipe.ts';
import { isListOf, isNumber, isRecord, quickly } from '../quick.ts';
import { baselineSchema } from './baseline.ts';
import { candidateSchema, modelType } from './candidates.ts';

/** Versions name folders, tables and models; they sort by time. */
export const versionId = z.string().regex(/^v\d{8}_\d{6}$/, 'is no version: vYYYYMMDD_HHMMSS');

/** Raised when manifests of the older form can no longer be read: 2 since policies have versions. */
export const MANIFEST_FORMAT = 2;

const finite = z.number();
const numbers = quickly(isListOf(isNumber), z.array(finite));
/** `project.dataset.model` in the warehouse. */
const bigqueryModel = z.string();

/** A model of the warehouse that a blend is made of, as the candidate that it was. */
const member = z.strictObject({
  name: z.string(),
  ...recipeSchema.shape,
  bigquery_model: bigqueryModel,
  /** What its log-odds count for. */
  weight: z.number().positive(),
});

const categories = z.array(z.string());
const unknown = z.enum(['missing', 'null_filler']);

/** InputEncoding of the bridge: the kinds that a feature program's numbers can need. */
const inputEncoding = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('number'), name: z.string(), nullValue: finite.nullable() }),
  z.strictObject({ kind: z.literal('label'), name: z.string(), categories, unknown }),
  z.strictObject({ kind: z.literal('one_hot'), name: z.string(), categories, unknown }),
  z.strictObject({
    kind: z.literal('target'),
    name: z.string(),
    width: z.int().min(1),
    targets: z.record(z.string(), numbers),
  }),
]);

/** What could not be measured has not been passed, and was not failed either. */
const VERDICTS = ['passed', 'failed', 'not_measurable'] as const;

/** How well PDs separate and how true they are, on rows that the model did not see. */
export const metricsSchema = z.strictObject({
  rows: z.int(),
  bad: z.int(),
  auc: finite,
  gini: finite,
  /** Largest distance of the score distributions of bads and goods. */
  ks: finite,
  pr_auc: finite,
  brier: finite,
  log_loss: finite,
  mean_pd: finite,
  bad_rate: finite,
});

export type Metrics = z.infer<typeof metricsSchema>;

/** One check that a candidate had to pass, with what was found and why it matters. */
export const gateSchema = z.strictObject({
  gate: z.string(),
  figure: finite.nullable(),
  limit: finite,
  passed: z.boolean(),
  why: z.string(),
  /** What the three-valued verdict of `verdictOf` is read from; older versions have `passed` alone. */
  verdict: z.enum(VERDICTS).optional(),
  /** 95% of what the figure would have been of other applications. */
  interval: z.tuple([finite, finite]).optional(),
  /** How many applications it was measured on. */
  n: z.int().optional(),
  /** The probability of as much where there is no difference. */
  p_value: finite.optional(),
});

export type Gate = z.infer<typeof gateSchema>;

export type GateVerdict = (typeof VERDICTS)[number];

export const verdictOf = ({ passed, verdict }: Pick<Gate, 'passed' | 'verdict'>): GateVerdict =>
  verdict ?? (passed ? 'passed' : 'failed');

/** One thing that the rows of a training had to be like, with what was found. */
export const rowCheckSchema = z.strictObject({
  check: z.string(),
  /** Field, feature or role that it is about; null where it is about all rows. */
  subject: z.string().nullable(),
  figure: finite.nullable(),
  /** The figure may be at most this, or, where that is the check, at least. */
  limit: finite,
  passed: z.boolean(),
});

export type RowCheck = z.infer<typeof rowCheckSchema>;

const goldenRow = z.strictObject({
  /** A request as a checkout sends it. */
  request: quickly(isRecord, z.record(z.string(), z.unknown())),
  /** What the trees read, in order; null is missing. */
  features: quickly(
    isListOf((value) => value === null || isNumber(value)),
    z.array(finite.nullable()),
  ),
  probability: finite,
  pd: finite,
});

export type GoldenRow = z.infer<typeof goldenRow>;

/** What the warehouse found when it ran the ONNX file itself, or why it did not. */
export const importedParitySchema = z.strictObject({
  rows: z.int(),
  largest_difference: finite.nullable(),
  refused: z.string().optional(),
});

export type ImportedParity = z.infer<typeof importedParitySchema>;

/** Calibration of the bridge, and how many rows it was fitted on. */
const calibration = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('platt'), slope: finite, intercept: finite, rows: z.int() }),
  z.strictObject({
    kind: z.literal('isotonic'),
    first: finite,
    from: numbers,
    width: numbers,
    slope: numbers,
    rows: z.int(),
  }),
]);

/** More would only make a damaged manifest ask for memory. */
const LARGEST_BACKGROUND = 10_000;
const LARGEST_WIDTH = 1 << 20;

export const manifestSchema = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  version: versionId,
  portfolio: portfolioSchema,
  contract: contractSchema,
  /** GoogleSQL as it was: labels, features, what the policy reads. */
  sql: z.strictObject({ label: z.string(), features: z.string(), policy: z.string() }),
  features: featureProgramSchema,
  /** How features become the row that the model reads: BigQuery ML's own preprocessing. */
  inputs: z.array(inputEncoding),
  model: z.strictObject({
    model_type: modelType,
    options: recipeSchema.shape.options,
    /** Null for a blend: the warehouse has its members. */
    bigquery_model: bigqueryModel.nullable(),
    /** What a blend is made of; nothing else has any. */
    members: z.array(member).min(2).optional(),
    /** Labels by output group of the model, as the export lists them. */
    class_names: z.array(z.string()),
  }),
  training: z.strictObject({
    as_of: z.iso.datetime(),
    /** Table that holds the rows, features and labels that were trained and tested on. */
    snapshot: z.string(),
    query: z.string(),
    /** What the query was given: named parameters. */
    parameters: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    /** What tells the rows of a role from any others, as `counts.sql` computes it. */
    fingerprints: z.record(z.string(), z.string()).optional(),
    rows: z.record(z.string(), z.int()),
    excluded: z.record(z.string(), z.int()),
  }),
  /** Contract, quality, leakage and overlap, of the rows that it was made of. */
  checks: z.array(rowCheckSchema).optional(),
  /** What the model was chosen from; absent where there was nothing to choose. */
  candidates: z.array(candidateSchema).min(2).optional(),
  calibration,
  metrics: metricsSchema,
  parity: z.strictObject({
    rows: z.int(),
    largest_difference: finite,
    tolerance: finite,
    /** The same by the warehouse alone, where the portfolio asks for it. */
    imported: importedParitySchema.optional(),
  }),
  gates: z.array(gateSchema),
  policy: policySchema,
  policy_columns: featureProgramSchema,
  reasons: reasonsSchema,
  golden: z.array(goldenRow).min(1),
  /** Rows to explain against, in a file of their own; `background.ts` has the format. */
  background: z
    .strictObject({
      file: z.string(),
      rows: z.int().min(1).max(LARGEST_BACKGROUND),
      width: z.int().min(1).max(LARGEST_WIDTH),
    })
    .optional(),
  /** What drift is measured against; versions without it exist. */
  baseline: baselineSchema.optional(),
  /** Every other file of the bundle. */
  files: z.array(
    z.strictObject({ name: z.string(), bytes: z.int(), sha256: z.string().regex(/^[\da-f]{64}$/) }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;
