/** Counterfactuals of a model version: its own features, trees and the policy in force judge. */
import { setImmediate as turn } from 'node:timers/promises';
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import type { Manifest } from '../bundle/manifest.ts';
import { createCellName } from '../explain/cells.ts';
import { type Counterfactual, findCounterfactual, type Judge } from '../explain/counterfactual.ts';
import { type Request, waysOf } from '../explain/moves.ts';
import { createReader } from '../policy/columns.ts';
import type { Policy } from '../policy/policy.ts';
import { createPolicies } from '../policy/versions.ts';
import { createCheck } from '../portfolio/contract.ts';
import type { Actionable, PortfolioDocument } from '../portfolio/documents.ts';
import { createKernelScorer } from '../scorer/kernel_scorer.ts';
import { createRowBuilder } from '../scorer/row_builder.ts';

/** Several times what a checkout of BNPL takes; an evaluation takes about 10 µs. */
export const USUAL_EVALUATIONS = 20_000;

/**
 * @param application a request that the contract allows
 * @param at when it is decided: says which policy is in force
 * @param most evaluations that may be spent
 * @throws {RowError} naming the field for an application that the features cannot read
 */
export type CounterfactualFinder = (
  application: Request,
  at: Date,
  most?: number,
) => Promise<Counterfactual>;

/** The parts of a manifest that decide. */
export type Deciding = Pick<
  Manifest,
  'contract' | 'features' | 'inputs' | 'policy_columns' | 'policy'
> & {
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
  const policies = createPolicies(manifest.policy, manifest.policy_columns);
  const judgeBy = createJudges(manifest, graph, createCellName(booster, features, inputs));
  return (application, at, most = USUAL_EVALUATIONS) =>
    findCounterfactual(
      application,
      waysOf(application, contract, portfolio.actionable),
      judgeBy(policies.at(at)),
      most,
    );
}

/** A judge for each policy; what they share is made once. */
function createJudges(
  manifest: Deciding,
  graph: ScoringGraph,
  cellName: ReturnType<typeof createCellName>,
): (policy: Policy) => Judge {
  const builder = createRowBuilder(manifest.features, manifest.inputs);
  const read = createReader(manifest.policy_columns);
  const kernel = createKernelScorer(graph);
  const check = createCheck(manifest.contract, 'checkout');
  const { actionable } = manifest.portfolio;
  return (policy) => ({
    read: (request) => ({
      row: builder.build(request).row,
      policy: read(request),
      fits: isCoherent(request, actionable),
    }),
    async pds(rows) {
      // A search takes long: whatever else waits has its turn.
      await turn();
      return (await kernel.score(rows)).pd;
    },
    approves: (pd, reading) => policy.apply(reading, Math.min(pd, 1)).outcome === 'approve',
    allows: (request) => check(request).ok,
    cellOf: ({ row, policy: reading, fits }, field) =>
      `${cellName(row, field)}${policy.cellOf(reading)}${Number(fits)}`,
  });
}

/** Whether no field exceeds another that it must not. */
const isCoherent = (request: Request, actionable: readonly Actionable[]): boolean =>
  actionable.every(({ field, at_most: other }) => {
    if (other === undefined) return true;
    const [value, bound] = [request[field], request[other]];
    // NULL on either side compares with nothing.
    return typeof value !== 'number' || typeof bound !== 'number' || value <= bound;
  });
