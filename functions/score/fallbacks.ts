import type { PolicyOnly } from '../../shared/decision/decide.ts';
import { unavailable } from '../../shared/errors.ts';
import { createReader } from '../../shared/policy/columns.ts';
import { createPolicies } from '../../shared/policy/versions.ts';
import { type Contract, createCheck, type RecordCheck } from '../../shared/portfolio/contract.ts';

export interface Fallback extends PolicyOnly {
  readonly contract: Contract;
  readonly check: RecordCheck;
}

/** What decides when no model can be asked: the contract and the policy that the function was deployed with. */
export interface Fallbacks {
  of(portfolio: string): Promise<Fallback>;
}

/** Read and compiled when first needed, which on a good day is never; nor is the code for it loaded. */
export function createFallbacks(directory: string): Fallbacks {
  const loaded = new Map<string, Promise<Fallback>>();
  return {
    of(id) {
      const known = loaded.get(id) ?? load(directory, id);
      loaded.set(id, known);
      // A failed load is not remembered.
      known.catch(() => loaded.delete(id));
      return known;
    },
  };
}

/** @throws {AppError} 503: it is the last that could decide */
async function load(directory: string, id: string): Promise<Fallback> {
  const { loadPortfolio } = await import('../../shared/portfolio/portfolio.ts');
  const portfolio = await loadPortfolio(directory, id).catch((error) => {
    throw unavailable(`Neither a model nor the policy of "${id}" can be asked.`, error);
  });
  return {
    portfolio,
    policies: createPolicies(portfolio.policy, portfolio.policy_columns),
    contract: portfolio.application,
    check: createCheck(portfolio.application, 'checkout'),
    read: createReader(portfolio.policy_columns),
  };
}
