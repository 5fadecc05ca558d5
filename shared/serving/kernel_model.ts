/** A model version on the kernel alone, proven: what serving begins with, and batches are scored by. */
import { readScoringGraph, type ScoringGraph } from '../bridge/onnx/read.ts';
import { type Bundle, BundleError, type BundleRef } from '../bundle/bundle.ts';
import type { GoldenRow, Manifest } from '../bundle/manifest.ts';
import { createPolicies, type Policies } from '../policy/versions.ts';
import { protectedFaults } from '../portfolio/protected.ts';
import { createKernelScorer, type KernelScorer } from '../scorer/kernel_scorer.ts';
import { createRowBuilder, type RowBuilder } from '../scorer/row_builder.ts';
import type { Scorer } from '../scorer/scorer.ts';
import { type Contributions, createContributions } from './contributions.ts';

/** Two engines and the warehouse may differ by this much, and no more. */
const TOLERANCE = 1e-6;

export interface KernelModel extends Contributions {
  readonly ref: BundleRef;
  readonly manifest: Manifest;
  readonly graph: ScoringGraph;
  readonly builder: RowBuilder;
  readonly kernel: KernelScorer;
  readonly policies: Policies;
}

/**
 * Builds a model from a bundle and makes it prove itself: the golden applications must become the
 * golden rows, and these give their golden probabilities.
 * @throws {BundleError}
 */
export async function createKernelModel(bundle: Bundle): Promise<KernelModel> {
  const { ref, manifest, model } = bundle;
  try {
    const graph = readScoringGraph(model);
    const builder = createRowBuilder(manifest.features, manifest.inputs);
    if (graph.input.width !== builder.width) {
      throw new Error(
        `the model reads ${graph.input.width} numbers, the features give ${builder.width}`,
      );
    }
    refuseProtected(manifest);
    const policies = createPolicies(manifest.policy, manifest.policy_columns);
    const kernel = createKernelScorer(graph);
    const contributions = await createContributions(bundle, graph, builder, kernel);
    await prove(manifest.golden, builder, kernel);
    return { ref, manifest, graph, builder, kernel, policies, ...contributions };
  } catch (error) {
    throw cannotServe(manifest, error);
  }
}

/** Why a version is not used, said once. */
export const cannotServe = ({ version }: Manifest, error: unknown): BundleError =>
  error instanceof BundleError
    ? error
    : new BundleError(`Version ${version} cannot serve: ${(error as Error).message}`, error);

/** A bundle is not trusted to have been made from a portfolio that was checked. */
function refuseProtected({ portfolio, features, policy_columns }: Manifest): void {
  const programs = { 'features.sql': features, 'policy.sql': policy_columns };
  const faults = protectedFaults(portfolio, programs);
  if (faults.length > 0) throw new Error(faults.join('; '));
}

/** @throws {Error} naming the golden row that comes out differently */
export async function prove(
  golden: readonly GoldenRow[],
  builder: RowBuilder,
  scorer: Scorer,
): Promise<void> {
  for (const [i, { request, features, probability, pd }] of golden.entries()) {
    const { row } = builder.build(request);
    const same = features.every((value, j) =>
      value === null ? Number.isNaN(row[j]) : value === row[j],
    );
    if (!same || features.length !== row.length) {
      throw new Error(`the features of golden row ${i} come out differently`);
    }
    const scores = await scorer.score(row);
    const off = Math.max(
      Math.abs(scores.probability[0]! - probability),
      Math.abs(scores.pd[0]! - pd),
    );
    if (!(off <= TOLERANCE)) throw new Error(`golden row ${i} scores ${off} away from its figure`);
  }
}
