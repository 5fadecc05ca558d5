/** Functions that outlive their query, by name. */
import type { RoutineRef } from '../../names.ts';
import type { Name } from '../parse/ast.ts';
import { parseDefinitionText } from '../parse/parse.ts';
import type { FunctionDefinition } from '../parse/statements_ast.ts';
import type { Home, Resolver } from './context.ts';

/** A path of a function: `project.dataset.f`, `dataset.f`, or `f` in the default dataset. */
export function routineRef(path: readonly Name[], home: Home): RoutineRef | undefined {
  const parts = path.flatMap(({ text }) => text.split('.'));
  const routineId = parts.at(-1)!;
  const [first, second] = parts;
  if (parts.length === 3) return { projectId: first!, datasetId: second!, routineId };
  if (parts.length === 2) return { projectId: home.projectId, datasetId: first!, routineId };
  return parts.length === 1 && home.datasetId ? { ...home.datasetId, routineId } : undefined;
}

/** The function of a path and where its body is at home, if there is one. */
export function findRoutine(
  r: Resolver,
  path: readonly Name[],
  home: Home,
): { readonly definition: FunctionDefinition; readonly home: Home } | undefined {
  const ref = routineRef(path, home);
  const entry = ref && r.catalog.routine(ref);
  if (!entry) return undefined;
  const definition = parseDefinitionText(entry.definition, path.at(-1)!);
  return { definition, home: { projectId: entry.ref.projectId, datasetId: undefined } };
}
