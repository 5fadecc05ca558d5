/** The projects resource: the one project there is, and those whose names were used. */
import { unsupported } from '../../errors.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import type { Api } from './api.ts';
import { listPage } from './paging.ts';

/** @param projectId the project that the local Google Cloud was started for. */
export function projectRoutes(api: Api, catalog: LocalCatalog, projectId: string): void {
  api
    .onBase('GET', '/projects', ({ query }) => {
      const ids = [...new Set([projectId, ...catalog.projects()])].sort();
      const { items, ...more } = listPage(ids, query, 'projects');
      return {
        json: {
          kind: 'bigquery#projectList',
          ...more,
          projects: items.map((id) => ({
            kind: 'bigquery#project',
            id,
            projectReference: { projectId: id },
            friendlyName: id,
          })),
          totalItems: ids.length,
        },
      };
    })
    .on('GET', '/serviceAccount', ({ params }) => ({
      json: {
        kind: 'bigquery#getServiceAccountResponse',
        email: `bq-local@${params.projectId}.iam.gserviceaccount.com`,
      },
    }));
}

/** What clients know and the local BigQuery has not: refused by name, not by path. */
export function refusedRoutes(api: Api): void {
  const refuse = (what: string) => () => {
    throw unsupported(what);
  };
  const table = '/datasets/{datasetId}/tables/{tableId}';
  api
    .on('*', `${table}/rowAccessPolicies`, refuse('row access policies'))
    .on('*', `${table}/rowAccessPolicies/{rest=**}`, refuse('row access policies'));
  for (const action of ['getIamPolicy', 'setIamPolicy', 'testIamPermissions']) {
    api.on('POST', `${table}:${action}`, refuse(`tables.${action}`));
    api.on('POST', `${table}/:${action}`, refuse(`tables.${action}`));
  }
  api.on('POST', '/datasets/{datasetId}:undelete', refuse('datasets.undelete'));
}
