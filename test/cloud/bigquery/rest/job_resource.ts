/** How the REST API shows a job. */
import type { Call } from '../../http/router.ts';
import { etagOf } from '../catalog/records.ts';
import { describeJob, type JobRecord, type Json } from '../jobs/job.ts';
import { selfLink } from './api.ts';

/** Whoever asks is the one user that there is. */
export const USER = 'local@localhost';

export function jobResource(call: Pick<Call, 'origin'>, record: JobRecord): Json {
  const { ref } = record;
  const path = `${ref.projectId}/jobs/${ref.jobId}?location=${ref.location}`;
  return {
    kind: 'bigquery#job',
    etag: etagOf(record),
    id: describeJob(ref),
    selfLink: selfLink(call, path),
    jobReference: ref,
    configuration: record.configuration,
    status: statusOf(record),
    statistics: statisticsOf(record),
    user_email: USER,
  };
}

/** An entry of jobs.list. @param isFull `projection=full`. */
export function jobSummary(record: JobRecord, isFull: boolean): Json {
  const { ref, state, failure } = record;
  return {
    kind: 'bigquery#job',
    id: describeJob(ref),
    jobReference: ref,
    state,
    ...(failure ? { errorResult: failure.error } : {}),
    statistics: statisticsOf(record),
    configuration: isFull ? record.configuration : { jobType: record.configuration.jobType },
    status: statusOf(record),
    user_email: USER,
  };
}

function statusOf({ state, failure, errors }: JobRecord): Json {
  return {
    state,
    ...(failure ? { errorResult: failure.error } : {}),
    ...(errors.length === 0 ? {} : { errors }),
  };
}

export function statisticsOf({ created, started, ended, statistics }: JobRecord): Json {
  return {
    creationTime: String(created),
    ...(started === undefined ? {} : { startTime: String(started) }),
    ...(ended === undefined ? {} : { endTime: String(ended), totalSlotMs: slotMs(started, ended) }),
    ...statistics,
  };
}

/** One slot for as long as the job ran. */
const slotMs = (started: number | undefined, ended: number): string =>
  String(ended - (started ?? ended));
