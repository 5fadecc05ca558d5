/** What the resources of the REST API have in common. */
import { ApiError } from '../../errors.ts';
import type { Call, Handler, Router } from '../../http/router.ts';
import { canonicalLocation } from '../catalog/location.ts';
import type { DatasetRef, TableRef } from '../names.ts';

/** BigQuery's paths, and those of clients that take BIGQUERY_EMULATOR_HOST for the whole base. */
const BASES = ['/bigquery/v2', ''];

export class Api {
  private readonly router: Router;

  constructor(router: Router) {
    this.router = router;
  }

  /** @param template below `/projects/{projectId}`. */
  on(method: string, template: string, handler: Handler): this {
    for (const base of BASES) {
      this.router.on(method, `${base}/projects/{projectId}${template}`, handler);
    }
    return this;
  }

  /** @param template below the base path. */
  onBase(method: string, template: string, handler: Handler): this {
    for (const base of BASES) this.router.on(method, base + template, handler);
    return this;
  }
}

export const datasetOf = ({ params }: Call): DatasetRef => ({
  projectId: params.projectId!,
  datasetId: params.datasetId!,
});

export const tableOf = (call: Call): TableRef => ({
  ...datasetOf(call),
  tableId: call.params.tableId!,
});

/** Where a resource answers. */
export const selfLink = ({ origin }: Pick<Call, 'origin'>, path: string): string =>
  `${origin}/bigquery/v2/projects/${path}`;

/** @throws {ApiError} 412 where `If-Match` names another state of the resource. */
export function checkIfMatch({ headers }: Call, etag: string): void {
  const wanted = headers['if-match'];
  if (wanted === undefined || wanted === '*' || wanted === etag) return;
  throw new ApiError(412, 'conditionNotMet', 'Precondition Failed', { location: 'If-Match' });
}

/** Whether the client has this state of the resource already. */
export const isUnchanged = ({ headers }: Call, etag: string): boolean =>
  headers['if-none-match'] === etag;

export const booleanParameter = (query: URLSearchParams, name: string): boolean =>
  query.get(name)?.toLowerCase() === 'true';

export function locationParameter(query: URLSearchParams): string | undefined {
  const location = query.get('location');
  return location ? canonicalLocation(location) : undefined;
}
