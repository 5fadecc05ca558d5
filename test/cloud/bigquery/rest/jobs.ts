/** The jobs resource, but for the results of queries. */
import { invalid } from '../../errors.ts';
import type { Call, Reply, Router } from '../../http/router.ts';
import type { Upload, Uploads } from '../../http/uploads.ts';
import type { Blobs } from '../../state/blobs.ts';
import { DEFAULT_LOCATION } from '../catalog/location.ts';
import { etagOf } from '../catalog/records.ts';
import type { JobRecord, JobRef, Json } from '../jobs/job.ts';
import { type JobDependencies, type Submission, submit, submitDryRun } from '../jobs/submit.ts';
import { type Api, locationParameter } from './api.ts';
import { jobResource, jobSummary } from './job_resource.ts';
import { listPage, numberParameter } from './paging.ts';

export function jobRoutes(api: Api, dependencies: JobDependencies): void {
  const { jobs } = dependencies;
  const one = '/jobs/{jobId}';
  const find = ({ params, query }: Call): JobRecord =>
    jobs.get(params.projectId!, params.jobId!, locationParameter(query));
  const remove = async (call: Call): Promise<Reply> => {
    await jobs.remove(find(call).ref);
    return { status: 204 };
  };
  api
    .on('POST', '/jobs', async (call) => {
      const submission = parseSubmission(call.params.projectId!, await call.json());
      if (isDryRun(submission.configuration)) return dryRunReply(dependencies, submission, call);
      return { json: jobResource(call, await submit(dependencies, submission)) };
    })
    .on('GET', '/jobs', (call) => ({ json: list(dependencies, call) }))
    .on('GET', one, (call) => ({ json: jobResource(call, find(call)) }))
    .on('POST', `${one}/cancel`, (call) => {
      const job = jobResource(call, jobs.cancel(find(call).ref));
      return { json: { kind: 'bigquery#jobCancelResponse', job } };
    })
    .on('DELETE', `${one}/delete`, remove)
    .on('DELETE', one, remove);
}

/** Load jobs whose bytes come with them. */
export function uploadRoutes(
  router: Router,
  uploads: Uploads,
  blobs: Blobs,
  dependencies: JobDependencies,
): void {
  const finish = async (upload: Upload): Promise<Reply> => {
    const { params, metadata, blob } = upload;
    const submission = parseSubmission(params.projectId!, metadata);
    const record = await submit(dependencies, {
      ...submission,
      upload: { open: () => blobs.read(blob), remove: () => blobs.remove(blob) },
    });
    return { json: jobResource(upload, record) };
  };
  for (const base of ['/upload/bigquery/v2', '/resumable/upload/bigquery/v2']) {
    uploads.routes(router, `${base}/projects/{projectId}/jobs`, { finish });
  }
}

function parseSubmission(projectId: string, body: Json): Submission {
  const { configuration, jobReference } = body;
  if (typeof configuration !== 'object' || configuration === null) {
    throw invalid('Required parameter is missing: configuration');
  }
  const { jobId, location, projectId: named } = (jobReference ?? {}) as Partial<JobRef>;
  if (named !== undefined && named !== projectId) {
    throw invalid(`The job's project ${named} is not that of the request.`, 'projectId');
  }
  return { projectId, configuration: configuration as Json, jobId, location };
}

const isDryRun = ({ dryRun }: Json): boolean => dryRun === true || dryRun === 'true';

/** A dry run leaves no job: its reference has no id. */
async function dryRunReply(
  dependencies: JobDependencies,
  submission: Submission,
  call: Call,
): Promise<Reply> {
  const { projectId, configuration, location = DEFAULT_LOCATION } = submission;
  const { statistics } = await submitDryRun(dependencies, submission, call.signal);
  return {
    json: {
      kind: 'bigquery#job',
      etag: etagOf(statistics),
      jobReference: { projectId, location },
      configuration: { jobType: 'QUERY', ...configuration },
      status: { state: 'DONE' },
      statistics: { creationTime: String(dependencies.now()), ...statistics },
    },
  };
}

function list({ jobs }: JobDependencies, call: Call): unknown {
  const { query, params } = call;
  const states = new Set(query.getAll('stateFilter').map((state) => state.toUpperCase()));
  const from = numberParameter(query, 'minCreationTime') ?? 0;
  const to = numberParameter(query, 'maxCreationTime') ?? Number.POSITIVE_INFINITY;
  // No job here has children.
  const isChildren = query.has('parentJobId');
  const records = jobs
    .list(params.projectId!)
    .filter(({ created }) => !isChildren && created >= from && created <= to)
    .filter(({ state }) => states.size === 0 || states.has(state));
  const { items, ...more } = listPage(records, query, `jobs ${params.projectId}`);
  const isFull = query.get('projection')?.toUpperCase() === 'FULL';
  return {
    kind: 'bigquery#jobList',
    etag: etagOf(items),
    ...more,
    jobs: items.map((record) => jobSummary(record, isFull)),
  };
}
