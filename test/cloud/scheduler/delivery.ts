/** One attempt of a job: what is sent to its target, and what its answer means. */
import { withOffset } from './cron.ts';
import type { HttpCall } from './http_call.ts';
import type { Job, Status } from './job.ts';
import { type HttpTarget, type PubsubTarget, type Specification, zoneOf } from './specification.ts';

/** The ways to targets. */
export interface Targets {
  /** Sends a request and answers its status. */
  readonly send: (call: HttpCall, signal: AbortSignal) => Promise<number>;
  /** An OIDC token for an audience, in the name of a service account. */
  readonly mint: (audience: string, email: string) => Promise<string> | string;
  /** Publishes to `projects/P/topics/T`; undefined where there is no Pub/Sub. */
  readonly publish:
    | ((
        topic: string,
        messages: readonly { data: Buffer; attributes: Readonly<Record<string, string>> }[],
      ) => Promise<unknown>)
    | undefined;
}

/** Codes of google.rpc.Code. */
export const CODE = { ok: 0, unknown: 2, deadlineExceeded: 4, unavailable: 14 } as const;

/** How HTTP statuses are told as codes (google/rpc/code.proto). */
const OF_HTTP: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  409: 10,
  416: 11,
  429: 8,
  499: 1,
  501: 12,
  503: 14,
  504: 4,
};

/**
 * Delivers once. Never rejects: what goes wrong is in the status.
 *
 * @param time when the job was to run, in milliseconds
 */
export async function deliver(
  { name }: Job,
  specification: Specification,
  time: number,
  targets: Targets,
  signal: AbortSignal,
): Promise<Status> {
  const { httpTarget, pubsubTarget } = specification;
  try {
    if (pubsubTarget) return await publish(pubsubTarget, targets);
    const call = await callOf(httpTarget!, name, withOffset(time, zoneOf(specification)), targets);
    return statusOf(await targets.send(call, signal), call);
  } catch (error) {
    const { message, code } = error as Error & { code?: unknown };
    // gRPC's errors, as Pub/Sub's are, have a code of this kind already.
    const known = typeof code === 'number' ? code : CODE.unavailable;
    const reached = httpTarget ? `${httpTarget.uri} can't be reached: ` : '';
    return { code: known, message: `${reached}${message}` };
  }
}

async function publish(target: PubsubTarget, { publish }: Targets): Promise<Status> {
  if (!publish) return { code: CODE.unavailable, message: 'There is no Pub/Sub to publish to.' };
  const { topicName, data, attributes } = target;
  await publish(topicName, [{ data: Buffer.from(data, 'base64'), attributes }]);
  return { code: CODE.ok };
}

/** Headers that the service sets itself or keeps from users. */
const RESERVED = /^(host|content-length|user-agent|x-google-.*|x-appengine-.*|x-cloudscheduler.*)$/;

async function callOf(
  target: HttpTarget,
  job: string,
  scheduleTime: string,
  { mint }: Targets,
): Promise<HttpCall> {
  const { uri, httpMethod, body, oidcToken } = target;
  const given = Object.entries(target.headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !RESERVED.test(name));
  const token = oidcToken && (await mint(oidcToken.audience ?? uri, oidcToken.serviceAccountEmail));
  return {
    method: httpMethod,
    url: uri,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/octet-stream' }),
      ...Object.fromEntries(given),
      'user-agent': 'Google-Cloud-Scheduler',
      'x-cloudscheduler': 'true',
      'x-cloudscheduler-jobname': job.split('/').at(-1) ?? job,
      'x-cloudscheduler-scheduletime': scheduleTime,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: Buffer.from(body, 'base64') }),
  };
}

function statusOf(http: number, { url }: HttpCall): Status {
  if (http >= 200 && http <= 299) return { code: CODE.ok };
  const other = http >= 500 ? 13 : http >= 400 ? 9 : CODE.unknown;
  return { code: OF_HTTP[http] ?? other, message: `${url} answered ${http}.` };
}
