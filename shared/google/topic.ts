/** A Pub/Sub topic for events that somebody waits for. */
import { promisify } from 'node:util';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { type CallOptions, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type AttemptTimes, attempted } from './attempts.ts';
import { type BatchLimits, createBatches } from './batches.ts';

type ClientOptions = ConstructorParameters<typeof v1.PublisherClient>[0];

interface PublishRequest {
  readonly topic: string;
  messages: readonly Message[];
}

/** What of the client's stub publishes. */
interface Stub {
  publish(
    request: PublishRequest,
    metadata: Metadata,
    options: CallOptions,
    callback: (error: ServiceError | null) => void,
  ): unknown;
  waitForReady(deadline: number, callback: (error?: Error) => void): void;
}

export interface Message {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Resolves when Pub/Sub has acknowledged a message. @throws {Error} when it does not in time */
export type Publish = (message: Message) => Promise<void>;

export interface Publisher {
  readonly publish: Publish;
  /** Connects before there is anything to publish. Never rejects. */
  connect(): Promise<void>;
}

/**
 * Far within what a call may carry (1,000 messages, 10 MB:
 * https://cloud.google.com/pubsub/quotas#resource_limits); the wait is small beside a call's time.
 */
const LIMITS: BatchLimits = {
  items: 500,
  bytes: 5_000_000,
  calls: 1,
  waitMs: 2,
  heldBytes: 64_000_000,
};

/** Names, lengths and an attribute's framing in a call's bytes; amply. */
const MESSAGE_OVERHEAD = 200;

/** Cancelled or deadline exceeded, resource exhausted, aborted, internal, unavailable. */
const PASSING = new Set([4, 8, 10, 13, 14]);

/**
 * Publishes in batches by the client's stub. The topic of the same package keeps a queue, flow
 * control and a span a message, which cost a checkout more than its decision does; its generated
 * client puts settings, headers and retries together anew for every call, which costs nearly as
 * much as the call.
 */
export function createPublisher(projectId: string, topic: string, times: AttemptTimes): Publisher {
  const pubsub = new PubSub({ projectId });
  const { name } = pubsub.topic(topic);
  const metadata = routedTo(name);
  let stub: Promise<Stub> | undefined;
  const open = () => {
    stub ??= stubOf(pubsub).catch((error) => {
      // A failed attempt is not remembered.
      stub = undefined;
      throw error;
    });
    return stub;
  };
  const mayPass = (error: unknown) => PASSING.has((error as ServiceError).code);
  const send = async (messages: readonly Message[]) => {
    const opened = await open();
    const request: PublishRequest = { topic: name, messages };
    const publish = (deadline: number) =>
      new Promise<void>((resolve, reject) => {
        const answered = (error: ServiceError | null) => (error ? reject(error) : resolve());
        withoutStack(() => opened.publish(request, metadata, { deadline }, answered));
      });
    try {
      await attempted(publish, { ...times, mayPass });
    } finally {
      // Node keeps an HTTP/2 stream, and with it the call, until its next full collection; what
      // calls hold outside the heap brings that on (a pause of all requests).
      request.messages = [];
    }
  };
  return {
    publish: createBatches(send, ({ data }) => data.length + MESSAGE_OVERHEAD, LIMITS),
    async connect() {
      try {
        const opened = await open();
        await promisify(opened.waitForReady.bind(opened))(Date.now() + times.totalMs);
      } catch {
        // Publishing tries again, and says why it cannot.
      }
    },
  };
}

/**
 * The stub notes from where each call came, in case that it fails: a tenth of what the call costs, and
 * it holds the requests that wait for the call for as long as Node keeps that.
 */
function withoutStack(call: () => void): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    call();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function stubOf(pubsub: PubSub): Promise<Stub> {
  const config = await pubsub.getClientConfig();
  const options = {
    ...config,
    // gRPC would keep a copy of each request to repeat it by itself: `attempted` does that.
    'grpc.enable_retries': 0,
    // Nor does anybody ask it for its diagnostics (https://grpc.io/blog/a-short-introduction-to-channelz/).
    'grpc.enable_channelz': 0,
  } as ClientOptions;
  const stub = await new v1.PublisherClient(options).initialize();
  return stub as unknown as Stub;
}

/** By which Google's front end finds the topic: https://google.aip.dev/client-libraries/4222 */
function routedTo(name: string): Metadata {
  const metadata = new Metadata();
  metadata.set('x-goog-request-params', `topic=${encodeURIComponent(name)}`);
  return metadata;
}
