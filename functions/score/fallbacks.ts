import type { PolicyOnly } from '../../shared/decision/decide.ts';
import { createReader } from '../../shared/policy/columns.ts';
import { createPolicies } from '../../shared/policy/versions.ts';
import { createCheck, type RecordCheck } from '../../shared/portfolio/contract.ts';
import { loadPortfolio } from '../../shared/portfolio/portfolio.ts';

/** What decides when no model can be asked: the contract and the policy that the function was deployed with. */
export interface Fallbacks {
  of(portfolio: string): Promise<PolicyOnly & { readonly check: RecordCheck }>;
}

/** Read and compiled when first needed, which on a good day is never. */
export function createFallbacks(directory: string): Fallbacks {
  const loaded = new Map<string, ReturnType<Fallbacks['of']>>();
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

async function load(directory: string, id: string): ReturnType<Fallbacks['of']> {
  const portfolio = await loadPortfolio(directory, id);
  return {
    portfolio,
    policies: createPolicies(portfolio.policy, portfolio.policy_columns),
    check: createCheck(portfolio.application, 'checkout'),
    read: createReader(portfolio.policy_columns),
  };
}
