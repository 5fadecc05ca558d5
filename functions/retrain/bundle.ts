/** A version's bundle, put together of what the steps of its run gave. */
import { BACKGROUND_FILE } from '../../shared/bundle/background.ts';
import type { Baseline } from '../../shared/bundle/baseline.ts';
import { writeBundle } from '../../shared/bundle/bundle.ts';
import { BLEND, type Candidate } from '../../shared/bundle/candidates.ts';
import {
  type ImportedParity,
  MANIFEST_FORMAT,
  type Manifest,
  type RowCheck,
  versionId,
} from '../../shared/bundle/manifest.ts';
import { CARD_JSON, CARD_MARKDOWN, describeVersion } from '../../shared/card/document.ts';
import { cardMarkdown } from '../../shared/card/markdown.ts';
import { documentOf } from '../../shared/portfolio/documents.ts';
import { sampleBackground } from './background.ts';
import type { Context } from './context.ts';
import type { Converted } from './convert.ts';
import type { Member } from './members.ts';
import type { Plan } from './plan.ts';
import type { Snapshot } from './snapshot.ts';
import type { Evaluation } from './steps/evaluate.ts';
import type { Judged } from './steps/gates.ts';
import type { Proof } from './steps/parity.ts';

/** All that a version is made of. */
export interface Parts {
  readonly snapshot: Snapshot;
  readonly checks: readonly RowCheck[];
  /** Absent where there was nothing to choose. */
  readonly candidates: readonly Candidate[] | undefined;
  /** One, or those that are blended. */
  readonly members: readonly Member[];
  readonly evaluation: Evaluation;
  readonly proof: Proof;
  readonly converted: Converted;
  readonly imported: ImportedParity | undefined;
  readonly judged: Judged;
  readonly baseline: Baseline;
}

/** Writes a version: its files, and last its manifest. */
export async function writeVersion(context: Context, plan: Plan, parts: Parts): Promise<void> {
  const { converted } = parts;
  const background = await sampleBackground(context, plan, converted.inputs);
  const manifest = {
    ...describe(context, plan, parts),
    background: background.description,
    baseline: parts.baseline,
  };
  const card = describeVersion(manifest, parts.judged.findings);
  const files = new Map([
    ...converted.files,
    [BACKGROUND_FILE, background.bytes],
    [CARD_JSON, Buffer.from(`${JSON.stringify(card, null, 1)}\n`)],
    [CARD_MARKDOWN, Buffer.from(cardMarkdown(card))],
  ]);
  await writeBundle(context.models.objects, manifest, files);
}

function describe(
  { portfolio, warehouse }: Context,
  plan: Plan,
  parts: Parts,
): Omit<Manifest, 'files'> {
  const { snapshot, checks, candidates, members, evaluation, proof } = parts;
  const { converted, imported, judged } = parts;
  const { application, policy, reasons, sql, features, policy_columns } = portfolio;
  return {
    format: MANIFEST_FORMAT,
    version: versionId.parse(plan.version),
    portfolio: documentOf(portfolio),
    contract: application,
    sql: { ...sql },
    features,
    inputs: converted.inputs as Manifest['inputs'],
    model: {
      ...describeModel(warehouse, members),
      class_names: [...converted.classNames],
    },
    training: {
      as_of: plan.asOf.toISOString(),
      snapshot: `${warehouse.projectId}.${warehouse.datasetId}.${plan.tables.snapshot}`,
      query: snapshot.query,
      parameters: snapshot.parameters,
      fingerprints: snapshot.fingerprints,
      rows: snapshot.rows,
      excluded: snapshot.excluded,
    },
    checks: [...checks],
    ...(candidates ? { candidates: [...candidates] } : {}),
    calibration: evaluation.calibration,
    metrics: evaluation.metrics,
    parity: { ...proof.parity, ...(imported ? { imported } : {}) },
    gates: judged.gates,
    policy,
    policy_columns,
    reasons,
    golden: proof.golden,
  };
}

/** One model of BigQuery ML, or the blend of several. */
function describeModel(
  { projectId, datasetId }: Context['warehouse'],
  members: readonly Member[],
): Omit<Manifest['model'], 'class_names'> {
  const described = members.map(({ name, model_type, options, model, weight }) => ({
    name,
    model_type,
    options,
    bigquery_model: `${projectId}.${datasetId}.${model}`,
    weight,
  }));
  if (described.length > 1) {
    return { model_type: BLEND, options: {}, bigquery_model: null, members: described };
  }
  const { model_type, options, bigquery_model } = described[0]!;
  return { model_type, options, bigquery_model };
}
