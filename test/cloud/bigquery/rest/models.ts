/** The models resource: what BigQuery ML has made. */
import type { Call } from '../../http/router.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import type { ModelRef } from '../names.ts';
import type { MlEngine } from '../ports.ts';
import { type Api, checkIfMatch, datasetOf } from './api.ts';
import { listPage } from './paging.ts';

export function modelRoutes(api: Api, catalog: LocalCatalog, ml: MlEngine): void {
  const all = '/datasets/{datasetId}/models';
  const modelOf = (call: Call): ModelRef => {
    const dataset = datasetOf(call);
    catalog.mustDataset(dataset);
    return { ...dataset, modelId: call.params.modelId! };
  };
  api
    .on('GET', all, (call) => {
      const dataset = datasetOf(call);
      catalog.mustDataset(dataset);
      const scope = `models ${dataset.projectId}.${dataset.datasetId}`;
      const { items, ...more } = listPage(ml.list(dataset), call.query, scope);
      return { json: { ...more, ...(items.length === 0 ? {} : { models: items }) } };
    })
    .on('GET', `${all}/{modelId}`, (call) => ({ json: ml.get(modelOf(call)) }))
    .on('PATCH', `${all}/{modelId}`, async (call) => {
      const model = modelOf(call);
      checkIfMatch(call, String(ml.get(model).etag));
      return { json: await ml.patch(model, await call.json()) };
    })
    .on('DELETE', `${all}/{modelId}`, async (call) => {
      await ml.drop(modelOf(call), false);
      return { status: 204 };
    });
}
