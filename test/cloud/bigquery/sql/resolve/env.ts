/** Environments of expressions outside of SELECT lists. */
import type { Env, QueryEnv } from './context.ts';
import type { Scope } from './scope.ts';

/** No names but those of the scope, no aggregates, no windows. */
export function expressionEnv(env: QueryEnv, scope: Scope | undefined, clause: string): Env {
  return {
    ...env,
    scope: scope ?? { parent: undefined, find: () => undefined, names: () => [] },
    clause,
    aggregates: undefined,
    windows: undefined,
  };
}
