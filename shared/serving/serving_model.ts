/** A model version, loaded and proven fit to serve. */
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import type { Bundle, BundleRef } from '../bundle/bundle.ts';
import type { GoldenRow, Manifest } from '../bundle/manifest.ts';
import type { Timing } from '../http/timing.ts';
import type { Log } from '../log.ts';
import { createReader, type Reader } from '../policy/columns.ts';
import type { Policies } from '../policy/versions.ts';
import { createCheck, type RecordCheck } from '../portfolio/contract.ts';
import type { FeatureValue, RowBuilder } from '../scorer/row_builder.ts';
import { createRowScorer } from '../scorer/row_scorer.ts';
import type { Scorer } from '../scorer/scorer.ts';
import type { Contributions } from './contributions.ts';
import { type CounterfactualFinder, createCounterfactualFinder } from './counterfactuals.ts';
import { createEngine, createLateEngine, type Later, type Score, scoreByKernel } from './engine.ts';
import { cannotServe, createKernelModel, prove } from './kernel_model.ts';
import { createListScorer, type ListScorer } from './list_scorer.ts';

export interface Scored extends Score {
  readonly features: Readonly<Record<string, FeatureValue>>;
  /** The row that the model read; what `contributions` explains. */
  readonly row: Float64Array;
}

export type Application = Readonly<Record<string, unknown>>;

export interface ServingModel extends Contributions {
  readonly ref: BundleRef;
  readonly manifest: Manifest;
  /** The contract of a request. */
  readonly check: RecordCheck;
  /** @throws {RowError} naming the field for an application that the features cannot read */
  score(application: Application, log: Log, timing?: Timing): Promise<Scored>;
  /** The same by the kernel alone, as when onnxruntime is not there. @throws {RowError} */
  scoreByKernel(application: Application): Promise<Scored>;
  /** Calibrated PDs of many applications at once, by the kernel. @throws {RowError} */
  pds(applications: readonly Application[]): Promise<Float64Array>;
  readonly scoreList: ListScorer;
  /** What the policy reads of an application. */
  readonly read: Reader;
  readonly policies: Policies;
  /** The smallest change that a person can make and that would have led to approval. */
  counterfactual: CounterfactualFinder;
  /** Gives back what onnxruntime holds; whoever still scores is answered all the same. */
  close(): Promise<void>;
}

/**
 * Builds a model from a bundle and makes it prove itself: the golden applications must become the
 * golden rows, and both engines must give their golden probabilities.
 * @param later when onnxruntime is started, unless before the model serves: until then, and where
 *   it does not agree, the kernel scores alone
 * @throws {BundleError}
 */
export async function createServingModel(bundle: Bundle, later?: Later): Promise<ServingModel> {
  const { manifest, model } = bundle;
  try {
    const { graph, builder, kernel, policies, contributions, baseline } =
      await createKernelModel(bundle);
    const read = createReader(manifest.policy_columns);
    const open = async () =>
      createEngine(await provenOnnx(model, graph, manifest.golden, builder), kernel);
    const engine = later ? createLateEngine(kernel, open, later) : await open();
    return {
      ref: bundle.ref,
      manifest,
      check: createCheck(manifest.contract, 'checkout'),
      async score(application, log, timing) {
        timing?.enter('features');
        const { features, row } = builder.build(application);
        timing?.enter('score');
        return { ...(await engine.score(row, log)), features, row };
      },
      async scoreByKernel(application) {
        const { features, row } = builder.build(application);
        return { ...(await scoreByKernel(kernel, row)), features, row };
      },
      pds: async (applications) => (await kernel.score(rowsOf(builder, applications))).pd,
      scoreList: listScorerOf(manifest, builder, kernel),
      read,
      policies,
      contributions,
      baseline,
      counterfactual: counterfactualOf(graph, manifest),
      close: () => engine.close(),
    };
  } catch (error) {
    throw cannotServe(manifest, error);
  }
}

function rowsOf(builder: RowBuilder, applications: readonly Application[]): Float64Array {
  const rows = new Float64Array(applications.length * builder.width);
  applications.forEach((application, i) => {
    builder.fill(application, rows, i * builder.width);
  });
  return rows;
}

function listScorerOf(...parts: Parameters<typeof createListScorer>): ListScorer {
  // A start is waited for; the first list pays for its reader.
  let score: ListScorer | undefined;
  return (bytes, most) => {
    score ??= createListScorer(...parts);
    return score(bytes, most);
  };
}

function counterfactualOf(graph: ScoringGraph, manifest: Manifest): CounterfactualFinder {
  // A checkout never asks; who does pays for the tables.
  let find: CounterfactualFinder | undefined;
  return (application, at, most) => {
    find ??= createCounterfactualFinder(manifest, graph);
    return find(application, at, most);
  };
}

/** Onnxruntime is loaded when a model first wants it. */
async function provenOnnx(
  model: Uint8Array,
  graph: ScoringGraph,
  golden: readonly GoldenRow[],
  builder: RowBuilder,
): Promise<Scorer> {
  const { createServedScorer } = await import('../scorer/served_scorer.ts');
  const onnx = createRowScorer(await createServedScorer(model, graph));
  try {
    await prove(golden, builder, onnx);
  } catch (error) {
    await onnx.close();
    throw error;
  }
  return onnx;
}
