/** The proof that what will serve says what the warehouse says, application by application. */
import type { InputEncoding, UnknownCategory } from '../../shared/bridge/encoding.ts';
import { bundlePrefix } from '../../shared/bundle/bundle.ts';
import type { GoldenRow } from '../../shared/bundle/manifest.ts';
import { AppError } from '../../shared/errors.ts';
import { withColumns } from '../../shared/features/sql_text.ts';
import { type Contract, requestOf, tableSchema } from '../../shared/portfolio/contract.ts';
import { createOnnxScorer } from '../../shared/scorer/onnx_scorer.ts';
import { createRowBuilder } from '../../shared/scorer/row_builder.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import { type Application, toApplication } from './application.ts';
import type { Context } from './context.ts';
import { edgeApplications, mixedApplications } from './edges.ts';
import { probabilities, type Weighted } from './members.ts';
import type { Plan } from './plan.ts';
import { timestamp } from './snapshot.ts';

/** Largest difference of probabilities that may pass: float32 sums differ by up to 7e-7. */
export const TOLERANCE = 1e-6;
/** Features are float64 on both sides; only transcendental functions may differ in the last digit. */
const FEATURE_TOLERANCE = 1e-12;
const SAMPLE = 2000;
const MIXED = 500;
const GOLDEN = 12;

/** What the warehouse says of one application. */
export interface Reference {
  readonly application: Application;
  readonly features: Readonly<Record<string, unknown>>;
  readonly probability: number;
}

export interface Parity {
  readonly rows: number;
  readonly largest_difference: number;
  readonly tolerance: number;
  /** Applications with what they must score, for every instance to check itself by. */
  readonly golden: readonly GoldenRow[];
  /** The first rows that differ, in words. */
  readonly offenders: readonly string[];
}

/** Real applications, their mixtures and edges, as the warehouse scores them. Kept with the bundle. */
export async function askWarehouse(
  context: Context,
  plan: Plan,
  models: readonly Weighted[],
): Promise<Reference[]> {
  const applications = await parityApplications(context, plan);
  await loadApplications(context, plan, applications);
  const rows = await context.warehouse.run(plan.job('parity'), {
    sql: await warehouseQuery(context, plan, models),
  });
  if (rows.length !== applications.length) {
    throw new AppError(
      'parity_failed',
      422,
      `The warehouse scored ${rows.length} of ${applications.length} applications of the parity ` +
        'proof: does features.sql give one row an application?',
    );
  }
  return rows.map(({ parity_row, probability, ...features }) => ({
    application: applications[Number(parity_row)]!,
    features,
    probability: Number(probability),
  }));
}

/** The query that scores the parity applications in the warehouse. */
export const warehouseQuery = async (
  { sql, portfolio }: Context,
  plan: Plan,
  models: readonly Weighted[],
): Promise<string> =>
  fill(await sql('retrain/parity.sql'), {
    features: withColumns(portfolio.sql.features, ['parity_row']),
    parity: identifier(plan.tables.parity),
    probabilities: await probabilities(sql, models, 'SELECT * FROM featured'),
  });

async function parityApplications(context: Context, plan: Plan): Promise<Application[]> {
  const { warehouse, sql, portfolio } = context;
  const sampled = await warehouse.run(plan.job('parity-sample'), {
    sql: fill(await sql('retrain/parity_sample.sql'), {
      key: identifier(portfolio.keys.application),
      time: identifier(portfolio.keys.time),
    }),
    parameters: { from: timestamp(plan.from), until: timestamp(plan.until), rows: SAMPLE },
  });
  const real = sampled.map((row) => toApplication(row, portfolio.application));
  return [
    ...real,
    ...mixedApplications(portfolio.application, real, MIXED),
    ...(real[0] ? edgeApplications(portfolio.application, real[0]) : []),
  ];
}

async function loadApplications(
  context: Context,
  plan: Plan,
  applications: readonly Application[],
): Promise<void> {
  const { portfolio, models, warehouse } = context;
  const object = `${bundlePrefix(portfolio.id, plan.version)}parity/applications.ndjson`;
  const lines = applications.map((application, i) =>
    JSON.stringify({ ...application, parity_row: i }),
  );
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  await models.objects.replace(object, bytes, 'application/x-ndjson');
  await warehouse.load(plan.job('parity-load'), {
    bucket: models.bucket,
    object,
    table: plan.tables.parity,
    schema: [
      ...tableSchema(portfolio.application),
      { name: 'parity_row', type: 'INT64', mode: 'REQUIRED' },
    ],
  });
}

/** Scores the same applications our way and compares. */
export async function compare(
  context: Context,
  references: readonly Reference[],
  inputs: readonly InputEncoding[],
  model: Uint8Array,
): Promise<Parity> {
  const builder = createRowBuilder(context.portfolio.features, inputs);
  const scorer = await createOnnxScorer(model);
  try {
    const built = references.map(({ application }) => builder.build(application));
    const rows = new Float64Array(built.length * builder.width);
    built.forEach(({ row }, i) => {
      rows.set(row, i * builder.width);
    });
    const { probability, pd } = await scorer.score(rows);
    const differences = references.map((reference, i) => probability[i]! - reference.probability);
    return {
      rows: references.length,
      largest_difference: differences.reduce((most, d) => Math.max(most, Math.abs(d)), 0),
      tolerance: TOLERANCE,
      golden: goldenRows(context.portfolio.application, references, built, probability, pd),
      offenders: references
        .flatMap((reference, i) => [
          ...featureDifferences(reference, built[i]!.features, i),
          ...(Math.abs(differences[i]!) <= TOLERANCE
            ? []
            : [`row ${i}: probability ${reference.probability} there, ${probability[i]} here`]),
        ])
        .slice(0, 20),
    };
  } finally {
    await scorer.close();
  }
}

function featureDifferences(
  reference: Reference,
  ours: Readonly<Record<string, unknown>>,
  row: number,
): string[] {
  return Object.entries(ours)
    .filter(([name, value]) => !sameFeature(reference.features[name], value))
    .map(
      ([name, value]) => `row ${row}: ${name} is ${reference.features[name]} there, ${value} here`,
    );
}

function sameFeature(theirs: unknown, ours: unknown): boolean {
  if (typeof theirs !== 'number' || typeof ours !== 'number') return theirs === ours;
  return Math.abs(theirs - ours) <= FEATURE_TOLERANCE * Math.max(1, Math.abs(theirs));
}

/** A few rows from the safest to the riskiest. */
function goldenRows(
  contract: Contract,
  references: readonly Reference[],
  built: readonly { readonly row: Float64Array }[],
  probability: Float64Array,
  pd: Float64Array,
): GoldenRow[] {
  const order = [...probability.keys()].sort((a, b) => probability[a]! - probability[b]!);
  const picks = Array.from({ length: Math.min(GOLDEN, order.length) }, (_, k) =>
    Math.round((k * (order.length - 1)) / Math.max(1, GOLDEN - 1)),
  );
  return [...new Set(picks)].map((pick) => {
    const i = order[pick]!;
    return {
      request: requestOf(contract, references[i]!.application),
      features: [...built[i]!.row].map((x) => (Number.isNaN(x) ? null : x)),
      probability: probability[i]!,
      pd: pd[i]!,
    };
  });
}

/** @throws {AppError} naming the rows that differ: such a version must not exist. */
export function refuseOffenders(parity: Parity, unknown: UnknownCategory): void {
  if (parity.offenders.length === 0) return;
  throw new AppError(
    'parity_failed',
    422,
    `The warehouse and the converted model (unknown categories: ${unknown}) differ in at least ` +
      `${parity.offenders.length} places of ${parity.rows} rows:\n${parity.offenders.join('\n')}`,
  );
}
