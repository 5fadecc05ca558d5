/** A Pub/Sub topic for events that somebody waits for. */
import { PubSub, v1 } from '@google-cloud/pubsub';
import { type BatchLimits, createBatches } from './batches.ts';

type ClientOptions = ConstructorParameters<typeof v1.PublisherClient>[0];

export interface Message {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Resolves when Pub/Sub has acknowledged a message. @throws {Error} when it does not in time */
export type Publish = (message: Message) => Promise<void>;

export interface PublishTimes {
  /** Milliseconds that one attempt, and all of them together, may take. */
  readonly attemptMs: number;
  readonly totalMs: number;
}

/**
 * Far within what a call may carry (1,000 messages, 10 MB:
 * https://cloud.google.com/pubsub/quotas#resource_limits); the wait is small beside a call's time.
 */
const LIMITS: BatchLimits = { items: 500, bytes: 5_000_000, waitMs: 2, heldBytes: 64_000_000 };

/** Names, lengths and an attribute's framing in a call's bytes; amply. */
const MESSAGE_OVERHEAD = 200;

/**
 * Publishes in batches by the client's call itself: the topic of the same package keeps a queue,
 * flow control and a span a message, which cost a checkout more than its decision does.
 */
export function createPublisher(projectId: string, topic: string, times: PublishTimes): Publish {
  const pubsub = new PubSub({ projectId });
  const { name } = pubsub.topic(topic);
  const options = { timeout: times.totalMs, retry: retryWithin(times) };
  let opened: Promise<v1.PublisherClient> | undefined;
  const open = async () => {
    try {
      return new v1.PublisherClient((await pubsub.getClientConfig()) as ClientOptions);
    } catch (error) {
      // The next call tries again.
      opened = undefined;
      throw error;
    }
  };
  const send = async (messages: readonly Message[]) => {
    opened ??= open();
    const client = await opened;
    await client.publish({ topic: name, messages: messages as Message[] }, options);
  };
  return createBatches(send, ({ data }) => data.length + MESSAGE_OVERHEAD, LIMITS);
}

const retryWithin = ({ attemptMs, totalMs }: PublishTimes) => ({
  // Cancelled or deadline exceeded, resource exhausted, aborted, internal, unavailable.
  retryCodes: [4, 8, 10, 13, 14],
  backoffSettings: {
    initialRetryDelayMillis: 50,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 400,
    initialRpcTimeoutMillis: attemptMs,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: attemptMs,
    totalTimeoutMillis: totalMs,
  },
});
