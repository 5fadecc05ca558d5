/** Ties the rules of resolving together, for one statement. */
import type { Catalog, JobHistory, MlEngine, QueryContext, TableEntry } from '../../ports.ts';
import type { FunctionDefinition } from '../parse/statements_ast.ts';
import type { MlStep, QueryEnv, Resolver } from './context.ts';
import { resolveExpression } from './expressions.ts';
import { Bound } from './parameters.ts';
import { resolveQuery } from './queries.ts';

export interface Sources {
  readonly catalog: Catalog;
  readonly ml: MlEngine | undefined;
  readonly jobs: JobHistory | undefined;
}

const NO_JOBS: JobHistory = { list: () => [] };

export function createResolver(
  { catalog, ml, jobs }: Sources,
  context: QueryContext,
  functions: readonly FunctionDefinition[] = [],
): Resolver {
  let count = 0;
  const steps: MlStep[] = [];
  const resolver: Resolver = {
    catalog,
    ml,
    jobs: jobs ?? NO_JOBS,
    context,
    parameters: new Bound(context.parameters),
    functions: new Map(functions.map((f) => [f.name.text.toLowerCase(), f])),
    mlSteps: steps,
    tables: new Map<string, TableEntry>(),
    partitionsRead: new Map<string, readonly string[]>(),
    expanding: new Set(),
    unique: (prefix) => `${prefix}${++count}`,
    expression: (node, env) => resolveExpression(resolver, node, env),
    query: (node, env) => resolveQuery(resolver, node, env),
  };
  return resolver;
}

/** What a statement sees: the project's tables, its default dataset, and nothing around it. */
export const topLevel = ({ projectId, defaultDataset }: QueryContext): QueryEnv => ({
  outer: undefined,
  ctes: undefined,
  home: { projectId, datasetId: defaultDataset },
});
