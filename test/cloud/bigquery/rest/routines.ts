/** The routines resource: SQL functions, which are made by CREATE FUNCTION. */
import { unsupported } from '../../errors.ts';
import type { Call } from '../../http/router.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import { etagOf, type RoutineRecord } from '../catalog/records.ts';
import type { RoutineRef } from '../names.ts';
import { parseDefinitionText } from '../sql/parse/parse.ts';
import { resolveType } from '../sql/resolve/type_text.ts';
import { typeText } from '../types.ts';
import { type Api, datasetOf } from './api.ts';
import { listPage } from './paging.ts';

export function routineRoutes(api: Api, catalog: LocalCatalog): void {
  const all = '/datasets/{datasetId}/routines';
  const refOf = (call: Call): RoutineRef => ({
    ...datasetOf(call),
    routineId: call.params.routineId!,
  });
  const refuse = (verb: string) => () => {
    throw unsupported(`routines.${verb}: use CREATE FUNCTION`);
  };
  api
    .on('GET', all, (call) => {
      const dataset = datasetOf(call);
      catalog.mustDataset(dataset);
      const scope = `routines ${dataset.projectId}.${dataset.datasetId}`;
      const { items, ...more } = listPage(catalog.routineRecords(dataset), call.query, scope);
      return { json: { ...more, ...(items.length > 0 ? { routines: items.map(resource) } : {}) } };
    })
    .on('POST', all, refuse('insert'))
    .on('GET', `${all}/{routineId}`, (call) => ({
      json: resource(catalog.mustRoutine(refOf(call))),
    }))
    .on('PUT', `${all}/{routineId}`, refuse('update'))
    .on('DELETE', `${all}/{routineId}`, async (call) => {
      await catalog.dropRoutine(refOf(call), false);
      return { status: 204 };
    });
}

function resource(record: RoutineRecord) {
  const { entry, created, modified } = record;
  const name = { text: entry.ref.routineId, at: { line: 1, column: 1, offset: 0 } };
  const { parameters, returns } = parseDefinitionText(entry.definition, name);
  const type = (node: NonNullable<typeof returns>) => ({ typeKind: typeText(resolveType(node)) });
  return {
    etag: etagOf(record),
    routineReference: entry.ref,
    routineType: 'SCALAR_FUNCTION',
    language: 'SQL',
    creationTime: String(created),
    lastModifiedTime: String(modified),
    arguments: parameters.map((parameter) => ({
      name: parameter.name.text,
      ...(parameter.type ? { dataType: type(parameter.type) } : { argumentKind: 'ANY_TYPE' }),
    })),
    ...(returns ? { returnType: type(returns) } : {}),
    definitionBody: bodyOf(entry.definition),
  };
}

/** What stands between the last pair of parentheses: a definition ends with its body. */
const bodyOf = (definition: string): string =>
  /\bAS\s*\(([\s\S]*)\)\s*$/i.exec(definition)?.[1]?.trim() ?? '';
