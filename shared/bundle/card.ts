/** A version's model card: what its manifest says, for people who answer for it. */
import * as z from 'zod';
import type { Manifest } from './manifest.ts';
import { gateSchema, importedParitySchema, metricsSchema } from './manifest.ts';
import { windowOf } from './window.ts';

const trained = {
  model_type: z.string(),
  options: z.record(z.string(), z.unknown()).describe('Of CREATE MODEL.'),
};

/** Additive only, as every public answer. */
export const cardAnswer = z
  .object({
    version: z.string(),
    title: z.string(),
    purpose: z.string(),
    owner: z.string(),
    ...trained,
    bigquery_model: z.string().nullable().describe('Null for a blend: its members have theirs.'),
    members: z
      .array(
        z.object({
          name: z.string(),
          ...trained,
          bigquery_model: z.string(),
          weight: z.number().describe('What its log-odds count for.'),
        }),
      )
      .nullable()
      .describe('Models whose weighted log-odds it sums up; null for whatever is no blend.'),
    label: z.object({
      definition: z.string().describe('What default means here.'),
      matures_after_days: z.int(),
    }),
    data: z.object({
      as_of: z.iso.datetime().describe('What was known when it was trained.'),
      from: z.iso.datetime().describe('Applications from here, inclusive, …'),
      until: z.iso.datetime().describe('… to here, exclusive.'),
      snapshot: z.string().describe('Table that keeps the rows.'),
      rows: z.record(z.string(), z.int()).describe('By what they were used for.'),
      excluded: z.record(z.string(), z.int()).describe('Applications left out, by why.'),
    }),
    metrics: z
      .object(metricsSchema.shape)
      .describe('On applications that it did not see: how well PDs separate, how true they are.'),
    gates: z.array(z.object(gateSchema.shape)).describe('What it had to pass.'),
    calibration: z.object({
      kind: z.enum(['platt', 'isotonic']),
      rows: z.int().describe('Applications that it was fitted on.'),
      slope: z.number().nullable().describe('Platt’s.'),
      intercept: z.number().nullable().describe('Platt’s.'),
    }),
    parity: z
      .object({
        rows: z.int(),
        largest_difference: z.number(),
        tolerance: z.number(),
        imported: z
          .object(importedParitySchema.shape)
          .optional()
          .describe('The same by the warehouse alone, which ran the ONNX file itself.'),
      })
      .describe('The same applications in the warehouse and in ONNX.'),
    features: z.array(
      z.object({
        feature: z.string(),
        reads: z.array(z.string()).describe('Fields of the application.'),
        sql: z.string(),
        reason: z.string().nullable().describe('Code of the reason that it stands for.'),
      }),
    ),
    explanation: z
      .enum(['path_dependent', 'interventional'])
      .describe('Shapley values against all that it was trained on, or against rows of theirs.'),
    background_rows: z.int().nullable().describe('How many rows it keeps for that.'),
    protected_attributes: z
      .array(z.string())
      .describe('Fields that neither a feature nor a rule may read; reported on only.'),
    policies: z
      .array(
        z.object({
          version: z.string(),
          effective_from: z.iso.datetime(),
          reference_population: z.string().describe('Whom reasons compare an applicant with.'),
        }),
      )
      .describe('Its own; the latest that has begun is in force.'),
    limits: z.array(z.string()).describe('What it must not be relied on for.'),
  })
  .meta({ title: 'Model card' });

export type CardAnswer = z.infer<typeof cardAnswer>;

/** A version need not be written yet. */
type Described = Omit<Manifest, 'files'>;

/** Without applications, which a manifest holds some of, and without the queries that trained it. */
export function cardOf(manifest: Described): CardAnswer {
  const { portfolio, model, training, policy } = manifest;
  const { from, until } = windowOf(manifest);
  return {
    version: manifest.version,
    title: portfolio.title,
    purpose: portfolio.purpose,
    owner: portfolio.owner,
    model_type: model.model_type,
    options: model.options,
    bigquery_model: model.bigquery_model,
    members: model.members ?? null,
    label: portfolio.label,
    data: {
      as_of: training.as_of,
      from: from.toISOString(),
      until: until.toISOString(),
      snapshot: training.snapshot,
      rows: training.rows,
      excluded: training.excluded,
    },
    metrics: manifest.metrics,
    gates: manifest.gates,
    calibration: calibrationOf(manifest),
    parity: manifest.parity,
    features: featuresOf(manifest),
    explanation: portfolio.explanation,
    background_rows: manifest.background?.rows ?? null,
    protected_attributes: portfolio.protected_attributes,
    policies: policy.versions.map(({ version, effective_from, reference_population }) => ({
      version,
      effective_from,
      reference_population: reference_population.text,
    })),
    limits: limitsOf(manifest),
  };
}

function calibrationOf({ calibration }: Described): CardAnswer['calibration'] {
  const { kind, rows } = calibration;
  return kind === 'platt'
    ? { kind, rows, slope: calibration.slope, intercept: calibration.intercept }
    : { kind, rows, slope: null, intercept: null };
}

const featuresOf = ({ features, reasons }: Described): CardAnswer['features'] =>
  features.features.map(({ name, reads, sql }) => ({
    feature: name,
    reads: [...reads],
    sql,
    reason: reasons.reasons.find((reason) => reason.features.includes(name))?.code ?? null,
  }));

function limitsOf({ portfolio, training, metrics, contract }: Described): string[] {
  const left = Object.values(training.excluded).reduce((sum, count) => sum + count, 0);
  return [
    `It speaks of applications as "${contract.title}" allows them; others are refused.`,
    `It learnt from applications whose end is known: ${left} were left out, and nothing is known of what those declined would have done.`,
    `Its figures come from ${metrics.rows} applications, ${metrics.bad} of them bad; fewer bad ones make them less sure.`,
    `Its probability is of this and nothing else: ${portfolio.label.definition}`,
    portfolio.validation.kind === 'out_of_time'
      ? 'It was measured on the youngest applications with known labels; customers and times that differ from them are not covered.'
      : 'It was measured by folds, without a test in time: nothing is known of how it ages.',
  ];
}
