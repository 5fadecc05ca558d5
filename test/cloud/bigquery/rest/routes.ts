import type { Router } from '../../http/router.ts';
import type { Uploads } from '../../http/uploads.ts';
import type { Blobs } from '../../state/blobs.ts';
import type { JobDependencies } from '../jobs/submit.ts';
import type { Inserter } from '../load/insert.ts';
import { Api } from './api.ts';
import { datasetRoutes } from './datasets.ts';
import { jobRoutes, uploadRoutes } from './jobs.ts';
import { modelRoutes } from './models.ts';
import { projectRoutes, refusedRoutes } from './projects.ts';
import { queryRoutes } from './queries.ts';
import { routineRoutes } from './routines.ts';
import { tabledataRoutes } from './tabledata.ts';
import { tableRoutes } from './tables.ts';

export interface RouteDependencies extends JobDependencies {
  readonly projectId: string;
  readonly inserter: Inserter;
  readonly uploads: Uploads;
  readonly blobs: Blobs;
}

/** BigQuery's REST API, version 2. */
export function bigQueryRoutes(router: Router, dependencies: RouteDependencies): void {
  const { catalog, ml, projectId, uploads, blobs } = dependencies;
  const api = new Api(router);
  datasetRoutes(api, catalog);
  tableRoutes(api, dependencies);
  tabledataRoutes(api, dependencies);
  modelRoutes(api, catalog, ml);
  routineRoutes(api, catalog);
  jobRoutes(api, dependencies);
  queryRoutes(api, dependencies);
  projectRoutes(api, catalog, projectId);
  refusedRoutes(api);
  uploadRoutes(router, uploads, blobs, dependencies);
}
