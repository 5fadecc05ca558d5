/** Messages as they are kept, and what a publisher may send. */
import { type Duration, fromMs } from './durations.ts';
import { invalidArgument, tooLarge, tooSmall } from './status.ts';

/** A published message. It never changes, so subscriptions share it. */
export interface Message {
  /** Numbers that grow with every message of the server, in decimal. */
  readonly id: string;
  readonly publishedAtMs: number;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey: string;
}

/** What a message is before it is published. */
export type Draft = Pick<Message, 'data' | 'attributes' | 'orderingKey'>;

/** What a publisher gives. */
export interface NewMessage {
  readonly data?: Uint8Array | string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

/** google.pubsub.v1.PubsubMessage. */
export interface WireMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  readonly publishTime: Duration | null;
  readonly orderingKey: string;
}

/** As pulls and streams send it. */
export const toWire = (message: Message): WireMessage => ({
  data: message.data,
  attributes: message.attributes,
  messageId: message.id,
  publishTime: fromMs(message.publishedAtMs),
  orderingKey: message.orderingKey,
});

/** Bytes that flow control and pull responses count. */
export function sizeOf(message: Draft): number {
  let size = message.data.length + message.orderingKey.length;
  for (const [key, value] of Object.entries(message.attributes)) size += key.length + value.length;
  return size;
}

/** https://cloud.google.com/pubsub/quotas#resource_limits */
export const LIMITS = {
  messages: 1_000,
  requestBytes: 10_000_000,
  /** What the front end lets through to the service at all. */
  payloadBytes: 10_485_760,
  attributes: 100,
  attributeKeyBytes: 256,
  attributeValueBytes: 1_024,
  orderingKeyBytes: 1_024,
} as const;

/**
 * What a publish request may hold; `requestBytes` is its encoded size.
 * @throws {PubSubError} INVALID_ARGUMENT
 */
export function checkPublish(messages: readonly Draft[], requestBytes: number): void {
  if (requestBytes > LIMITS.payloadBytes) {
    throw invalidArgument(`Request payload size exceeds the limit: ${LIMITS.payloadBytes} bytes.`);
  }
  if (messages.length === 0) throw tooSmall('message_count', 0, 1);
  if (messages.length > LIMITS.messages) {
    throw tooLarge('message_count', messages.length, LIMITS.messages);
  }
  if (requestBytes > LIMITS.requestBytes) {
    throw tooLarge('request_size', requestBytes, LIMITS.requestBytes);
  }
  for (const message of messages) checkMessage(message);
  if (messages.some((message) => message.orderingKey !== messages[0]!.orderingKey)) {
    throw invalidArgument('All messages of a publish request must have the same ordering key.');
  }
}

/** Client libraries may write theirs, such as googclient_traceparent. */
const RESERVED = /^goog(?!client_)/;

function checkMessage({ data, attributes, orderingKey }: Draft): void {
  const entries = Object.entries(attributes);
  if (data.length === 0 && entries.length === 0) {
    throw invalidArgument(
      'One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.',
    );
  }
  if (entries.length > LIMITS.attributes) {
    throw tooLarge('num_attributes', entries.length, LIMITS.attributes);
  }
  for (const [key, value] of entries) {
    if (key === '') throw invalidArgument('Message attribute keys must be non-empty.');
    if (RESERVED.test(key)) {
      throw invalidArgument(`The attribute key ${key} is reserved: keys must not begin with goog.`);
    }
    checkBytes('attribute_key_size', key, LIMITS.attributeKeyBytes);
    checkBytes('attribute_value_size', value, LIMITS.attributeValueBytes);
  }
  checkBytes('ordering_key_size', orderingKey, LIMITS.orderingKeyBytes);
}

function checkBytes(what: string, text: string, max: number): void {
  const size = Buffer.byteLength(text);
  if (size > max) throw tooLarge(what, size, max);
}
