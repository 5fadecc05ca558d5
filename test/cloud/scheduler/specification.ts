/** What a user may set of a job: google.cloud.scheduler.v1.Job as JSON, checked. */
import { z } from 'zod';
import { invalid, unsupported } from '../errors.ts';
import { checkSchedule } from './cron.ts';

/** In the order of their numbers in the API. */
export const METHODS = ['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/** An HTTP method that a target can be called with. */
export type Method = (typeof METHODS)[number];

const MAX_URI = 2083;
const WITH_BODY: readonly Method[] = ['POST', 'PUT', 'PATCH'];

/** `3.5s`, in milliseconds. */
const duration = z
  .string()
  .regex(/^\d+(\.\d{1,9})?s$/, 'a duration is written like 3.5s')
  .transform((text) => Number(text.slice(0, -1)) * 1000);

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const strings = z.record(z.string(), z.string());
const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'bytes are written in base64');

const method = z
  .union([
    z.enum(METHODS),
    z.literal('HTTP_METHOD_UNSPECIFIED'),
    z.int().min(0).max(METHODS.length),
  ])
  .transform((value): Method => {
    if (typeof value === 'number') return METHODS[value - 1] ?? 'POST';
    return value === 'HTTP_METHOD_UNSPECIFIED' ? 'POST' : value;
  });

const httpTarget = z.strictObject({
  uri: z
    .string()
    .max(MAX_URI)
    .refine(
      (uri) => /^https?:\/\//.test(uri) && URL.canParse(uri),
      'must begin with http:// or https://',
    ),
  httpMethod: method.default('POST'),
  headers: strings.default({}),
  body: base64.optional(),
  oidcToken: z
    .strictObject({
      serviceAccountEmail: z.string().min(1),
      audience: z.string().min(1).optional(),
    })
    .optional(),
});

const pubsubTarget = z
  .strictObject({
    topicName: z.string().regex(/^projects\/[^/]+\/topics\/[^/]+$/, 'is projects/P/topics/T'),
    data: base64.default(''),
    attributes: strings.default({}),
  })
  .refine(
    ({ data, attributes }) => data !== '' || Object.keys(attributes).length > 0,
    'data or an attribute is needed',
  );

const retryConfig = z
  .strictObject({
    retryCount: z.int().min(0).max(5).default(0),
    maxRetryDuration: duration.default(0),
    minBackoffDuration: duration.default(5 * SECOND),
    maxBackoffDuration: duration.default(60 * MINUTE),
    maxDoublings: z.int().min(0).max(16).default(5),
  })
  .refine(
    ({ minBackoffDuration, maxBackoffDuration }) => minBackoffDuration <= maxBackoffDuration,
    'minBackoffDuration is above maxBackoffDuration',
  );

const specification = z
  .strictObject({
    description: z.string().max(500).default(''),
    schedule: z.string().min(1),
    timeZone: z.string().default(''),
    attemptDeadline: duration.default(3 * MINUTE),
    retryConfig: retryConfig.prefault({}),
    httpTarget: httpTarget.optional(),
    pubsubTarget: pubsubTarget.optional(),
  })
  .refine(({ attemptDeadline: deadline }) => deadline >= 15 * SECOND && deadline <= 30 * MINUTE, {
    path: ['attemptDeadline'],
    error: 'is between 15s and 1800s',
  })
  .refine(
    ({ httpTarget, pubsubTarget }) => (httpTarget === undefined) !== (pubsubTarget === undefined),
    'exactly one target is needed',
  )
  .refine(({ httpTarget: target }) => !target?.body || WITH_BODY.includes(target.httpMethod), {
    path: ['httpTarget', 'body'],
    error: 'goes with POST, PUT or PATCH only',
  });

/** What the user set, with defaults for the rest; durations in milliseconds. */
export type Specification = z.output<typeof specification>;
/** Where and how an HTTP job calls. */
export type HttpTarget = NonNullable<Specification['httpTarget']>;
/** Where and what a Pub/Sub job publishes. */
export type PubsubTarget = NonNullable<Specification['pubsubTarget']>;

/** @throws {ApiError} 400 naming each field that is wrong; 501 naming what is not supported */
export function specificationOf(given: Readonly<Record<string, unknown>>): Specification {
  if (given.appEngineHttpTarget !== undefined) throw unsupported('App Engine targets');
  const target = given.httpTarget as Record<string, unknown> | undefined;
  if (target?.oauthToken !== undefined) {
    throw unsupported('OAuth tokens in HTTP targets: use oidcToken');
  }
  const parsed = specification.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `job.${path.join('.')}: ${message}`,
    );
    throw invalid(`Job is invalid: ${problems.join('; ')}.`);
  }
  checkSchedule(parsed.data.schedule, zoneOf(parsed.data));
  return parsed.data;
}

/** The time zone of a schedule: UTC unless said. */
export const zoneOf = ({ timeZone }: Pick<Specification, 'timeZone'>): string =>
  timeZone === '' ? 'Etc/UTC' : timeZone;
