/** What a push sends, and what of the answer counts. */
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../clock.ts';
import type { Message } from './message.ts';
import type { Subscription } from './wire.ts';

/** One POST, the endpoint and authorization apart. */
export interface PushRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** https://cloud.google.com/pubsub/docs/push#receive_push; `attempt` is 0 where it isn't told. */
export function pushRequest(
  { name, pushConfig }: Subscription,
  message: Message,
  attempt: number,
): PushRequest {
  if (!pushConfig.noWrapper) {
    const body = Buffer.from(JSON.stringify(envelope(name, message, attempt)));
    return { headers: { 'content-type': 'application/json' }, body };
  }
  const headers = pushConfig.noWrapper.writeMetadata ? metadataHeaders(name, message) : {};
  return {
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body: message.data,
  };
}

function envelope(subscription: string, message: Message, attempt: number): object {
  const { data, attributes, id, orderingKey } = message;
  const publishTime = new Date(message.publishedAtMs).toISOString();
  return {
    message: {
      ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
      ...(data.length > 0 ? { data: data.toString('base64') } : {}),
      messageId: id,
      message_id: id,
      ...(orderingKey === '' ? {} : { orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription,
    ...(attempt > 0 ? { deliveryAttempt: attempt } : {}),
  };
}

/** https://cloud.google.com/pubsub/docs/payload-unwrapping: attributes become headers of their own. */
function metadataHeaders(subscription: string, message: Message): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(message.attributes)) headers[key.toLowerCase()] = value;
  return {
    ...headers,
    'x-goog-pubsub-subscription-name': subscription,
    'x-goog-pubsub-message-id': message.id,
    'x-goog-pubsub-publish-time': new Date(message.publishedAtMs).toISOString(),
    ...(message.orderingKey === '' ? {} : { 'x-goog-pubsub-ordering-key': message.orderingKey }),
  };
}

/** The statuses that acknowledge. 102 is one although it only announces another. */
const ACKNOWLEDGING = new Set([102, 200, 201, 202, 204]);

/** How long to wait for an answer, and until when at all. */
export interface PostOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** True if the endpoint acknowledged; redirects are not followed. Rejects when it did not answer. */
export function post(
  endpoint: string,
  { headers, body }: { headers: OutgoingHttpHeaders; body: Buffer },
  { clock, timeoutMs, signal }: PostOptions,
): Promise<boolean> {
  const send = endpoint.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise<boolean>((resolve, reject) => {
    const length = { 'content-length': body.length };
    const request = send(endpoint, { method: 'POST', headers: { ...headers, ...length }, signal });
    const calledOff = clock.after(timeoutMs, () => {
      request.destroy(new Error(`${endpoint} did not answer within ${timeoutMs} ms.`));
    });
    const answered = (status: number | undefined) => {
      calledOff();
      resolve(ACKNOWLEDGING.has(status ?? 0));
    };
    request.on('information', ({ statusCode }) => {
      if (ACKNOWLEDGING.has(statusCode)) answered(statusCode);
    });
    request.on('response', (response) => {
      // Read to the end, so that the connection can be used again.
      response.resume();
      response.on('error', () => {});
      answered(response.statusCode);
    });
    request.on('error', (error) => {
      calledOff();
      reject(error);
    });
    request.end(body);
  });
}
