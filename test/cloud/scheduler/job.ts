/** Jobs as they are kept, changed and shown. */
import { type Fields, isFields, mergePatch } from '../http/merge_patch.ts';
import type { RetryConfig } from './retries.ts';
import { METHODS, specificationOf, zoneOf } from './specification.ts';

const STATES = ['ENABLED', 'PAUSED'] as const;

/** Whether the schedule runs a job. */
export type State = (typeof STATES)[number];

/** google.rpc.Status; code 0 is success. */
export interface Status {
  readonly code: number;
  readonly message?: string;
}

/** A job, as it is kept. */
export interface Job {
  /** projects/P/locations/L/jobs/J */
  readonly name: string;
  /** As the user gave it: JSON of the API, without what the service sets. */
  readonly given: Fields;
  readonly state: State;
  /** Milliseconds since 1970, as all times here. */
  readonly userUpdateTime: number;
  /** The next attempt, by schedule or as a retry; none while paused. */
  readonly scheduleTime?: number;
  readonly lastAttemptTime?: number;
  /** Of the last attempt. */
  readonly status?: Status;
}

/** What the service sets: ignored where a client sends it. */
const OUTPUT_ONLY = [
  'name',
  'state',
  'status',
  'userUpdateTime',
  'scheduleTime',
  'lastAttemptTime',
];

/** The user's part of a job as sent. */
export function givenOf(body: Fields): Fields {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !OUTPUT_ONLY.includes(name)));
}

/**
 * Changes what the mask names (`schedule,httpTarget.headers`), or everything where there is none.
 * As with every field mask, a message or a map at the end of a path is merged into what was there,
 * and what the change does not have is taken away.
 */
export function applyMask(before: Fields, change: Fields, mask: string | null): Fields {
  if (mask === null || mask === '*') return givenOf(change);
  const paths = mask.split(',').map((path) => path.split('.').map(camelCase));
  return givenOf(paths.reduce((target, path) => applyPath(target, change, path), before));
}

function applyPath(
  target: Fields,
  change: Fields,
  [name = '', ...rest]: readonly string[],
): Fields {
  const [before, after] = [target[name], change[name]];
  const { [name]: _, ...others } = target;
  if (rest.length === 0) {
    return after === undefined ? others : mergePatch(target, { [name]: after });
  }
  const inner = applyPath(fieldsOf(before), fieldsOf(after), rest);
  return Object.keys(inner).length === 0 ? others : { ...others, [name]: inner };
}

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

const camelCase = (name: string): string =>
  name.trim().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Without what is empty, which the API's JSON leaves out. */
const filled = (message: object): object =>
  Object.fromEntries(
    Object.entries(message).filter(
      ([, value]) => value !== '' && Object.keys(value ?? {}).length !== 0,
    ),
  );

const seconds = (ms: number): string => `${ms / 1000}s`;

const iso = (time: number): string => new Date(time).toISOString();

/** The job as the API shows it; enumerations as numbers where the client asked for that. */
export function jobResource(job: Job, numericEnums: boolean): Record<string, unknown> {
  const { description, httpTarget: http, ...spec } = specificationOf(job.given);
  const { scheduleTime, lastAttemptTime, status } = job;
  const retry: RetryConfig = spec.retryConfig;
  return {
    name: job.name,
    ...(description !== '' && { description }),
    ...(http && {
      httpTarget: {
        ...filled(http),
        httpMethod: numericEnums ? METHODS.indexOf(http.httpMethod) + 1 : http.httpMethod,
      },
    }),
    ...(spec.pubsubTarget && { pubsubTarget: filled(spec.pubsubTarget) }),
    schedule: spec.schedule,
    timeZone: zoneOf(spec),
    userUpdateTime: iso(job.userUpdateTime),
    state: numericEnums ? STATES.indexOf(job.state) + 1 : job.state,
    ...(status && { status: status.code === 0 ? {} : status }),
    ...(scheduleTime !== undefined && { scheduleTime: iso(scheduleTime) }),
    ...(lastAttemptTime !== undefined && { lastAttemptTime: iso(lastAttemptTime) }),
    retryConfig: {
      retryCount: retry.retryCount,
      maxRetryDuration: seconds(retry.maxRetryDuration),
      minBackoffDuration: seconds(retry.minBackoffDuration),
      maxBackoffDuration: seconds(retry.maxBackoffDuration),
      maxDoublings: retry.maxDoublings,
    },
    attemptDeadline: seconds(spec.attemptDeadline),
  };
}
