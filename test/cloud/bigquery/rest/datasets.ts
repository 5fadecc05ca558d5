/** The datasets resource. */
import { ApiError, invalid } from '../../errors.ts';
import { mergePatch } from '../../http/merge_patch.ts';
import type { Call, Reply } from '../../http/router.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import { canonicalLocation, DEFAULT_LOCATION } from '../catalog/location.ts';
import { type DatasetRecord, etagOf } from '../catalog/records.ts';
import type { DatasetRef } from '../names.ts';
import type { TableOptions } from '../ports.ts';
import {
  type Api,
  booleanParameter,
  checkIfMatch,
  datasetOf,
  isUnchanged,
  selfLink,
} from './api.ts';
import { listPage } from './paging.ts';
import { keptOptions, type OptionRules, withoutNulls } from './resource_options.ts';

const RULES: OptionRules = {
  resource: 'datasets',
  kept: new Set([
    'access',
    'defaultPartitionExpirationMs',
    'defaultTableExpirationMs',
    'description',
    'friendlyName',
    'labels',
    'location',
    'maxTimeTravelHours',
    'resourceTags',
    'storageBillingModel',
  ]),
  outputOnly: new Set([
    'creationTime',
    'datasetReference',
    'etag',
    'id',
    'kind',
    'lastModifiedTime',
    // The Node client's own, sent along by `dataset.create`.
    'projectId',
    'selfLink',
    'type',
  ]),
};

/** Whoever can reach the local BigQuery owns all of it. */
const ACCESS = [
  { role: 'WRITER', specialGroup: 'projectWriters' },
  { role: 'OWNER', specialGroup: 'projectOwners' },
  { role: 'READER', specialGroup: 'projectReaders' },
];

export function datasetRoutes(api: Api, catalog: LocalCatalog): void {
  api
    .on('POST', '/datasets', async (call) => {
      const ref = await insert(catalog, call);
      return { json: resource(call, catalog.mustDataset(ref)) };
    })
    .on('GET', '/datasets', (call) => ({ json: list(catalog, call) }))
    .on('GET', '/datasets/{datasetId}', (call) => {
      const record = catalog.mustDataset(datasetOf(call));
      if (isUnchanged(call, etagOf(record))) return { status: 304 };
      return { json: resource(call, record) };
    })
    .on('PATCH', '/datasets/{datasetId}', (call) => change(catalog, call, mergePatch))
    .on('PUT', '/datasets/{datasetId}', (call) => change(catalog, call, replaced))
    .on('DELETE', '/datasets/{datasetId}', async (call) => {
      const cascade = booleanParameter(call.query, 'deleteContents');
      await catalog.dropDataset(datasetOf(call), { ifExists: false, cascade });
      return { status: 204 };
    });
}

async function insert(catalog: LocalCatalog, call: Call): Promise<DatasetRef> {
  const body = await call.json();
  const { datasetId, projectId } = (body.datasetReference ?? {}) as Partial<DatasetRef>;
  if (typeof datasetId !== 'string') {
    throw new ApiError(400, 'required', 'Required parameter is missing: datasetId');
  }
  if (projectId !== undefined && projectId !== call.params.projectId) {
    throw invalid(`The dataset's project ${projectId} is not that of the request.`, 'projectId');
  }
  const ref = { projectId: call.params.projectId!, datasetId };
  const given = withoutNulls(keptOptions(body, RULES));
  const location = canonicalLocation(String(given.location ?? DEFAULT_LOCATION));
  const options = { ...given, location };
  await catalog.createDataset(ref, 'fail', options);
  return ref;
}

type Merge = (options: TableOptions, change: TableOptions) => TableOptions;

/** What PUT leaves out goes, but for where the dataset is. */
const replaced: Merge = ({ location }, change) => ({ location, ...withoutNulls(change) });

async function change(catalog: LocalCatalog, call: Call, merge: Merge): Promise<Reply> {
  const given = keptOptions(await call.json(), RULES);
  const record = await catalog.transact(async (transaction) => {
    const current = transaction.mustDataset(datasetOf(call));
    checkIfMatch(call, etagOf(current));
    const options = merge(current.options, given);
    if (options.location !== current.options.location) {
      throw invalid(
        'A dataset stays where it was made: its location cannot be changed.',
        'location',
      );
    }
    const next = { ...current, options, modified: transaction.now, revision: current.revision + 1 };
    await transaction.saveDataset(next);
    return next;
  });
  return { json: resource(call, record) };
}

function list(catalog: LocalCatalog, call: Call): unknown {
  const { query, params } = call;
  const matches = labelFilter(query.get('filter'));
  const records = catalog
    .datasets(params.projectId!, booleanParameter(query, 'all'))
    .filter(({ options }) => matches(options.labels));
  const { items, ...more } = listPage(records, query, `datasets ${params.projectId}`);
  return {
    kind: 'bigquery#datasetList',
    etag: etagOf(items),
    ...more,
    ...(items.length === 0 ? {} : { datasets: items.map((record) => summary(record)) }),
  };
}

/** `labels.NAME[:VALUE]`, several of them between spaces. */
function labelFilter(filter: string | null): (labels: unknown) => boolean {
  const terms = (filter ?? '').split(/\s+/).filter((term) => term !== '');
  const wanted = terms.map((term) => {
    const [, name, value] = /^labels\.([^:]+)(?::(.*))?$/.exec(term) ?? [];
    if (name === undefined) throw invalid(`Invalid filter: ${term}`, 'filter');
    return [name, value] as const;
  });
  return (labels) => {
    const held = (labels ?? {}) as Record<string, string>;
    return wanted.every(
      ([name, value]) => name in held && (value === undefined || held[name] === value),
    );
  };
}

const idOf = ({ projectId, datasetId }: DatasetRef): string => `${projectId}:${datasetId}`;

function summary({ ref, options }: DatasetRecord): TableOptions {
  const { friendlyName, labels, location } = options;
  return {
    kind: 'bigquery#dataset',
    id: idOf(ref),
    datasetReference: ref,
    friendlyName,
    labels,
    location,
  };
}

function resource(call: Call, record: DatasetRecord): unknown {
  const { ref, options, created, modified } = record;
  return {
    kind: 'bigquery#dataset',
    etag: etagOf(record),
    id: idOf(ref),
    selfLink: selfLink(call, `${ref.projectId}/datasets/${ref.datasetId}`),
    datasetReference: ref,
    access: ACCESS,
    type: 'DEFAULT',
    ...options,
    creationTime: String(created),
    lastModifiedTime: String(modified),
  };
}
