/** A model version that nobody trained, for a rehearsal to serve. */
import type { Booster, Tree } from '../../bridge/booster.ts';
import { readScoringGraph } from '../../bridge/onnx/read.ts';
import { treesToOnnx } from '../../bridge/onnx/trees.ts';
import { BACKGROUND_FILE, encodeBackground } from '../../bundle/background.ts';
import { bundlePrefix, MANIFEST_FILE, MODEL_FILE, sha256 } from '../../bundle/bundle.ts';
import { MANIFEST_FORMAT, type Manifest, manifestSchema } from '../../bundle/manifest.ts';
import { documentOf } from '../../portfolio/documents.ts';
import type { Portfolio } from '../../portfolio/portfolio.ts';
import { type Deployment, deploymentName, firstDeployment } from '../../registry/deployment.ts';
import { createKernelScorer } from '../../scorer/kernel_scorer.ts';
import { createRowBuilder } from '../../scorer/row_builder.ts';
import { createKernelModel } from '../../serving/kernel_model.ts';

export const VERSION = 'v20000101_000000';
const TIME = '2000-01-01T00:00:00Z';
const ROWS = 100;
/** Log-odds of default before any tree: so few default that any policy approves. */
const BASE_MARGIN = -12;
const CALIBRATION = { kind: 'platt', slope: 1, intercept: 0, rows: ROWS } as const;

/**
 * The objects of a bucket in which the version is champion, by name.
 * @param request that the portfolio's contract allows
 * @throws {Error} saying why it could not serve: the features cannot read the request, the policy approves nobody
 */
export async function rehearsedVersion(
  portfolio: Portfolio,
  request: Readonly<Record<string, unknown>>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const inputs = portfolio.features.features.map(inputOf);
  const { row } = createRowBuilder(portfolio.features, inputs).build(request);
  const model = treesToOnnx(forestOf(row.length), 0, CALIBRATION, { version: VERSION });
  const background = encodeBackground([row]);
  const files = new Map([
    [MODEL_FILE, model],
    [BACKGROUND_FILE, background.bytes],
  ]);
  const manifest = manifestSchema.parse({
    ...descriptionOf(portfolio),
    inputs,
    golden: [await goldenRow(request, row, model)],
    background: background.description,
    files: [...files].map(([name, bytes]) => ({
      name,
      bytes: bytes.length,
      sha256: sha256(bytes),
    })),
  } satisfies Manifest);
  const bytes = Buffer.from(JSON.stringify(manifest));
  const ref = { version: VERSION, manifest_sha256: sha256(bytes) };
  // What fails here is wrong with the example, not with the function that is rehearsed.
  await createKernelModel({ ref, manifest, model, background: row });
  const deployment: Deployment = {
    ...firstDeployment(portfolio.id),
    champion: ref,
    updated_at: TIME,
    updated_by: 'a rehearsal',
    reason: 'a rehearsal',
  };
  const prefix = bundlePrefix(portfolio.id, VERSION);
  return new Map([
    [deploymentName(portfolio.id), Buffer.from(JSON.stringify(deployment))],
    [prefix + MANIFEST_FILE, bytes],
    ...[...files].map(([name, bytes]) => [prefix + name, bytes] as const),
  ]);
}

const inputOf = ({
  name,
  type,
}: Portfolio['features']['features'][number]): Manifest['inputs'][number] =>
  type === 'FLOAT64' || type === 'INT64'
    ? { kind: 'number', name, nullValue: 0 }
    : { kind: 'label', name, categories: [], unknown: 'missing' };

async function goldenRow(
  request: Readonly<Record<string, unknown>>,
  row: Float64Array,
  model: Uint8Array,
): Promise<Manifest['golden'][number]> {
  const { probability, pd } = await createKernelScorer(readScoringGraph(model)).score(row);
  return {
    request,
    features: [...row].map((x) => (Number.isNaN(x) ? null : x)),
    probability: probability[0]!,
    pd: pd[0]!,
  };
}

/** A tree a feature, each of one question. */
const forestOf = (featureCount: number): Booster => ({
  objective: 'binary:logistic',
  version: [1, 7],
  featureCount,
  groupCount: 1,
  baseMargins: Float32Array.of(BASE_MARGIN),
  trees: Array.from({ length: featureCount }, (_, feature) => stumpOf(feature)),
  attributes: new Map(),
});

const stumpOf = (feature: number): Tree => ({
  group: 0,
  left: Int32Array.of(1, -1, -1),
  right: Int32Array.of(2, -1, -1),
  feature: Uint32Array.of(feature, 0, 0),
  threshold: Float32Array.of(0.5, 0, 0),
  defaultLeft: Uint8Array.of(1, 0, 0),
  value: Float32Array.of(0, -0.01, 0.01),
  gain: Float32Array.of(1, 0, 0),
  cover: Float32Array.of(ROWS, ROWS / 2, ROWS / 2),
});

/** What a manifest says that no score depends on. */
function descriptionOf(portfolio: Portfolio): Omit<Manifest, 'inputs' | 'golden' | 'files'> {
  const { application, model, policy, reasons, sql, features, policy_columns } = portfolio;
  return {
    format: MANIFEST_FORMAT,
    version: VERSION,
    portfolio: documentOf(portfolio),
    contract: application,
    sql: { ...sql },
    features,
    model: {
      model_type: 'BOOSTED_TREE_CLASSIFIER',
      options: model.options,
      bigquery_model: null,
      class_names: ['1', '0'],
    },
    training: { as_of: TIME, snapshot: '', query: '', rows: {}, excluded: {} },
    calibration: CALIBRATION,
    metrics: {
      rows: ROWS,
      bad: 0,
      auc: 0,
      gini: 0,
      ks: 0,
      pr_auc: 0,
      brier: 0,
      log_loss: 0,
      mean_pd: 0,
      bad_rate: 0,
    },
    parity: { rows: ROWS, largest_difference: 0, tolerance: 0 },
    gates: [],
    policy,
    policy_columns,
    reasons,
  };
}
