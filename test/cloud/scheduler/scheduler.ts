/** Cloud Scheduler's REST API, v1. */
import { invalid } from '../errors.ts';
import type { Call, Reply, Router } from '../http/router.ts';
import { type Job, jobResource } from './job.ts';
import { Jobs, type JobsOptions } from './jobs.ts';

/** The running service. */
export interface Scheduler {
  /** Breaks off attempts under way; nothing runs any more. */
  stop(): Promise<void>;
}

const PARENT = '/v1/projects/{project}/locations/{location}/jobs';
const MOST_JOBS = 500;

type JobCall = Call<'project' | 'location' | 'job'>;

/** Reads its state, adds its routes and starts the clock of every job. @throws {CorruptDocument} */
export async function openScheduler(router: Router, options: JobsOptions): Promise<Scheduler> {
  const jobs = await Jobs.open(options);
  router.on('GET', PARENT, (call) => list(call, jobs));
  router.on('POST', PARENT, async (call) =>
    show(call, await jobs.create(parentOf(call), await call.json())),
  );
  const one = `${PARENT}/{job}` as const;
  router.on('POST', `${one}:pause`, async (call) => show(call, await jobs.pause(nameOf(call))));
  router.on('POST', `${one}:resume`, async (call) => show(call, await jobs.resume(nameOf(call))));
  router.on('POST', `${one}:run`, (call) => show(call, jobs.run(nameOf(call))));
  router.on('GET', one, (call) => show(call, jobs.get(nameOf(call))));
  router.on('PATCH', one, async (call) => {
    const mask = call.query.get('updateMask');
    return show(call, await jobs.update(nameOf(call), await call.json(), mask));
  });
  router.on('DELETE', one, async (call) => {
    await jobs.delete(nameOf(call));
    return { json: {} };
  });
  return { stop: () => jobs.stop() };
}

const parentOf = ({ params }: Call<'project' | 'location'>): string =>
  `projects/${params.project}/locations/${params.location}`;

const nameOf = (call: JobCall): string => `${parentOf(call)}/jobs/${call.params.job}`;

/** `$alt=json;enum-encoding=int` asks for enumerations as numbers. */
const numericEnums = ({ query }: Call<never>): boolean =>
  query.get('$alt')?.includes('enum-encoding=int') ?? false;

const show = (call: Call<never>, job: Job): Reply => ({
  json: jobResource(job, numericEnums(call)),
});

function list(call: Call<'project' | 'location'>, jobs: Jobs): Reply {
  const size = Number(call.query.get('pageSize') ?? 0);
  if (!Number.isInteger(size) || size < 0) throw invalid('Page size is invalid.', 'pageSize');
  const start = Buffer.from(call.query.get('pageToken') ?? '', 'base64url').toString();
  const rest = jobs.list(parentOf(call)).filter(({ name }) => name > start);
  const page = rest.slice(0, Math.min(size || MOST_JOBS, MOST_JOBS));
  const last = page.length < rest.length ? page.at(-1)?.name : undefined;
  return {
    json: {
      jobs: page.map((job) => jobResource(job, numericEnums(call))),
      ...(last !== undefined && { nextPageToken: Buffer.from(last).toString('base64url') }),
    },
  };
}
