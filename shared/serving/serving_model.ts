/** A model version, loaded and proven fit to serve. */
import { readScoringGraph } from '../bridge/onnx/read.ts';
import { type Bundle, BundleError } from '../bundle/bundle.ts';
import type { GoldenRow, Manifest } from '../bundle/manifest.ts';
import { createExplainer } from '../explain/explainer.ts';
import { createEvaluator } from '../features/evaluate.ts';
import { createCheck, type RecordCheck } from '../portfolio/contract.ts';
import { createKernelScorer } from '../scorer/kernel_scorer.ts';
import { createOnnxScorer } from '../scorer/onnx_scorer.ts';
import { createRowBuilder, type FeatureValue } from '../scorer/row_builder.ts';
import type { Scorer } from '../scorer/scorer.ts';

/** Two engines and the warehouse may differ by this much, and no more. */
const TOLERANCE = 1e-6;

export interface Scored {
  readonly probability: number;
  readonly pd: number;
  readonly features: Readonly<Record<string, FeatureValue>>;
  /** The row that the model read; what `contributions` explains. */
  readonly row: Float64Array;
}

export type Application = Readonly<Record<string, unknown>>;

export interface ServingModel {
  readonly manifest: Manifest;
  /** The contract of a request. */
  readonly check: RecordCheck;
  score(application: Application): Promise<Scored>;
  /** Knock-out rules by name: whether each applies. */
  hits(application: Application): Record<string, boolean>;
  /** What each feature added to the log-odds of default, against the reference population. */
  contributions(row: Float64Array): Record<string, number>;
  close(): Promise<void>;
}

/**
 * Builds a model from a bundle and makes it prove itself: the golden applications must become the
 * golden rows, and both engines must give their golden probabilities.
 * @throws {BundleError}
 */
export async function createServingModel({ manifest, model }: Bundle): Promise<ServingModel> {
  const { version } = manifest;
  try {
    const graph = readScoringGraph(model);
    const builder = createRowBuilder(manifest.features, manifest.inputs);
    if (graph.input.width !== builder.width) {
      throw new Error(
        `the model reads ${graph.input.width} numbers, the features give ${builder.width}`,
      );
    }
    const means = Float64Array.from(manifest.inputs, (input) =>
      input.kind === 'number' ? (input.nullValue ?? 0) : 0,
    );
    // Covers and explanation tables are wanted by the first adverse decision only.
    let explainer: ReturnType<typeof createExplainer> | undefined;
    const rules = createEvaluator(manifest.rules);
    const scorer = await createOnnxScorer(model);
    await prove(manifest.golden, builder, [scorer, createKernelScorer(graph)]);
    return {
      manifest,
      check: createCheck(manifest.contract, 'checkout'),
      async score(application) {
        const { features, row } = builder.build(application);
        const { probability, pd } = await scorer.score(row);
        return { probability: probability[0]!, pd: pd[0]!, features, row };
      },
      hits: (application) =>
        Object.fromEntries(
          Object.entries(rules.record(application)).map(([rule, hit]) => [rule, hit === true]),
        ),
      contributions(row) {
        explainer ??= createExplainer(graph, means);
        const contributions = new Float64Array(builder.width);
        explainer.explain(row, contributions);
        return builder.byFeature(contributions);
      },
      close: () => scorer.close(),
    };
  } catch (error) {
    if (error instanceof BundleError) throw error;
    throw new BundleError(`Version ${version} cannot serve: ${(error as Error).message}`, error);
  }
}

async function prove(
  golden: readonly GoldenRow[],
  builder: ReturnType<typeof createRowBuilder>,
  scorers: readonly Scorer[],
): Promise<void> {
  for (const [i, { request, features, probability, pd }] of golden.entries()) {
    const { row } = builder.build(request);
    const same = features.every((value, j) =>
      value === null ? Number.isNaN(row[j]) : value === row[j],
    );
    if (!same || features.length !== row.length) {
      throw new Error(`the features of golden row ${i} come out differently`);
    }
    for (const scorer of scorers) {
      const scores = await scorer.score(row);
      const off = Math.max(
        Math.abs(scores.probability[0]! - probability),
        Math.abs(scores.pd[0]! - pd),
      );
      if (!(off <= TOLERANCE))
        throw new Error(`golden row ${i} scores ${off} away from its figure`);
    }
  }
}
