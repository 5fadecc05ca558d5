/** Model versions of the portfolio `loans` made by hand: four trees that a test can follow on paper. */
import type { Booster, Tree } from '../../../shared/bridge/booster.ts';
import { readScoringGraph } from '../../../shared/bridge/onnx/read.ts';
import { treesToOnnx } from '../../../shared/bridge/onnx/trees.ts';
import { BACKGROUND_FILE, encodeBackground } from '../../../shared/bundle/background.ts';
import { type BundleRef, MODEL_FILE, writeBundle } from '../../../shared/bundle/bundle.ts';
import { MANIFEST_FORMAT, type Manifest } from '../../../shared/bundle/manifest.ts';
import type { Objects } from '../../../shared/google/objects.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';
import {
  type Deployment,
  firstDeployment,
  readDeployment,
  writeDeployment,
} from '../../../shared/registry/deployment.ts';
import { createKernelScorer } from '../../../shared/scorer/kernel_scorer.ts';
import { createRowBuilder, type RowBuilder } from '../../../shared/scorer/row_builder.ts';
import { loanRows, requestOf } from './rows.ts';

/** A leaf's value, or a question: `yes` for less than, and for missing. */
export type Branch = number | Question;

export interface Question {
  readonly feature: string;
  readonly below: number;
  readonly yes: Branch;
  readonly no: Branch;
  /** Training rows that went either way. */
  readonly rows: readonly [yes: number, no: number];
}

export const CALIBRATION = { kind: 'platt', slope: 0.9, intercept: -0.1, rows: 400 } as const;

/**
 * The trees by the label that they speak for, bad (1) or good (−1).
 * @param lift log-odds that a version adds for who is no customer: tells versions apart
 */
export const treesOf = (lift: number): { readonly sign: 1 | -1; readonly root: Branch }[] => {
  const byIncome = { feature: 'income', below: 30_000, yes: 0.9, no: 0.2, rows: [40, 60] as const };
  const byTerm = {
    feature: 'term_months',
    below: 36,
    yes: 0.25,
    no: -0.1,
    rows: [90, 60] as const,
  };
  return [
    {
      sign: 1,
      root: { feature: 'amount', below: 10_000, yes: -0.6, no: byIncome, rows: [100, 100] },
    },
    {
      sign: -1,
      root: { feature: 'purpose_rank', below: 2.5, yes: 0.3, no: -0.4, rows: [150, 50] },
    },
    {
      sign: 1,
      root: { feature: 'is_customer', below: 0.5, yes: 0.35 + lift, no: -0.25, rows: [90, 110] },
    },
    {
      sign: -1,
      root: { feature: 'employed_days', below: 0, yes: -0.3, no: byTerm, rows: [50, 150] },
    },
  ];
};

export interface Version {
  readonly manifest: Omit<Manifest, 'files'>;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

interface Changes extends Partial<Omit<Manifest, 'files' | 'background'>> {
  readonly lift?: number;
  /** Requests whose rows the version shall keep, to explain against. */
  readonly background?: readonly Readonly<Record<string, unknown>>[];
}

/** A whole version; every field of its manifest may be replaced. */
export async function makeVersion(
  portfolio: Portfolio,
  version: string,
  { lift = 0, background, ...changes }: Changes = {},
): Promise<Version> {
  const names = portfolio.features.features.map(({ name }) => name);
  const model = treesToOnnx(boosterOf(treesOf(lift), names), 0, CALIBRATION, { version });
  const inputs = names.map((name) => ({ kind: 'number' as const, name, nullValue: null }));
  const builder = createRowBuilder(portfolio.features, inputs);
  const kept = background && encodeBackground(background.map((each) => builder.build(each).row));
  return {
    manifest: {
      ...descriptionOf(portfolio, version),
      inputs,
      golden: await goldenRows(builder, model),
      ...(kept && { background: kept.description }),
      ...changes,
    },
    files: new Map([
      [MODEL_FILE, model],
      ...(kept ? [[BACKGROUND_FILE, kept.bytes] as const] : []),
    ]),
  };
}

async function goldenRows(builder: RowBuilder, model: Uint8Array): Promise<Manifest['golden']> {
  const kernel = createKernelScorer(readScoringGraph(model));
  const rows = loanRows(4).applications.map(async (record) => {
    const request = requestOf(record);
    const { row } = builder.build(request);
    const { probability, pd } = await kernel.score(row);
    return {
      request,
      features: [...row].map((x) => (Number.isNaN(x) ? null : x)),
      probability: probability[0]!,
      pd: pd[0]!,
    };
  });
  return Promise.all(rows);
}

/** What a manifest says that no score depends on. */
function descriptionOf(
  portfolio: Portfolio,
  version: string,
): Omit<Manifest, 'files' | 'inputs' | 'golden'> {
  const {
    application,
    outcome: _outcome,
    expectations: _expectations,
    model,
    policy,
    reasons,
    sql,
    features,
    policy_columns,
    ...document
  } = portfolio;
  return {
    format: MANIFEST_FORMAT,
    version,
    portfolio: document,
    contract: application,
    sql: { ...sql },
    features,
    model: { ...model, bigquery_model: `p.d.model_${version}`, class_names: ['1', '0'] },
    training: {
      as_of: '2026-06-01T00:00:00Z',
      snapshot: `p.d.snapshot_${version}`,
      query: 'SELECT 1',
      rows: { TRAIN: 200 },
      excluded: {},
    },
    calibration: CALIBRATION,
    metrics: {
      rows: 100,
      bad: 30,
      auc: 0.7,
      gini: 0.4,
      ks: 0.3,
      pr_auc: 0.5,
      brier: 0.2,
      log_loss: 0.6,
      mean_pd: 0.3,
      bad_rate: 0.3,
    },
    parity: { rows: 100, largest_difference: 0, tolerance: 1e-6 },
    gates: [],
    policy,
    policy_columns,
    reasons,
  };
}

function boosterOf(trees: ReturnType<typeof treesOf>, names: readonly string[]): Booster {
  return {
    objective: 'multi:softprob',
    version: [1, 6],
    featureCount: names.length,
    groupCount: 2,
    baseMargins: Float32Array.of(0.5, 0.5),
    trees: trees.map(({ sign, root }) => treeOf(sign === 1 ? 0 : 1, root, names)),
    attributes: new Map(),
  };
}

function treeOf(group: number, root: Branch, names: readonly string[]): Tree {
  const nodes: { left: number; right: number; branch: Branch; cover: number }[] = [];
  const add = (branch: Branch, cover: number): number => {
    const node = { left: -1, right: -1, branch, cover };
    const at = nodes.push(node) - 1;
    if (typeof branch === 'number') return at;
    node.left = add(branch.yes, branch.rows[0]);
    node.right = add(branch.no, branch.rows[1]);
    return at;
  };
  add(root, 200);
  const leaf = (branch: Branch): number => (typeof branch === 'number' ? branch : 0);
  const split = <T>(branch: Branch, of: (question: Question) => T, none: T): T =>
    typeof branch === 'number' ? none : of(branch);
  return {
    group,
    left: Int32Array.from(nodes, ({ left }) => left),
    right: Int32Array.from(nodes, ({ right }) => right),
    feature: Uint32Array.from(nodes, ({ branch }) =>
      split(branch, (q) => names.indexOf(q.feature), 0),
    ),
    threshold: Float32Array.from(nodes, ({ branch }) => split(branch, (q) => q.below, 0)),
    defaultLeft: Uint8Array.from(nodes, ({ branch }) => split(branch, () => 1, 0)),
    value: Float32Array.from(nodes, ({ branch }) => leaf(branch)),
    gain: Float32Array.from(nodes, () => 0),
    cover: Float32Array.from(nodes, ({ cover }) => cover),
  };
}

/** Writes a version made by hand. */
export async function storeVersion(
  objects: Objects,
  portfolio: Portfolio,
  version: string,
  changes: Parameters<typeof makeVersion>[2] = {},
): Promise<BundleRef> {
  const { manifest, files } = await makeVersion(portfolio, version, changes);
  return writeBundle(objects, manifest, files);
}

/** A deployment of loans in which nobody serves. */
export const NOBODY: Deployment = {
  ...firstDeployment('loans'),
  salt: 'salt',
  updated_at: '2026-06-12T00:00:00Z',
  updated_by: 'a test',
  reason: 'a test',
};

/** Makes something serve, whatever served before. @returns the new generation */
export async function deploy(
  objects: Objects,
  portfolio: string,
  changes: Partial<Deployment>,
): Promise<number> {
  const before = await readDeployment(objects, portfolio).catch(() => undefined);
  const generation = await objects.generation(`models/${portfolio}/deployment.json`);
  const deployment: Deployment = {
    ...NOBODY,
    portfolio,
    ...before?.deployment,
    ...changes,
  };
  return writeDeployment(objects, deployment, generation ?? 0);
}
