/** Counterfactuals of a model version: its own features, trees, rules and cut-offs judge. */
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import type { Manifest } from '../bundle/manifest.ts';
import { createCellName } from '../explain/cells.ts';
import { type Counterfactual, findCounterfactual, type Judge } from '../explain/counterfactual.ts';
import { type Request, waysOf } from '../explain/moves.ts';
import { createEvaluator } from '../features/evaluate.ts';
import { applyPolicy } from '../policy/policy.ts';
import { createCheck } from '../portfolio/contract.ts';
import type { Actionable, PortfolioDocument } from '../portfolio/documents.ts';
import { createKernelScorer } from '../scorer/kernel_scorer.ts';
import { createRowBuilder } from '../scorer/row_builder.ts';

/** Several times what a checkout of BNPL takes; an evaluation takes about 10 µs. */
export const USUAL_EVALUATIONS = 20_000;

/**
 * @param application a request that the contract allows
 * @param most evaluations that may be spent
 * @throws {RowError} naming the field for an application that the features cannot read
 */
export type CounterfactualFinder = (application: Request, most?: number) => Promise<Counterfactual>;

/** The parts of a manifest that decide. */
export type Deciding = Pick<Manifest, 'contract' | 'features' | 'inputs' | 'rules' | 'policy'> & {
  readonly portfolio: Pick<PortfolioDocument, 'actionable'>;
};

/** Linear models have no thresholds to search by and always answer `no_trees`. */
export function createCounterfactualFinder(
  manifest: Deciding,
  graph: ScoringGraph,
): CounterfactualFinder {
  const { booster } = graph;
  if (!booster) return async () => ({ changes: undefined, why: 'no_trees', evaluations: 0 });
  const { contract, portfolio, features, inputs } = manifest;
  const judge = createJudge(manifest, graph, createCellName(booster, features, inputs));
  return (application, most = USUAL_EVALUATIONS) =>
    findCounterfactual(
      application,
      waysOf(application, contract, portfolio.actionable),
      judge,
      most,
    );
}

function createJudge(
  manifest: Deciding,
  graph: ScoringGraph,
  cellName: ReturnType<typeof createCellName>,
): Judge {
  const builder = createRowBuilder(manifest.features, manifest.inputs);
  const rules = createEvaluator(manifest.rules);
  const kernel = createKernelScorer(graph);
  const check = createCheck(manifest.contract, 'checkout');
  const { actionable } = manifest.portfolio;
  return {
    read: (request) => ({
      row: builder.build(request).row,
      hits: hitsOf(rules.record(request)),
      fits: isCoherent(request, actionable),
    }),
    pds: async (rows) => (await kernel.score(rows)).pd,
    approves: (pd, hits) => applyPolicy(manifest.policy, pd, hits).outcome === 'approve',
    allows: (request) => check(request).ok,
    cellOf: ({ row, hits, fits }, field) =>
      cellName(row, field) + [...Object.values(hits), fits].map(Number).join(''),
  };
}

/** What rules say; NULL in SQL counts as not hit. */
export const hitsOf = (answers: Readonly<Record<string, unknown>>): Record<string, boolean> =>
  Object.fromEntries(Object.entries(answers).map(([rule, hit]) => [rule, hit === true]));

/** Whether no field exceeds another that it must not. */
const isCoherent = (request: Request, actionable: readonly Actionable[]): boolean =>
  actionable.every(({ field, at_most: other }) => {
    if (other === undefined) return true;
    const [value, bound] = [request[field], request[other]];
    // NULL on either side compares with nothing.
    return typeof value !== 'number' || typeof bound !== 'number' || value <= bound;
  });
